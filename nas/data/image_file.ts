/**
 * Decoding PNG, JPEG, WebP and BMP files to red, green and blue bytes. An embedded colour profile is
 * honoured: the bytes are sRGB.
 *
 * @module
 */
import type { SKRSContext2D } from "@napi-rs/canvas";
import { DataError } from "./errors.ts";
import { checkImageFile, checkSize } from "./image_formats.ts";

/** Names of files that are taken for images. */
export const IMAGE_NAME = /\.(png|jpe?g|webp|bmp)$/i;

/** The kinds of image files, for sentences. */
export const IMAGE_KINDS = "PNG, JPEG, WebP or BMP";

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
 * Decodes a PNG, JPEG, WebP or BMP file, told apart by its first bytes. A JPEG is turned upright as its EXIF
 * orientation says. Pixels that are not opaque are laid on white.
 *
 * @param bytes The whole file.
 * @param file Its name, for error messages.
 * @throws {DataError} When it is none of these, truncated, damaged, or larger than 16,384
 * pixels a side or 2^27 pixels.
 */
export async function decodeImage(bytes: Uint8Array, file: string): Promise<DecodedImage> {
  try {
    const opaque = checkImageFile(bytes);
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
      expected: `an intact ${IMAGE_KINDS} image`,
      found: (cause as Error).message,
      todo: "replace the file or take it out of the folder",
    }, { cause });
  }
}
