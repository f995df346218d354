/**
 * What `--out` writes: the numbers, the page, and a chart of each curve.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { renderChartPng, renderChartSvg } from "../../reports/pictures.ts";
import { scalingChart } from "./chart.ts";
import type { SweepResult } from "./run_sweep.ts";
import { type Sweep, SWEEPS } from "./sweeps.ts";
import { scalingText, sweepText } from "./text.ts";

const SIZE = { width: 720, height: 400 };

/** The curves of `old` with those of `fresh` in their place, in the order of the page. */
export function merged(
  old: readonly SweepResult[],
  fresh: readonly SweepResult[],
): { readonly sweep: Sweep; readonly result: SweepResult }[] {
  const byName = new Map([...old, ...fresh].map((result) => [result.sweep, result]));
  return SWEEPS.flatMap((sweep) => {
    const result = byName.get(sweep.name);
    return result === undefined ? [] : [{ sweep, result }];
  });
}

/** The curves that `stem`.json has; none if there is no such file. */
async function readResults(stem: string): Promise<SweepResult[]> {
  try {
    return JSON.parse(await Deno.readTextFile(`${stem}.json`)).sweeps;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Writes `stem`.json, `stem`.md, and `stem`-NAME.png and .svg for each of the curves `fresh`; curves
 * that were written there before stay.
 *
 * @returns the names of the files
 */
export async function writeResults(
  stem: string,
  fresh: readonly SweepResult[],
): Promise<string[]> {
  await Deno.mkdir(dirname(stem), { recursive: true });
  const all = merged(await readResults(stem), fresh);
  const files: string[] = [];
  const write = async (file: string, content: string | Uint8Array) => {
    await (typeof content === "string"
      ? Deno.writeTextFile(file, content)
      : Deno.writeFile(file, content));
    files.push(file);
  };
  const sweeps = all.map(({ result }) => result);
  await write(`${stem}.json`, JSON.stringify({ sweeps }, null, 1) + "\n");
  for (const { sweep, result } of merged([], fresh)) {
    const chart = scalingChart(sweep, result);
    await write(`${stem}-${sweep.name}.png`, await renderChartPng(chart, SIZE));
    await write(`${stem}-${sweep.name}.svg`, await renderChartSvg(chart, SIZE));
  }
  const sections = all.map(({ sweep, result }) =>
    sweepText(sweep, result, `${basename(stem)}-${sweep.name}.svg`)
  );
  await write(`${stem}.md`, scalingText(sections, all[0].result));
  return files;
}
