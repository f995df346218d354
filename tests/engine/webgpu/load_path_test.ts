import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import type { TileSet } from "../../../engine/webgpu/target.ts";
import { type LoadPath, loadsAsTextures } from "../../../engine/webgpu/load_path.ts";
import { defineKernel, wgslText } from "../../../engine/webgpu/kernel.ts";
import { batchNorm, conv2d, relu } from "../../../engine/ops/mod.ts";
import { elementCount, type Shape } from "../../../engine/shape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { assertNoLiveBuffers, exactNormals } from "../helpers.ts";
import { TILE_SETS } from "../tile_sets.ts";

const load = (name: string, index: string) =>
  `textureLoad(${name}, texel_of(params.base_${name} + ${index}), 0)`;

const REWRITES: Record<string, [before: string, after: string]> = {
  "a plain index": ["let a = x[3u];", `let a = ${load("x", "3u")};`],
  "an index with brackets": ["x[offsets[i] + 1u].y", `${load("x", "offsets[i] + 1u")}.y`],
  "an index that loads itself": [
    "x[u32(x[u32(x[i].x)].y)]",
    load("x", `u32(${load("x", `u32(${load("x", "i")}.x)`)}.y)`),
  ],
  "two loads of a line": ["x[0] + x[1] * 2.0", `${load("x", "0")} + ${load("x", "1")} * 2.0`],
  "other names": ["dx[0] = x_1[0] + xx[1];", "dx[0] = x_1[0] + xx[1];"],
};
for (const [name, [before, after]] of Object.entries(REWRITES)) {
  Deno.test(`loadsAsTextures() rewrites ${name}`, () => {
    assert.equal(loadsAsTextures(before, ["x"]), after);
  });
}

Deno.test("loadsAsTextures() rewrites several arrays inside each other and no other one", () => {
  const text = "x[u32(w[plain[0]].x)]";
  assert.equal(
    loadsAsTextures(text, ["x", "w"]),
    load("x", `u32(${load("w", "plain[0]")}.x)`),
  );
  assert.equal(loadsAsTextures(text, []), text);
});

Deno.test("wgslText() declares bindings and parameters, and streams as textures where they are", () => {
  const spec = defineKernel({
    name: "streams",
    source: "fn read(i: u32) -> vec4f { return x[i] + vec4f(gamma[i]); }",
    bindings: { gamma: "read f32", x: "stream", y: "read_write vec4u" },
    params: { count: "u32" },
  });
  const lines = (loadPath: LoadPath) => wgslText(spec, {}, loadPath).split("\n");
  const gamma = "@group(0) @binding(0) var<storage, read> gamma: array<f32>;";
  const y = "@group(0) @binding(2) var<storage, read_write> y: array<vec4u>;";
  const storage = lines("storage");
  const x = "@group(0) @binding(1) var<storage, read> x: array<vec4f>;";
  for (const line of [gamma, x, y, spec.source]) assert.ok(storage.includes(line), line);
  assert.ok(!storage.some((line) => line.includes("base_x")));
  const texture = lines("texture");
  const texel = "@group(0) @binding(1) var x: texture_2d<f32>;";
  for (const line of [gamma, texel, y, "  base_x: u32,"]) assert.ok(texture.includes(line), line);
  assert.ok(texture.includes(spec.source.replace("x[i]", load("x", "i"))));
});

/** Outputs and gradients of a convolution and a batch norm behind it. */
async function step(loadPath: LoadPath, tileSet: TileSet) {
  const gpu = await GpuBackend.open({ loadPath, tileSet });
  assert.equal(gpu.target.loadPath, loadPath);
  // x has 3528 vec4s: more than one row of a texture, and no whole number of rows.
  const shapes = [[2, 21, 21, 13], [3, 3, 13, 10], [10], [10]];
  const reads = gpu.scope(() => {
    const make = (shape: Shape, seed: number) =>
      gpu.fromArray(exactNormals(elementCount(shape), seed), shape);
    const [x, w, gamma, beta] = shapes.map(make);
    const into = (inputs: readonly Tensor[]) => (index: number) =>
      gpu.allocate(inputs[index].shape);
    const point = { stride: 1, shift: 0 };
    const normal = { epsilon: 1e-5, relu: true };
    const { outputs: [a] } = gpu.forward(conv2d, [x, w], point);
    const { outputs } = gpu.forward(batchNorm, [a, gamma, beta], normal);
    const context = { saved: [], needs: [true, true, true] };
    const behind = gpu.backward(batchNorm, [make(a.shape, 9), null, null], {
      ...context,
      inputs: [a, gamma, beta],
      outputs,
      attributes: normal,
      into: into([a, gamma, beta]),
    });
    const before = gpu.backward(conv2d, [behind[0]], {
      ...context,
      inputs: [x, w],
      outputs: [a],
      attributes: point,
      into: into([x, w]),
    });
    return [a, ...outputs, ...behind, ...before].map((tensor) => gpu.read(tensor!));
  });
  gpu.submit();
  const values = await Promise.all(reads);
  assertNoLiveBuffers(gpu);
  await gpu.close();
  return values;
}

for (const tileSet of TILE_SETS) {
  Deno.test(`a step gives equal bits through textures and buffers (${tileSet})`, async () => {
    const storage = await step("storage", tileSet);
    assert.ok(storage.every((values) => values.some((value) => value !== 0)));
    assert.deepEqual(await step("texture", tileSet), storage);
  });
}

Deno.test("a texture shows what was written, copied, cleared and computed since it was made", async () => {
  const gpu = await GpuBackend.open({ loadPath: "texture" });
  const [x, other] = [gpu.fromArray([1, -2, 3], [3]), gpu.fromArray([7, -8, 9], [3])];
  const reads: Promise<Float64Array>[] = [];
  const rectify = () => {
    const { outputs: [y] } = gpu.forward(relu, [x], {});
    reads.push(gpu.read(y));
    gpu.release(y);
  };
  rectify();
  gpu.write(x, [4, 5, -6]);
  rectify();
  gpu.queue.copy(other.gpu, x.gpu, 16);
  rectify();
  gpu.queue.clear(x.gpu);
  rectify();
  gpu.accumulate([other, other], x);
  rectify();
  gpu.submit();
  const found = await Promise.all(reads);
  assert.deepEqual(found.map((values) => [...values]), [
    [1, 0, 3],
    [4, 5, 0],
    [7, 0, 9],
    [0, 0, 0],
    [14, 0, 18],
  ]);
  gpu.release(x);
  gpu.release(other);
  assertNoLiveBuffers(gpu);
  await gpu.close();
});
