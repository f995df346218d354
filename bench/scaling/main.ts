/**
 * How the time of a training step grows with its sizes.
 *
 * ```text
 * ./run bench scaling [--sweep NAMES] [--rounds N] [--json] [--out STEM]
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { reasonOf } from "../run_case.ts";
import { progress, UsageError, wholeNumber } from "../usage.ts";
import { writeResults } from "./files.ts";
import { runSweep, type SweepResult } from "./run_sweep.ts";
import { type Sweep, SWEEPS } from "./sweeps.ts";
import { scalingText, sweepText } from "./text.ts";

const NAMES = SWEEPS.map(({ name }) => name).join(", ");

const USAGE = `./run bench scaling [--sweep NAMES] [--rounds N] [--json] [--out STEM]

Times our training step alone while one of its sizes grows, and fits the curves.

--sweep NAMES  comma-separated, of: ${NAMES} (default: all)
--rounds N     samples of each point (default 5)
--json         one JSON object on stdout instead of Markdown
--out STEM     also writes STEM.md, STEM.json and a chart of each curve as STEM-NAME.png and .svg;
               curves that are there already stay, so that a run can be made in pieces`;

/** What the command line asked for; `help` alone counts where it is set. */
export interface ScalingOptions {
  readonly help: boolean;
  readonly sweeps: readonly Sweep[];
  readonly rounds: number;
  readonly json: boolean;
  readonly out: string | null;
}

/** @throws {UsageError} On unknown flags and names. */
export function scalingOptions(args: readonly string[]): ScalingOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        sweep: { type: "string" },
        rounds: { type: "string", default: "5" },
        json: { type: "boolean", default: false },
        out: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(reasonOf(error));
  }
  const names = values.sweep?.split(",");
  for (const name of names ?? []) {
    if (!SWEEPS.some((sweep) => sweep.name === name)) {
      throw new UsageError(`--sweep expects some of ${NAMES} but found ${name}`);
    }
  }
  return {
    help: values.help,
    sweeps: SWEEPS.filter(({ name }) => names?.includes(name) ?? true),
    rounds: wholeNumber("--rounds", values.rounds),
    json: values.json,
    out: values.out ?? null,
  };
}

/** Runs the command; returns what to print on stdout. */
export async function scaling(args: readonly string[]): Promise<string> {
  const { help, sweeps, rounds, json, out } = scalingOptions(args);
  if (help) return USAGE;
  const results: SweepResult[] = [];
  for (const sweep of sweeps) {
    progress(sweep.title);
    const result = await runSweep(sweep, rounds);
    results.push(result);
    // After each curve, so that nothing is lost when the next one is cut short.
    if (out !== null) { for (const file of await writeResults(out, [result])) progress(file); }
  }
  if (json) return JSON.stringify({ sweeps: results });
  const sections = results.map((result, i) => sweepText(sweeps[i], result, null));
  return scalingText(sections, results[0]);
}
