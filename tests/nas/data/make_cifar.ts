/**
 * Makes CIFAR files and tar archives for the tests of their readers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Header } from "tar";
import { sha256 } from "../../../nas/files/digest.ts";
import type { CifarFile, CifarSource } from "../../../nas/data/cifar.ts";

/** Bytes of one colour plane. */
export const PLANE = 1024;

/** The byte of image `n`, channel `c`, pixel `p` in the files made here. */
export function pixel(n: number, c: number, p: number): number {
  return (7 * n + 89 * c + p + (p >> 5)) % 256;
}

/** A binary file of images `first`, `first + 1`, … with these label bytes each. */
export function makeCifar(labels: readonly (readonly number[])[], first = 0): Uint8Array {
  const records = labels.map((header, i) => {
    const record = new Uint8Array(header.length + 3 * PLANE);
    record.set(header);
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < PLANE; p++) {
        record[header.length + c * PLANE + p] = pixel(first + i, c, p);
      }
    }
    return record;
  });
  return new Uint8Array(Buffer.concat(records));
}

/** A CIFAR-10 of two training files, two images each, and one test file of one image. */
export function tinyCifar(): { source: CifarSource; files: readonly CifarFile[] } {
  const files = [
    { file: "data_batch_1.bin", bytes: makeCifar([[3], [9]]) },
    { file: "data_batch_2.bin", bytes: makeCifar([[0], [4]], 2) },
    { file: "test_batch.bin", bytes: makeCifar([[7]], 4) },
  ];
  const known = files.map(({ file, bytes }) => ({
    file,
    sha256: sha256(bytes),
    bytes: bytes.length,
  }));
  const source: CifarSource = {
    name: "tiny",
    subfolder: "tiny-bin",
    classNames: Array.from({ length: 10 }, (_, k) => `class ${k}`),
    labels: [10],
    train: known.slice(0, 2),
    test: known[2],
  };
  return { source, files };
}

/** A file, folder or link in a tar archive. */
export interface TarEntry {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly type?: "File" | "Directory" | "SymbolicLink";
  readonly link?: string;
}

/** A plain tar archive. */
export function makeTar(entries: readonly TarEntry[]): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (const { path, bytes = new Uint8Array(), type = "File", link } of entries) {
    const header = new Header({
      path,
      size: bytes.length,
      type,
      mode: 0o644,
      mtime: new Date(0),
      ...(link === undefined ? {} : { linkpath: link }),
    });
    header.encode();
    blocks.push(header.block!, bytes, new Uint8Array((512 - bytes.length % 512) % 512));
  }
  blocks.push(new Uint8Array(1024));
  return new Uint8Array(Buffer.concat(blocks));
}
