import assert from "node:assert/strict";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { type Augmentation, ImageBytes, imagesPerBinding } from "../../engine/image_bytes.ts";
import { Random } from "../../engine/random.ts";
import { cropOf, gatherBatchReference } from "../../engine/reference/mod.ts";
import { assertClose, assertNoLiveBuffers } from "./helpers.ts";

const gpu = await GpuBackend.open();
const COUNT = 11;
const LABELS = Uint8Array.from({ length: COUNT }, (_, i) => 255 - 7 * i);
const INDICES = [0, 10, 3, 3, 7, 9, 1, 0, 5, 2, 10, 4, 8];

/** Images of an odd size, so that images begin at every byte of a word. */
function dataSet(channels: number) {
  const random = new Random(channels);
  const shape = [COUNT, 5, 7, channels] as const;
  const bytes = Uint8Array.from({ length: COUNT * 35 * channels }, () => random.integer(256));
  const moments = {
    mean: [0.49, 0.2, 0.7].slice(0, channels),
    std: [0.25, 0.5, 0.1].slice(0, channels),
  };
  return { shape, bytes, moments };
}

const AUGMENTATIONS: Record<string, Augmentation | null> = {
  "no augmentation": null,
  "crop and flip": { pad: 2, flip: true, seed: 77 },
  "crop alone, large seed": { pad: 4, flip: false, seed: 0xfedcba98 },
  "flip alone": { pad: 0, flip: true, seed: 5 },
  "cutout alone": { pad: 0, flip: false, cutout: 4, seed: 6 },
  "crop, flip and cutout": { pad: 2, flip: true, cutout: 3, seed: 7 },
};

for (const channels of [1, 3]) {
  for (const [name, augmentation] of Object.entries(AUGMENTATIONS)) {
    Deno.test(`gather() matches the reference with ${channels} channels and ${name}`, async () => {
      const { shape, bytes, moments } = dataSet(channels);
      const [first, n] = [2, 9];
      const wanted = INDICES.slice(first, first + n);
      const attributes = {
        augment: augmentation !== null,
        ...{ pad: 0, flip: false, cutout: 0, seed: 0 },
        ...augmentation,
        ...moments,
      };
      const expected = gatherBatchReference({ shape, data: bytes }, wanted, attributes).data;
      if (augmentation?.flip) {
        const flips = wanted.map((_, b) => cropOf(b, attributes).flipped);
        assert.ok(flips.includes(true) && flips.includes(false), "some are mirrored, some not");
      }

      for (const backend of [gpu, new CpuBackend()]) {
        const data = new ImageBytes(backend, bytes, LABELS, shape, moments);
        const indices = backend.fromArray(INDICES, [INDICES.length], "u32");
        const { images, labels } = data.gather(indices, first, n, augmentation);
        assert.deepEqual([...images.shape, ...labels.shape], [n, 5, 7, channels, n]);
        const found = await backend.toArray(images);
        assertClose(backend.kind, found, expected, { rtol: 1e-6, atol: 1e-6 });
        // No byte lies at a mean, so zeros are what padding and cutout made.
        const zeros = (values: Float64Array) => [...values.keys()].filter((i) => values[i] === 0);
        assert.deepEqual(zeros(found), zeros(expected));
        assert.equal(zeros(expected).length > 0, attributes.pad + attributes.cutout > 0);
        assert.deepEqual([...await backend.toArray(labels)], wanted.map((i) => LABELS[i]));
        for (const tensor of [indices, images, labels]) backend.release(tensor);
        data.dispose();
        assertNoLiveBuffers(gpu);
      }
    });
  }
}

Deno.test("gather() on the gpu keeps the padding channels zero", async () => {
  const { shape, bytes, moments } = dataSet(3);
  const data = new ImageBytes(gpu, bytes, LABELS, shape, moments);
  const indices = gpu.fromArray(INDICES, [INDICES.length], "u32");
  const { images, labels } = data.gather(indices, 0, 2, null);
  const stored = gpu.queue.read(images.gpu);
  gpu.submit();
  const values = new Float32Array(await stored);
  assert.equal(values.length, 2 * 5 * 7 * 4);
  assert.ok(values.every((value, i) => i % 4 !== 3 || value === 0));
  for (const tensor of [indices, images, labels]) gpu.release(tensor);
  data.dispose();
  assertNoLiveBuffers(gpu);
});

