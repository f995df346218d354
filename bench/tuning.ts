/**
 * Which kernels of shapes the bench runs where there are several: those that were found fastest on
 * this adapter, or those that run untuned.
 *
 * @module
 */
import { autotune, type Tuned } from "../engine/measure/autotune.ts";
import type { AdapterDescription } from "../engine/webgpu/device.ts";
import { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import type { Target } from "../engine/webgpu/target.ts";
import { OPS } from "../engine/ops/mod.ts";
import { RehearsalBackend } from "../engine/measure/rehearsal.ts";
import { openTuning } from "../nas/run/tuning_file.ts";
import type { BenchCase } from "./cases/types.ts";
import { prepareOurs } from "./ours.ts";
import { RATE, type StepCase, stepImages, stepNetwork, stepTrainer } from "./steps/cases.ts";

/**
 * `kept` uses what was found before, as a search does; `none` does not; `measure` finds the fastest
 * for the cases of the run first, and keeps it.
 */
export type TuningMode = "kept" | "none" | "measure";

/** Modes, the default first. */
export const TUNING_MODES: readonly TuningMode[] = ["kept", "none", "measure"];

/** Opens the device; with `profile` every dispatch of it is timed. */
export function openGpu(
  mode: TuningMode,
  note: (sentence: string) => void,
  profile = false,
): Promise<GpuBackend> {
  const tuning = (adapter: AdapterDescription) => openTuning(adapter, { note });
  return GpuBackend.open({ profile, ...(mode === "none" ? {} : { tuning }) });
}

/** Classes of shapes with several kernels to choose from that `cases` and `steps` run on a device. */
export async function caseClasses(
  { tileSet, loadPath }: Pick<Target, "tileSet" | "loadPath">,
  cases: readonly BenchCase[],
  steps: readonly StepCase[],
): Promise<string[]> {
  const rehearsal = new RehearsalBackend({ tileSet, loadPath });
  for (const benchCase of cases) await prepareOurs(rehearsal, benchCase.problem()).run(1);
  for (const step of steps) {
    const trainer = stepTrainer(stepNetwork(rehearsal, step), stepImages(rehearsal, step), step);
    await trainer.step(step.arc, RATE);
  }
  return [...rehearsal.tiles.keys()];
}

/** Finds and keeps the fastest kernels for `cases` and `steps`; nothing where there is no choice. */
export async function tuneCases(
  gpu: GpuBackend,
  cases: readonly BenchCase[],
  steps: readonly StepCase[],
  onClass: (key: string, done: number, total: number) => void,
): Promise<Tuned[]> {
  return await autotune(gpu, OPS, await caseClasses(gpu.target, cases, steps), {
    again: true,
    onClass,
  });
}
