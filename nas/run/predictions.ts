/**
 * The predictions of a run in its folder: `predictions.json`.
 *
 * @module
 */
import { resizeTo } from "../data/resize.ts";
import type { ChildData } from "../data/resident.ts";
import { writeAdvice, writeFileAtomic } from "../files/atomic.ts";
import { readBoundedText } from "../files/bounded.ts";
import { encodePng } from "../files/png.ts";
import { StoreError } from "./errors.ts";
import { parsePredictions, PREDICTIONS_VERSION, type RunPredictions } from "./prediction_schema.ts";
import type { RunFolder } from "./run_folder.ts";

/** A `predictions.json` may be this large, in bytes. */
const MAX_BYTES = 2 ** 27;
/** Mistakes that are kept as pictures. */
const MISTAKES = 24;
/** Longest side of such a picture, in pixels; larger images are made smaller. */
const PICTURE_SIDE = 64;

/**
 * What a trained network says of the test images.
 *
 * @param arc flat text form of the architecture
 * @param rows probabilities of the classes for each test image
 */
export function summarisePredictions(
  data: Pick<ChildData, "classNames" | "test" | "testNames">,
  arc: string,
  rows: readonly Float64Array[],
): RunPredictions {
  const labels = Array.from(data.test.labels);
  const predicted = rows.map(likeliest);
  const mistakes = labels.flatMap((label, index) => predicted[index] === label ? [] : [index])
    .sort((a, b) => rows[b][predicted[b]] - rows[a][predicted[a]] || a - b)
    .slice(0, MISTAKES);
  return {
    version: PREDICTIONS_VERSION,
    arc,
    classNames: [...data.classNames],
    labels,
    predicted,
    probability: rows.map((row, i) => rounded(row[predicted[i]])),
    mistakes: mistakes.map((index) => ({
      index,
      name: data.testNames?.[index] ?? null,
      truth: rounded(rows[index][labels[index]]),
      png: pictureOf(data.test, index).toBase64(),
    })),
  };
}

/** The class with the largest probability, the first of equals. */
export function likeliest(probabilities: Float64Array): number {
  return probabilities.reduce((best, p, k) => p > probabilities[best] ? k : best, 0);
}

/** Four digits say all that a reader of probabilities can use; a diverged network is sure of nothing. */
function rounded(probability: number): number {
  return Number.isNaN(probability) ? 0 : Math.round(1e4 * probability) / 1e4;
}

function pictureOf({ images, shape }: ChildData["test"], index: number): Uint8Array {
  const [, height, width, channels] = shape;
  const each = height * width * channels;
  const one = {
    images: images.subarray(index * each, (index + 1) * each),
    labels: Uint8Array.of(0),
    count: 1,
    ...{ height, width, channels },
  };
  const scale = Math.min(1, PICTURE_SIDE / Math.max(height, width));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const small = resizeTo(one, side(height), side(width));
  return encodePng(small.images, small.height, small.width, channels);
}

/**
 * Writes `predictions.json`, whole or not at all.
 *
 * @throws {StoreError} When it cannot be written.
 */
export function writePredictions(folder: RunFolder, predictions: RunPredictions): void {
  try {
    writeFileAtomic(folder.predictions, `${JSON.stringify(predictions)}\n`);
  } catch (cause) {
    throw new StoreError(
      `Expected to write ${folder.predictions} but found ${(cause as Error).message}; ${
        writeAdvice(cause)
      }`,
      folder.predictions,
      { cause },
    );
  }
}

/**
 * Brings `predictions.json` up to what was tested last: writes it, or takes away that of earlier weights.
 *
 * @param rows probabilities of the classes for each test image; null where the weights were not tested
 * @throws {StoreError} When it cannot be written.
 */
export function keepPredictions(
  folder: RunFolder,
  data: Parameters<typeof summarisePredictions>[0],
  arc: string,
  rows: readonly Float64Array[] | null,
): void {
  if (rows !== null) return writePredictions(folder, summarisePredictions(data, arc, rows));
  try {
    Deno.removeSync(folder.predictions);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Reads `predictions.json`; null where the run has none, as those of earlier versions.
 *
 * @throws {StoreError} When it is damaged or of another version.
 */
export function readPredictions(folder: RunFolder): RunPredictions | null {
  let text: string;
  try {
    text = readBoundedText(folder.predictions, MAX_BYTES);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw new StoreError(
      `Expected to read ${folder.predictions} but found ${
        (cause as Error).message
      }; make the file ` +
        "readable, or delete it",
      folder.predictions,
      { cause },
    );
  }
  return parsePredictions(text, folder.predictions);
}