/** Every word of a batch as stored, and the dispatches that it took. */
async function gathered(backend: GpuBackend, augmentation: Augmentation | null) {
  const { shape, bytes, moments } = dataSet(3);
  const data = new ImageBytes(backend, bytes, LABELS, shape, moments);
  const indices = backend.fromArray(INDICES, [INDICES.length], "u32");
  const { liveBuffers } = backend.memory.use();
  const before = backend.queue.counts.dispatches;
  const { images, labels } = data.gather(indices, 1, 12, augmentation);
  const dispatches = backend.queue.counts.dispatches - before;
  const pending = [images, labels].map((tensor) => backend.queue.read(tensor.gpu));
  backend.submit();
  const [pixels, classes] = (await Promise.all(pending)).map((
    words,
  ) => [...new Uint32Array(words)]);
  for (const tensor of [indices, images, labels]) backend.release(tensor);
  data.dispose();
  assertNoLiveBuffers(backend);
  return { pixels, classes, dispatches, liveBuffers };
}

Deno.test("images in several buffers give the same batch to the bit", async () => {
  // An image has 105 bytes: four to a buffer, then one.
  for (const [largestBinding, buffers] of [[435, 3], [170, 11]]) {
    const small = await GpuBackend.open({ largestBinding });
    for (const augmentation of Object.values(AUGMENTATIONS)) {
      const whole = await gathered(gpu, augmentation);
      assert.equal(whole.dispatches, 1);
      const split = await gathered(small, augmentation);
      assert.equal(split.dispatches, buffers);
      assert.equal(split.liveBuffers - whole.liveBuffers, buffers - 1);
      assert.deepEqual([split.pixels, split.classes], [whole.pixels, whole.classes]);
    }
    await small.close();
  }
});

Deno.test("imagesPerBinding() fills a binding in steps of 16 bytes and takes one image at least", () => {
  assert.equal(imagesPerBinding(100, 1000), 9);
  assert.equal(imagesPerBinding(100, 1008), 10);
  assert.equal(imagesPerBinding(3072, 2 ** 27), 43_690);
  assert.equal(imagesPerBinding(100, 50), 1);
  assert.equal(imagesPerBinding(100, Infinity), Infinity);
});

Deno.test("ImageBytes holds more bytes than one binding of a software adapter", async () => {
  // 137 images of 1 MiB; the first is the last of a buffer, the others lie in the second.
  const side = 1024;
  const count = 137;
  const bytes = new Uint8Array(count * side * side);
  const rows = [126, 127, 128, 136];
  for (const image of rows) bytes.fill(image, image * side * side, (image + 1) * side * side);
  const moments = { mean: [0], std: [1 / 255] };
  const shape = [count, side, side, 1] as const;
  const backend = await GpuBackend.open({ largestBinding: 2 ** 27 });
  const data = new ImageBytes(backend, bytes, new Uint8Array(count), shape, moments);
  const indices = backend.fromArray(rows, [rows.length], "u32");
  const { images, labels } = data.gather(indices, 0, rows.length);
  const found = await backend.toArray(images);
  rows.forEach((image, b) => {
    const [first, last] = [found[b * side * side], found[(b + 1) * side * side - 1]];
    assertClose(`image ${image}`, [first, last], [image, image], { rtol: 1e-6 });
  });
  for (const tensor of [indices, images, labels]) backend.release(tensor);
  data.dispose();
  assertNoLiveBuffers(backend);
  await backend.close();
});

Deno.test("ImageBytes refuses bytes and labels that do not fit its shape", () => {
  const { shape, bytes, moments } = dataSet(1);
  const cpu = new CpuBackend();
  assert.throws(() => new ImageBytes(cpu, bytes.slice(1), LABELS, shape, moments), {
    name: "ShapeError",
    message: /images \[11,5,7,1\].*found 11 labels and 384 bytes/,
  });
  assert.throws(() => new ImageBytes(cpu, bytes, LABELS.slice(1), shape, moments), {
    name: "ShapeError",
    message: /found 10 labels/,
  });
  const wide = [1, 1, 77, 5] as const;
  assert.throws(() => new ImageBytes(cpu, bytes, LABELS.slice(10), wide, moments), {
    name: "ShapeError",
    message: /at most 4 channels/,
  });
});
