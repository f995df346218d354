/**
 * Errors as sentences and exit codes: 2 for the caller's mistake, 1 for a failed run.
 *
 * @module
 */
import { CommanderError } from "@commander-js/extra-typings";
import { DeviceError, MemoryBudgetError, ShaderError } from "../engine/errors.ts";
import { ArcError } from "../nas/space/mod.ts";
import { ConfigError } from "../nas/config/mod.ts";
import { DataError } from "../nas/data/mod.ts";
import { isDiskFull } from "../nas/files/atomic.ts";
import { DivergenceError } from "../nas/child/errors.ts";
import { StoreError } from "../nas/run/mod.ts";
import { StudyError } from "../nas/trials/queue.ts";
import { note, onStderr, OutputError } from "./terminal.ts";

/** The caller's mistake; each line of the message is one sentence. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** A run or a check that failed, with everything said already. */
export class Failure extends Error {
  override name = "Failure";
}

const CALLERS_MISTAKE = [UsageError, ConfigError, ArcError, DataError, StudyError];
const EXPLAINED = [
  StoreError,
  DeviceError,
  MemoryBudgetError,
  ShaderError,
  DivergenceError,
  OutputError,
  Failure,
];

/** Whether an error says what is wrong with the command line. */
export function isCallersMistake(error: unknown): boolean {
  return error instanceof CommanderError || CALLERS_MISTAKE.some((type) => error instanceof type);
}

/** Says on stderr what went wrong and returns the exit code. */
export function explain(error: unknown): number {
  if (error instanceof CommanderError) return explainParsing(error);
  const debug = Deno.env.get("ENASLAB_DEBUG") === "1";
  const usage = CALLERS_MISTAKE.some((type) => error instanceof type);
  const message = error instanceof Error ? error.message : String(error);
  if (usage || EXPLAINED.some((type) => error instanceof type)) say(message);
  else if (error instanceof Deno.errors.NotCapable) say(denied(message));
  else {
    const name = error instanceof Error ? error.name : typeof error;
    const advice = debug ? "" : "; set ENASLAB_DEBUG=1 to see where, and please report it";
    say(`This is a fault of enaslab: ${name}: ${message}${advice}`);
  }
  if (debug && error instanceof Error && error.stack) note(error.stack);
  return usage ? 2 : 1;
}

/** What a permission that Deno denied means; the sets in deno.json give those that are needed. */
function denied(message: string): string {
  const wanted = message.match(/Requires (.*?), run again/)?.[1] ?? message;
  return `Expected permission for ${wanted} but found that it was not given; tasks have the permissions ` +
    "that deno.json names, and only `data` has the network: start the task, or `deno run -A cli.ts`, " +
    "and see docs/permissions.md";
}

/**
 * Runs `body`, which reads what an argument names: a folder that is no run, or images that are none, are
 * the caller's mistake.
 */
export async function askedFor<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof StoreError || error instanceof DataError) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

/**
 * Runs `body`, which writes `path`. A place that cannot be written to is the caller's mistake; a full disk
 * is none.
 *
 * @param advice What to do about such a place.
 */
export function writing(path: string, advice: string, body: () => void): void {
  try {
    body();
  } catch (cause) {
    const found = `Expected to write ${path} but found ${(cause as Error).message}`;
    if (isDiskFull(cause)) {
      throw new StoreError(`${found}; make room and try again`, path, { cause });
    }
    throw new UsageError(`${found}; ${advice}`, { cause });
  }
}

/** A whole number given as a flag. */
export function wholeNumber(flag: string, text: string, min: number, max = Infinity): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(
    `Expected ${flag} to be an integer ${range} but found ${JSON.stringify(text)}`,
  );
}

/** Says on stderr what is wrong, a line each. */
export function say(message: string): void {
  for (const line of message.split("\n")) note(`${onStderr(["red", "bold"], "enaslab:")} ${line}`);
}

/** Rewrites what commander says into our form. */
function explainParsing(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  const text = error.message.replace(/^error: /, "");
  const quoted = text.match(/'([^']*)'/)?.[1] ?? "";
  const hint = text.match(/\(Did you mean (.*)\?\)/)?.[1];
  const advice = hint ? `; did you mean ${hint}?` : "; --help lists them";
  switch (error.code) {
    case "commander.unknownOption":
      say(`Expected a known flag but found ${quoted}${advice}`);
      break;
    case "commander.unknownCommand":
      say(`Expected a known command but found ${quoted}${advice}`);
      break;
    case "commander.optionMissingArgument":
      say(`Expected a value after ${quoted} but found nothing; --help says which`);
      break;
    case "commander.missingArgument":
      say(`Expected the argument ${quoted} but found nothing; --help says what it is`);
      break;
    case "commander.missingMandatoryOptionValue":
      say(`Expected the flag ${quoted} but found nothing; --help says what it is`);
      break;
    case "commander.excessArguments":
      say(`Expected no further argument but found ${text.match(/: (.*?)\.?$/s)?.[1]}${advice}`);
      break;
    case "commander.help":
      break;
    default:
      say(text.charAt(0).toUpperCase() + text.slice(1).replaceAll(/\.?\s*\n\s*/g, "; "));
  }
  return 2;
}
