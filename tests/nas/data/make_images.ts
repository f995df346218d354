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
  type: "image/png" | "image/jpeg" | "image/webp",
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

/** A BMP of 24 bits a pixel, rows from the bottom up, made of red, green, blue bytes from the top down. */
export function makeBmp(width: number, height: number, rgb: Uint8Array): Uint8Array {
  const row = 4 * Math.ceil(width * 3 / 4);
  const bytes = Buffer.alloc(54 + row * height);
  bytes.write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  [54, 40, width, height].forEach((value, i) => bytes.writeUInt32LE(value, 10 + 4 * i));
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x);
      bytes.set([rgb[from + 2], rgb[from + 1], rgb[from]], 54 + row * (height - 1 - y) + 3 * x);
    }
  }
  return new Uint8Array(bytes);
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

/** `png` with an embedded colour profile. */
export function withProfile(png: Uint8Array, profile: Uint8Array): Uint8Array {
  // Behind the header, which is 25 bytes after the signature of 8.
  const body = Buffer.concat([Buffer.from("x\0\0", "latin1"), deflateSync(profile)]);
  return new Uint8Array(
    Buffer.concat([png.subarray(0, 33), chunk("iCCP", body), png.subarray(33)]),
  );
}

/** The ICC profile of a display whose red is the blue of sRGB, and the other way round; gamma 2.2. */
export function swappedProfile(): Uint8Array {
  const fixed = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(Math.round(value * 65_536));
    return bytes;
  };
  const xyz = (values: readonly number[]) =>
    Buffer.concat([Buffer.from("XYZ \0\0\0\0", "latin1"), ...values.map(fixed)]);
  const curve = Buffer.from([...Buffer.from("curv\0\0\0\0", "latin1"), 0, 0, 0, 1, 2, 0x33, 0, 0]);
  // The primaries of sRGB under D50.
  const [red, green, blue] = [[0.4361, 0.2225, 0.0139], [0.3851, 0.7169, 0.0971], [
    0.1431,
    0.0606,
    0.7141,
  ]];
  const tags: [string, Buffer][] = [
    ["wtpt", xyz([0.9642, 1, 0.8249])],
    ["rXYZ", xyz(blue)],
    ["gXYZ", xyz(green)],
    ["bXYZ", xyz(red)],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ];
  const header = Buffer.alloc(128);
  header.write("mntrRGB XYZ ", 12, "latin1");
  header.set([2, 0x10, 0, 0], 8);
  header.write("acsp", 36, "latin1");
  Buffer.concat([0.9642, 1, 0.8249].map(fixed)).copy(header, 68);
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  let at = 128 + table.length;
  tags.forEach(([name, data], i) => {
    table.write(name, 4 + 12 * i, "latin1");
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    at += data.length;
  });
  header.writeUInt32BE(at, 0);
  return new Uint8Array(Buffer.concat([header, table, ...tags.map(([, data]) => data)]));
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
