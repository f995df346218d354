/**
 * Compares screenshots with committed ones. What is compared are means of blocks of 4 by 4 pixels: the
 * page brings its own font, but how edges are smoothed differs between versions of a browser.
 *
 * Another look that is meant to be is committed with `ENASLAB_UPDATE_SCREENSHOTS=1 deno test -A
 * tests/reports/screenshots_test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createCanvas, loadImage } from "@napi-rs/canvas";

const FOLDER = new URL("../golden/screens/", import.meta.url);

/** Screen pixels for each pixel that is compared, in each direction. */
const BLOCK = 4;

/** Mean difference of two pictures, and the share of blocks that differ visibly; 0..1. */
export interface Difference {
  readonly mean: number;
  readonly visible: number;
}

/** Above these a picture has changed. */
const MOST: Difference = { mean: 0.007, visible: 0.007 };
/** From this difference on a block is seen to differ. */
const VISIBLE = 0.2;

/** A picture of means of blocks: RGBA. */
interface Reduced {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** How a screenshot differs from the committed one of that name; throws where their sizes differ. */
export async function differenceFrom(name: string, screenshot: Uint8Array): Promise<Difference> {
  const found = await reduced(screenshot, BLOCK);
  const expected = await reduced(await Deno.readFile(new URL(`${name}.png`, FOLDER)), 1);
  const sizes = [found, expected].map(({ width, height }) => `${width}x${height}`);
  // A line that wraps elsewhere changes the height.
  assert.ok(
    Math.abs(found.width - expected.width) <= 1 && Math.abs(found.height - expected.height) <= 1,
    `${name} is ${sizes[0]} blocks large but was ${sizes[1]}`,
  );
  const width = Math.min(found.width, expected.width);
  const height = Math.min(found.height, expected.height);
  let [sum, visible] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let block = 0;
      for (let channel = 0; channel < 3; channel++) {
        const a = found.data[4 * (y * found.width + x) + channel];
        const b = expected.data[4 * (y * expected.width + x) + channel];
        block = Math.max(block, Math.abs(a - b) / 255);
      }
      sum += block;
      if (block > VISIBLE) visible++;
    }
  }
  return { mean: sum / (width * height), visible: visible / (width * height) };
}

/** Whether a difference is more than that between browsers. */
export function isChange({ mean, visible }: Difference): boolean {
  return mean > MOST.mean || visible > MOST.visible;
}

/** Fails where a screenshot differs from the committed one; or commits it, where that is asked for. */
export async function assertLooksAlike(name: string, screenshot: Uint8Array): Promise<void> {
  if (Deno.env.get("ENASLAB_UPDATE_SCREENSHOTS") === "1") {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeFile(new URL(`${name}.png`, FOLDER), await encoded(screenshot));
    return;
  }
  const difference = await differenceFrom(name, screenshot);
  if (!isChange(difference)) return;
  const path = await Deno.makeTempFile({ prefix: `enaslab_${name}_`, suffix: ".png" });
  await Deno.writeFile(path, screenshot);
  const [mean, visible] = [difference.mean, difference.visible].map((x) => (100 * x).toFixed(2));
  assert.fail(
    `${name} does not look as it did: ${mean} % in the mean, ${visible} % of it visibly. See ${path}; ` +
      "if it shall look like that, commit it with ENASLAB_UPDATE_SCREENSHOTS=1",
  );
}

async function reduced(png: Uint8Array, block: number): Promise<Reduced> {
  const image = await loadImage(Buffer.from(png));
  const full = createCanvas(image.width, image.height);
  const context = full.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const [width, height] = [image.width, image.height].map((size) => Math.floor(size / block));
  const means = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let dy = 0; dy < block; dy++) {
          for (let dx = 0; dx < block; dx++) {
            sum += data[4 * ((block * y + dy) * image.width + block * x + dx) + channel];
          }
        }
        means[4 * (y * width + x) + channel] = sum / block ** 2;
      }
    }
  }
  return { width, height, data: means };
}

async function encoded(screenshot: Uint8Array): Promise<Uint8Array> {
  const { width, height, data } = await reduced(screenshot, BLOCK);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  pixels.data.set(data);
  context.putImageData(pixels, 0, 0);
  return await canvas.encode("png");
}
