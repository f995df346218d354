/**
 * One training step: losses of every contender are compared first, then all are timed in turns.
 *
 * @module
 */
import type { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import type { PlannedBytes } from "../../engine/memory/pool.ts";
import { networkCost } from "../../nas/space/registry.ts";
import type { StepContender } from "../cases/types.ts";
import type { Ceilings } from "../ceilings.ts";
import { measure, type Timing } from "../measure.ts";
import type { Peer } from "../peers/types.ts";
import { type PeerResult, reasonOf } from "../run_case.ts";
import type { StepCase } from "./cases.ts";
import { type FirstSteps, firstSteps } from "./first_step.ts";
import { kernelMilliseconds } from "./kernel_time.ts";
import { prepareOurStep } from "./ours.ts";
import { rehearseStep } from "./rehearse.ts";
import type { TuningMode } from "../tuning.ts";

/** Steps whose losses are compared: the second and third depend on gradients and momentum. */
const COMPARED_STEPS = 3;
/**
 * Largest relative difference of a loss with which a peer is timed. Rounding decides on which side of
 * a ReLU a value near zero falls, and so moved the third loss of small batches by up to 1.7e-3 between
 * any two libraries; a wrong gradient of average pooling moved the second by 6.7e-3.
 */
const MAX_DIFFERENCE = 3e-3;
/** Slower steps than this are timed once. */
const SLOW_MS = 4000;
const OURS = "ours";

/** Device memory of a training step, in bytes. */
export interface StepMemory {
  /** Most bytes of tensors alive at one moment: what any allocator needs. */
  readonly live: number;
  /** What exists on the device after all steps, textures included. */
  readonly allocated: number;
  /** The most that ever existed on the device. */
  readonly peak: number;
  /** What would exist if all kernels loaded from buffers, as on a real GPU. */
  readonly storage: number;
  /** What the step needs of the allocated bytes. */
  readonly planned: PlannedBytes;
}

/** One row of the table of steps. */
export interface StepResult {
  readonly case: string;
  readonly batch: number;
  /** Floating-point operations of a step: three times those of the forward pass, all images. */
  readonly flops: number;
  readonly timing: Timing;
  /** Values are images a second; `maxError` is the largest relative difference of a loss. */
  readonly peers: Readonly<Record<string, PeerResult>>;
  readonly losses: readonly number[];
  readonly imagesPerSecond: number;
  readonly gflops: number;
  /** Share of the multiply-adds that the adapter could do. */
  readonly ofCeiling: number;
  readonly dispatches: number;
  /** Milliseconds of recording a step. */
  readonly recordMs: number;
  /** Milliseconds of all kernels of a step, each timed alone. */
  readonly kernelMs: number;
  /** Bytes of every binding of every dispatch. */
  readonly bytesMoved: number;
  /** Share of the copying that the adapter could do. */
  readonly ofCopying: number;
  readonly memory: StepMemory;
  readonly firstStep: FirstSteps;
}

function difference(actual: readonly number[], expected: readonly number[]): number {
  const differences = expected.map((loss, i) => Math.abs(actual[i] - loss) / Math.abs(loss));
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}

/** Runs one case; a peer that cannot take part is named with its reason. */
export async function runStep(
  { target: { tileSet }, tuning: store }: GpuBackend,
  stepCase: StepCase,
  tuning: TuningMode,
  peers: readonly Peer[],
  rounds: number,
  ceilings: Ceilings,
): Promise<StepResult> {
  const { name, batch, side } = stepCase;
  const firstStep = await firstSteps(stepCase, tuning);
  const { graph, bytesMoved, liveBytes, storageBytes } = await rehearseStep(
    stepCase,
    tileSet,
    store,
  );
  const kernelMs = await kernelMilliseconds(stepCase, tuning);
  const ours = await prepareOurStep(stepCase, tuning);
  const contenders = new Map<string, StepContender>([[OURS, ours]]);
  const errors = new Map<string, number>();
  const reasons = new Map<string, string>();
  try {
    const problem = await ours.problem(graph);
    const losses = await ours.losses(COMPARED_STEPS);
    const dispatches = ours.dispatches();
    for (const peer of peers) {
      try {
        const contender = await peer.prepareStep(problem);
        contenders.set(peer.name, contender);
        const error = difference(await contender.losses(COMPARED_STEPS), losses);
        errors.set(peer.name, error);
        if (error > MAX_DIFFERENCE) {
          reasons.set(peer.name, `losses differ by ${error.toExponential(1)}`);
        }
      } catch (error) {
        reasons.set(peer.name, reasonOf(error));
      }
    }
    const fit = new Map([...contenders].filter(([name]) => !reasons.has(name)));
    const timings = await measure(fit, rounds, (name, error) => {
      if (name === OURS) throw error;
      reasons.set(name, reasonOf(error));
    }, { warm: true, slowMs: SLOW_MS });
    const timing = timings.get(OURS)!;
    const cost = networkCost(stepCase.spec, stepCase.arc, [side, side, 3]);
    const flops = 3 * cost.flops * batch;
    const imagesPerSecond = ({ median }: Timing) => batch / median * 1000;
    const gflops = flops / timing.median / 1e6;
    return {
      case: name,
      batch,
      flops,
      timing,
      peers: Object.fromEntries(peers.map(({ name }): [string, PeerResult] => {
        const peerTiming = timings.get(name) ?? null;
        return [name, {
          value: peerTiming === null ? null : imagesPerSecond(peerTiming),
          timing: peerTiming,
          maxError: errors.get(name) ?? null,
          reason: reasons.get(name) ?? null,
        }];
      })),
      losses,
      imagesPerSecond: imagesPerSecond(timing),
      gflops,
      ofCeiling: gflops / ceilings.fmaGflops,
      dispatches,
      recordMs: ours.recordMs(),
      kernelMs,
      bytesMoved,
      ofCopying: bytesMoved / timing.median / 1e6 / ceilings.copyGbps,
      memory: { live: liveBytes, storage: storageBytes, ...ours.memory() },
      firstStep,
    };
  } finally {
    for (const contender of contenders.values()) await contender.close();
  }
}
