import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { ShapeError } from "../../engine/errors.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import type { Op } from "../../engine/op.ts";
import {
  avgPool,
  batchNorm,
  conv2d,
  globalAvgPool,
  matmul,
  maxPool,
  multiply,
  relu,
  reshape,
  scale,
  softmaxCrossEntropy,
  sum,
} from "../../engine/ops/mod.ts";
import { Random } from "../../engine/random.ts";
import { elementCount, type Shape } from "../../engine/shape.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import {
  assertClose,
  assertNear,
  assertNoLiveBuffers,
  dot,
  exactNormals,
  finiteDifference,
  normalGenerator,
} from "./helpers.ts";
import { weightedTotal } from "../../nas/strategy/controller/ops/weighted_total.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const POINT = { stride: 1, shift: 0 };

const IMAGE: Shape = [2, 4, 5, 3];
/** Leaves of a random graph: an image, two convolutions' weights, scale and offset. */
const LEAVES: readonly Shape[] = [IMAGE, [1, 1, 3, 3], [1, 1, 3, 3], [3], [3]];
const COUNTS = LEAVES.map(elementCount);

/** Records 20 ops on randomly chosen earlier results, and a loss over all that nobody used. */
function recordRandomGraph(tape: Tape, leaves: readonly Tensor[], seed: number): Tensor {
  const random = new Random(seed);
  const [image, first, second, gamma, beta] = leaves;
  const results = [image];
  const unused = new Set<Tensor>();
  const pick = () => {
    const found = results[Math.max(0, results.length - 1 - random.integer(6))];
    unused.delete(found);
    return found;
  };
  for (let i = 0; i < 20; i++) {
    const [y] = [
      () => tape.apply(conv2d, [pick(), random.integer(2) === 0 ? first : second], POINT),
      () => tape.apply(relu, [pick()], {}),
      () => tape.apply(sum, [pick(), pick()], {}),
      () => tape.apply(batchNorm, [pick(), gamma, beta], { epsilon: 1e-2, relu: i % 2 === 0 }),
      () => tape.apply([avgPool, maxPool][random.integer(2)], [pick()], { size: 3, stride: 1 }),
    ][random.integer(5)]();
    results.push(y);
    unused.add(y);
  }
  const [total] = tape.apply(sum, [...unused], {});
  const [pooled] = tape.apply(globalAvgPool, [total], {});
  const labels = tape.backend.fromArray([2, 0], [2], "u32");
  const [loss] = tape.apply(softmaxCrossEntropy, [pooled, labels], {});
  return loss;
}

/** Loss and gradient of a random graph with respect to all its leaves, joined. */
async function runRandomGraph(backend: Backend, values: Float64Array, seed: number) {
  let at = 0;
  return await runScoped(backend, () => {
    const leaves = LEAVES.map((shape, k) =>
      backend.fromArray(values.subarray(at, at += COUNTS[k]), shape)
    );
    const gradients = LEAVES.map((shape, k) =>
      backend.fromArray(new Float64Array(COUNTS[k]), shape)
    );
    const tape = new Tape(backend);
    leaves.forEach((leaf, k) => tape.watch(leaf, gradients[k]));
    const loss = tape.keep(recordRandomGraph(tape, leaves, seed));
    tape.backward(loss);
    return [loss, ...gradients];
  });
}

/** Records `body` and reads the tensors that it returns; all else is released. */
async function runScoped(backend: Backend, body: () => Tensor[]): Promise<Float64Array[]> {
  const pending = backend.scope(() => body().map((tensor) => backend.read(tensor)));
  backend.submit();
  return await Promise.all(pending);
}

function join(arrays: readonly Float64Array[]): Float64Array {
  return Float64Array.from(arrays.flatMap((values) => [...values]));
}

for (let seed = 1; seed <= 12; seed++) {
  Deno.test(`backward() gives the gradient of a random graph of 20 ops (seed ${seed})`, async () => {
    const values = exactNormals(COUNTS.reduce((a, b) => a + b), seed);
    const [loss, ...gradients] = await runRandomGraph(cpu, values, seed);
    const gradient = join(gradients);
    const norm = Math.sqrt(dot(gradient, gradient));
    assert.ok(norm > 1e-6, `gradient of norm ${norm}`);

    const lossAt = (point: Float64Array) => {
      let at = 0;
      const leaves = LEAVES.map((shape, k) =>
        cpu.fromArray(point.subarray(at, at += COUNTS[k]), shape)
      );
      return recordRandomGraph(new Tape(cpu), leaves, seed).cpu[0];
    };
    const random = normalGenerator(seed + 100);
    for (let d = 0; d < 3; d++) {
      const direction = values.map(random);
      assertClose(
        `derivative ${d}`,
        [dot(gradient, direction)],
        [finiteDifference(lossAt, values, direction, 1e-6)],
        { rtol: 1e-5, atol: 1e-5 * norm },
      );
    }

    const [gpuLoss, ...gpuGradients] = await runRandomGraph(gpu, values, seed);
    // A small loss is what remains where logits of up to 30 cancel: the error is absolute.
    assertClose("loss on the gpu", gpuLoss, loss, { rtol: 1e-5, atol: 2e-6 });
    assertNear("gradient on the gpu", join(gpuGradients), gradient, 1e-3);
    assertNoLiveBuffers(gpu);
  });
}

