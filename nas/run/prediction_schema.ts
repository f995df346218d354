/**
 * What a run predicted for its test images: the contents of `predictions.json`, from which reports draw
 * confusions and mistakes. Uses no file system.
 *
 * @module
 */
import { z } from "zod";
import { StoreError } from "./errors.ts";
import { describeIssue } from "./schema_check.ts";

/** Version of the layout; raised whenever a field changes its meaning or goes away. */
export const PREDICTIONS_VERSION = 1;

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

/** Schema of `predictions.json`. */
export const predictionsSchema = z.object({
  version: z.literal(PREDICTIONS_VERSION),
  /** The architecture, in flat text form. */
  arc: z.string(),
  classNames: z.array(z.string()).min(2).max(2 ** 16),
  /** Class of each test image, in the order of the data set. */
  labels: z.array(count),
  /** The likeliest class of each by the trained network. */
  predicted: z.array(count),
  /** The probability that the network gives it. */
  probability: z.array(share),
  /** The most confident mistakes, the worst first. */
  mistakes: z.array(z.object({
    /** Number of the test image. */
    index: count,
    /** Name of its file; null where the data set has no files of single images. */
    name: z.string().nullable(),
    /** The probability that the network gives the true class. */
    truth: share,
    /** The image as a PNG in base64. */
    png: z.string().regex(/^[A-Za-z0-9+/]+=*$/),
  })),
}).refine(
  ({ classNames, labels, predicted, probability, mistakes }) =>
    predicted.length === labels.length && probability.length === labels.length &&
    [...labels, ...predicted].every((label) => label < classNames.length) &&
    mistakes.every(({ index }) => index < labels.length),
  "Invalid input: expected one prediction an image, of classes that have names",
);

/** Contents of `predictions.json`. */
export type RunPredictions = z.infer<typeof predictionsSchema>;

/**
 * Parses the text of a `predictions.json`.
 *
 * @throws {StoreError} When it is no JSON, damaged, or of another version.
 */
export function parsePredictions(text: string, file: string): RunPredictions {
  const fail = (found: string, cause: unknown): never => {
    throw new StoreError(
      `Expected the predictions of a run in ${file} but found ${found}; restore the file from a copy, ` +
        "or delete it to go without",
      file,
      { cause },
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return fail("no valid JSON", cause);
  }
  const result = predictionsSchema.safeParse(value);
  return result.success ? result.data : fail(describeIssue(result.error), result.error);
}
