/**
 * What a dispatch of a training step costs when it has next to nothing to compute.
 *
 * @module
 */
import { measure } from "../measure.ts";
import { prepareOurStep } from "../steps/ours.ts";
import { BASE, scalingCase } from "./sweeps.ts";

/**
 * Milliseconds of a dispatch in a step of one image of 4x4 pixels: recording, changes of kernel and
 * buffers, copies to textures, and workgroups that do not fill the device.
 */
export async function dispatchCost(rounds: number): Promise<number> {
  const step = await prepareOurStep(scalingCase({ ...BASE, batch: 1, side: 4 }), "kept");
  try {
    const timings = await measure(new Map([["step", step]]), rounds, (_, error) => {
      throw error;
    });
    return timings.get("step")!.median / step.dispatches();
  } finally {
    await step.close();
  }
}
