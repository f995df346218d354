/**
 * Runs the command line: in this process, which costs no start, or as a program of its own where a test
 * needs its environment, its signals or its end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "../../cli.ts";
import { openRun, type RunFolder } from "../../nas/run/mod.ts";

const ROOT = new URL("../../", import.meta.url);

/** What a program left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start it. */
export interface CliOptions {
  /** Folder that it is started in; default: the temporary one of this process. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder that the tests of this file share; removed when the tests end. */
export const scratch: string = Deno.makeTempDirSync({ prefix: "enaslab-cli-" });
globalThis.addEventListener("unload", () => Deno.removeSync(scratch, { recursive: true }));

/** An outer `deno task` sets INIT_CWD, which would win over cwd; an outer `run` sets the form of hints. */
const ENV: Readonly<Record<string, string>> = { INIT_CWD: "", ENASLAB_RUN: "", NO_COLOR: "1" };

/** The program, not yet started. */
export function cliCommand(args: readonly string[], options: CliOptions = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--config",
      fileURLToPath(new URL("deno.json", ROOT)),
      fileURLToPath(new URL("cli.ts", ROOT)),
      ...args,
    ],
    cwd: options.cwd ?? scratch,
    env: { ...ENV, ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program to its end: in this process, unless it is to have an environment of its own. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  if (options.env !== undefined) return program(args, options);
  const result = previous.then(() => here(args, options.cwd ?? scratch));
  previous = result.catch(() => {});
  return result;
}

/** Ends when nothing runs in this process any more: folder, environment and output are shared. */
let previous: Promise<unknown> = Promise.resolve();

/** Starts it as a program of its own and waits for its end. */
export async function program(
  args: readonly string[],
  options?: CliOptions,
): Promise<CliResult> {
  const { code, stdout, stderr } = await cliCommand(args, options).output();
  return { code, stdout: decode(stdout), stderr: withoutMesa(decode(stderr)) };
}

/** Runs it in this process, started in the folder `cwd`, with what it writes caught. */
async function here(args: readonly string[], cwd: string): Promise<CliResult> {
  const folder = Deno.cwd();
  const outer = Object.keys(ENV).map((name) => [name, Deno.env.get(name)] as const);
  const [out, err] = [caught(Deno.stdout), caught(Deno.stderr)];
  for (const [name, value] of Object.entries(ENV)) Deno.env.set(name, value);
  Deno.chdir(cwd);
  try {
    const code = await main(args);
    return { code, stdout: out.text(), stderr: withoutMesa(err.text()) };
  } finally {
    Deno.chdir(folder);
    for (const [name, value] of outer) restore(name, value);
    out.release();
    err.release();
  }
}

/** Catches what is written to a stream, which is no terminal meanwhile, until it is released. */
function caught(stream: typeof Deno.stdout | typeof Deno.stderr): {
  readonly text: () => string;
  readonly release: () => void;
} {
  const { writeSync, isTerminal } = stream;
  const bytes: number[] = [];
  stream.writeSync = (part) => {
    for (const byte of part) bytes.push(byte);
    return part.length;
  };
  stream.isTerminal = () => false;
  return {
    text: () => decode(new Uint8Array(bytes)),
    release: () => Object.assign(stream, { writeSync, isTerminal }),
  };
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

/** Mesa's complaint about XDG_RUNTIME_DIR is not ours. */
function withoutMesa(said: string): string {
  return said.split("\n").filter((line) => !line.includes("XDG_RUNTIME_DIR")).join("\n");
}

/** Asserts an exit code and one sentence on stderr, with nothing on stdout. */
export function assertRefused(result: CliResult, code: number, sentence: RegExp): void {
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, "");
  assert.match(result.stderr, sentence);
  // Own images are decoded before they can be found to be wrong.
  const said = result.stderr.trim().split("\n").filter((line) => !line.startsWith("Decoding "));
  assert.equal(said.length, 1, result.stderr);
  assert.match(said[0], /^enaslab: Expected /);
}

/** Everything that must lie in the folder of a run that was not cut off. */
export function assertReadable(folder: RunFolder, status: string): void {
  const { events, truncated } = openRun(folder.path);
  assert.equal(truncated, false);
  assert.equal(events[0].type, "run_started");
  const last = events.at(-1)!;
  assert.equal(last.type === "run_finished" && last.status, status);
  assert.match(Deno.readTextFileSync(folder.report), /^<!DOCTYPE html>/);
}

/** Starts a run and sends a signal, Ctrl-C by default, when its log holds an event of the type `seen`. */
export async function interrupted(
  args: readonly string[],
  folder: RunFolder,
  seen: string,
  signal: Deno.Signal = "SIGINT",
): Promise<CliResult> {
  const process = cliCommand(args).spawn();
  const output = process.output();
  const begun = () => {
    try {
      return Deno.readTextFileSync(folder.events).includes(seen);
    } catch {
      return false;
    }
  };
  for (let waited = 0; !begun(); waited += 20) {
    assert.ok(waited < 30_000, "the run has not begun after 30 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  process.kill(signal);
  const { code, stdout, stderr } = await output;
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** A search of a few seconds on the synthetic images. */
export function smallSearch(out = "runs", ...more: string[]): string[] {
  return [
    ...["search", "--dataset", "synthetic", "--image-size", "8", "--layers", "4"],
    ...["--filters", "4", "--images", "200", "--epochs", "1", "--final-epochs", "1"],
    ...["--batch", "16", "--set", "search.updatesPerEpoch=2"],
    ...["--set", "search.arcsPerUpdate=2", "--set", "search.scoredArcs=3"],
    ...["--set", "child.stepsPerEpoch=8", "--set", "finalTraining.stepsPerEpoch=5"],
    ...["--out", join(scratch, out), ...more],
  ];
}

/** The same in the micro space. */
export function smallMicroSearch(out: string, ...more: string[]): string[] {
  const size = ["--space", "micro", "--layers", "1", "--nodes", "2", "--filters", "2"];
  return smallSearch(out, ...size, ...more);
}

/** Training of a second or two on the synthetic images. */
export function smallTrain(arc: string, out: string, ...more: string[]): string[] {
  return [
    ...["train", "--arc", arc, "--dataset", "synthetic", "--image-size", "8", "--filters", "4"],
    ...["--images", "200", "--epochs", "2", "--batch", "16"],
    ...["--set", "finalTraining.stepsPerEpoch=5", "--out", join(scratch, out), ...more],
  ];
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
