/**
 * Settings that follow from others which a caller gave, so that few values make a sound configuration.
 *
 * @module
 */

import type { SearchConfig } from "./schema.ts";
import { type ConfigValue, configValue, hasSetting } from "./search.ts";

/** What is known of a data set before its images are read. */
export interface KnownImages {
  /** Training and validation images together; infinite where that is not known. */
  readonly available: number;
  /**
   * The user's own images, and how many of `available` their owner keeps for validation; null for
   * published ones.
   */
  readonly own: { readonly validation: number } | null;
}

/** Fewest validation images where the caller names a data set or a number of images. */
const VALIDATION_IMAGES = 1000;
/** Most of few images that validate, unless the preset has more. */
const MOST_VALIDATION_SHARE = 0.25;

/** Learning rate of the released final scripts (--child_lr_max). */
const OFFICIAL_LEARNING_RATE = 0.05;

/**
 * Adds what follows from the caller's values where the caller did not say otherwise: cosine cycles
 * that end with the last epoch, a validation split of a useful size, and batches that fit into fewer
 * images.
 *
 * @param base The preset.
 * @param given The caller's values by path.
 * @param images What is known of the data set.
 * @returns The caller's values and those that follow, by path.
 */
export function withDerived(
  base: SearchConfig,
  given: ReadonlyMap<string, ConfigValue>,
  { available, own }: KnownImages,
): Map<string, ConfigValue> {
  const values = new Map(given);
  const number = (path: string) => Number(values.get(path) ?? configValue(base, path));
  const derive = (path: string, value: ConfigValue) => given.has(path) || values.set(path, value);
  for (const [part, group] of [["search", "child"], ["finalTraining", "finalTraining"]]) {
    const epochs = `${part}.epochs`;
    const period = `${group}.restartPeriod`;
    const factor = number(`${group}.restartFactor`);
    // From a value that will be refused nothing follows: one mistake is said once.
    if (!given.has(epochs) || !Number.isInteger(number(epochs))) continue;
    if (!(number(epochs) >= 1 && factor >= 1)) continue;
    const usual = Number(configValue(base, epochs)) / Number(configValue(base, period));
    derive(period, fittingPeriod(number(epochs), factor, usual));
  }
  // The official graphs have no batch norm behind their sums and do not learn at quick's high rate.
  if (values.get("finalTraining.graph") === "official" && base.finalTraining.graph !== "official") {
    derive("finalTraining.learningRateMax", OFFICIAL_LEARNING_RATE);
  }
  // Files of a folder lie class by class: the last ones, or a few by chance, lack classes.
  if (own !== null) {
    derive("dataset.validationSplit", own.validation > 0 ? "given" : "stratified");
    if (own.validation > 0) derive("dataset.validationShare", own.validation / available);
  }
  if (number("dataset.images") > available) derive("dataset.images", available);
  const images = number("dataset.images") || available;
  if ((given.has("dataset.images") || given.has("dataset.name")) && Number.isInteger(images)) {
    const wanted = Math.min(MOST_VALIDATION_SHARE, VALIDATION_IMAGES / images);
    if (!values.has("dataset.validationShare")) {
      derive("dataset.validationShare", Math.max(base.dataset.validationShare, wanted));
    }
    const validation = Math.round(images * number("dataset.validationShare"));
    const sizes: [path: string, size: number][] = [
      ["child.batchSize", images - validation],
      ["finalTraining.batchSize", images - validation],
      ["evaluator.batchSize", validation],
      ["search.scoreImages", validation],
    ];
    for (const [path, size] of sizes) {
      if (hasSetting(base, path) && number(path) > size && size >= 2) derive(path, size);
    }
  }
  return values;
}

/**
 * Length of the first of as many cosine cycles as end exactly with the last epoch; together they
 * last at most `usual` times as long as the first.
 */
function fittingPeriod(epochs: number, factor: number, usual: number): number {
  let period = epochs;
  for (let sum = 1, length = 1; sum <= usual; length *= factor, sum += length) {
    if (epochs % sum === 0) period = epochs / sum;
  }
  return period;
}
