/**
 * The bench's results as JSON and as text that is readable as Markdown.
 *
 * @module
 */
import type { Tuned } from "../engine/measure/autotune.ts";
import type { BenchReport } from "./bench_report.ts";
import type { Timing } from "./measure.ts";
import type { CaseResult, PeerResult } from "./run_case.ts";
import { stepBlocks } from "./steps/step_tables.ts";
import type { TuningMode } from "./tuning.ts";
import { targetsOf } from "./targets.ts";
import { number, percent, ratio, spread, table } from "./text_table.ts";

/** The object of `--json`. */
export function toJson(report: BenchReport): unknown {
  const { conditions, ceilings, peers, results, steps, passes, tuned } = report;
  /** How many times faster the engine is; null where the peer failed. */
  const ratios = (ours: Timing, results: Readonly<Record<string, PeerResult>>) =>
    Object.fromEntries(
      Object.entries(results).map(([name, { timing }]) => [
        name,
        timing === null ? null : timing.median / ours.median,
      ]),
    );
  const values = (results: Readonly<Record<string, PeerResult>>) =>
    Object.fromEntries(Object.entries(results).map(([name, { value }]) => [name, value]));
  return {
    adapter: conditions.adapter,
    date: conditions.date,
    ceilings,
    results: [
      ...results.map((result) => ({
        case: result.case,
        unit: result.unit,
        ours: result.ours,
        peers: values(result.peers),
        ratios: ratios(result.timing, result.peers),
        ofCeiling: result.ofCeiling,
        detail: { ours: result.timing, peers: result.peers },
      })),
      ...steps.map((step) => ({
        case: step.case,
        batch: step.batch,
        unit: "images/s",
        ours: step.imagesPerSecond,
        peers: values(step.peers),
        ratios: ratios(step.timing, step.peers),
        ofCeiling: step.ofCeiling,
        detail: step,
      })),
    ],
    passes,
    tuned,
    targets: targetsOf(report),
    conditions,
    peers,
  };
}

function caseTable(
  results: readonly CaseResult[],
  names: readonly string[],
): string {
  const header = [
    "case",
    "unit",
    "ours",
    ...names.flatMap((name) => [name, `ours / ${name}`]),
    "of ceiling",
    "ours ms (min..max)",
    ...names.map((name) => `${name} ms (min..max)`),
    "ours cpu ms",
    ...names.map((name) => `${name} cpu ms`),
    ...names.map((name) => `${name} max error`),
  ];
  const rows = results.map((result) => {
    const peers = names.map((name) => result.peers[name]);
    return [
      result.case,
      result.unit,
      number(result.ours),
      ...peers.flatMap((peer) => [
        peer === undefined || peer.value === null ? "failed" : number(peer.value),
        peer === undefined ? "-" : ratio(result.timing, peer.timing),
      ]),
      percent(result.ofCeiling),
      spread(result.timing),
      ...peers.map((peer) => peer?.timing ? spread(peer.timing) : "-"),
      number(result.timing.cpu),
      ...peers.map((peer) => peer?.timing ? number(peer.timing.cpu) : "-"),
      ...peers.map((peer) => peer?.maxError?.toExponential(1) ?? "-"),
    ];
  });
  return table([header, ...rows]);
}

function targetTable(report: BenchReport): string[] {
  const targets = targetsOf(report);
  if (targets.length === 0) return [];
  const rows = targets.map(({ what, wanted, found, atMost, met }) => [
    what,
    `${atMost ? "at most" : "at least"} ${wanted}`,
    number(found),
    met ? "met" : `missed: ${number(atMost ? found / wanted : wanted / found)}x off`,
  ]);
  return [table([["target", "wanted", "found", "result"], ...rows])];
}

function failures({ peers, results, steps }: BenchReport): string[] {
  return [
    ...peers.flatMap(({ name, reason }) =>
      reason === null ? [] : [`- ${name} could not be loaded: ${reason}`]
    ),
    ...[...results, ...steps].flatMap((result) =>
      Object.entries(result.peers).flatMap(([name, { reason }]) =>
        reason === null ? [] : [`- ${name} failed on ${result.case}: ${reason}`]
      )
    ),
  ];
}

const TUNING_TEXT: Readonly<Record<TuningMode, string>> = {
  kept: "kernels that were found fastest before, where there were any",
  none: "off",
  measure: "the fastest kernels were found first",
};

/** What tuning chose, and what it gained. */
function tunedTable(tuned: readonly Tuned[]): string {
  const rows = tuned.map(({ key, candidates, untuned, milliseconds, choice }) => [
    key,
    String(candidates),
    number(untuned),
    number(milliseconds),
    `${number(untuned / milliseconds)}x`,
    choice,
  ]);
  return table([["shapes", "kernels", "untuned ms", "tuned ms", "gain", "choice"], ...rows]);
}

/** The text that is printed, and written by `--markdown`. */
export function toText(report: BenchReport): string {
  const { conditions, ceilings, peers, results, steps, passes } = report;
  const blocks = [
    [
      `Adapter: ${conditions.adapter} on ${conditions.processor}`,
      `Date: ${conditions.date}`,
      `Command: ${conditions.command}`,
      `Versions: Deno ${conditions.deno}${
        peers.map(({ name, version }) => version === null ? "" : `, ${name} ${version}`).join("")
      }`,
      `Rounds: ${conditions.rounds}, taken in turns; medians; one pass is forward and all gradients`,
      `Load average: ${number(conditions.load[0])} before, ${number(conditions.load[1])} after`,
      `Ceilings: ${number(ceilings.fmaGflops)} GFLOP/s of FMA, ${
        number(ceilings.copyGbps)
      } GB/s of copying (read + written), ${
        number(ceilings.dispatchesPerSecond)
      } dispatches a second`,
      `Tuning: ${TUNING_TEXT[conditions.tuning]}`,
    ].map((line) => `- ${line}`).join("\n"),
  ];
  for (const { name, adapter } of peers) {
    if (adapter !== null && adapter !== conditions.adapter) {
      blocks.push(`WARNING: ${name} runs on another adapter: ${adapter}`);
    }
  }
  const names = peers.filter(({ reason }) => reason === null).map(({ name }) => name);
  if (results.length > 0) blocks.push(caseTable(results, names));
  if (steps.length > 0) blocks.push(...stepBlocks(steps, names));
  if (passes.length > 0) {
    const rows = passes.map(({ name, timing, gflops }) => [
      name,
      spread(timing),
      number(timing.cpu),
      gflops === 0 ? "-" : number(gflops),
    ]);
    blocks.push(
      table([["pass", "ms (min..max)", "cpu ms", "GFLOP/s"], ...rows]),
    );
  }
  if (report.tuned.length > 0) blocks.push(tunedTable(report.tuned));
  blocks.push(...targetTable(report));
  const failed = failures(report);
  if (failed.length > 0) blocks.push(failed.join("\n"));
  return blocks.join("\n\n") + "\n";
}