for (const backend of [cpu, gpu] satisfies Backend[]) {
  /** Records on watched `x` and returns the gradient that `backward()` wrote. */
  const gradientOf = async (
    values: readonly number[],
    record: (tape: Tape, x: Tensor) => Tensor,
  ): Promise<number[]> => {
    const [gradient] = await runScoped(backend, () => {
      const x = backend.fromArray(values, [values.length]);
      // What was there before must not count.
      const gradient = backend.fromArray(values.map(() => 99), x.shape);
      const tape = new Tape(backend);
      tape.watch(x, gradient);
      tape.backward(record(tape, x));
      return [gradient];
    });
    assertNoLiveBuffers(gpu);
    return [...gradient];
  };

  Deno.test(`backward() on the ${backend.kind} accumulates over every use of a tensor`, async () => {
    // loss = Σ (x + x + relu(x)); dy/dx = 2 + (x > 0)
    const found = await gradientOf([3], (tape, x) => {
      const [positive] = tape.apply(relu, [x], {});
      return tape.apply(sum, [x, x, positive], {})[0];
    });
    assert.deepEqual(found, [3]);
  });

  Deno.test(`backward() on the ${backend.kind} accumulates over more uses than one kernel adds`, async () => {
    const found = await gradientOf([3], (tape, x) => {
      const uses = Array.from({ length: 17 }, () => tape.apply(relu, [x], {})[0]);
      return tape.apply(sum, uses, {})[0];
    });
    assert.deepEqual(found, [17]);
  });

  Deno.test(`backward() on the ${backend.kind} overwrites the gradient of a tensor used once`, async () => {
    assert.deepEqual(await gradientOf([3], (tape, x) => tape.apply(relu, [x], {})[0]), [1]);
    assert.deepEqual(await gradientOf([3], (tape, x) => tape.apply(sum, [x], {})[0]), [1]);
    assert.deepEqual(await gradientOf([3], (_, x) => x), [1]);
  });

  Deno.test(`backward() on the ${backend.kind} passes over a branch that the loss does not use`, async () => {
    const found = await gradientOf([3], (tape, x) => {
      const [dead] = tape.apply(relu, [x], {});
      tape.apply(sum, [dead, x], {});
      return tape.apply(relu, [x], {})[0];
    });
    assert.deepEqual(found, [1]);
  });

  for (const uses of [1, 2]) {
    Deno.test(`backward() on the ${backend.kind} writes the gradient of an activation used ${uses} times`, async () => {
      const [dx, da] = await runScoped(backend, () => {
        const x = backend.fromArray([3], [1]);
        const [dx, da] = [backend.fromArray([99], [1]), backend.fromArray([99], [1])];
        const tape = new Tape(backend);
        tape.watch(x, dx);
        const [a] = tape.apply(sum, [x, x], {});
        tape.watch(a, da);
        tape.backward(tape.apply(sum, Array(uses).fill(a), {})[0]);
        return [dx, da];
      });
      assert.deepEqual([dx[0], da[0]], [2 * uses, uses]);
      assertNoLiveBuffers(gpu);
    });
  }

  Deno.test(`watch() on the ${backend.kind} adds to what the gradient holds, where asked to`, async () => {
    const [dw, da, dead] = await runScoped(backend, () => {
      const w = backend.fromArray([2, -1], [2]);
      const [dw, da, dead] = [0, 0, 0].map(() => backend.fromArray([10, 10], [2]));
      for (const factor of [1, 0.5]) {
        const tape = new Tape(backend);
        tape.watch(w, dw, { add: true });
        // Three uses, one of them on a branch that the loss does not read.
        const [a] = tape.apply(multiply, [w, w], {});
        tape.watch(a, da, { add: true });
        const unread = tape.apply(relu, [w], {})[0];
        tape.watch(unread, dead, { add: true });
        const [row] = tape.apply(reshape, [a], { shape: [1, 2] });
        const [total] = tape.apply(matmul, [row, backend.fromArray([1, 1], [2, 1])], {});
        tape.backward(tape.apply(scale, [total], { factor })[0]);
      }
      return [dw, da, dead];
    });
    // d(w²)/dw = 2w, one and a half times.
    assert.deepEqual([[...dw], [...da], [...dead]], [[16, 7], [11.5, 11.5], [10, 10]]);
    assertNoLiveBuffers(gpu);
  });

  Deno.test(`used() on the ${backend.kind} tells apart what took part, and backward() leaves the rest`, async () => {
    const [dx, du] = await runScoped(backend, () => {
      const [x, unused] = [backend.fromArray([3], [1]), backend.fromArray([3], [1])];
      const [dx, du] = [backend.fromArray([99], [1]), backend.fromArray([99], [1])];
      const tape = new Tape(backend);
      tape.watch(x, dx);
      tape.watch(unused, du);
      tape.backward(tape.apply(relu, [x], {})[0]);
      assert.deepEqual([tape.used(x), tape.used(unused)], [true, false]);
      return [dx, du];
    });
    assert.deepEqual([dx[0], du[0]], [1, 99]);
  });
}

