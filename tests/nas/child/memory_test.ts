import assert from "node:assert/strict";
import { openDevice } from "../../../engine/webgpu/device.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import type { LoadPath } from "../../../engine/webgpu/load_path.ts";
import { Random } from "../../../engine/random.ts";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import type { Arc } from "../../../nas/space/arc.ts";
import { createNetwork, type NetworkSpec } from "../../../nas/child/create_network.ts";
import { ChildTrainer, type TrainerOptions } from "../../../nas/child/trainer.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { RandomMacroSampler, RandomMicroSampler } from "../../../nas/strategy/random.ts";
import { assertNoLiveBuffers } from "../../engine/helpers.ts";

const SIDE = 8;
const IMAGES = 16;
const COMMON = { filters: 8, inputChannels: 3, classes: 10, batchNormDecay: 0.9 };
const SPECS = {
  macro: { space: "macro", graph: "faithful", options: { ...COMMON, layers: 6 } },
  micro: {
    space: "micro",
    graph: "faithful",
    options: { ...COMMON, layers: 2, nodes: 3, imageHeight: SIDE, imageWidth: SIDE },
  },
} satisfies Record<string, NetworkSpec>;

/** Arcs in an order that depends on nothing. */
function randomArcs(space: "macro" | "micro", count: number): readonly Arc[] {
  const sampler = space === "macro"
    ? new RandomMacroSampler(6, {}, new Random(3))
    : new RandomMicroSampler(3, new Random(3));
  return sampler.sample(count).arcs;
}

/** A trainer of the shared weights. */
function makeTrainer(gpu: GpuBackend, space: "macro" | "micro", images: ImageBytes) {
  const options: TrainerOptions = {
    batchSize: IMAGES,
    stepsPerEpoch: 0,
    keepProbability: 0.9,
    l2: 1e-4,
    l2Mode: "released",
    momentum: 0.9,
    gradientClip: 5,
    gradientClipMode: "global",
    cutout: 0,
    augment: { pad: 1, crop: true, flip: true },
  };
  const network = createNetwork(gpu, SPECS[space], new Random(1), null);
  const indices = Uint32Array.from({ length: IMAGES }, (_, image) => image);
  return new ChildTrainer(network, images, indices, options, new Random(2));
}

function makeImages(gpu: GpuBackend): ImageBytes {
  const random = new Random(5);
  const bytes = Uint8Array.from(
    { length: IMAGES * SIDE * SIDE * 3 },
    () => random.integer(256),
  );
  const labels = Uint8Array.from({ length: IMAGES }, (_, image) => image % 10);
  const moments = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3] };
  return new ImageBytes(gpu, bytes, labels, [IMAGES, SIDE, SIDE, 3], moments);
}

for (const space of ["macro", "micro"] as const) {
  for (const loadPath of ["storage", "texture"] as const) {
    Deno.test(`200 random children of the ${space} space take no more memory than the largest one (${loadPath})`, async () => {
      const gpu = new RehearsalBackend({ tileSet: "subgroup", loadPath });
      const trainer = makeTrainer(gpu, space, makeImages(gpu));
      for (const arc of randomArcs(space, 200)) await trainer.step(arc, 0.01);
      const { peakBytes, largestSubmit: { lasting, places, textures } } = gpu.memory.use();
      const largest = lasting + places + textures;
      // A free buffer may be an eighth larger than what it holds.
      assert.ok(peakBytes < 1.1 * largest, `${peakBytes} instead of ${largest} bytes`);
    });
  }

  /** The bits of all weights after a step on each of some children. */
  const train = async (gpu: GpuBackend) => {
    const images = makeImages(gpu);
    const trainer = makeTrainer(gpu, space, images);
    for (const arc of randomArcs(space, 4)) await trainer.step(arc, 0.05);
    const values = await trainer.network.weights.values();
    trainer.network.dispose();
    images.dispose();
    assertNoLiveBuffers(gpu);
    await gpu.close();
    return values;
  };

  Deno.test(`places that tensors share change no bit of a ${space} network`, async () => {
    /** Every dispatch is a submit of its own, so that no tensor shares a place with another. */
    class HastyBackend extends GpuBackend {
      override run: GpuBackend["run"] = (...dispatch) => {
        super.run(...dispatch);
        this.submit();
      };
    }
    const open = (loadPath: LoadPath) => GpuBackend.open({ loadPath });
    const alone = await train(new HastyBackend(await openDevice(), { loadPath: "storage" }));
    assert.deepEqual(await train(await open("storage")), alone);
    assert.deepEqual(await train(await open("texture")), alone);
  });
}
