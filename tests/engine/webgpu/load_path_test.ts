import assert from "node:assert/strict";
import { GpuBackend, type TileSet } from "../../../engine/webgpu/gpu_backend.ts";
import { type LoadPath, streamNames, streamsAsTextures } from "../../../engine/webgpu/load_path.ts";
import { batchNorm, conv2d, relu } from "../../../engine/ops/mod.ts";
import { elementCount, type Shape } from "../../../engine/shape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { assertNoLiveBuffers, exactNormals } from "../helpers.ts";
import { TILE_SETS } from "../tile_sets.ts";

const declared = (binding: number, name: string) =>
  `@group(0) @binding(${binding}) var<storage, read> ${name}: array<vec4f>;`;
const texture = (binding: number, name: string) =>
  `@group(0) @binding(${binding}) var ${name}: texture_2d<f32>;`;
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
  Deno.test(`streamsAsTextures() rewrites ${name}`, () => {
    assert.equal(
      streamsAsTextures(`${declared(2, "x")}\n${before}`, [2]),
      `${texture(2, "x")}\n${after}`,
    );
  });
}

Deno.test("streamsAsTextures() rewrites several streams inside each other and no other binding", () => {
  const text = [declared(0, "x"), declared(1, "w"), declared(3, "plain"), "x[u32(w[plain[0]].x)]"];
  assert.equal(
    streamsAsTextures(text.join("\n"), [0, 1]),
    [
      texture(0, "x"),
      texture(1, "w"),
      declared(3, "plain"),
      load("x", `u32(${load("w", "plain[0]")}.x)`),
    ].join("\n"),
  );
  assert.equal(streamsAsTextures(text.join("\n"), []), text.join("\n"));
});

Deno.test("streamNames() refuses a binding that is no read-only array of vec4f", () => {
  assert.deepEqual(streamNames(`${declared(1, "b")}\n${declared(0, "a")}`, [0, 1]), ["a", "b"]);
  for (const type of ["array<f32>", "array<vec4u>"]) {
    const text = declared(0, "x").replace("array<vec4f>", type);
    assert.throws(() => streamNames(text, [0]), {
      name: "ShaderError",
      message: /Expected binding 0 to be declared as a read-only array<vec4f>/,
      source: text,
    });
  }
});

/** Outputs and gradients of a convolution and a batch norm behind it. */
async function step(loadPath: LoadPath, tileSet: TileSet) {
  const gpu = await GpuBackend.open({ loadPath, tileSet });
  assert.equal(gpu.loadPath, loadPath);
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
