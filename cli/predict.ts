/**
 * The command `predict`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { join } from "node:path";
import { ImageBytes } from "../engine/image_bytes.ts";
import { predictClasses } from "../nas/child/predict.ts";
import { type LoadedNetwork, loadNetwork } from "../nas/child/stored_network.ts";
import { DataError } from "../nas/data/mod.ts";
import { readSingleImage } from "../nas/data/single_image.ts";
import { close, openBackend } from "../nas/run/open_backend.ts";
import { likeliest, type RunFolder } from "../nas/run/mod.ts";
import { askedFor, say, UsageError } from "./errors.ts";
import { gpu } from "./gpu.ts";
import { openNamedRun } from "./named_run.ts";
import { callerPath, note, onStdout, percent, print, printJson } from "./terminal.ts";

/** Classes that are named beside the likeliest one. */
const ALSO = 2;

/** The command `predict`; `exit` gets the exit code where some images could not be read. */
export function predictCommand(exit: (code: number) => void): AnyCommand {
  const command = new Command("predict")
    .description(
      "Classifies image files with the network that a run trained from scratch. Images are prepared " +
        "as those of the run were: resized, made grey where the run saw grey, normalised.",
    )
    .argument("<RUN>", "folder of a run that was trained to its end, or its name in ./runs")
    .argument("<IMAGE...>", "PNG, JPEG, WebP or BMP files")
    .option("--device <NAME>", "gpu or cpu (default: that of the run)")
    .option("--json", "print one JSON object on stdout, with the probability of every class")
    .action(async (run, images, { device, json }) => {
      exit(await predict(run, images, device, json ?? false));
    });
  return command;
}

/** An image that could be read, and its bytes. */
interface ReadImage {
  readonly image: string;
  readonly bytes: Uint8Array;
}

async function predict(
  given: string,
  images: readonly string[],
  device: string | undefined,
  json: boolean,
): Promise<number> {
  const { folder, config } = openNamedRun("<RUN>", given);
  const where = device ?? config.hyperparameters.device;
  if (where !== "gpu" && where !== "cpu") {
    throw new UsageError(
      `Expected --device to be gpu or cpu but found ${JSON.stringify(where)}`,
    );
  }
  const weights = weightsOf(folder);
  const { backend } = await openBackend(where, { gpu, note });
  try {
    const loaded = await askedFor(() => loadNetwork(backend, weights));
    try {
      const { read, failed } = await readImages(images, loaded);
      for (const { error } of failed) say(error);
      const rows = read.length === 0 ? [] : await classify(loaded, read);
      const found = read.map(({ image }, i) => ({ image, probabilities: rows[i] }));
      if (json) printPredictionsJson(folder.path, loaded.classNames, found, failed);
      else printPredictions(loaded.classNames, found);
      return failed.length === 0 ? 0 : 2;
    } finally {
      loaded.network.dispose();
    }
  } finally {
    await close(backend);
  }
}

/** The weights that a run trained from scratch. */
function weightsOf({ checkpoints, path }: RunFolder): string {
  const weights = join(checkpoints, "child.safetensors");
  try {
    if (Deno.statSync(weights).isFile) return weights;
  } catch {
    // Said below.
  }
  throw new UsageError(
    `Expected a network that was trained from scratch in ${path} but found none; let the run go on ` +
      "to its end with --resume, or give another one",
  );
}

/** Reads all images; what is wrong with one does not keep the others from being classified. */
async function readImages(
  images: readonly string[],
  { shape }: LoadedNetwork,
): Promise<{ read: ReadImage[]; failed: { image: string; error: string }[] }> {
  const read: ReadImage[] = [];
  const failed: { image: string; error: string }[] = [];
  for (const image of images) {
    try {
      read.push({ image, bytes: await readSingleImage(callerPath(image), shape) });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      failed.push({ image, error: error.message });
    }
  }
  return { read, failed };
}

/** Probabilities of the classes for each image. */
async function classify(
  { network, arc, shape, mean, std }: LoadedNetwork,
  read: readonly ReadImage[],
): Promise<Float64Array[]> {
  const each = read[0].bytes.length;
  const bytes = new Uint8Array(each * read.length);
  read.forEach((image, i) => bytes.set(image.bytes, i * each));
  const labels = new Uint8Array(read.length);
  const size = [read.length, ...shape] as const;
  const images = new ImageBytes(network.backend, bytes, labels, size, { mean, std });
  try {
    return await predictClasses(network, arc!, images);
  } finally {
    images.dispose();
  }
}

/** An image with the probabilities of its classes. */
interface Prediction {
  readonly image: string;
  readonly probabilities: Float64Array;
}

function printPredictions(classNames: readonly string[], found: readonly Prediction[]): void {
  const width = Math.max(0, ...found.map(({ image }) => image.length));
  const widest = Math.max(...classNames.map((name) => name.length));
  for (const { image, probabilities } of found) {
    const [first, ...others] = byProbability(probabilities).slice(0, 1 + ALSO)
      .map((k) => ({ name: classNames[k], share: percent(probabilities[k]) }));
    const also = others.map(({ name, share }) => `${name} ${share}`).join(", ");
    print(
      `${image.padEnd(width)}  ${onStdout("bold", first.name.padEnd(widest))}  ` +
        `${first.share.padStart(7)}  ${onStdout("gray", also)}`.trimEnd(),
    );
  }
}

/** Numbers of classes, the likeliest first. */
function byProbability(probabilities: Float64Array): number[] {
  return Array.from(probabilities, (_, k) => k)
    .sort((a, b) => probabilities[b] - probabilities[a] || a - b);
}

function printPredictionsJson(
  run: string,
  classNames: readonly string[],
  found: readonly Prediction[],
  failed: readonly { readonly image: string; readonly error: string }[],
): void {
  printJson({
    run,
    classes: classNames,
    images: found.map(({ image, probabilities }) => {
      const best = likeliest(probabilities);
      return {
        image,
        class: classNames[best],
        probability: probabilities[best],
        probabilities: Array.from(probabilities),
      };
    }),
    failed,
  });
}
