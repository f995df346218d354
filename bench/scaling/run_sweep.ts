/**
 * One curve: every point is prepared first, then all are timed in turns.
 *
 * @module
 */
import type { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { networkCost } from "../../nas/space/registry.ts";
import { measure, type Timing } from "../measure.ts";
import type { StepCase } from "../steps/cases.ts";
import { type OurStep, prepareOurStep } from "../steps/ours.ts";
import { rehearseStep } from "../steps/rehearse.ts";
import { openGpu } from "../tuning.ts";
import { progress } from "../usage.ts";
import { ARCS, controllerUpdates } from "./controller.ts";
import { dispatchCost } from "./dispatch_cost.ts";
import { type Fit, polynomialFit, powerFit } from "./fits.ts";
import { BASE, scalingCase, type Sweep } from "./sweeps.ts";

/** What a training step does; times aside, the same in every run. */
export interface StepWork {
  /** Floating-point operations: three times those of the forward pass, all images. */
  readonly flops: number;
  readonly dispatches: number;
  /** Bytes of every binding of every dispatch. */
  readonly bytesBound: number;
  /** Most bytes that existed on the device. */
  readonly peakBytes: number;
  /** Most bytes of tensors alive at one moment. */
  readonly liveBytes: number;
}

/** One point of a curve. */
export interface ScalingPoint {
  /** Of the size that grows. */
  readonly value: number;
  /** What the fit is over. */
  readonly x: number;
  /** Of a step, or of an arc of the controller. */
  readonly timing: Timing;
  /** Null for the controller, which runs on the processor. */
  readonly work: StepWork | null;
}

/** One curve as measured. */
export interface SweepResult {
  readonly sweep: Sweep["name"];
  readonly adapter: string;
  readonly deno: string;
  readonly date: string;
  readonly rounds: number;
  /** Load average of one minute before and after: other work on the machine. */
  readonly load: readonly [number, number];
  /** Milliseconds of a dispatch that computes next to nothing; see {@link dispatchCost}. */
  readonly dispatchMs: number;
  readonly points: readonly ScalingPoint[];
  /** Through the medians. */
  readonly fit: Fit;
  readonly power: Fit;
  /** The same polynomial through the processor times, which other work hardly moves. */
  readonly cpuFit: Fit;
}

async function timeAll<T extends Parameters<typeof measure>[0]>(
  contenders: T,
  rounds: number,
): Promise<Timing[]> {
  const timings = await measure(contenders, rounds, (_, error) => {
    throw error;
  });
  return [...timings.values()];
}

async function controllerPoints(sweep: Sweep, rounds: number): Promise<ScalingPoint[]> {
  const { values } = sweep;
  const contenders = new Map(values.map((value) => [String(value), controllerUpdates(value)]));
  const timings = await timeAll(contenders, rounds);
  return values.map((value, i) => {
    const { median, min, max, cpu, ...counts } = timings[i];
    const timing = {
      median: median / ARCS,
      min: min / ARCS,
      max: max / ARCS,
      cpu: cpu / ARCS,
      ...counts,
    };
    return { value, x: sweep.variableOf(value), timing, work: null };
  });
}

async function workOf(stepCase: StepCase, ours: OurStep, gpu: GpuBackend): Promise<StepWork> {
  const { batch, side } = stepCase;
  const { bytesMoved, liveBytes } = await rehearseStep(stepCase, gpu.target.tileSet, gpu.tuning);
  const { flops } = networkCost(stepCase.spec, stepCase.arc, [side, side, 3]);
  return {
    flops: 3 * flops * batch,
    dispatches: ours.dispatches(),
    bytesBound: bytesMoved,
    peakBytes: ours.memory().peak,
    liveBytes,
  };
}

async function stepPoints(
  sweep: Sweep,
  rounds: number,
  gpu: GpuBackend,
): Promise<ScalingPoint[]> {
  const contenders = new Map<string, OurStep>();
  const caseOf = (value: number) => scalingCase({ ...BASE, [sweep.name]: value }, sweep.ops);
  try {
    for (const value of sweep.values) {
      contenders.set(String(value), await prepareOurStep(caseOf(value), "kept"));
    }
    const timings = await timeAll(contenders, rounds);
    const points: ScalingPoint[] = [];
    for (const [i, value] of sweep.values.entries()) {
      const work = await workOf(caseOf(value), contenders.get(String(value))!, gpu);
      points.push({ value, x: sweep.variableOf(value), timing: timings[i], work });
    }
    return points;
  } finally {
    for (const contender of contenders.values()) await contender.close();
  }
}

/** Measures a curve and fits it; `rounds` samples of each point. */
export async function runSweep(sweep: Sweep, rounds: number): Promise<SweepResult> {
  const loadBefore = Deno.loadavg()[0];
  const gpu = await openGpu("kept", progress);
  try {
    const dispatchMs = await dispatchCost(rounds);
    const points = sweep.name === "controller"
      ? await controllerPoints(sweep, rounds)
      : await stepPoints(sweep, rounds, gpu);
    const samples = points.map(({ x, timing }) => ({ x, y: timing.median }));
    return {
      sweep: sweep.name,
      adapter: gpu.adapter.description,
      deno: Deno.version.deno,
      date: new Date().toISOString(),
      rounds,
      load: [loadBefore, Deno.loadavg()[0]],
      dispatchMs,
      points,
      fit: polynomialFit(samples, sweep.degree),
      power: powerFit(samples),
      cpuFit: polynomialFit(points.map(({ x, timing }) => ({ x, y: timing.cpu })), sweep.degree),
    };
  } finally {
    await gpu.close();
  }
}
