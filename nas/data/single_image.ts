/**
 * One image file, prepared as the images of a run were.
 *
 * @module
 */
import { DataError } from "./errors.ts";
import { decodeImage } from "./image_file.ts";
import { resizeTo } from "./resize.ts";

/**
 * Reads an image file and brings it to the size and channels of a network's input: resized by averaging
 * areas, whatever its proportions; made grey by its luminance (ITU-R BT.601) where the network sees grey.
 *
 * @param path of a PNG, JPEG, WebP or BMP file
 * @param shape `[height, width, channels]` of the input
 * @returns `height * width * channels` bytes
 * @throws {DataError} When the file cannot be read, or is no intact image.
 */
export async function readSingleImage(
  path: string,
  [height, width, channels]: readonly [number, number, number],
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "none" : (cause as Error).message;
    const todo = "give the path of an image file";
    throw new DataError({ file: path, expected: "a readable image", found, todo }, { cause });
  }
  const decoded = await decodeImage(bytes, path);
  const { images } = resizeTo(
    {
      images: channels === 1 ? greyOf(decoded.rgb) : decoded.rgb,
      labels: Uint8Array.of(0),
      count: 1,
      height: decoded.height,
      width: decoded.width,
      channels,
    },
    height,
    width,
  );
  return images;
}

/** Luminance of each pixel; that of a grey one is its own value. */
function greyOf(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: rgb.length / 3 },
    (_, i) => Math.round(0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2]),
  );
}
