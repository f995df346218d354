/**
 * Gradient norms and clipping, global or of each parameter.
 *
 * @module
 */
import finalSource from "../../shaders/gradient_norm_final.wgsl" with { type: "text" };
import partialSource from "../../shaders/gradient_norm_partial.wgsl" with { type: "text" };
import tensorSource from "../../shaders/gradient_norm_tensor.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import type { ParameterStore, Selection } from "../parameters.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { clipScaleReference } from "../reference/optimizers.ts";
import type { Tensor } from "../tensor.ts";

const partialKernel = defineKernel({
  name: "gradient_norm_partial",
  source: partialSource,
  bindings: { gradient: "read f32", chunks: "read vec4u", partial: "read_write f32" },
  params: { count: "u32", before: "u32" },
});
const finalKernel = defineKernel({
  name: "gradient_norm_final",
  source: finalSource,
  bindings: { partial: "read f32", loss: "read f32", result: "read_write f32" },
  params: { count: "u32", bound: "f32" },
});
const tensorKernel = defineKernel({
  name: "gradient_norm_tensor",
  source: tensorSource,
  bindings: { partial: "read f32", chunks: "read vec4u", factor: "read_write f32" },
  params: { count: "u32", before: "u32", bound: "f32" },
});

/**
 * What a bound clips: `global` the joint norm of all selected gradients, `tensor` the norm of each
 * parameter's gradient by itself (`tf.clip_by_norm`; spec K).
 */
export type ClipMode = "global" | "tensor";

/** Norm and clipping factors of a selection. */
export interface Clipping {
  /**
   * `[norm, scale, go]`: the global norm before clipping, the one factor of mode `global`, else 1, and
   * 1 where norm and loss are finite, so that a step can be taken, else 0.
   */
  readonly norm: Tensor;
  /**
   * Mode `tensor`: a factor for each chunk of the selection on the GPU, for each name on the CPU;
   * null in mode `global`.
   */
  readonly factors: Tensor | null;
}

/**
 * Records the global L2 norm of the selected gradients, and what brings a norm down to `bound`: 1
 * where it is below, or where `bound` is 0. The caller releases both tensors.
 *
 * @param loss `[1]`, whose gradients they are; where it is not finite, no step can be taken either.
 */
export function clipGradients(
  store: ParameterStore,
  selection: Selection,
  bound: number,
  mode: ClipMode,
  loss: Tensor = store.backend.one,
): Clipping {
  const { backend } = store;
  const globalBound = mode === "global" ? bound : 0;
  return backend.choose({
    cpu: () => {
      const gradients = selection.names.map((name) => store.gradient(name).cpu);
      const squares = gradients.reduce(
        (total, g) => total + g.reduce((sum, value) => sum + value * value, 0),
        0,
      );
      const scale = clipScaleReference(gradients, globalBound);
      const finite = Number.isFinite(squares) && Number.isFinite(loss.cpu[0]);
      const scales = gradients.map((g) => clipScaleReference([g], bound));
      return {
        norm: backend.fromArray([Math.sqrt(squares), scale, finite ? 1 : 0], [3]),
        factors: mode === "tensor" ? backend.fromArray(scales, [scales.length]) : null,
      };
    },
    gpu: (gpu) => {
      const partial = gpu.allocate([selection.count]);
      const norm = gpu.allocate([3]);
      const factors = mode === "tensor" ? gpu.allocate([selection.count]) : null;
      for (const { block, chunks, count, before } of selection.parts) {
        const gradient = store.gradientBlocks[block];
        const sizes = { count, before };
        gpu.run(partialKernel, {}, { gradient, chunks, partial }, sizes, flatGrid(count));
        if (factors === null) continue;
        const tensors = { partial, chunks, factor: factors };
        gpu.run(tensorKernel, {}, tensors, { ...sizes, bound }, flatGrid(Math.ceil(count / 64)));
      }
      const params = { count: selection.count, bound: globalBound };
      gpu.run(finalKernel, {}, { partial, loss, result: norm }, params, [1, 1, 1]);
      gpu.release(partial);
      return { norm, factors };
    },
  });
}

/** {@link clipGradients} of mode `global`: records `[norm, scale, go]`, which the caller releases. */
export function globalNorm(
  store: ParameterStore,
  selection: Selection,
  bound: number,
  loss?: Tensor,
): Tensor {
  return clipGradients(store, selection, bound, "global", loss).norm;
}
