/**
 * What the command line needs of its terminal: output, colours, the caller's folder.
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { styleText } from "node:util";
import { asCalled } from "./called.ts";

/** Text styles in use. */
export type Style = Parameters<typeof styleText>[0];

type Stream = typeof Deno.stdout | typeof Deno.stderr;

/** Stands for the escape character of our own colours until {@link terminalText} puts it back. */
const OWN_ESCAPE = `\x1b<${crypto.randomUUID()}>`;

/**
 * What a terminal obeys or hides instead of showing it: control characters but line feed and tab,
 * line separators, marks that turn the direction of writing, characters without width, tags.
 */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text that is safe to write to a terminal: names of files, runs and classes may hold anything. What
 * a terminal would obey is written as `\u001b`, the way JSON does, so that JSON stays the same JSON.
 */
export function terminalText(text: string): string {
  return text.split(OWN_ESCAPE).map((part) => part.replace(UNSEEN, escaped)).join("\x1b");
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** The standard output cannot be written to. */
export class OutputError extends Error {
  override name = "OutputError";
}

function write(stream: Stream, text: string): void {
  const bytes = new TextEncoder().encode(terminalText(text));
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    // The reader of a pipe may stop early, as `head` does.
    if (error instanceof Deno.errors.BrokenPipe) return;
    // What is only said on the way may get lost; a result may not.
    if (stream === Deno.stderr) return;
    throw new OutputError(
      `Expected to write the result to the standard output but found ${
        (error as Error).message
      }; ` +
        "send it elsewhere",
      { cause: error },
    );
  }
}

/** Writes a line of results to stdout. */
export function print(line = ""): void {
  write(Deno.stdout, `${line}\n`);
}

/** Writes a line about what happens to stderr; commands in it get the form of the caller's. */
export function note(line = ""): void {
  write(Deno.stderr, `${asCalled(line)}\n`);
}

/** Writes `value` to stdout as JSON; infinite errors become null, as JSON has no infinity. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Whether a stream takes colours: it is a terminal and NO_COLOR is not set. */
function colourful(stream: Stream): boolean {
  return stream.isTerminal() && !Deno.env.get("NO_COLOR");
}

/** Colours text for {@link print}. */
export function onStdout(style: Style, text: string): string {
  return colourful(Deno.stdout) ? styled(style, text) : text;
}

/** Colours text for {@link note}, or for {@link terminalText}. */
export function onStderr(style: Style, text: string): string {
  return colourful(Deno.stderr) ? styled(style, text) : text;
}

/** The text between the marks of a style; an escape character of the text itself stays foreign. */
function styled(style: Style, text: string): string {
  const [before, after] = styleText(style, "|", { validateStream: false }).split("|");
  const own = (mark: string) => mark.replaceAll("\x1b", OWN_ESCAPE);
  return own(before) + text + own(after);
}

/** Makes a path given by the user absolute; `deno task` sets INIT_CWD to the caller's folder. */
export function callerPath(...parts: string[]): string {
  return resolve(Deno.env.get("INIT_CWD") || Deno.cwd(), ...parts);
}

/** The path from the caller's folder where the file lies below it, else the absolute one. */
export function shortPath(path: string): string {
  const short = relative(callerPath(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

/** Text of a fraction such as `95.3 %`. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** Text of a time such as `4.2 s`, `1 min 05 s` or `2 h 03 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}
