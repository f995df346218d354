/**
 * Helpers of the engine's tests: seeded inputs, comparisons that name the worst element, and
 * central differences.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { relativeError } from "../../engine/measure/check_op.ts";
import type { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import type { Op } from "../../engine/op.ts";
import type { NdArray, OpCase, ReferenceOp } from "../../engine/reference/types.ts";
import { elementCount, formatShape, type Shape } from "../../engine/shape.ts";
import type { DType } from "../../engine/tensor.ts";

/** A generator of standard normal numbers (mulberry32 and Box-Muller); the same for one seed. */
export function normalGenerator(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** An array of `shape` filled with standard normal numbers. */
export function normalArray(shape: Shape, random: () => number): NdArray {
  return { shape, data: Float64Array.from({ length: elementCount(shape) }, random) };
}

/** An array of `shape` from plain numbers. */
export function array(shape: Shape, values: readonly number[]): NdArray {
  assert.equal(values.length, elementCount(shape), `values of an array ${formatShape(shape)}`);
  return { shape, data: Float64Array.from(values) };
}

/** The inputs of `opCase`, drawn from a generator seeded with `seed`. */
export function caseInputs<A>(opCase: OpCase<A>, seed = 1): NdArray[] {
  const random = normalGenerator(seed);
  return opCase.shapes.map((shape, index) =>
    opCase.fill
      ? { shape, data: opCase.fill(index, elementCount(shape), random) }
      : normalArray(shape, random)
  );
}

/** How far a value may lie from the expected one: `atol + rtol * |expected|`. */
export interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

/**
 * Fails unless every element of `actual` is within the tolerance of its partner in `expected`. The
 * message has `name`, the index of the worst element and both its values.
 */
export function assertClose(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-6, atol = 0 }: Tolerance = {},
): void {
  assert.equal(actual.length, expected.length, `${name}: number of elements`);
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < actual.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const excess = Math.abs(actual[i] - expected[i]) - (atol + rtol * Math.abs(expected[i]));
    // A NaN on either side makes `excess` NaN, which must count as a failure.
    if (excess <= worstExcess) continue;
    worst = i;
    worstExcess = excess;
    if (Number.isNaN(excess)) break;
  }
  if (worst >= 0) {
    assert.fail(
      `${name}[${worst}]: expected ${expected[worst]} but found ${actual[worst]} ` +
        `(rtol ${rtol}, atol ${atol})`,
    );
  }
}

/** Scalar product of two arrays of numbers. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length, "lengths of the factors of a scalar product");
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Central difference of `f` at `point` along `direction`: `(f(p + εd) − f(p − εd)) / 2ε`. */
export function finiteDifference(
  f: (point: Float64Array) => number,
  point: Float64Array,
  direction: Float64Array,
  epsilon = 1e-5,
): number {
  const above = f(point.map((value, i) => value + epsilon * direction[i]));
  const below = f(point.map((value, i) => value - epsilon * direction[i]));
  return (above - below) / (2 * epsilon);
}

/**
 * Fails unless the gradients of `reference` on `opCase` agree with central differences along
 * `directions` random directions in each input that has a gradient. The scalar is `Σ dy·y` over the
 * first output, with random dy.
 *
 * The difference may be `rtol` times the gradient's norm, which is the size that a derivative along
 * a standard normal direction typically has.
 */
export function checkGradients<A, S>(
  name: string,
  reference: ReferenceOp<A, S>,
  opCase: OpCase<A>,
  { directions = 3, rtol = 1e-6 } = {},
): void {
  const { attributes } = opCase;
  const inputs = caseInputs(opCase);
  const random = normalGenerator(2);
  const { outputs, saved } = reference.forward(inputs, attributes);
  const dy = normalArray(outputs[0].shape, random);
  const gradients = reference.backward(
    outputs.map((_, k) => k === 0 ? dy : null),
    { inputs, outputs, saved, attributes },
  );
  assert.equal(gradients.length, inputs.length, `${name}: one gradient or null per input`);

  gradients.forEach((gradient, k) => {
    if (gradient === null) return;
    assert.deepEqual(gradient.shape, inputs[k].shape, `${name}: shape of gradient ${k}`);
    const loss = (data: Float64Array) => {
      const moved = inputs.map((input, j) => j === k ? { shape: input.shape, data } : input);
      return dot(reference.forward(moved, attributes).outputs[0].data, dy.data);
    };
    const norm = Math.sqrt(dot(gradient.data, gradient.data));
    for (let d = 0; d < directions; d++) {
      const direction = normalArray(inputs[k].shape, random).data;
      const numeric = finiteDifference(loss, inputs[k].data, direction);
      const analytic = dot(gradient.data, direction);
      assertClose(`${name}: derivative ${d} in input ${k}`, [analytic], [numeric], {
        rtol,
        atol: rtol * norm,
      });
    }
  });
}

