/** What callers of the engine get wrong is named; nothing of it computes a number. */
import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { ShapeError } from "../../engine/errors.ts";
import { ImageBytes } from "../../engine/image_bytes.ts";
import {
  conv2d,
  depthwiseConv2d,
  globalAvgPool,
  matmul,
  OPS,
  relu,
  softmaxCrossEntropy,
  sum,
} from "../../engine/ops/mod.ts";
import { Tape } from "../../engine/tape.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { assertNoLiveBuffers } from "./helpers.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();

function refuses(action: () => unknown, message: string): void {
  assert.throws(action, (error: Error) => {
    assert.ok(error instanceof ShapeError, String(error));
    assert.equal(error.message, message);
    return true;
  });
}

for (const backend of [cpu, gpu] satisfies Backend[]) {
  const { kind } = backend;

  Deno.test(`every op on the ${kind} refuses inputs of another number or type`, () => {
    for (const op of OPS) {
      if (kind === "gpu" && op.gpu === null) continue;
      const { shapes, attributes } = op.cases[0];
      const types = shapes.map((_, i) => op.inputTypes?.[i] ?? "f32");
      const inputs = shapes.map((shape, i) => backend.allocate(shape, types[i]));
      const apply = (tensors: typeof inputs) => new Tape(backend).apply(op, tensors, attributes);
      const named = { name: "ShapeError", message: new RegExp(`^${op.name}\\(\\) expects `) };
      assert.throws(() => apply([]), named, `${op.name} without inputs`);
      for (const [i, type] of types.entries()) {
        const other = backend.allocate(shapes[i], type === "f32" ? "u32" : "f32");
        const wrong = inputs.with(i, other);
        assert.throws(() => apply(wrong), named, `${op.name} with another type of input ${i}`);
        const missing = inputs.with(i, undefined as never);
        assert.throws(() => apply(missing), named, `${op.name} without input ${i}`);
        backend.release(other);
      }
      if (!op.inputs.at(-1)!.startsWith("...")) {
        assert.throws(() => apply([...inputs, inputs[0]]), named, `${op.name} with one more input`);
      }
      for (const input of inputs) backend.release(input);
    }
    assertNoLiveBuffers(gpu);
  });

  Deno.test(`labels that are no u32 are refused on the ${kind}`, () => {
    const logits = backend.fromArray([1, 2], [1, 2]);
    const labels = backend.fromArray([1], [1]);
    refuses(
      () => new Tape(backend).apply(softmaxCrossEntropy, [logits, labels], {}),
      "softmax_cross_entropy() expects labels of type u32 but found f32; give fromArray() the type " +
        '"u32"',
    );
    for (const tensor of [logits, labels]) backend.release(tensor);
  });

  Deno.test(`fromArray() and write() on the ${kind} take one value for each element`, () => {
    const message = "Expected 6 values for shape [2,3] but found 5";
    refuses(() => backend.fromArray([1, 2, 3, 4, 5], [2, 3]), message);
    const x = backend.allocate([2, 3]);
    refuses(() => backend.write(x, [1, 2, 3, 4, 5]), message);
    backend.release(x);
    for (const value of [-1, 0.5, NaN, 2 ** 32]) {
      refuses(
        () => backend.fromArray([0, value], [2], "u32"),
        `Expected whole numbers from 0 to 4294967295 in a tensor of type u32 but found ${value} at 1`,
      );
    }
    assertNoLiveBuffers(gpu);
  });

  Deno.test(`there are no empty tensors on the ${kind}`, () => {
    for (const extent of [0, -1, 1.5, NaN]) {
      const message = "Expected extents that are positive whole numbers but found shape " +
        `[2,${extent}]; there are no empty tensors`;
      refuses(() => backend.allocate([2, extent]), message);
      refuses(() => backend.fromArray([], [2, extent]), message);
    }
    assertNoLiveBuffers(gpu);
  });

  Deno.test(`a tape on the ${kind} is walked once, and watches before it applies`, () => {
    backend.scope(() => {
      const x = backend.fromArray([1, 2], [2]);
      const early = new Tape(backend);
      early.apply(relu, [x], {});
      refuses(
        () => early.watch(x, backend.allocate([2])),
        "watch() expects a tensor that no op has read but found [2], which relu() read before; " +
          "call watch() before apply()",
      );
      const w = backend.fromArray([1], [1]);
      const tape = new Tape(backend);
      tape.watch(w, backend.allocate([1]));
      const unwatched = backend.fromArray([1], [1]);
      const [loss] = tape.apply(relu, [w], {});
      refuses(
        () => new Tape(backend).backward(unwatched),
        "backward() expects a loss that depends on a watched tensor but found one that none has " +
          "part in; call watch() before apply()",
      );
      tape.backward(loss);
      for (const again of [() => tape.backward(w), () => tape.apply(sum, [w], {})]) {
        assert.throws(again, {
          name: "ShapeError",
          message:
            /^(backward|apply)\(\) expects a tape that was not walked back but found backward/,
        });
      }
    });
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("labels that are no class are an error on the cpu, and a loss and gradient of NaN on the gpu", async () => {
  const run = async (backend: Backend) => {
    const pending = backend.scope(() => {
      const logits = backend.fromArray([1, 2, 3, 4, 5, 6], [2, 3]);
      const labels = backend.fromArray([0, 3], [2], "u32");
      const gradient = backend.fromArray(new Float64Array(6), [2, 3]);
      const tape = new Tape(backend);
      tape.watch(logits, gradient);
      const [loss] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
      tape.keep(loss);
      tape.backward(loss);
      return [backend.read(loss), backend.read(gradient)];
    });
    backend.submit();
    return await Promise.all(pending);
  };
  await assert.rejects(run(cpu), {
    name: "ShapeError",
    message:
      "softmax_cross_entropy() expects labels that are whole numbers from 0 to 2 but found 3 at 1",
  });
  const [loss, gradient] = await run(gpu);
  assert.deepEqual([...loss], [NaN]);
  assert.deepEqual([...gradient].map(Number.isNaN), [false, false, false, true, true, true]);
  assertNoLiveBuffers(gpu);
});

Deno.test("labels of a data set are held against its classes where they are uploaded", () => {
  const moments = { mean: [0], std: [1] };
  const upload = () =>
    new ImageBytes(cpu, new Uint8Array(3), Uint8Array.of(0, 9, 10), [3, 1, 1, 1], moments, 10);
  refuses(upload, "Expected labels from 0 to 9 but found 10 at image 2");
});

Deno.test("a loss on the number of hits has no gradient", () => {
  for (const backend of [cpu, gpu]) {
    backend.scope(() => {
      const logits = backend.fromArray([1, 2], [1, 2]);
      const labels = backend.fromArray([1], [1], "u32");
      const tape = new Tape(backend);
      tape.watch(logits, backend.allocate([1, 2]));
      tape.backward(tape.apply(softmaxCrossEntropy, [logits, labels], {})[1]);
    });
  }
  assertNoLiveBuffers(gpu);
});

Deno.test("loops that a software adapter would end early are refused by the ops that do not split them", () => {
  gpu.scope(() => {
    const pixels = gpu.allocate([1, 1, 1, 90_000]);
    const weight = gpu.allocate([3, 3, 90_000, 1]);
    refuses(
      () => new Tape(gpu).apply(conv2d, [pixels, weight], { stride: 1, shift: 0 }),
      "conv2d() expects at most 86666 input channels with this kernel but found 90000",
    );
    const row = gpu.allocate([1, 1, 65_001, 1]);
    const kernel = gpu.allocate([1, 1, 1]);
    const tape = new Tape(gpu);
    tape.watch(kernel, gpu.allocate([1, 1, 1]));
    const [y] = tape.apply(depthwiseConv2d, [row, kernel], { stride: 1 });
    const [pooled] = tape.apply(globalAvgPool, [y], {});
    const [loss] = tape.apply(matmul, [pooled, gpu.allocate([1, 1])], {});
    refuses(
      () => tape.backward(loss),
      "depthwise_conv2d() expects at most 65000 output pixels in a row where weights train but found " +
        "65001",
    );
  });
});
