/**
 * Splitting the training images, drawing minibatches from a split, and its per-channel moments.
 * Random numbers come from the caller, as a function that returns uniform numbers in [0, 1).
 *
 * @module
 */
import type { ImageSet } from "./dataset.ts";

/** How {@link splitDataset} divides the images. */
export interface SplitOptions {
  /** Images of the validation split. */
  readonly validation: number;
  /** Images of both splits together; all of them when left out. */
  readonly images?: number;
  /** Images of the training split; `images - validation` when left out. */
  readonly train?: number;
  /**
   * Seeded generator of uniform numbers in [0, 1). Left out, the split follows file order, as in
   * the ENAS code: the last images validate, the first ones train.
   */
  readonly random?: () => number;
}

/** Two disjoint lists of image indices. */
export interface Split {
  /** Indices of the training split. */
  readonly train: Uint32Array;
  /** Indices of the validation split. */
  readonly validation: Uint32Array;
}

/** Fisher-Yates shuffle in place. */
function shuffle(values: Uint32Array, random: () => number): Uint32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

/**
 * Splits `count` images into disjoint training and validation indices. The same `random` sequence
 * gives the same split; for the same sequence and `validation`, a smaller training split is a
 * prefix of a larger one and the validation images stay the same. Not stratified: see
 * {@link stratifiedSplit}.
 *
 * @throws {RangeError} When the numbers are no integers, a split is empty, or more images are asked
 * for than there are.
 */
export function splitDataset(count: number, options: SplitOptions): Split {
  const { validation, images = count, random } = options;
  const train = options.train ?? images - validation;
  if (!Number.isInteger(images) || images > count) {
    throw new RangeError(
      `splitDataset() expects at most ${count} images, all there are, but found ${images}`,
    );
  }
  if (!Number.isInteger(validation) || validation < 1 || validation >= images) {
    throw new RangeError(
      `splitDataset() expects 1..${images - 1} validation images of ${images} ` +
        `but found ${validation}`,
    );
  }
  if (!Number.isInteger(train) || train < 1 || train + validation > images) {
    throw new RangeError(
      `splitDataset() expects 1..${images - validation} training images beside ${validation} ` +
        `validation images of ${images} but found ${train}`,
    );
  }
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  if (random) {
    shuffle(order, random);
    // Validation first: it does not depend on how many images train.
    return {
      validation: order.slice(0, validation),
      train: order.slice(validation, validation + train),
    };
  }
  return { train: order.slice(0, train), validation: order.slice(count - validation) };
}

/** How {@link stratifiedSplit} divides the images. */
export interface StratifiedOptions {
  /** Images of each split. */
  readonly train: number;
  readonly validation: number;
  /** How many of the last images validate and never train; 0 draws validation images from all. */
  readonly given?: number;
  /** Seeded generator of uniform numbers in [0, 1). */
  readonly random: () => number;
}

/**
 * Splits images so that every class has the same share in each split, to within one image. A class
 * keeps an image to train with, as long as that leaves validation images enough.
 *
 * @param labels Class of each image.
 * @throws {RangeError} When a split is empty, or larger than the images that may be in it.
 */
export function stratifiedSplit(labels: Uint8Array, options: StratifiedOptions): Split {
  const { train, validation, given = 0, random } = options;
  const count = labels.length;
  const mayTrain = given > 0 ? count - given : count - validation;
  for (
    const [what, wanted, most] of [
      ["validation", validation, given > 0 ? given : count - 1],
      ["training", train, mayTrain],
    ] as const
  ) {
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) continue;
    throw new RangeError(
      `stratifiedSplit() expects 1..${most} ${what} images of ${count} but found ${wanted}`,
    );
  }
  const order = shuffle(Uint32Array.from({ length: count }, (_, index) => index), random);
  const first = count - given;
  const forValidation = given > 0 ? order.filter((index) => index >= first) : order;
  const validating = drawStratified(forValidation, labels, validation, given > 0 ? 0 : 1);
  const taken = new Set(validating);
  const rest = order.filter((index) => given > 0 ? index < first : !taken.has(index));
  return { validation: validating, train: drawStratified(rest, labels, train, 0) };
}

/**
 * The first images of each class, in the order given: of each class its share of `wanted`, the parts of
 * an image that are left over going to the classes with the largest (Hamilton's method).
 *
 * @param keep images of each class that are taken only where there are not enough others
 */
function drawStratified(
  order: Uint32Array,
  labels: Uint8Array,
  wanted: number,
  keep: number,
): Uint32Array {
  const byClass = Map.groupBy(order, (index) => labels[index]);
  const classes = [...byClass.keys()].sort((a, b) => a - b);
  const sizeOf = (label: number) => byClass.get(label)!.length;
  const spare = (label: number) => Math.max(0, sizeOf(label) - keep);
  const most = classes.reduce((sum, label) => sum + spare(label), 0) >= wanted ? spare : sizeOf;
  const share = (label: number) => sizeOf(label) * wanted / order.length;
  const quota = new Map(
    classes.map((label) => [label, Math.min(most(label), Math.floor(share(label)))]),
  );
  let left = wanted - quota.values().reduce((sum, n) => sum + n, 0);
  const byRemainder = classes.toSorted((a, b) =>
    (share(b) - Math.floor(share(b))) - (share(a) - Math.floor(share(a))) || a - b
  );
  while (left > 0) {
    for (const label of byRemainder) {
      const n = quota.get(label)!;
      if (left === 0 || n >= most(label)) continue;
      quota.set(label, n + 1);
      left--;
    }
  }
  const drawn = new Map(classes.map((label) => [label, 0]));
  return order.filter((index) => {
    const n = drawn.get(labels[index])!;
    drawn.set(labels[index], n + 1);
    return n < quota.get(labels[index])!;
  });
}

