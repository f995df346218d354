/**
 * `--seeds`: the same run with several seeds in one command, and how far they lie apart.
 *
 * @module
 */
import { join } from "node:path";
import { parseSearchConfig, type SearchConfig } from "../nas/config/mod.ts";
import { sha256 } from "../nas/files/digest.ts";
import {
  hasConfig,
  openRun,
  type RunConfig,
  type RunEntry,
  runEntry,
  runFolder,
} from "../nas/run/mod.ts";
import { mean, standardDeviation } from "../nas/stats/mod.ts";
import { counted } from "../nas/text/words.ts";
import { askedFor, UsageError } from "./errors.ts";
import { writeComparison } from "./report.ts";
import type { RunFlags } from "./run_options.ts";
import { seedsOf } from "./study_flags.ts";
import { callerPath, note, onStdout, percent, print, printJson, shortPath } from "./terminal.ts";

/** A run that is to begin, or to go on. */
interface AskedRun {
  readonly config: SearchConfig;
}

/** What `search` or `train` do for one seed. */
export interface SeedPlan<Asked extends AskedRun> {
  readonly command: RunConfig["command"];
  /** The new run that flags ask for; null where they only asked to see something. */
  readonly begin: (flags: RunFlags) => Promise<Asked | null>;
  /** What the run was given beside its settings, as its config.json says it. */
  readonly givenTo: (asked: Asked) => Pick<RunConfig, "arc">;
  /** The rest of the run in a folder. */
  readonly goOn: (path: string, flags: RunFlags) => Asked | Promise<Asked>;
  /** Runs it without printing its result; returns the exit code. */
  readonly perform: (asked: Asked, flags: RunFlags) => Promise<number>;
}

/**
 * Does a run for each seed, one after another. Runs are named by their settings, so that the same command
 * goes on where it was interrupted: what is complete stays, what was interrupted goes on.
 *
 * @param seeds value of `--seeds`
 * @returns the exit code
 */
export async function runSeeds<Asked extends AskedRun>(
  flags: RunFlags,
  seeds: string,
  plan: SeedPlan<Asked>,
): Promise<number> {
  const paths: string[] = [];
  for (const seed of seedsOf(seeds)) {
    let flagsOfSeed: RunFlags = { ...flags, seed: String(seed) };
    const asked = await plan.begin(flagsOfSeed);
    if (asked === null) return 0;
    const name = `${flags.name ?? nameOf(asked, plan)}-seed${seed}`;
    flagsOfSeed = { ...flagsOfSeed, name };
    const path = join(callerPath(flags.out), name);
    paths.push(path);
    const done = hasConfig(runFolder(path)) ? await stateOf(path, asked, plan) : null;
    if (done === "completed") {
      note(`Seed ${seed} is complete: ${shortPath(path)}`);
      continue;
    }
    const run = done === null
      // Again, for now the name of the folder is known.
      ? (await plan.begin(flagsOfSeed))!
      : await askedFor(() => plan.goOn(path, flagsOfSeed));
    const code = await plan.perform(run, flagsOfSeed);
    if (code === 0) continue;
    note(`Interrupted at seed ${seed} of ${seeds}; the same command goes on with it`);
    return code;
  }
  const comparison = flags.report && paths.length > 1
    ? await writeComparison(
      paths,
      `${withoutSeed(paths[0])}-seeds-${seeds.replace("..", "-")}.html`,
    )
    : null;
  printSeeds(paths.map((path) => runEntry(path)), comparison, flags.json ?? false);
  return 0;
}

/** Name of the runs of a command: what they do, and a hash of all settings but the seed. */
function nameOf<Asked extends AskedRun>(
  asked: Asked,
  { command, givenTo }: SeedPlan<Asked>,
): string {
  const { config } = asked;
  const label = command === "train" ? "train" : config.strategy.name;
  const all = JSON.stringify([command, { ...config, seed: 0 }, givenTo(asked)]);
  return `${config.dataset.name}-${config.space}-${label}-${sha256(all).slice(0, 8)}`;
}

function withoutSeed(path: string): string {
  return path.replace(/-seed\d+$/, "");
}

/** How the run in a folder stands; refuses one with other settings than were asked for. */
async function stateOf<Asked extends AskedRun>(
  path: string,
  asked: Asked,
  { command, givenTo }: SeedPlan<Asked>,
): Promise<RunEntry["state"]> {
  const { config } = await askedFor(() => openRun(path, { begun: false }));
  const same = config.command === command && config.arc === givenTo(asked).arc &&
    JSON.stringify(parseSearchConfig(config.hyperparameters)) === JSON.stringify(asked.config);
  if (same) return runEntry(path).state;
  throw new UsageError(
    `Expected a run with these settings in ${path} but found one with others; choose another --name`,
  );
}

/** Prints the runs of all seeds, and how far they lie apart. */
function printSeeds(runs: readonly RunEntry[], comparison: string | null, json: boolean): void {
  const spread = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return null;
    const deviation = known.length < 2 ? null : standardDeviation(known);
    return { n: known.length, mean: mean(known), deviation };
  };
  const estimate = spread(runs.map((run) => run.estimate));
  const testAccuracy = spread(runs.map((run) => run.testAccuracy));
  if (json) return printJson({ comparison, runs, estimate, testAccuracy });
  for (const { seed, estimate, testAccuracy, path } of runs) {
    const cells = [
      `seed ${seed}`.padEnd(10),
      estimate === null ? "" : `estimate ${percent(estimate)}`.padEnd(18),
      testAccuracy === null ? "" : `test ${percent(testAccuracy)}`.padEnd(14),
      onStdout("gray", shortPath(path)),
    ];
    print(cells.filter((cell) => cell !== "").join("  "));
  }
  for (const [name, found] of [["estimate", estimate], ["test", testAccuracy]] as const) {
    if (found === null || found.deviation === null) continue;
    const points = `${(100 * found.deviation).toFixed(1)} points`;
    print(
      `${name.padEnd(10)}  ${onStdout("bold", percent(found.mean))}  mean of ` +
        `${counted(found.n, "seed")}, standard deviation ${points}`,
    );
  }
  if (comparison !== null) print(`${"report".padEnd(10)}  ${shortPath(comparison)}`);
}
