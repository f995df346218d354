/**
 * How long the kernels of a training step take by themselves.
 *
 * @module
 */
import { openGpu, type TuningMode } from "../tuning.ts";
import { RATE, type StepCase, stepImages, stepNetwork, stepTrainer } from "./cases.ts";

/** Steps that are not measured, for kernels are compiled in them, and steps that are. */
const WARM_STEPS = 2;
const STEPS = 3;

/** Milliseconds of all kernels of one step, each timed alone: none overlaps another, as in a step. */
export async function kernelMilliseconds(stepCase: StepCase, tuning: TuningMode): Promise<number> {
  const gpu = await openGpu(tuning, () => {}, true);
  const network = stepNetwork(gpu, stepCase);
  const images = stepImages(gpu, stepCase);
  const trainer = stepTrainer(network, images, stepCase);
  const total = async (steps: number) => {
    for (let i = 0; i < steps; i++) await trainer.step(stepCase.arc, RATE);
    const { kernels } = (await gpu.profile())!;
    return kernels.reduce((sum, kernel) => sum + kernel.total, 0);
  };
  try {
    const before = await total(WARM_STEPS);
    return (await total(STEPS) - before) / STEPS;
  } finally {
    network.dispose();
    images.dispose();
    await gpu.close();
  }
}
