/**
 * The engine as a contender in training steps: the trainer that searches use, on a device of its own.
 *
 * @module
 */
import type { PlannedBytes } from "../../engine/memory/pool.ts";
import type { StepContender } from "../cases/types.ts";
import {
  CLASSES,
  L2,
  MOMENTUM,
  normalisedPixels,
  RATE,
  type StepCase,
  stepImages,
  stepNetwork,
  stepTrainer,
} from "./cases.ts";
import type { StepGraph, StepProblem } from "./graph.ts";
import { openGpu, type TuningMode } from "../tuning.ts";

/** The engine's contender and what it knows beside times. */
export interface OurStep extends StepContender {
  /** What the peers get: the weights are those before the first step. */
  problem(graph: StepGraph): Promise<StepProblem>;
  /** Milliseconds in which the program records a step, the device left aside. */
  recordMs(): number;
  /** Dispatches of one step. */
  dispatches(): number;
  /** Bytes of all buffers and textures on the device, their peak, and what a step needs of them. */
  memory(): {
    readonly allocated: number;
    readonly peak: number;
    readonly planned: PlannedBytes;
  };
}

/** Opens a device for one case alone, so that its memory can be told from that of others. */
export async function prepareOurStep(stepCase: StepCase, tuning: TuningMode): Promise<OurStep> {
  // The bench's own device has said what there is to say.
  const gpu = await openGpu(tuning, () => {});
  const network = stepNetwork(gpu, stepCase);
  const images = stepImages(gpu, stepCase);
  const trainer = stepTrainer(network, images, stepCase);
  const step = () => trainer.step(stepCase.arc, RATE);
  let [steps, recorded] = [0, 0];
  return {
    async run(count) {
      const results = [];
      for (let i = 0; i < count; i++) {
        const started = performance.now();
        results.push(step());
        recorded += performance.now() - started;
      }
      steps += count;
      await Promise.all(results);
    },
    async losses(count) {
      const values: number[] = [];
      for (let i = 0; i < count; i++) {
        const result = await step();
        // A report shows that as a loss that differs from the peers'.
        values.push(result.skipped === null ? result.loss : NaN);
      }
      return values;
    },
    async problem(graph) {
      const values = await network.weights.values();
      return {
        graph,
        parameters: graph.parameters.map(({ name }) => values.get(name)!.data),
        images: normalisedPixels(images),
        labels: images.labels,
        classes: CLASSES,
        rate: RATE,
        momentum: MOMENTUM,
        l2: L2,
      };
    },
    recordMs: () => recorded / steps,
    dispatches() {
      const before = gpu.queue.counts.dispatches;
      // Nobody asks what came out, and the device may be closed before it has.
      step().catch(() => {});
      return gpu.queue.counts.dispatches - before;
    },
    memory() {
      const { allocatedBytes, peakBytes, largestSubmit } = gpu.memory.use();
      return { allocated: allocatedBytes, peak: peakBytes, planned: largestSubmit };
    },
    async close() {
      network.dispose();
      images.dispose();
      await gpu.close();
    },
  };
}
