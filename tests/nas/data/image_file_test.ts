import assert from "node:assert/strict";
import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import fc from "fast-check";
import { decodeImage } from "../../../nas/data/image_file.ts";
import { failsWith } from "./make_idx.ts";
import {
  exifJpeg,
  makeBmp,
  makeImage,
  makePng,
  swappedProfile,
  withProfile,
} from "./make_images.ts";

const FILE = "cat/broken.png";

function rejects(bytes: Uint8Array, ...parts: string[]): Promise<void> {
  return assert.rejects(decodeImage(bytes, FILE), failsWith("DataError", FILE, ...parts));
}

Deno.test("decodeImage() gives the exact bytes of an opaque PNG", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.nat(255)),
      async (width, height, bytes) => {
        const rgb = Uint8Array.from({ length: width * height * 3 }, () => bytes.next().value);
        const decoded = await decodeImage(makePng(width, height, rgb), "x.png");
        assert.deepEqual([decoded.width, decoded.height], [width, height]);
        assert.deepEqual(decoded.rgb, rgb);
      },
    ),
    { numRuns: 30 },
  ));

Deno.test("decodeImage() tells grey images from coloured ones", async () => {
  const grey = Uint8Array.of(5, 5, 5, 250, 250, 250);
  assert.equal((await decodeImage(makePng(2, 1, grey), "x.png")).grey, true);
  grey[4] = 251;
  assert.equal((await decodeImage(makePng(2, 1, grey), "x.png")).grey, false);
  const jpeg = makeImage("image/jpeg", 8, 8, "rgb(90, 90, 90)");
  assert.equal((await decodeImage(jpeg, "x.jpg")).grey, true);
});

Deno.test("decodeImage() decodes JPEG to nearby colours and turns it upright", async () => {
  const jpeg = makeImage("image/jpeg", 24, 16, "rgb(200, 40, 90)");
  const { width, height, rgb } = await decodeImage(jpeg, "x.jpg");
  assert.deepEqual([width, height], [24, 16]);
  [200, 40, 90].forEach((value, c) => assert.ok(Math.abs(rgb[c] - value) < 4, `${rgb[c]}`));
  const turned = await decodeImage(exifJpeg(jpeg, 6), "x.jpg");
  assert.deepEqual([turned.width, turned.height], [16, 24]);
});

Deno.test("decodeImage() lays transparent pixels on white", async () => {
  const paint = (context: SKRSContext2D) => {
    context.fillStyle = "rgba(0, 0, 0, 0.2)";
    context.fillRect(1, 0, 1, 1);
    context.fillStyle = "rgb(10, 20, 30)";
    context.fillRect(2, 0, 1, 1);
  };
  const context = createCanvas(3, 1).getContext("2d");
  paint(context);
  const { rgb } = await decodeImage(new Uint8Array(context.canvas.toBuffer("image/png")), "x.png");
  assert.deepEqual(Array.from(rgb), [255, 255, 255, 204, 204, 204, 10, 20, 30]);
});

Deno.test("decodeImage() rejects every truncation of a PNG and every changed byte", async () => {
  const rgb = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256);
  const png = makePng(5, 4, rgb);
  for (let length = 0; length < png.length; length++) await rejects(png.subarray(0, length));
  for (let at = 0; at < png.length; at++) {
    const damaged = png.slice();
    damaged[at] ^= 0x10;
    await rejects(damaged);
  }
});

Deno.test("decodeImage() rejects a PNG whose checksums fit but whose pixels end early", async () => {
  const rgb = new Uint8Array(40 * 40 * 3).fill(77);
  await rejects(makePng(40, 40, rgb, { rows: 20 }), "row 20 of 40");
});

Deno.test("decodeImage() rejects truncated JPEGs", async () => {
  const jpeg = makeImage("image/jpeg", 64, 64, "rgb(1, 2, 3)");
  for (const length of [0, 3, 30, jpeg.length >> 1, jpeg.length - 3]) {
    await rejects(jpeg.subarray(0, length));
  }
});

Deno.test("decodeImage() gives the exact bytes of a BMP, and rejects every truncation", async () => {
  const rgb = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
  const bmp = makeBmp(5, 3, rgb);
  const { width, height, rgb: decoded } = await decodeImage(bmp, "x.bmp");
  assert.deepEqual([width, height], [5, 3]);
  assert.deepEqual(decoded, rgb);
  for (let length = 2; length < bmp.length; length++) await rejects(bmp.subarray(0, length), "BMP");
  const compressed = bmp.slice();
  compressed[30] = 1;
  await rejects(compressed, "a compressed BMP");
  const huge = bmp.slice();
  new DataView(huge.buffer).setInt32(18, 60_000, true);
  await rejects(huge, "60000x3");
});

Deno.test("decodeImage() decodes WebP to nearby colours, and rejects every truncation", async () => {
  const webp = makeImage("image/webp", 24, 16, "rgb(200, 40, 90)");
  const { width, height, rgb } = await decodeImage(webp, "x.webp");
  assert.deepEqual([width, height], [24, 16]);
  [200, 40, 90].forEach((value, c) => assert.ok(Math.abs(rgb[c] - value) < 6, `${rgb[c]}`));
  for (let length = 12; length < webp.length; length++) {
    await rejects(webp.subarray(0, length), "a truncated WebP");
  }
  const vp8x = [...new TextEncoder().encode("VP8X"), ...[10, 0, 0, 0], 2, ...Array(9).fill(0)];
  const animated = Uint8Array.from([...webp.subarray(0, 12), ...vp8x, ...webp.subarray(12)]);
  new DataView(animated.buffer).setUint32(4, animated.length - 8, true);
  await rejects(animated, "an animated WebP");
});

Deno.test("decodeImage() gives sRGB: an embedded profile is honoured", async () => {
  const red = makeImage("image/png", 2, 2, "rgb(255, 0, 0)");
  const plain = await decodeImage(red, "x.png");
  assert.deepEqual(Array.from(plain.rgb.subarray(0, 3)), [255, 0, 0]);
  const swapped = await decodeImage(withProfile(red, swappedProfile()), "x.png");
  assert.deepEqual(Array.from(swapped.rgb.subarray(0, 3)), [0, 0, 255]);
});

Deno.test("decodeImage() rejects other kinds of files, whatever they are called", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
  for (const text of [svg, "GIF89a", "no image", "/etc/passwd"]) {
    await rejects(new TextEncoder().encode(text), "bytes of another kind");
  }
  await rejects(new Uint8Array(), "an empty file");
});

Deno.test("decodeImage() rejects a header that claims a gigantic image", () =>
  rejects(makePng(60_000, 60_000, new Uint8Array(), { rows: 0 }), "60000x60000"));
