/**
 * What the bench is meant to show, and by how much a run shows it. The targets are those of a software
 * adapter; on a real one the arithmetic of the largest step has a target of its own.
 *
 * @module
 */
import type { BenchReport } from "./bench_report.ts";
import type { PeerResult } from "./run_case.ts";
import type { StepResult } from "./steps/run_step.ts";

/** One target. */
export interface TargetResult {
  readonly what: string;
  readonly wanted: number;
  readonly found: number;
  /** True when less is better. */
  readonly atMost: boolean;
  readonly met: boolean;
}

/** Times that the engine is to be faster than a peer, by beginning of the case's name. */
const FASTER: readonly (readonly [start: string, peer: string, times: number])[] = [
  ["conv3x3.train", "jax-js", 10],
  ["conv3x3.train.A", "tfjs", 40],
  ["conv3x3.train.B", "tfjs", 25],
  ["batch_norm.train", "jax-js", 10],
  ["max_pool3x3.train", "jax-js", 10],
  ["avg_pool3x3.train", "jax-js", 10],
  ["depthwise3x3.train", "jax-js", 10],
];
/** The same for whole macro steps, against the faster of the JavaScript peers. */
const FASTER_STEP = 10;
/** Speed of a step beside PyTorch's. */
const OF_PYTORCH = 0.25;
/** Share of the multiply-adds of a forward convolution. */
const OF_CEILING = 0.3;
/** Most bytes on the device, in liveness lower bounds. */
const OF_LIVE_BYTES = 1.3;
/** Seconds to the first step, with the driver's cache empty and full. */
const FIRST_STEP = { cold: 10, warm: 1 };
/** Useful GFLOP/s of the largest step on a real GPU. */
const REAL_GPU = { case: "step.macro.L12C36S32", gflops: 5000 };

function target(what: string, wanted: number, found: number, atMost = false): TargetResult {
  return { what, wanted, found, atMost, met: atMost ? found <= wanted : found >= wanted };
}

function ratio(median: number, peer: PeerResult | undefined): number | null {
  return peer?.timing ? peer.timing.median / median : null;
}

function stepTargets(step: StepResult): TargetResult[] {
  const found: TargetResult[] = [];
  const { median } = step.timing;
  const peers = ["jax-js", "tfjs"].flatMap((name) => ratio(median, step.peers[name]) ?? []);
  if (peers.length > 0 && step.case.startsWith("step.macro")) {
    const what = `${step.case}: times the speed of the faster JavaScript peer`;
    found.push(target(what, FASTER_STEP, Math.min(...peers)));
  }
  const torch = ratio(median, step.peers.pytorch);
  if (torch !== null) found.push(target(`${step.case}: of PyTorch's speed`, OF_PYTORCH, torch));
  const memory = step.memory.allocated / step.memory.live;
  found.push(
    target(`${step.case}: device memory, in liveness lower bounds`, OF_LIVE_BYTES, memory, true),
  );
  for (const start of ["cold", "warm"] as const) {
    const what = `${step.case}: seconds to the first step, ${start}`;
    found.push(target(what, FIRST_STEP[start], step.firstStep[start], true));
  }
  return found;
}

/** The targets that the cases of a run decide. */
export function targetsOf(report: BenchReport): TargetResult[] {
  const { conditions, results, steps, passes, ceilings } = report;
  if (!conditions.software) {
    return steps.filter((step) => step.case === REAL_GPU.case)
      .map(({ case: name, gflops }) => target(`${name}: GFLOP/s`, REAL_GPU.gflops, gflops));
  }
  const faster = FASTER.flatMap(([start, peer, times]) =>
    results.filter((result) => result.case.startsWith(start)).flatMap((result) => {
      const found = ratio(result.timing.median, result.peers[peer]);
      return found === null ? [] : [target(`${result.case}: times ${peer}`, times, found)];
    })
  );
  const forward = passes.filter(({ name }) => name.startsWith("conv3x3.forward")).map((pass) =>
    target(`${pass.name}: of the FMA ceiling`, OF_CEILING, pass.gflops / ceilings.fmaGflops)
  );
  return [...faster, ...forward, ...steps.flatMap(stepTargets)];
}