/** Standard normal numbers that f32 holds exactly, so that every backend sees the same. */
export function exactNormals(count: number, seed: number): Float64Array {
  const random = normalGenerator(seed);
  return Float64Array.from({ length: count }, () => Math.fround(random()));
}

/** Fails unless `relativeError` of the two is at most `tolerance`. */
export function assertNear(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  const error = relativeError(actual, expected);
  assert.ok(error <= tolerance, `${name}: relative error ${error} exceeds ${tolerance}`);
}

/** Fails unless the caller has given back all device memory. */
export function assertNoLiveBuffers(gpu: GpuBackend): void {
  assert.equal(gpu.memory.use().liveBuffers, 0, "live buffers");
}

/** What both passes of an op gave, as row-major values. */
export interface OpRun {
  readonly outputs: readonly Float64Array[];
  /** Null where the op has no gradient. */
  readonly gradients: readonly (Float64Array | null)[];
}

/** Runs both passes of `op` on a backend and releases everything. `types` defaults to f32. */
export async function runOp(
  backend: Backend,
  op: Op,
  arrays: readonly NdArray[],
  attributes: unknown,
  dyArrays: readonly (NdArray | null)[],
  types: readonly DType[] = [],
): Promise<OpRun> {
  const inputs = arrays.map(({ shape, data }, k) => backend.fromArray(data, shape, types[k]));
  const dys = dyArrays.map((dy) => dy === null ? null : backend.fromArray(dy.data, dy.shape));
  const { outputs, saved } = backend.forward(op, inputs, attributes);
  const gradients = backend.backward(op, dys, {
    inputs,
    outputs,
    saved,
    attributes,
    needs: inputs.map(({ dtype }) => dtype === "f32"),
    into: (index) => backend.allocate(inputs[index].shape),
  });
  backend.releaseSaved(saved);
  const pending = [...outputs, ...gradients].map((tensor) =>
    tensor === null ? null : backend.read(tensor)
  );
  backend.submit();
  const values = await Promise.all(pending);
  const owned = [...inputs, ...dys, ...outputs, ...gradients];
  for (const tensor of new Set(owned)) if (tensor !== null) backend.release(tensor);
  return {
    outputs: values.slice(0, outputs.length) as Float64Array[],
    gradients: values.slice(outputs.length),
  };
}

/** Central differences of `Σ_k <dy_k, y_k>` over the outputs in `used`, in every input. */
function checkOutputs(op: Op, opCase: Op["cases"][number], used: readonly number[]): void {
  const { attributes } = opCase;
  const inputs = caseInputs(opCase);
  const random = normalGenerator(2);
  const { outputs, saved } = op.reference.forward(inputs, attributes);
  const dys = outputs.map((y, k) => used.includes(k) ? normalArray(y.shape, random) : null);
  const gradients = op.reference.backward(dys, { inputs, outputs, saved, attributes });
  assert.equal(gradients.length, inputs.length);
  gradients.forEach((gradient, k) => {
    if (gradient === null) return;
    assert.deepEqual(gradient.shape, inputs[k].shape);
    const loss = (data: Float64Array) => {
      const moved = inputs.map((input, j) => j === k ? { shape: input.shape, data } : input);
      const ys = op.reference.forward(moved, attributes).outputs;
      return dys.reduce((sum, dy, i) => dy === null ? sum : sum + dot(dy.data, ys[i].data), 0);
    };
    const norm = Math.sqrt(dot(gradient.data, gradient.data));
    for (let d = 0; d < 3; d++) {
      const direction = normalArray(inputs[k].shape, random).data;
      assertClose(
        `derivative ${d} in input ${k}`,
        [dot(gradient.data, direction)],
        [finiteDifference(loss, inputs[k].data, direction)],
        { rtol: 1e-6, atol: 1e-6 * norm + 1e-9 },
      );
    }
  });
}

/** {@link checkOutputs} of a case for all outputs and for each by itself, and its shape rule. */
export function checkCase(op: Op, opCase: Op["cases"][number]): void {
  const { outputs } = op.reference.forward(caseInputs(opCase), opCase.attributes);
  const all = outputs.map((_, k) => k);
  for (const used of [all, ...all.map((k) => [k])]) checkOutputs(op, opCase, used);
  const shapes = op.shape(opCase.shapes, opCase.attributes);
  assert.deepEqual(shapes, outputs.map(({ shape }) => shape));
}