/** `conv2d` that notes which gradients it was asked for. */
function spying(seen: boolean[][]): Op {
  return {
    ...conv2d,
    gpu: {
      forward: conv2d.gpu!.forward,
      backward(gpu, dys, context) {
        seen.push([...context.needs]);
        return conv2d.gpu!.backward(gpu, dys, context);
      },
    },
  };
}

Deno.test("backward() asks no gradient of a tensor that nobody watches", () => {
  const seen: boolean[][] = [];
  gpu.scope(() => {
    const x = gpu.fromArray(exactNormals(120, 1), IMAGE);
    const w = gpu.fromArray(exactNormals(9, 2), LEAVES[1]);
    // Nobody watches scale and offset either; batch_norm computes their gradients all the same.
    const [gamma, beta] = [gpu.fromArray([1, 1, 1], [3]), gpu.fromArray([0, 0, 0], [3])];
    const labels = gpu.fromArray([2, 0], [2], "u32");
    const tape = new Tape(gpu);
    tape.watch(w, gpu.allocate(w.shape));
    const [a] = tape.apply(spying(seen), [x, w], POINT);
    const [b] = tape.apply(batchNorm, [a, gamma, beta], { epsilon: 1e-3, relu: true });
    const [c] = tape.apply(spying(seen), [b, w], POINT);
    const [pooled] = tape.apply(globalAvgPool, [c], {});
    const live = gpu.memory.use().liveBuffers;
    tape.backward(tape.apply(softmaxCrossEntropy, [pooled, labels], {})[0]);
    assert.ok(gpu.memory.use().liveBuffers < live, "activations are released on the way");
    // x, w, its gradient, scale, offset and labels.
    assert.equal(gpu.memory.use().liveBuffers, 6, "unwanted gradients are released at once");
  });
  assert.deepEqual(seen, [[true, true], [false, true]]);
  assertNoLiveBuffers(gpu);
});

Deno.test("drop() frees at once what is not recorded, and leaves what is", () => {
  gpu.scope(() => {
    const x = gpu.fromArray([1, 2, 3], [3]);
    const live = () => gpu.memory.use().liveBuffers;
    const tape = new Tape(gpu);
    const [free] = tape.apply(relu, [x], {});
    const before = live();
    tape.drop(free);
    assert.equal(live(), before - 1);

    const w = gpu.fromArray([1, 2, 3], [3]);
    tape.watch(w, gpu.allocate([3]));
    const [recorded] = tape.apply(relu, [w], {});
    const after = live();
    tape.drop(recorded);
    assert.equal(live(), after);
  });
  assertNoLiveBuffers(gpu);
});

Deno.test("apply() without a watched tensor keeps no scratch memory of the op", () => {
  const tape = new Tape(gpu);
  const x = gpu.fromArray(exactNormals(120, 1), IMAGE);
  const [y] = tape.apply(maxPool, [x], { size: 3, stride: 1 });
  assert.equal(gpu.memory.use().liveBuffers, 2);
  tape.drop(y);
  gpu.release(x);
  assertNoLiveBuffers(gpu);
});

