/**
 * Runs an operation on the GPU and compares both passes with its f64 reference: the core of the op
 * tests and of the doctor.
 *
 * @module
 */
import { CpuBackend } from "../cpu_backend.ts";
import type { GpuBackend } from "../webgpu/gpu_backend.ts";
import type { Op } from "../op.ts";
import { Random } from "../random.ts";
import type { OpCase } from "../reference/types.ts";
import { elementCount, type Shape } from "../shape.ts";
import { type DType, pitch, type Tensor, unpadRows } from "../tensor.ts";

/** How far one pass of one op was from its reference, over all cases. */
export interface OpCheck {
  readonly op: string;
  /** `forward`, or `backward` with the number of the input: `backward.1`. */
  readonly pass: string;
  readonly case: string;
  /**
   * Largest `|gpu - reference| / (|reference| + rms of the reference)` of any element; infinite
   * where one side is not a number, and where the padding of a row is not 0.
   */
  readonly maxError: number;
  readonly tolerance: number;
}

/** Tolerance of ops that name none: a few hundred f32 roundings. */
const DEFAULT_TOLERANCE = 2e-5;

/** Inputs of a case, rounded to f32 so that both sides see the same numbers. */
export function opCaseInputs(opCase: OpCase<unknown>, seed = 7): Float64Array[] {
  const random = new Random(seed);
  return opCase.shapes.map((shape, index) => {
    const count = elementCount(shape);
    const values = opCase.fill?.(index, count, () => random.normal()) ??
      Float64Array.from({ length: count }, () => random.normal());
    return values.map(Math.fround);
  });
}

/** Error measure of {@link OpCheck}. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < expected.length; i++) squares += expected[i] ** 2;
  const scale = Math.sqrt(squares / Math.max(expected.length, 1)) || 1;
  let worst = actual.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / (Math.abs(expected[i]) + scale);
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}

/** Compares forward and backward of `op` on one case; the GPU's memory is as before afterwards. */
export async function checkOpCase(
  gpu: GpuBackend,
  op: Op,
  opCase: OpCase<unknown>,
): Promise<OpCheck[]> {
  const cpu = new CpuBackend();
  const values = opCaseInputs(opCase);
  const random = new Random(11);
  const outputShapes = op.shape(opCase.shapes, opCase.attributes);
  // Statistics beside the main output take no gradient (batch norm), nor do counts (hits).
  const dyValues = Float64Array.from(
    { length: elementCount(outputShapes[0]) },
    () => Math.fround(random.normal()),
  );

  const expected = runBoth(cpu, op, opCase, values, dyValues, outputShapes[0]);
  const before = gpu.memory.use().liveBuffers;
  const actual = runBoth(gpu, op, opCase, values, dyValues, outputShapes[0]);
  const tensors = [...actual.outputs, ...actual.gradients];
  const reads = tensors.map((tensor) => tensor === null ? null : gpu.queue.read(tensor.gpu));
  gpu.submit();
  const padded = (await Promise.all(reads)).map((bytes) =>
    new Float32Array(bytes ?? new ArrayBuffer(0))
  );
  for (const tensor of actual.owned) gpu.release(tensor);
  const after = gpu.memory.use().liveBuffers;
  if (after !== before) {
    throw new RangeError(`Expected ${op.name} to leave ${before} live buffers but found ${after}`);
  }

  const tolerance = op.tolerance ?? DEFAULT_TOLERANCE;
  return [...expected.outputs, ...expected.gradients].flatMap((tensor, i) => {
    const index = i - expected.outputs.length;
    if (tensor === null) return [];
    return [{
      op: op.name,
      pass: index < 0 ? "forward" : `backward.${index}`,
      case: opCase.name,
      maxError: isPaddedWithZeros(padded[i], tensor.shape)
        ? relativeError(unpadRows(padded[i], tensor.shape), tensor.cpu)
        : Infinity,
      tolerance,
    }];
  });
}

/** Whether what lies behind the rows of a device tensor is 0, as every kernel may expect. */
function isPaddedWithZeros(padded: Float32Array, shape: Shape): boolean {
  const width = shape[shape.length - 1];
  return padded.every((value, i) => i % pitch(shape) < width || value === 0);
}

/** Both passes on one backend; `owned` is everything the caller must release. */
function runBoth(
  backend: CpuBackend | GpuBackend,
  op: Op,
  opCase: OpCase<unknown>,
  values: readonly Float64Array[],
  dyValues: Float64Array,
  dyShape: Shape,
) {
  const inputs = values.map((data, i) =>
    backend.fromArray(data, opCase.shapes[i], inputType(op, i))
  );
  const dy = backend.fromArray(dyValues, dyShape);
  const { outputs, saved } = backend.forward(op, inputs, opCase.attributes);
  const gradients = backend.backward(op, [dy, ...outputs.slice(1).map(() => null)], {
    inputs,
    outputs,
    saved,
    attributes: opCase.attributes,
    needs: inputs.map((_, i) => inputType(op, i) === "f32"),
    into: (index) => backend.allocate(inputs[index].shape),
  });
  backend.releaseSaved(saved);
  const owned = new Set<Tensor>([...inputs, dy, ...outputs]);
  for (const gradient of gradients) if (gradient !== null) owned.add(gradient);
  return { outputs, gradients, owned };
}

function inputType(op: Op, index: number): DType {
  return op.inputTypes?.[index] ?? "f32";
}
