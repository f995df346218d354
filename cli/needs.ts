/**
 * Which data sets a command line needs, found without doing what it says, and fetching them. A command
 * that trains may not use the network itself (docs/permissions.md): `run` first starts
 * `data --for COMMAND …`, which may.
 *
 * @module
 */
import type { z } from "zod";
import type { AnyCommand } from "./command.ts";
import { DATASETS, fetchDataset, type FetchResult } from "../nas/data/mod.ts";
import { counted } from "../nas/text/words.ts";
import { isCallersMistake } from "./errors.ts";
import { note } from "./terminal.ts";

const NEEDS = new WeakMap<object, (options: unknown) => readonly string[]>();

/** Says which data sets a command needs: `names` gets the values of its options, checked by a schema. */
export function needsData<Flags>(
  command: AnyCommand,
  schema: z.ZodType<Flags>,
  names: (flags: Flags) => readonly string[],
): void {
  NEEDS.set(command, (options) => names(schema.parse(options)));
}

/** Ends the parsing of a command line before its command acts. */
class Parsed extends Error {}

/**
 * The data sets that a command line needs. None where it is wrong: the command itself says what is.
 *
 * @param program All commands; of no use afterwards.
 * @param args The command's name and its arguments.
 */
export async function dataNeededBy(
  program: AnyCommand,
  args: readonly string[],
): Promise<string[]> {
  const names = new Set<string>();
  const silent = (command: AnyCommand) => {
    command.exitOverride().configureOutput({ writeOut() {}, writeErr() {} });
    for (const inner of command.commands) silent(inner);
  };
  silent(program);
  program.hook("preAction", (_, command) => {
    for (const name of NEEDS.get(command)?.(command.opts()) ?? []) names.add(name);
    throw new Parsed();
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof Parsed) && !isCallersMistake(error)) throw error;
  }
  return [...names];
}

/** What {@link fetchMissing} asks of a machine. */
export interface Machine {
  /** Whether a data set's files lie here. */
  readonly here: (name: string) => boolean;
  /** Gets them, verified. */
  readonly fetch: (name: string) => Promise<FetchResult>;
}

const THIS_MACHINE: Machine = {
  // The user's own images cannot be fetched; their command asks for --from.
  here: (name) => DATASETS[name].own || DATASETS[name].here(),
  fetch: (name) => fetchDataset(name, { onProgress: note }),
};

/** Fetches the data sets that a command line needs and that are not here; announces each. */
export async function fetchMissing(
  program: AnyCommand,
  args: readonly string[],
  { here, fetch }: Machine = THIS_MACHINE,
): Promise<void> {
  for (const name of await dataNeededBy(program, args)) {
    if (here(name)) continue;
    note(`${args[0]} needs ${name}, which is not on this machine: fetching it, once`);
    const result = await fetch(name);
    note(`${fetchedText(result)}, in ${result.folder}`);
  }
}

/** How a data set with files came, in words. */
export function fetchedText({ name, files, how }: FetchResult): string {
  const hashes = DATASETS[name].own ? "" : ", SHA-256 as published";
  return `${name}: ${counted(files.length, "file")}, ${how}${hashes}`;
}