/** Minibatches an epoch: `ceil(images / batch)`, e.g. 352 for 45,000 images at 128. */
export function epochBatches(images: number, batch: number): number {
  return Math.ceil(images / batch);
}

/** Everything a {@link BatchSampler} needs to go on, save its random generator. */
export interface BatchSamplerState {
  /** The current permutation of the indices. */
  readonly order: Uint32Array;
  /** How many of them have been handed out. */
  readonly position: number;
}

/**
 * An endless sequence of minibatches: the indices of a split in one random permutation after
 * another. A batch that begins at the end of a permutation is filled from the next one, so that
 * every batch is full and every image comes equally often.
 * Stands in for TensorFlow's shuffle queue of the ENAS code (enas-spec.md, D.1).
 */
export class BatchSampler {
  readonly #indices: Uint32Array;
  readonly #random: () => number;
  #order: Uint32Array;
  #position: number;
  /** Indices in a batch. */
  readonly batch: number;

  /**
   * @param indices Images to draw from; copied.
   * @param batch Indices in a batch; may exceed the number of images.
   * @param random Uniform numbers in [0, 1); called when a permutation begins.
   * @throws {RangeError} When there are no indices or `batch` is no positive integer.
   */
  constructor(indices: Uint32Array, batch: number, random: () => number) {
    if (indices.length === 0) {
      throw new RangeError("BatchSampler() expects at least one index but found none");
    }
    if (!Number.isInteger(batch) || batch < 1) {
      throw new RangeError(`BatchSampler() expects a positive integer batch but found ${batch}`);
    }
    this.#indices = indices.slice();
    this.#random = random;
    this.batch = batch;
    this.#order = indices.slice();
    // As if a permutation had just been used up: the first call of next() shuffles.
    this.#position = indices.length;
  }

  /** Minibatches an epoch; see {@link epochBatches}. */
  get batchesPerEpoch(): number {
    return epochBatches(this.#indices.length, this.batch);
  }

  /** The next `batch` indices, a new array. */
  next(): Uint32Array {
    const result = new Uint32Array(this.batch);
    for (let filled = 0; filled < this.batch;) {
      if (this.#position === this.#order.length) {
        shuffle(this.#order, this.#random);
        this.#position = 0;
      }
      const taken = this.#order.subarray(
        this.#position,
        this.#position + this.batch - filled,
      );
      result.set(taken, filled);
      filled += taken.length;
      this.#position += taken.length;
    }
    return result;
  }

  /** A copy of the state, to be stored together with the state of the random generator. */
  state(): BatchSamplerState {
    return { order: this.#order.slice(), position: this.#position };
  }

  /**
   * Goes on from a state taken of a sampler over the same indices; the caller restores the random
   * generator.
   *
   * @throws {RangeError} When the state belongs to other indices or its position is out of range.
   */
  restore(state: BatchSamplerState): void {
    const { order, position } = state;
    const sorted = order.slice().sort();
    const expected = this.#indices.slice().sort();
    if (sorted.length !== expected.length || sorted.some((value, i) => value !== expected[i])) {
      throw new RangeError(
        `BatchSampler.restore() expects a permutation of its ${expected.length} indices ` +
          `but found ${order.length} others`,
      );
    }
    if (!Number.isInteger(position) || position < 0 || position > order.length) {
      throw new RangeError(
        `BatchSampler.restore() expects a position of 0..${order.length} but found ${position}`,
      );
    }
    this.#order = order.slice();
    this.#position = position;
  }
}

/** Mean and standard deviation of each channel, of pixel values divided by 255. */
export interface ChannelMoments {
  /** Mean of each channel, 0..1. */
  readonly mean: readonly number[];
  /** Population standard deviation of each channel; 0 for a constant channel. */
  readonly std: readonly number[];
}

/**
 * Moments of `bytes / 255` over the images `indices` of `set`; sums of bytes and of their squares
 * are whole numbers below 2^53, so only the last few operations round.
 *
 * @throws {RangeError} When there are no indices or one is no image of `set`.
 */
export function channelMoments(set: ImageSet, indices: Uint32Array): ChannelMoments {
  const { channels, images } = set;
  const imageBytes = set.height * set.width * channels;
  if (indices.length === 0) {
    throw new RangeError("channelMoments() expects at least one index but found none");
  }
  const sum = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (const index of indices) {
    if (index >= set.count) {
      throw new RangeError(
        `channelMoments() expects indices below ${set.count} but found ${index}`,
      );
    }
    for (let i = 0, at = index * imageBytes; i < imageBytes; i += channels) {
      for (let c = 0; c < channels; c++, at++) {
        const value = images[at];
        sum[c] += value;
        squares[c] += value * value;
      }
    }
  }
  const pixels = indices.length * set.height * set.width;
  const mean = Array.from(sum, (total) => total / pixels / 255);
  const std = Array.from(squares, (total, c) => {
    const byteMean = sum[c] / pixels;
    return Math.sqrt(Math.max(0, total / pixels - byteMean * byteMean)) / 255;
  });
  return { mean, std };
}
