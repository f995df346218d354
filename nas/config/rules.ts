/**
 * Rules between fields of a configuration: combinations that no run could follow.
 *
 * @module
 */

import { spaceOf } from "../space/registry.ts";
import { ConfigError, type ConfigIssue } from "./errors.ts";
import type { SearchConfig } from "./schema.ts";

/** Images of the two splits of the training pool. */
export interface SplitSizes {
  readonly train: number;
  readonly validation: number;
}

/**
 * Finds impossible combinations of fields that are valid by themselves.
 *
 * @param config A configuration whose fields are all in range.
 * @returns What is wrong; empty if nothing is. Sizes of splits are checked only where
 * `dataset.images` says how many images there are.
 */
export function checkRules(config: SearchConfig): ConfigIssue[] {
  const { images } = config.dataset;
  return [
    ...checkLearningRates(config),
    ...checkRewards(config),
    ...spaceOf(config).issues(config),
    ...checkAugment(config),
    ...checkCutout(config),
    ...(images === 0 ? [] : checkSplits(config, sizesOf(config, images))),
  ];
}

/**
 * How many images train and validate, once the dataset's size is known.
 *
 * @param config A valid configuration.
 * @param available Images in the dataset's training pool.
 * @param given How many of them are the validation images of a folder of their own; left out where
 * that is not known.
 * @returns The sizes of both splits.
 * @throws {ConfigError} If the dataset holds too few images for the configuration.
 */
export function splitSizes(config: SearchConfig, available: number, given?: number): SplitSizes {
  const { images, name, validationSplit } = config.dataset;
  if (images > available) {
    throw new ConfigError([{
      path: "dataset.images",
      message: `Expected dataset.images to be at most ${available}, all the training images of ` +
        `${name}, but found ${images}`,
    }]);
  }
  const sizes = sizesOf(config, images === 0 ? available : images);
  const issues = validationSplit !== "given" || given === undefined
    ? checkSplits(config, sizes)
    : [...checkGiven(config, sizes, available, given), ...checkSplits(config, sizes)];
  if (issues.length > 0) throw new ConfigError(issues);
  return sizes;
}

/**
 * Checks what only the images can decide: whether augmentation leaves anything of them.
 *
 * @param config A valid configuration.
 * @param side The shorter side of the images as trained on, in pixels.
 * @throws {ConfigError} If padding or cutout can hide a whole image.
 */
export function requireVisible(config: SearchConfig, side: number): void {
  const { augment: { pad } } = config.dataset;
  const sizes: [path: string, size: number, largest: number][] = [
    ["dataset.augment.pad", pad, side - 1],
    ["child.cutout", config.child.cutout, side],
    ["finalTraining.cutout", config.finalTraining.cutout, side],
  ];
  const issues = sizes.filter(([, size, largest]) => size > largest).map((
    [path, size, largest],
  ) => ({
    path,
    message: `Expected ${path} to be at most ${largest}, for images of ${side} pixels, but found ` +
      `${size}`,
  }));
  if (issues.length > 0) throw new ConfigError(issues);
}

/** Checks the sizes of splits against those that the data set's owner made. */
function checkGiven(
  { dataset: { validationShare } }: SearchConfig,
  { train, validation }: SplitSizes,
  available: number,
  given: number,
): ConfigIssue[] {
  const path = "dataset.validationSplit";
  if (given === 0) {
    const message = `Expected ${path} to be stratified for images without a folder val/ beside ` +
      "train/ but found given";
    return [{ path, message }];
  }
  if (validation <= given && train <= available - given) return [];
  const share = "dataset.validationShare";
  const message = `Expected ${share} to take at most the ${given} images of val/ and the ` +
    `${available - given} of train/ but found ${validationShare}, which makes ${validation} and ` +
    `${train}; leave it out, or split all of them anew with ${path} stratified`;
  return [{ path: share, message }];
}

function sizesOf({ dataset }: SearchConfig, images: number): SplitSizes {
  const validation = Math.round(images * dataset.validationShare);
  return { train: images - validation, validation };
}

function checkLearningRates(config: SearchConfig): ConfigIssue[] {
  return (["child", "finalTraining"] as const).flatMap((group) => {
    const { learningRateMin: min, learningRateMax: max } = config[group];
    if (min <= max) return [];
    const path = `${group}.learningRateMin`;
    return [{
      path,
      message: `Expected ${path} to be at most ${group}.learningRateMax, ${max}, but found ${min}`,
    }];
  });
}

/** Accuracies are shuffled within an update: a single architecture would keep its own. */
function checkRewards({ search: { rewards, arcsPerUpdate } }: SearchConfig): ConfigIssue[] {
  if (rewards === "own" || arcsPerUpdate > 1) return [];
  const path = "search.arcsPerUpdate";
  return [{
    path,
    message:
      `Expected ${path} to be at least 2 with search.rewards shuffled but found ${arcsPerUpdate}`,
  }];
}

function checkCutout(config: SearchConfig): ConfigIssue[] {
  const { imageSize } = config.dataset;
  return (["child", "finalTraining"] as const).flatMap((group) => {
    const { cutout } = config[group];
    if (imageSize === 0 || cutout <= imageSize) return [];
    const path = `${group}.cutout`;
    return [{
      path,
      message:
        `Expected ${path} to be at most dataset.imageSize, ${imageSize}, but found ${cutout}`,
    }];
  });
}

function checkAugment({ dataset: { augment, imageSize } }: SearchConfig): ConfigIssue[] {
  const { pad, crop } = augment;
  const path = "dataset.augment.pad";
  if (crop && pad === 0) {
    const message = `Expected ${path} to be at least 1 with dataset.augment.crop but found 0; ` +
      "a crop of an image without padding is the image; pad, or switch crop off";
    return [{ path, message }];
  }
  if (!crop && pad > 0) {
    const message = `Expected ${path} to be 0 without dataset.augment.crop but found ${pad}; ` +
      "padded images must be cropped to their old size; switch crop on, or do not pad";
    return [{ path, message }];
  }
  if (imageSize > 0 && pad >= imageSize) {
    const message = `Expected ${path} to be less than dataset.imageSize, ${imageSize}, but ` +
      `found ${pad}; a crop could miss the whole image`;
    return [{ path, message }];
  }
  return [];
}

/** Every minibatch must fit into its split. */
function checkSplits(config: SearchConfig, { train, validation }: SplitSizes): ConfigIssue[] {
  const { child, evaluator, search, finalTraining } = config;
  const advice = "use more images, another dataset.validationShare, or a smaller number here";
  const demands: (readonly [path: string, wanted: number, split: string, size: number])[] = [
    ["child.batchSize", child.batchSize, "training", train],
    [
      "finalTraining.batchSize",
      finalTraining.batchSize,
      "training",
      finalTraining.trainOn === "all" ? train + validation : train,
    ],
    ...("batchSize" in evaluator
      ? [["evaluator.batchSize", evaluator.batchSize, "validation", validation] as const]
      : []),
    ["search.scoreImages", search.scoreImages, "validation", validation],
  ];
  return demands
    .filter(([, wanted, , size]) => wanted > size)
    .map(([path, wanted, split, size]) => ({
      path,
      message: `Expected ${path} to be at most ${size}, the images of the ${split} split, but ` +
        `found ${wanted}; ${advice}`,
    }));
}
