import assert from "node:assert/strict";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { type Augmentation, ImageBytes } from "../../engine/image_bytes.ts";
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
};

for (const channels of [1, 3]) {
  for (const [name, augmentation] of Object.entries(AUGMENTATIONS)) {
    Deno.test(`gather() matches the reference with ${channels} channels and ${name}`, async () => {
      const { shape, bytes, moments } = dataSet(channels);
      const [first, n] = [2, 9];
      const wanted = INDICES.slice(first, first + n);
      const attributes = {
        augment: augmentation !== null,
        ...(augmentation ?? { pad: 0, flip: false, seed: 0 }),
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
        assertClose(backend.kind, await backend.toArray(images), expected, {
          rtol: 1e-6,
          atol: 1e-6,
        });
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
