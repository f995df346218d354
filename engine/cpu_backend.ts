/**
 * The CPU backend: runs the f64 references. Slow and exact; for the controller, for tests, and for
 * machines without an adapter.
 *
 * @module
 */
import type { Backend, ForwardResult, TapeContext, Ways } from "./backend.ts";
import type { Op } from "./op.ts";
import type { NdArray } from "./reference/types.ts";
import { elementCount, type Shape } from "./shape.ts";
import { type DType, expectExtents, expectValues, Tensor } from "./tensor.ts";

function view(tensor: Tensor): NdArray {
  return { shape: tensor.shape, data: tensor.cpu };
}

function wrap(array: NdArray): Tensor {
  return new Tensor(array.shape, "f32", { kind: "cpu", data: array.data });
}

/** Runs every op by its f64 reference, at once. */
export class CpuBackend implements Backend {
  readonly kind = "cpu";
  readonly one = this.fromArray([1], [1]);
  readonly largestBinding = Infinity;

  allocate(shape: Shape, dtype: DType = "f32"): Tensor {
    expectExtents(shape);
    return new Tensor(shape, dtype, {
      kind: "cpu",
      data: new Float64Array(elementCount(shape)),
    });
  }

  choose<T>(ways: Ways<T>): T {
    return ways.cpu();
  }

  release(_tensor: Tensor): void {}

  releaseSaved(_saved: unknown): void {}

  scope<T>(body: () => T): T {
    return body();
  }

  keep(tensor: Tensor): Tensor {
    return tensor;
  }

  storedCount(shape: Shape): number {
    return elementCount(shape);
  }

  slice(block: Tensor, first: number, shape: Shape): Tensor {
    const data = block.cpu.subarray(first, first + elementCount(shape));
    return new Tensor(shape, block.dtype, { kind: "cpu", data });
  }

  fromArray(values: ArrayLike<number>, shape: Shape, dtype: DType = "f32"): Tensor {
    expectExtents(shape);
    expectValues(values, shape, dtype);
    const tensor = this.allocate(shape, dtype);
    this.write(tensor, values);
    return tensor;
  }

  write(tensor: Tensor, values: ArrayLike<number>): void {
    expectValues(values, tensor.shape, tensor.dtype);
    tensor.cpu.set(values);
  }

  clear(tensor: Tensor): void {
    tensor.cpu.fill(0);
  }

  readStored(tensor: Tensor): Promise<Float64Array> {
    return this.read(tensor);
  }

  read(tensor: Tensor): Promise<Float64Array> {
    return Promise.resolve(tensor.cpu.slice());
  }

  toArray(tensor: Tensor): Promise<Float64Array> {
    return this.read(tensor);
  }

  phase(): void {}

  submit(): void {}

  forward(op: Op, inputs: readonly Tensor[], attributes: unknown): ForwardResult {
    const { outputs, saved } = op.reference.forward(inputs.map(view), attributes);
    return { outputs: outputs.map(wrap), saved };
  }

  backward(
    op: Op,
    dys: readonly (Tensor | null)[],
    context: TapeContext,
  ): readonly (Tensor | null)[] {
    const { sumOf } = context;
    const gradients = op.reference.backward(
      dys.map((dy) => dy === null ? null : view(dy)),
      {
        inputs: context.inputs.map(view),
        outputs: context.outputs.map(view),
        saved: context.saved,
        attributes: context.attributes,
        needs: context.needs,
        ...(sumOf ? { sumOf: (index) => view(sumOf(index)) } : {}),
      },
    );
    return gradients.map((gradient) => gradient === null ? null : wrap(gradient));
  }

  accumulate(tensors: readonly Tensor[], into: Tensor): void {
    const [first, ...others] = tensors;
    const total = first.cpu.slice();
    for (const { cpu: values } of others) {
      for (let i = 0; i < total.length; i++) total[i] += values[i];
    }
    into.cpu.set(total);
  }

  profile(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
