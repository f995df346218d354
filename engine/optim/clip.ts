/**
 * Global gradient norm and clipping.
 *
 * @module
 */
import finalSource from "../../shaders/gradient_norm_final.wgsl" with { type: "text" };
import partialSource from "../../shaders/gradient_norm_partial.wgsl" with { type: "text" };
import type { GpuBackend } from "../gpu_backend.ts";
import { defineKernel } from "../kernel.ts";
import type { ParameterStore, Selection } from "../parameters.ts";
import { flatGrid } from "../queue.ts";
import { clipScaleReference } from "../reference/optimizers.ts";
import type { Tensor } from "../tensor.ts";

const partialKernel = defineKernel({
  name: "gradient_norm_partial",
  source: partialSource,
  storage: ["read", "read", "read_write"],
  params: { count: "u32" },
});
const finalKernel = defineKernel({
  name: "gradient_norm_final",
  source: finalSource,
  storage: ["read", "read_write"],
  params: { count: "u32", bound: "f32" },
});

/**
 * Records the global L2 norm of the selected gradients and the factor that brings it down to
 * `bound` (1 where it is below, or where `bound` is 0). Returns `[norm, scale]`; the caller releases
 * it.
 */
export function globalNorm(store: ParameterStore, selection: Selection, bound: number): Tensor {
  const { backend } = store;
  if (selection.chunks === null) {
    const gradients = selection.names.map((name) => store.gradient(name).cpu);
    const squares = gradients.reduce(
      (total, g) => total + g.reduce((sum, value) => sum + value * value, 0),
      0,
    );
    return backend.fromArray([Math.sqrt(squares), clipScaleReference(gradients, bound)], [2]);
  }
  const gpu = backend as GpuBackend;
  const { chunks, count } = selection;
  const partial = gpu.allocate([count]);
  const result = gpu.allocate([2]);
  gpu.run(
    partialKernel,
    {},
    [store.gradientBlock!, chunks, partial],
    { count },
    flatGrid(count),
  );
  gpu.run(finalKernel, {}, [partial, result], { count, bound }, [1, 1, 1]);
  gpu.release(partial);
  return result;
}
