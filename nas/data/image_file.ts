/**
 * Decoding PNG and JPEG files to red, green and blue bytes.
 *
 * The decoder (Skia, by @napi-rs/canvas) fills what a damaged file lacks with transparent pixels and
 * says nothing. So the checksums of a PNG are checked here, and pixels that must be opaque.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { SKRSContext2D } from "@napi-rs/canvas";
import { DataError } from "./errors.ts";

/** One decoded image. */
export interface DecodedImage {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Red, green, blue of each pixel, row by row: `height * width * 3` bytes. */
  readonly rgb: Uint8Array;
  /** Whether red, green and blue are equal in every pixel. */
  readonly grey: boolean;
}

/** Largest extent of an image in pixels; more is taken for a damaged header. */
const MAX_SIDE = 16_384;

/** Most pixels of an image: 512 MiB while it is decoded. */
const MAX_PIXELS = 2 ** 27;

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_SIGNATURE = [0xff, 0xd8, 0xff];

/** Colour types of a PNG whose pixels have an alpha channel. */
const PNG_ALPHA_TYPES = [4, 6];

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** Throws an Error for an image that is larger than any sensible one. */
function checkSize(width: number, height: number): void {
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new Error(`an image of ${width}x${height} pixels, more than enaslab decodes`);
  }
}

/** Deflate makes no byte into more than this many. */
const MAX_INFLATION = 1032;

/** Samples of a pixel by colour type of a PNG. */
const PNG_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Markers of a JPEG that begin a frame, which says the size: SOF0 to SOF15 without DHT, JPG and DAC.
 */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/**
 * Walks the segments of a JPEG up to its frame and checks the size, before anything is decoded.
 *
 * @throws {Error} When there is no frame, or it is larger than any sensible image.
 */
function checkJpeg(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 9 <= bytes.length;) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff) break;
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return checkSize(view.getUint16(at + 7), view.getUint16(at + 5));
    else at += 2 + view.getUint16(at + 2);
  }
  throw new Error("a damaged JPEG (no size)");
}

/**
 * Walks the chunks of a PNG up to IEND and checks the checksum of each.
 *
 * @returns Whether every pixel must be opaque: no alpha channel and no transparent colour.
 * @throws {Error} When the file is truncated, a checksum is wrong, the size is not said first and
 * once, or the data cannot be as many as the size asks for.
 */
function checkPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let opaque = true;
  let [needed, packed] = [0, 0];
  for (let at = PNG_SIGNATURE.length;;) {
    if (at + 12 > bytes.length) throw new Error(`a truncated PNG of ${bytes.length} bytes`);
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new Error(`a truncated PNG of ${bytes.length} bytes`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw new Error(
        `a damaged PNG (wrong checksum of chunk ${JSON.stringify(type)} at byte ${at})`,
      );
    }
    if ((type === "IHDR") !== (at === PNG_SIGNATURE.length)) {
      throw new Error(`a damaged PNG (chunk ${JSON.stringify(type)} at byte ${at})`);
    }
    if (type === "IHDR") {
      const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      checkSize(width, height);
      needed = width * height * (PNG_SAMPLES[bytes[at + 17]] ?? 0) * bytes[at + 16] / 8;
      opaque = !PNG_ALPHA_TYPES.includes(bytes[at + 17]);
    }
    if (type === "tRNS") opaque = false;
    if (type === "IDAT") packed += length;
    if (type === "IEND") {
      if (packed * MAX_INFLATION >= needed) return opaque;
      throw new Error(`a damaged PNG (${packed} bytes of data for ${needed} bytes of pixels)`);
    }
    at = end + 4;
  }
}

/** The one canvas that every image is drawn on; made when the first image comes. */
let context: SKRSContext2D | undefined;

/** Decodes a file whose structure has been checked; alpha is kept. */
async function decodeRgba(bytes: Uint8Array): Promise<ImageData> {
  // Loaded here, so that commands which decode nothing do not load the native library.
  const { createCanvas, loadImage } = await import("@napi-rs/canvas");
  const image = await loadImage(bytes);
  const { width, height } = image;
  checkSize(width, height);
  context ??= createCanvas(width, height).getContext("2d");
  context.canvas.width = width;
  context.canvas.height = height;
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height) as unknown as ImageData;
}

/**
 * Decodes a PNG or JPEG file, told apart by its first bytes. A JPEG is turned upright as its EXIF
 * orientation says. Pixels that are not opaque are laid on white.
 *
 * @param bytes The whole file.
 * @param file Its name, for error messages.
 * @throws {DataError} When it is neither PNG nor JPEG, truncated, damaged, or larger than 16,384
 * pixels a side or 2^27 pixels.
 */
export async function decodeImage(bytes: Uint8Array, file: string): Promise<DecodedImage> {
  try {
    let opaque = true;
    if (beginsWith(bytes, PNG_SIGNATURE)) opaque = checkPng(bytes);
    else if (beginsWith(bytes, JPEG_SIGNATURE)) checkJpeg(bytes);
    else {
      throw new Error(bytes.length === 0 ? "an empty file" : "bytes of another kind");
    }
    const { width, height, data } = await decodeRgba(bytes).catch((error: Error) => {
      throw new Error(`bytes that cannot be decoded (${error.message})`);
    });
    const rgb = new Uint8Array(width * height * 3);
    let grey = true;
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
      const alpha = data[from + 3];
      for (let c = 0; c < 3; c++) {
        rgb[to + c] = alpha === 255
          ? data[from + c]
          : Math.round((data[from + c] * alpha + 255 * (255 - alpha)) / 255);
      }
      if (opaque && alpha !== 255) {
        const row = Math.floor(from / 4 / width);
        throw new Error(`data that end or break in row ${row} of ${height}`);
      }
      grey &&= rgb[to] === rgb[to + 1] && rgb[to] === rgb[to + 2];
    }
    return { height, width, rgb, grey };
  } catch (cause) {
    throw new DataError({
      file,
      expected: "an intact PNG or JPEG image",
      found: (cause as Error).message,
      todo: "replace the file or take it out of the folder",
    }, { cause });
  }
}
