/**
 * Makes idx files for the reader's tests.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { sha256 } from "../../../nas/files/digest.ts";
import type { IdxSource } from "../../../nas/data/idx_dataset.ts";

/** An idx file of unsigned bytes: header of `shape`, then `data`. */
export function makeIdx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 | shape.length);
  shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

/** `length` bytes counting from `first`, modulo `modulus`. */
export function counting(length: number, first = 0, modulus = 256): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (first + i) % modulus);
}

/** Writes a gzipped data set of 6 + 4 images of 3x2 pixels, 10 classes, and describes it. */
export async function writeTinySource(folder: string): Promise<IdxSource> {
  const write = async (file: string, shape: readonly number[], data: Uint8Array) => {
    const bytes = new Uint8Array(gzipSync(makeIdx(shape, data)));
    await Deno.writeFile(join(folder, file), bytes);
    return { file, sha256: sha256(bytes) };
  };
  return {
    name: "tiny",
    classNames: Array.from({ length: 10 }, (_, k) => `class ${k}`),
    train: {
      images: await write("train-images.gz", [6, 3, 2], counting(36)),
      labels: await write("train-labels.gz", [6], counting(6, 4, 10)),
      count: 6,
    },
    test: {
      images: await write("test-images.gz", [4, 3, 2], counting(24, 100)),
      labels: await write("test-labels.gz", [4], counting(4)),
      count: 4,
    },
  };
}

/** Runs `body` with a fresh folder that is removed afterwards. */
export async function inTempDir(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "enaslab-test-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A check for assert.throws and assert.rejects: class name and every part of the message. */
export function failsWith(name: string, ...parts: readonly string[]): (error: Error) => true {
  return (error) => {
    if (error.name !== name) throw error;
    for (const part of parts) {
      if (!error.message.includes(part)) {
        throw new Error(`Expected "${part}" in the message "${error.message}"`);
      }
    }
    return true;
  };
}
