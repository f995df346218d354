/**
 * One training step and one scored batch of chosen arcs on a `RehearsalBackend`, in the code of a real
 * run: what it allocates and which kernels it uses can be read off there.
 *
 * @module
 */
import { ImageBytes } from "../../engine/image_bytes.ts";
import { Random } from "../../engine/random.ts";
import type { RehearsalBackend } from "../../engine/measure/rehearsal.ts";
import type { Arc } from "../space/arc.ts";
import { CheapRandom } from "./cheap_random.ts";
import { createNetwork, type NetworkSpec } from "./create_network.ts";
import { passSizes, recordScore, type ScoreMode } from "./score.ts";
import { ChildTrainer, type TrainerOptions } from "./trainer.ts";

/** How arcs are scored in a rehearsal. */
export interface RehearsedScoring extends Omit<ScoreMode, "recalibration" | "batchSize"> {
  /**
   * Images of each forward pass. Where `recalibrated`, averages are taken over two batches of the
   * training's size before each.
   */
  readonly passes: readonly number[];
}

/** What one rehearsal does. */
export interface Rehearsal {
  readonly spec: NetworkSpec;
  readonly arcs: readonly Arc[];
  /** Whether there are weights for the first arc only, and not for the whole graph. */
  readonly alone: boolean;
  /** `[height, width, channels]`. */
  readonly images: readonly [number, number, number];
  readonly training: TrainerOptions;
  readonly scoring: RehearsedScoring;
}

/** Trains each arc for one step and scores it in every pass; returns the bytes of the weights. */
export async function rehearse(
  gpu: RehearsalBackend,
  { spec, arcs, alone, images: shape, training, scoring }: Rehearsal,
): Promise<number> {
  const images = oneImage(gpu, shape);
  const network = createNetwork(gpu, spec, new CheapRandom(0), alone ? arcs[0] : null);
  const indices = new Uint32Array(training.batchSize);
  const trainer = new ChildTrainer(network, images, indices, training, new Random(0));
  const weights = gpu.memory.use().liveBytes;
  const batches = 2;
  const table = gpu.allocate(
    [Math.max(...scoring.passes, batches * training.batchSize)],
    "u32",
  );
  const recalibration = { images, table, batches, batchSize: training.batchSize };
  for (const arc of arcs) {
    await trainer.step(arc, 0);
    for (const count of scoring.passes) {
      const request = { images, table, first: 0, count, batchSize: count, recalibration };
      await recordScore(network, arc, { ...request, ...scoring });
      gpu.submit();
    }
  }
  return weights;
}

/** Stands for the images. */
function oneImage(
  gpu: RehearsalBackend,
  [height, width, channels]: readonly [number, number, number],
): ImageBytes {
  const moments = { mean: new Array(channels).fill(0), std: new Array(channels).fill(1) };
  const bytes = new Uint8Array(height * width * channels);
  return new ImageBytes(gpu, bytes, new Uint8Array(1), [1, height, width, channels], moments);
}

/** Sizes of all passes over these numbers of images, `most` at a time; each size once. */
export function differentPasses(counts: readonly number[], most: number): number[] {
  return [...new Set(counts.flatMap((count) => passSizes(count, most)))];
}
