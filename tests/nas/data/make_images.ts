/**
 * Makes image files and folders of them for the tests of their readers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import { dirname, join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/**
 * A PNG of red, green, blue bytes, written by hand so that it can lack rows that its header claims.
 *
 * @param rgb `width * height * 3` bytes.
 * @param options `rows` that are really there (default: all); `grey` takes one byte a pixel.
 */
export function makePng(
  width: number,
  height: number,
  rgb: Uint8Array,
  options: { readonly rows?: number; readonly grey?: boolean } = {},
): Uint8Array {
  const { rows = height, grey = false } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, grey ? 0 : 2, 0, 0, 0], 8);
  const rowBytes = width * (grey ? 1 : 3);
  const lines: Uint8Array[] = [];
  for (let y = 0; y < rows; y++) {
    lines.push(Uint8Array.of(0), rgb.subarray(y * rowBytes, (y + 1) * rowBytes));
  }
  return new Uint8Array(Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(lines))),
    chunk("IEND", new Uint8Array()),
  ]));
}

/** An image of one colour. */
export function makeImage(
  type: "image/png" | "image/jpeg",
  width: number,
  height: number,
  colour: string,
): Uint8Array {
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  const { canvas } = context;
  return new Uint8Array(type === "image/png" ? canvas.toBuffer(type) : canvas.toBuffer(type, 95));
}

/** `jpeg` with an EXIF orientation. */
export function exifJpeg(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = [
    ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian, first directory at byte 8
    ...[0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0], // one entry: tag 0x0112, a short
    ...[0, 0, 0, 0], // no further directory
  ];
  const data = Buffer.from([...Buffer.from("Exif\0\0", "latin1"), ...tiff]);
  const marker = Uint8Array.of(0xff, 0xe1, (data.length + 2) >> 8, (data.length + 2) & 0xff);
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), marker, data, jpeg.subarray(2)]));
}

/** Writes files below `root`, making folders; `null` makes an empty folder. */
export async function writeTree(
  root: string,
  files: Readonly<Record<string, Uint8Array | null>>,
): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(root, name);
    await Deno.mkdir(bytes === null ? path : dirname(path), { recursive: true });
    if (bytes !== null) await Deno.writeFile(path, bytes);
  }
}
