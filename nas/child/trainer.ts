/**
 * Training steps of child models, and their accuracy.
 *
 * @module
 */
import type { ImageBytes } from "../../engine/image_bytes.ts";
import { softmaxCrossEntropy } from "../../engine/ops/mod.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import type { Random } from "../../engine/random.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { MacroArc } from "../arc/macro.ts";
import { BatchSampler } from "../data/split.ts";
import { DivergenceError } from "../errors.ts";
import type { BatchNormUse, MacroNetwork } from "./macro_network.ts";

/** Numbers of the optimiser and the batches; the configuration's group `child` fits. */
export interface TrainerOptions {
  readonly batchSize: number;
  /** 0 for one pass over the images. */
  readonly stepsPerEpoch: number;
  readonly keepProbability: number;
  readonly l2: number;
  readonly momentum: number;
  readonly gradientClip: number;
  readonly augment: { readonly pad: number; readonly crop: boolean; readonly flip: boolean };
}

/** What a training step measured. */
export interface StepResult {
  /** Mean cross-entropy of the minibatch, without L2, in nats. */
  readonly loss: number;
  /** Top-1 accuracy on the minibatch, with dropout. */
  readonly accuracy: number;
  /** Global L2 norm of the gradients on the arc's path, before clipping and without L2. */
  readonly gradientNorm: number;
}

/** Trains the weights of one network on one split, an arc at a step. */
export class ChildTrainer {
  readonly optimizer: Sgd;
  #batches: BatchSampler;
  #seeds: Random;

  /**
   * @param indices images of `images` that may train; no other image is ever gathered here.
   * @param random streams for the order of images, augmentation and dropout.
   */
  constructor(
    readonly network: MacroNetwork,
    readonly images: ImageBytes,
    indices: Uint32Array,
    readonly options: TrainerOptions,
    random: Random,
  ) {
    this.optimizer = new Sgd(network.weights, {
      momentum: options.momentum,
      l2: options.l2,
      clip: options.gradientClip,
    });
    const order = random.fork("batches");
    this.#batches = new BatchSampler(indices, options.batchSize, () => order.uniform());
    this.#seeds = random.fork("augmentation and dropout");
  }

  /** Steps of one epoch; by default as many as it takes to see every image. */
  get stepsPerEpoch(): number {
    return this.options.stepsPerEpoch || this.#batches.batchesPerEpoch;
  }

  /**
   * Records and submits one step on `arc`: gather, forward, backward, update, in one submit. It
   * reads and changes the weights on the arc's path alone. The result arrives later: do not wait for
   * it before the next step. It is a {@link DivergenceError} where loss or gradient is not finite.
   */
  step(arc: MacroArc, learningRate: number): Promise<StepResult> {
    const { network, options, images } = this;
    const { backend, weights } = network;
    const n = options.batchSize;
    const path = network.pathOf(arc);
    const selection = weights.select(path);
    const indices = backend.fromArray(this.#batches.next(), [n], "u32");
    const { pad, crop, flip } = options.augment;
    const augmentation = { pad: crop ? pad : 0, flip, seed: this.#seeds.uint32() };
    const dropout = {
      keepProbability: options.keepProbability,
      seed: this.#seeds.uint32(),
    };
    return backend.scope(() => {
      const augmented = crop || flip;
      const batch = images.gather(indices, 0, n, augmented ? augmentation : null);
      const tape = new Tape(backend);
      for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
      const logits = network.forward(tape, arc, batch.images, { batchNorm: "train", dropout });
      const [loss, correct] = tape.apply(softmaxCrossEntropy, [logits, batch.labels], {});
      const measured = [backend.read(loss), backend.read(correct)];
      tape.backward(loss);
      const norm = this.optimizer.step(selection, learningRate);
      measured.push(backend.read(norm));
      backend.submit();
      for (const tensor of [batch.images, batch.labels, norm, indices]) backend.release(tensor);
      weights.releaseSelection(selection);
      return Promise.all(measured).then(([[lossValue], [hits], [gradientNorm]]) => {
        if (!Number.isFinite(lossValue) || !Number.isFinite(gradientNorm)) {
          throw new DivergenceError(
            `Expected a finite loss and gradient but found ${lossValue} and ${gradientNorm}; lower ` +
              `the learning rate (child.learningRateMax) or set child.gradientClip`,
          );
        }
        return { loss: lossValue, accuracy: hits / n, gradientNorm };
      });
    });
  }
}

/** Which images to score, and how. */
export interface ScoreRequest {
  readonly images: ImageBytes;
  /** Numbers of images (u32), uploaded before anything is recorded. */
  readonly table: Tensor;
  /** First entry of the table, and number of images. */
  readonly first: number;
  readonly count: number;
  /** Most images of one forward pass; with `batch` the statistics are those of a pass. */
  readonly batchSize: number;
  readonly batchNorm: Exclude<BatchNormUse, "train">;
}

/**
 * Records the forward passes of `arc` over some images, in batches of nearly equal size, and returns
 * the number of images predicted right. The promise settles after the next submit, so that several
 * arcs can go in one.
 */
export function recordScore(
  network: MacroNetwork,
  arc: MacroArc,
  { images, table, first, count, batchSize, batchNorm }: ScoreRequest,
): Promise<number> {
  const { backend } = network;
  const size = Math.ceil(count / Math.ceil(count / batchSize));
  const hits: Promise<Float64Array>[] = [];
  for (let at = 0; at < count; at += size) {
    hits.push(backend.scope(() => {
      const batch = images.gather(table, first + at, Math.min(size, count - at));
      const tape = new Tape(backend);
      const mode = { batchNorm, dropout: null };
      const logits = network.forward(tape, arc, batch.images, mode);
      const [, correct] = tape.apply(softmaxCrossEntropy, [logits, batch.labels], {});
      return backend.read(correct);
    }));
  }
  return Promise.all(hits).then((counts) => counts.reduce((total, [n]) => total + n, 0));
}

/** Accuracy of `arc` on the images numbered by `indices`, in one submit. */
export async function accuracyOf(
  network: MacroNetwork,
  arc: MacroArc,
  images: ImageBytes,
  indices: Uint32Array,
  how: { readonly batchSize: number; readonly batchNorm: Exclude<BatchNormUse, "train"> },
): Promise<number> {
  const { backend } = network;
  const count = indices.length;
  const table = backend.fromArray(indices, [count], "u32");
  const hits = recordScore(network, arc, { images, table, first: 0, count, ...how });
  backend.submit();
  backend.release(table);
  return await hits / count;
}
