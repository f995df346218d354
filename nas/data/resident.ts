/**
 * A data set as the child models see it: resized, split, normalised by the training split, resident
 * on the backend.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { ImageBytes } from "../../engine/image_bytes.ts";
import type { Random } from "../../engine/random.ts";
import type { SearchConfig } from "../config/mod.ts";
import { requireVisible, splitSizes } from "../config/mod.ts";
import type { Dataset, ImageSet } from "./dataset.ts";
import { resizeImages } from "./resize.ts";
import { channelMoments, type Split, splitDataset, stratifiedSplit } from "./split.ts";

/** Images on one backend and their split. */
export interface ChildData {
  readonly name: string;
  readonly classNames: readonly string[];
  /** `[height, width, channels]` as trained on. */
  readonly shape: readonly [number, number, number];
  /** The training pool; `split` says which of its images train and which validate. */
  readonly pool: ImageBytes;
  readonly split: Split;
  /** Mean and deviation of each channel, of bytes scaled to 0..1, by which images are normalised. */
  readonly moments: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly test: ImageBytes;
  /** See {@link Dataset.testNames}. */
  readonly testNames?: readonly string[];
}

/** Which images of the training pool train, and which validate. */
function splitPool(
  { train: { count, labels }, validation: given = 0 }: Dataset,
  config: SearchConfig,
  stream: Random,
): Split {
  const sizes = splitSizes(config, count, given);
  const random = () => stream.uniform();
  switch (config.dataset.validationSplit) {
    case "shuffled":
      return splitDataset(count, { ...sizes, random });
    case "last":
      return splitDataset(count, sizes);
    case "stratified":
      return stratifiedSplit(labels, { ...sizes, random });
    case "given":
      return stratifiedSplit(labels, { ...sizes, given, random });
  }
}

/**
 * Resizes and splits `dataset` by `config.dataset` and uploads it. The split depends on the seed of
 * `random` alone, or on nothing where it takes the last images. Mean and deviation are those of the
 * training split; test images get the same.
 */
export function prepareChildData(
  backend: Backend,
  dataset: Dataset,
  config: SearchConfig,
  random: Random,
): ChildData {
  const split = splitPool(dataset, config, random.fork("split"));
  const side = config.dataset.imageSize;
  const resized = (set: ImageSet) => side === 0 ? set : resizeImages(set, side);
  const train = resized(dataset.train);
  requireVisible(config, Math.min(train.height, train.width));
  const { mean, std } = channelMoments(train, split.train);
  // A channel that never varies is left at zero instead of being divided by zero.
  const moments = { mean, std: std.map((deviation) => deviation || 1) };
  const upload = (set: ImageSet) =>
    new ImageBytes(
      backend,
      set.images,
      set.labels,
      [set.count, set.height, set.width, set.channels],
      moments,
      dataset.classNames.length,
    );
  return {
    name: dataset.name,
    classNames: dataset.classNames,
    shape: [train.height, train.width, train.channels],
    pool: upload(train),
    split,
    moments,
    test: upload(resized(dataset.test)),
    ...(dataset.testNames === undefined ? {} : { testNames: dataset.testNames }),
  };
}
