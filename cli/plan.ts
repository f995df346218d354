/**
 * The command `plan`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { SEARCH_FLAGS, TRAIN_FLAGS } from "./flags.ts";
import { printPlan } from "./planned.ts";
import {
  addSettingOptions,
  configOf,
  followingRun,
  settingOptionValues,
  type SettingValues,
  typedFlag,
} from "./run_options.ts";
import { findArc } from "./arc_argument.ts";

/** The command `plan`. */
export function planCommand(): AnyCommand {
  const command = new Command("plan")
    .description(
      "Says what a search with the same flags will take before it begins, or with --arc what " +
        "`train` will take. Flags mean what they mean to that command; values in brackets are those " +
        "of a search. Time is measured on this adapter, on images of noise, for about half a minute.",
    )
    .option(
      "--arc <FILE|TEXT|RUN>",
      "plan training this architecture: a file with one, its text, or a run whose best one it is",
    );
  addSettingOptions(command, [...SEARCH_FLAGS, ...TRAIN_FLAGS]);
  command
    .optionsGroup("Run:")
    .option("--from <DIR>", "folder with your own images")
    .option(
      "--memory <MIB>",
      "most device memory to use [MiB] (default: 4096, or three quarters of the free memory)",
    )
    .option("--json", "print the plan as one JSON object on stdout")
    .action(async (options) => await plan(settingOptionValues.parse(options)));
  return command;
}

async function plan(asked: SettingValues): Promise<void> {
  const known = asked.arc === undefined ? SEARCH_FLAGS : TRAIN_FLAGS;
  const other = asked.arc === undefined ? TRAIN_FLAGS : SEARCH_FLAGS;
  for (const { name } of other) {
    if (typedFlag(asked, name) === undefined || known.some((flag) => flag.name === name)) continue;
    throw new UsageError(
      asked.arc === undefined
        ? `Expected --${name} only with --arc but found it without; add --arc, or leave it out`
        : `Expected --${name} only without --arc but found both; leave one of them out`,
    );
  }
  const named = asked.arc === undefined ? undefined : findArc(asked.arc, asked.space);
  const flags = followingRun(asked, named);
  const built = await configOf(flags, known, named);
  if (built !== null) await printPlan(flags, built, named?.arc);
}
