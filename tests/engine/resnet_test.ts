/** The network of docs/engine.md learns as the same one does in PyTorch. */
import assert from "node:assert/strict";
import { resnetParameters, step } from "../../docs/examples/resnet.ts";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { elementCount, type Shape } from "../../engine/shape.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import golden from "../golden/resnet_losses.json" with { type: "json" };
import { assertClose, assertNoLiveBuffers } from "./helpers.ts";

const [N, SIDE, CHANNELS, CLASSES] = [8, 12, 3, 10];

/** The formula of every array, as in tests/golden/make_resnet_losses.py. */
function wave(shape: Shape, seed: number, scale: number, offset = 0): Float64Array {
  return Float64Array.from(
    { length: elementCount(shape) },
    (_, i) => offset + scale * Math.sin(seed + i * i % 1021),
  );
}

/** The losses of as many steps as the golden file has. */
async function losses(backend: Backend): Promise<number[]> {
  const specs = resnetParameters(CHANNELS, CLASSES);
  const weights = new ParameterStore(backend, specs, new Random(1));
  specs.forEach(({ name, shape, role }, k) => {
    const fan = elementCount(shape) / shape[shape.length - 1];
    const scale = role === undefined ? Math.sqrt(2 / fan) : 0.1;
    weights.set(name, wave(shape, k, scale, role === "scale" ? 1 : 0));
  });
  // PyTorch's weight_decay 5e-4 adds 5e-4·w to each gradient, `l2` adds 2·l2·w.
  const sgd = new Sgd(weights, { momentum: 0.9, nesterov: false, l2: 2.5e-4, clip: 0 });
  const shape = [N, SIDE, SIDE, CHANNELS];
  const images = backend.fromArray(wave(shape, 100, 1), shape);
  const labels = backend.fromArray(
    Array.from({ length: N }, (_, i) => i * 3 % CLASSES),
    [N],
    "u32",
  );
  const found: number[] = [];
  for (let i = 0; i < golden.losses.length; i++) {
    found.push(...await step(sgd, images, labels, 0.05));
  }
  for (const tensor of [images, labels]) backend.release(tensor);
  weights.dispose();
  return found;
}

Deno.test("the ResNet of docs/engine.md on the cpu has the losses of PyTorch", async () => {
  assertClose("loss", await losses(new CpuBackend()), golden.losses, { rtol: 1e-7 });
});

Deno.test("the ResNet of docs/engine.md on the gpu has the losses of PyTorch", async () => {
  const gpu = await GpuBackend.open();
  assertClose("loss", await losses(gpu), golden.losses, { rtol: 2e-3 });
  assertNoLiveBuffers(gpu);
  await gpu.close();
});

Deno.test("docs/engine.md shows the ResNet that is tested, in sixty lines of code", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/engine.md", import.meta.url));
  const file = await Deno.readTextFile(new URL("../../docs/examples/resnet.ts", import.meta.url));
  assert.ok(page.includes("```ts\n" + file + "```"));
  const code = file.split("\n").filter((line) => !/^\s*($|\/\*\*)/.test(line));
  assert.ok(code.length <= 60, `${code.length} lines`);
});