Deno.test("keep() lets an activation outlive backward()", async () => {
  const [kept] = await runScoped(gpu, () => {
    const x = gpu.fromArray([3], [1]);
    const tape = new Tape(gpu);
    tape.watch(x, gpu.allocate([1]));
    const a = tape.keep(tape.apply(sum, [x, x], {})[0]);
    tape.backward(tape.apply(relu, [a], {})[0]);
    return [a];
  });
  assert.deepEqual([...kept], [6]);
  assertNoLiveBuffers(gpu);
});

Deno.test("backward() refuses a loss of more than one element", () => {
  const tape = new Tape(cpu);
  assert.throws(() => tape.backward(cpu.allocate([2])), {
    name: "ShapeError",
    message: "backward() expects a loss of one element but found shape [2]",
  });
});

Deno.test("watch() refuses a gradient of another shape", () => {
  const tape = new Tape(cpu);
  assert.throws(() => tape.watch(cpu.allocate([2]), cpu.allocate([1, 2])), {
    name: "ShapeError",
    message: "watch() expects a gradient of shape [2] but found [1,2]",
  });
});

Deno.test("apply() checks shapes before anything runs", () => {
  const refused: [op: Op, shapes: Shape[], attributes: unknown, message: RegExp][] = [
    [conv2d, [[1, 4, 4], [1, 1, 3, 3]], POINT, /conv2d\(\) expects x of rank 4 .*\[1,4,4\]/],
    [conv2d, [IMAGE, [1, 1, 4, 3]], POINT, /weight with 3 input channels.*\[1,1,4,3\]/],
    [conv2d, [IMAGE, [2, 3, 3, 3]], POINT, /square kernel of side 1 to 11 .*\[2,3,3,3\]/],
    [conv2d, [IMAGE, [12, 12, 3, 3]], POINT, /square kernel of side 1 to 11 .*\[12,12,3,3\]/],
    [conv2d, [IMAGE, [3, 3, 3, 3]], { stride: 3, shift: 0 }, /stride 1 or 2 but found 3/],
    [conv2d, [IMAGE, [1, 1, 3, 3]], { stride: 1, shift: 1 }, /shift 0, or 1 with stride 2/],
    [batchNorm, [IMAGE, [4], [3]], { epsilon: 0, relu: false }, /shape \[3\].*found \[4\]/],
    [sum, [[2], [3]], {}, /tensors of one shape but found \[2\] and \[3\]/],
    [sum, [], {}, /sum\(\) expects at least 1 input \(\.\.\.x\) but found 0/],
    [softmaxCrossEntropy, [[2, 3], [3]], {}, /a label for each of 2 rows but found \[3\]/],
    [maxPool, [IMAGE], { size: 3, stride: 4 }, /max_pool\(\) expects stride 1, 2 or 3 but found 4/],
    [weightedTotal, [[2]], { coefficients: [] }, /coefficients for 1 inputs but found 0/],
  ];
  for (const [op, shapes, attributes, message] of refused) {
    const tape = new Tape(gpu);
    const inputs = shapes.map((shape, i) => gpu.allocate(shape, op.inputTypes?.[i]));
    assert.throws(() => tape.apply(op, inputs, attributes), (error: Error) => {
      assert.ok(error instanceof ShapeError, `${op.name}: ${error}`);
      assert.match(error.message, message);
      return true;
    });
    for (const input of inputs) gpu.release(input);
    assertNoLiveBuffers(gpu);
  }
});

Deno.test("backward() adds up what products and a sum give one matrix, as its factor on either side", () => {
  const values = exactNormals(16, 3);
  const record = (tape: Tape, w: Tensor) => {
    const product = (a: Tensor, b: Tensor) => tape.apply(matmul, [a, b], {})[0];
    const left = cpu.fromArray(exactNormals(16, 4), [4, 4]);
    const [mixed] = tape.apply(sum, [product(product(left, w), w), w], {});
    const [row, column] = [5, 6].map((seed) => exactNormals(4, seed));
    const scored = product(cpu.fromArray(row, [1, 4]), product(w, mixed));
    return product(scored, cpu.fromArray(column, [4, 1]));
  };
  const [w, gradient] = [cpu.fromArray(values, [4, 4]), cpu.allocate([4, 4])];
  const tape = new Tape(cpu);
  tape.watch(w, gradient);
  tape.backward(record(tape, w));
  const lossAt = (point: Float64Array) =>
    record(new Tape(cpu), cpu.fromArray(point, [4, 4])).cpu[0];
  const unit = (i: number) => values.map((_, k) => k === i ? 1 : 0);
  const expected = values.map((_, i) => finiteDifference(lossAt, values, unit(i)));
  assertClose("gradient", gradient.cpu, expected, { rtol: 1e-7, atol: 1e-7 });
});
