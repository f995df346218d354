/**
 * The command `plan`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { UsageError } from "./errors.ts";
import { SEARCH_FLAGS, TRAIN_FLAGS } from "./flags.ts";
import { printPlan } from "./planned.ts";
import { addSettingOptions, configOf, followingRun, type RunFlags } from "./run_options.ts";
import { findArc } from "./arc_argument.ts";

/** What the flags of `plan` come to, beside those of the configuration. */
interface PlanFlags extends RunFlags {
  readonly arc?: string;
}

/** The command `plan`. */
export function planCommand(): Command {
  const command = new Command("plan")
    .description(
      "Says what a search with the same flags will take before it begins, or with --arc what " +
        "`train` will take. Flags mean what they mean to that command; values in brackets are those " +
        "of a search. Time is measured on this adapter, on images of noise, for about half a minute.",
    )
    .option(
      "--arc <FILE|TEXT|RUN>",
      "plan training this architecture: a file with one, its text, or a run whose best one it is",
    ) as unknown as Command;
  addSettingOptions(command, [...SEARCH_FLAGS, ...TRAIN_FLAGS]);
  command
    .optionsGroup("Run:")
    .option("--from <DIR>", "folder with your own images")
    .option(
      "--memory <MIB>",
      "most device memory to use [MiB] (default: 4096, or three quarters of the free memory)",
    )
    .option("--json", "print the plan as one JSON object on stdout")
    .action(async (options) => await plan(options as unknown as PlanFlags));
  return command;
}

async function plan(asked: PlanFlags): Promise<void> {
  const known = asked.arc === undefined ? SEARCH_FLAGS : TRAIN_FLAGS;
  const other = asked.arc === undefined ? TRAIN_FLAGS : SEARCH_FLAGS;
  const given = asked as unknown as Record<string, unknown>;
  for (const { name } of other) {
    const camel = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    if (given[camel] === undefined || known.some((flag) => flag.name === name)) continue;
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
