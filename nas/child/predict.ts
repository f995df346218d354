/**
 * What a trained network says of images: a class and its probability.
 *
 * @module
 */
import type { ImageBytes } from "../../engine/image_bytes.ts";
import { Tape } from "../../engine/tape.ts";
import type { Arc } from "../space/arc.ts";
import type { ChildNetwork } from "./network.ts";
import { passSizes } from "./score.ts";
import { SCORE_BATCH } from "./training_options.ts";

/**
 * Probabilities of the classes for each of `images`, as the test accuracy is measured: moving averages
 * in the batch norms, no dropout, no augmentation.
 *
 * @param arc the architecture that the network's weights belong to
 * @returns one row of as many probabilities as there are classes for each image, summing to 1
 */
export async function predictClasses(
  network: ChildNetwork,
  arc: Arc,
  images: ImageBytes,
): Promise<Float64Array[]> {
  const { backend } = network;
  const [count] = images.shape;
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  const table = backend.fromArray(indices, [count], "u32");
  const passes: Promise<Float64Array[]>[] = [];
  let at = 0;
  for (const size of passSizes(count, SCORE_BATCH)) {
    passes.push(backend.scope(() => {
      const batch = images.gather(table, at, size);
      const mode = { batchNorm: "moving", dropout: null } as const;
      const { logits } = network.forward(new Tape(backend), arc, batch.images, mode);
      return backend.read(logits).then((values) => softmaxRows(values, size));
    }));
    at += size;
  }
  backend.submit();
  backend.release(table);
  return (await Promise.all(passes)).flat();
}

/** Softmax of each of `rows` rows of logits. */
export function softmaxRows(logits: ArrayLike<number>, rows: number): Float64Array[] {
  const classes = logits.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const values = Float64Array.from({ length: classes }, (_, k) => logits[row * classes + k]);
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = values.map((value) => Math.exp(value - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}
