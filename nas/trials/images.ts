/**
 * Which images a trial is done with: part of its input, so that its result depends on nothing else.
 *
 * @module
 */
import { z } from "zod";
import type { Dataset } from "../data/dataset.ts";
import { fingerprintOf } from "../data/folder_cache.ts";
import { kindOf } from "./kinds/mod.ts";
import { type Trial, UnrecoverableError } from "./queue.ts";

const imagesSchema = z.object({
  /** SHA-256 of the data set's class names, sizes, pixels and labels, in lower-case hexadecimal. */
  fingerprint: z.string(),
  /** Test images that are read, from the first one on. */
  test: z.int().positive(),
});

const inputSchema = z.object({ images: imagesSchema });

/** The images of a trial. */
export type TrialImages = z.infer<typeof imagesSchema>;

/** The images of a data set of which `test` test images are read. */
export function trialImages(dataset: Dataset, test: number): TrialImages {
  return { fingerprint: dataset.source?.fingerprint ?? fingerprintOf(dataset), test };
}

/** A trial whose input says which images it is done with. */
export function withImages(trial: Trial, images: TrialImages): Trial {
  return { ...trial, input: { ...(trial.input as object), images } };
}

/** The data set as a trial sees it: with the first `test` of its test images. */
export function firstTestImages(dataset: Dataset, test: number): Dataset {
  const { images, labels, height, width, channels } = dataset.test;
  const bytes = test * height * width * channels;
  return {
    ...dataset,
    test: {
      ...dataset.test,
      count: test,
      images: images.subarray(0, bytes),
      labels: labels.subarray(0, test),
    },
  };
}

/**
 * The images that a trial's input names.
 *
 * @throws {UnrecoverableError} Where it names none: the study that added it was begun by a version that
 * named none, and must be planned again.
 */
export function imagesOf({ id, input }: Trial): TrialImages {
  const { success, data } = inputSchema.safeParse(input);
  if (success) return data.images;
  throw new UnrecoverableError(
    `Expected trial ${id} to name its images but found none; begin the study anew`,
  );
}

/**
 * Whether a trial that is known is the one that a study names now. Inputs are compared by what they
 * mean, for a later version may write the same configuration in another way; a trial of a version that
 * named no images counts as what it is.
 */
export function sameTrial(known: Trial, named: Trial): boolean {
  if (known.kind !== named.kind) return false;
  if (JSON.stringify(known.input) === JSON.stringify(named.input)) return true;
  try {
    const { input: schema } = kindOf(named);
    const [before, now] = [known, named].map(({ input }) => schema.parse(input));
    const [had, has] = [known, named].map(({ input }) => inputSchema.safeParse(input).data?.images);
    return JSON.stringify(before) === JSON.stringify(now) &&
      (had === undefined || JSON.stringify(had) === JSON.stringify(has));
  } catch {
    return false;
  }
}
