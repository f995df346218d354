/**
 * What those who have kernels run need of the GPU backend.
 *
 * @module
 */
import type { Allocator } from "../allocator.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Bound, KernelSpec } from "./kernel.ts";
import type { Grid } from "./queue.ts";
import type { Target, TuningStore } from "./target.ts";
import type { TemplateValues } from "./template.ts";

/** Allocates tensors on a GPU and records kernels. */
export interface GpuRecorder extends Allocator {
  /** What suits the adapter. */
  readonly target: Target;
  /** Most bytes of device memory. */
  readonly memoryBudget: number;
  /** What was measured of the adapter. */
  readonly tuning: TuningStore;
  /** Kernels that ops have chosen by {@link GpuRecorder.tuning}, by the name of a class of shapes. */
  readonly tiles: Map<string, unknown>;
  /** Records `kernel` with its template values on `tensors`. */
  run<Bindings extends string, Params extends string>(
    kernel: KernelSpec<Bindings, Params>,
    values: TemplateValues,
    tensors: Bound<Bindings>,
    params: Readonly<Record<Params, number>>,
    grid: Grid,
  ): void;
  /** A tensor of `shape` that holds `bytes` as they are. */
  upload(bytes: Uint8Array, shape: Shape): Tensor;
}
