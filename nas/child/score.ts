/**
 * Accuracy of child models on images that they did not learn from.
 *
 * @module
 */
import type { ImageBytes } from "../../engine/image_bytes.ts";
import { softmaxCrossEntropy } from "../../engine/ops/mod.ts";
import { quietly } from "../../engine/quietly.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Arc } from "../space/arc.ts";
import type { ChildNetwork, ForwardMode, ScoreBatchNorm } from "./network.ts";

/** How children are scored. */
export interface ScoreMode {
  /** Most images of one forward pass; with `batch` the statistics are those of a pass. */
  readonly batchSize: number;
  readonly batchNorm: ScoreBatchNorm;
  /** With `recalibrated`: where each child gets its batch-norm averages from. */
  readonly recalibration?: Recalibration;
  /** Dropout, where it stays on (spec D.4); `seed` gives a fresh u32 for every pass. */
  readonly dropout?: { readonly keepProbability: number; readonly seed: () => number } | null;
}

/** Training images over which the averages are taken, without augmentation or dropout. */
export interface Recalibration {
  readonly images: ImageBytes;
  /** Numbers of `batches · batchSize` training images (u32), uploaded before anything is recorded. */
  readonly table: Tensor;
  readonly batches: number;
  readonly batchSize: number;
}

/** Which images to score, and how. */
export interface ScoreRequest extends ScoreMode {
  readonly images: ImageBytes;
  /** Numbers of images (u32), uploaded before anything is recorded. */
  readonly table: Tensor;
  /** First entry of the table, and number of images. */
  readonly first: number;
  readonly count: number;
  /** Gets the logits of each pass, `images × classes` numbers, after the next submit. */
  readonly onLogits?: (logits: Promise<Float64Array>, images: number) => void;
}

/** Images of each forward pass over `count` images, `most` at a time: nearly equal, the last the rest. */
export function passSizes(count: number, most: number): number[] {
  const size = Math.ceil(count / Math.ceil(count / most));
  const passes = Math.ceil(count / size);
  return Array.from({ length: passes }, (_, i) => Math.min(size, count - i * size));
}

/**
 * Records the forward passes of `arc` over some images, in batches of nearly equal size, and returns
 * the number of images predicted right. The promise settles after the next submit, so that several
 * arcs can go in one.
 */
export function recordScore(
  network: ChildNetwork,
  arc: Arc,
  request: ScoreRequest,
): Promise<number> {
  const { backend } = network;
  const { images, table, first, count, batchSize, batchNorm, recalibration, dropout, onLogits } =
    request;
  if (batchNorm === "recalibrated") recordRecalibration(network, arc, recalibration!);
  const hits: Promise<Float64Array>[] = [];
  let at = first;
  for (const size of passSizes(count, batchSize)) {
    hits.push(backend.scope(() => {
      const batch = images.gather(table, at, size);
      const tape = new Tape(backend);
      const mode: ForwardMode = {
        batchNorm,
        dropout: dropout
          ? { keepProbability: dropout.keepProbability, seed: dropout.seed() }
          : null,
      };
      const { logits } = network.forward(tape, arc, batch.images, mode);
      onLogits?.(quietly(backend.read(logits)), size);
      const [, correct] = tape.apply(softmaxCrossEntropy, [logits, batch.labels], {});
      return backend.read(correct);
    }));
    at += size;
  }
  return quietly(
    Promise.all(hits).then((counts) => counts.reduce((total, [n]) => total + n, 0)),
  );
}

/** Accuracy of `arc` on the images numbered by `indices`, in one submit. */
export async function accuracyOf(
  network: ChildNetwork,
  arc: Arc,
  images: ImageBytes,
  indices: Uint32Array,
  how: ScoreMode & Pick<ScoreRequest, "onLogits">,
): Promise<number> {
  const { backend } = network;
  const count = indices.length;
  const table = backend.fromArray(indices, [count], "u32");
  const hits = recordScore(network, arc, { images, table, first: 0, count, ...how });
  backend.submit();
  backend.release(table);
  return await hits / count;
}

/** Fills the recalibrated averages of the batch norms on the arc's path. */
function recordRecalibration(
  network: ChildNetwork,
  arc: Arc,
  { images, table, batches, batchSize }: Recalibration,
): void {
  const { backend } = network;
  for (let step = 0; step < batches; step++) {
    backend.scope(() => {
      const batch = images.gather(table, step * batchSize, batchSize);
      const mode = { batchNorm: "recalibrate", recalibrationStep: step, dropout: null } as const;
      network.forward(new Tape(backend), arc, batch.images, mode);
    });
  }
}
