/**
 * What a PNG, JPEG, WebP or BMP file says of itself, read before anything is decoded.
 *
 * The decoder (Skia, by @napi-rs/canvas) fills what a damaged file lacks with transparent pixels and
 * says nothing. So containers are walked here: checksums of a PNG, lengths of the others, sizes.
 *
 * @module
 */
import { crc32 } from "node:zlib";

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

/** Four letters of a file. */
function lettersAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Throws an Error for an image that is larger than any sensible one. */
export function checkSize(width: number, height: number): void {
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
  const view = viewOf(bytes);
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
  const view = viewOf(bytes);
  let opaque = true;
  let [needed, packed] = [0, 0];
  for (let at = PNG_SIGNATURE.length;;) {
    if (at + 12 > bytes.length) throw new Error(`a truncated PNG of ${bytes.length} bytes`);
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new Error(`a truncated PNG of ${bytes.length} bytes`);
    const type = lettersAt(bytes, at + 4);
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

/** Bits of the first byte of a WebP's `VP8X` chunk. */
const [WEBP_ANIMATION, WEBP_ALPHA] = [0x02, 0x10];

/**
 * Walks the chunks of a WebP.
 *
 * @returns Whether every pixel must be opaque.
 * @throws {Error} When the file is truncated, animated, too large, or holds no image.
 */
function checkWebp(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  const truncated = () => new Error(`a truncated WebP of ${bytes.length} bytes`);
  if (bytes.length < 16) throw truncated();
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw truncated();
  let transparent = false;
  let images = 0;
  for (let at = 12; at + 8 <= end;) {
    const [type, length, data] = [lettersAt(bytes, at), view.getUint32(at + 4, true), at + 8];
    if (data + length > end) throw truncated();
    if (type === "VP8X" && length >= 10) {
      if (bytes[data] & WEBP_ANIMATION) throw new Error("an animated WebP");
      transparent ||= (bytes[data] & WEBP_ALPHA) !== 0;
    }
    if (type === "VP8 " && length >= 10) {
      const [width, height] = [view.getUint16(data + 6, true), view.getUint16(data + 8, true)];
      checkSize(width & 0x3fff, height & 0x3fff);
      images++;
    }
    if (type === "VP8L" && length >= 5) {
      // 14 bits of width less 1, as many of height, and whether alpha is used.
      const bits = view.getUint32(data + 1, true);
      checkSize((bits & 0x3fff) + 1, (bits >>> 14 & 0x3fff) + 1);
      transparent ||= (bits >>> 28 & 1) === 1;
      images++;
    }
    at = data + length + length % 2;
  }
  if (images !== 1) throw new Error(`a damaged WebP (${images} images)`);
  return !transparent;
}

/** How the pixels of a BMP may be packed: as they are, or with bit masks of their own. */
const [BMP_PLAIN, BMP_MASKS] = [0, 3];
const BMP_DEPTHS = [1, 4, 8, 16, 24, 32];

/**
 * Checks the headers of a BMP, and that all rows are there.
 *
 * @returns Whether every pixel must be opaque.
 * @throws {Error} When the file is truncated, compressed, too large, or no BMP of Windows.
 */
function checkBmp(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  const truncated = () => new Error(`a truncated BMP of ${bytes.length} bytes`);
  if (bytes.length < 54) throw truncated();
  const [pixels, header] = [view.getUint32(10, true), view.getUint32(14, true)];
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
  const [depth, packing] = [view.getUint16(28, true), view.getUint32(30, true)];
  if (header < 40 || width < 1 || height < 1 || !BMP_DEPTHS.includes(depth)) {
    throw new Error("a damaged BMP (no size)");
  }
  if (packing !== BMP_PLAIN && packing !== BMP_MASKS) throw new Error("a compressed BMP");
  checkSize(width, height);
  const row = 4 * Math.ceil(width * depth / 32);
  if (pixels < 14 + header || pixels + row * height > bytes.length) throw truncated();
  // The alpha mask is the fourth of the longer headers.
  return packing === BMP_PLAIN || header < 56 || view.getUint32(66, true) === 0;
}

/**
 * Checks what a file says of itself.
 *
 * @param bytes the whole file
 * @returns whether every pixel must be opaque, so that one which is not tells of damage
 * @throws {Error} When it is none of the four kinds, truncated, damaged, or larger than 16,384 pixels a
 * side or 2^27 pixels; the message names what was found.
 */
export function checkImageFile(bytes: Uint8Array): boolean {
  if (beginsWith(bytes, PNG_SIGNATURE)) return checkPng(bytes);
  if (beginsWith(bytes, JPEG_SIGNATURE)) {
    checkJpeg(bytes);
    return true;
  }
  if (lettersAt(bytes, 0) === "RIFF" && lettersAt(bytes, 8) === "WEBP") return checkWebp(bytes);
  if (bytes[0] === 0x42 && bytes[1] === 0x4d) return checkBmp(bytes);
  throw new Error(bytes.length === 0 ? "an empty file" : "bytes of another kind");
}
