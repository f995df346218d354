/**
 * The bench's results as JSON and as text that is readable as Markdown.
 *
 * @module
 */
import type { Tuned } from "../engine/autotune.ts";
import type { Ceilings } from "./ceilings.ts";
import type { Timing } from "./measure.ts";
import type { PassResult } from "./profile.ts";
import type { CaseResult, PeerResult } from "./run_case.ts";
import type { StepResult } from "./steps/run_step.ts";
import type { TuningMode } from "./tuning.ts";
import { targetsOf } from "./targets.ts";
import { number, percent, spread, table } from "./text_table.ts";

/** Where and how a run was measured. */
export interface Conditions {
  readonly adapter: string;
  /** Whether the adapter is a program on the processor. */
  readonly software: boolean;
  readonly processor: string;
  readonly deno: string;
  readonly date: string;
  readonly command: string;
  readonly rounds: number;
  /** Which kernels of shapes ran where there are several. */
  readonly tuning: TuningMode;
  /** Load average of one minute before and after: other work on the machine. */
  readonly load: readonly [number, number];
}

/** A peer that was asked for. */
export interface PeerStatus {
  readonly name: string;
  readonly version: string | null;
  readonly adapter: string | null;
  /** Why it could not be loaded; null when it could. */
  readonly reason: string | null;
}

/** Everything that a run found. */
export interface BenchReport {
  readonly conditions: Conditions;
  readonly ceilings: Ceilings;
  readonly peers: readonly PeerStatus[];
  readonly results: readonly CaseResult[];
  readonly steps: readonly StepResult[];
  readonly passes: readonly PassResult[];
  /** Kernels that were chosen by measuring in this run. */
  readonly tuned: readonly Tuned[];
}

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

/** How many times faster the engine is; the medians of the same rounds. */
function ratio(ours: Timing, { timing }: PeerResult): string {
  return timing === null ? "-" : `${number(timing.median / ours.median)}x`;
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
        peer === undefined ? "-" : ratio(result.timing, peer),
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

/** Times of the contenders in a training step. */
function stepTable(steps: readonly StepResult[], names: readonly string[]): string {
  const header = [
    "training step",
    "batch",
    "ours images/s",
    ...names.flatMap((name) => [`${name} images/s`, `ours / ${name}`]),
    "ours GFLOP/s",
    "of FMA ceiling",
    "of copy ceiling",
    "ours ms (min..max)",
    ...names.map((name) => `${name} ms (min..max)`),
    "ours cpu ms",
    ...names.map((name) => `${name} cpu ms`),
    ...names.map((name) => `${name} loss difference`),
  ];
  const rows = steps.map((step) => {
    const peers = names.map((name) => step.peers[name]);
    return [
      step.case,
      String(step.batch),
      number(step.imagesPerSecond),
      ...peers.flatMap((peer) => [
        peer.value === null ? "failed" : number(peer.value),
        ratio(step.timing, peer),
      ]),
      number(step.gflops),
      percent(step.ofCeiling),
      percent(step.ofCopying),
      spread(step.timing),
      ...peers.map((peer) => peer.timing ? spread(peer.timing) : "-"),
      number(step.timing.cpu),
      ...peers.map((peer) => peer.timing ? number(peer.timing.cpu) : "-"),
      ...peers.map((peer) => peer.maxError?.toExponential(1) ?? "-"),
    ];
  });
  return table([header, ...rows]);
}

/** Where the device memory of a training step goes, in MiB. */
function stepMemoryTable(steps: readonly StepResult[]): string {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const rows = steps.map(({ case: name, memory: { live, allocated, storage, planned } }) => [
    name,
    mebibytes(live),
    mebibytes(planned.lasting),
    mebibytes(planned.places),
    mebibytes(planned.textures),
    mebibytes(allocated - planned.lasting - planned.places - planned.textures),
    mebibytes(allocated),
    number(allocated / live),
    mebibytes(planned.bound),
    number(allocated / planned.bound),
    mebibytes(storage),
    number(storage / live),
  ]);
  return table([
    [
      "training step",
      "MiB alive at most",
      "lasting",
      "buffers",
      "textures",
      "rounding and spare",
      "on the device",
      "of alive",
      "alive with textures",
      "of these",
      "without textures",
      "of alive",
    ],
    ...rows,
  ]);
}

/** What the engine needs for a training step. */
function stepCostTable(steps: readonly StepResult[]): string {
  const rows = steps.map((step) => [
    step.case,
    String(step.dispatches),
    number(step.recordMs),
    number(step.kernelMs),
    percent(step.kernelMs / step.timing.median),
    number(step.bytesMoved / 1e6),
    number(step.firstStep.cold),
    number(step.firstStep.warm),
  ]);
  return table([
    [
      "training step",
      "dispatches",
      "recording ms",
      "kernels ms",
      "of the step",
      "MB bound",
      "first step cold, s",
      "warm, s",
    ],
    ...rows,
  ]);
}

const STEP_NOTE =
  `A training step is forward, loss, gradients and the Nesterov update, on the same weights and ` +
  `images for every contender; GFLOP/s count three forward passes. The engine also gathers its ` +
  `batch and moves the averages of its batch norms, which the peers leave out. A step slower than ` +
  `4 s is timed once. "Recording" is the time in which the program records and submits a step; some ` +
  `drivers wait in there for earlier steps. "Kernels" is the sum of all dispatches, each timed alone, ` +
  `without copies; within a step they follow each other without a gap, so that a little overhead of ` +
  `each may hide. "MB bound" are the bytes of all bindings of all dispatches. First steps count from the start of a ` +
  `process to the end of its first step, with the driver's cache of kernels empty and full.`;

const MEMORY_NOTE =
  `A tensor is alive from the dispatch that writes it to the last one that reads it, whenever the ` +
  `program releases it; what lasts between steps (weights, gradients, momenta, averages, images) is ` +
  `always alive. "Alive at most" is the largest sum of exact bytes at one moment: no allocator needs ` +
  `less for this order of operations. Where kernels load from textures, a tensor's buffer is given ` +
  `back once the tensor was copied to rows of a texture; both places are on the device at the moment ` +
  `of the copy, which "alive with textures" counts and "alive at most" does not. "Without textures" ` +
  `is what the same step takes where kernels load from buffers, as on a real GPU.`;

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
  if (steps.length > 0) {
    blocks.push(stepTable(steps, names), stepCostTable(steps), STEP_NOTE);
    blocks.push(stepMemoryTable(steps), MEMORY_NOTE);
  }
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
