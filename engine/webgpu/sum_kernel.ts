/**
 * The kernel that adds tensors. Part of the core because the tape accumulates gradients with it;
 * `ops/sum.ts` makes an op of it.
 *
 * @module
 */
import source from "../../shaders/sum_forward.wgsl" with { type: "text" };
import type { GpuRecorder } from "./recorder.ts";
import { defineKernel, type KernelUse, MAX_STORAGE_BUFFERS } from "./kernel.ts";
import { flatGrid } from "./queue.ts";
import { paddedCount, type Tensor } from "../tensor.ts";

/** Most tensors that one dispatch adds. */
const MAX_TERMS = MAX_STORAGE_BUFFERS - 1;

const kernels = Array.from({ length: MAX_TERMS }, (_, i) => {
  const terms = Array.from({ length: i + 1 }, (_, k) => [`x${k}`, "stream"] as const);
  return defineKernel<string, "count4">({
    name: "sum_forward",
    source,
    bindings: { ...Object.fromEntries(terms), y: "read_write vec4f" },
    params: { count4: "u32" },
  });
});

/** The kernels of all sums of several tensors: how many a gradient has depends on the arc. */
export const SUM_KERNELS: readonly KernelUse[] = kernels.slice(1)
  .map((spec, i) => ({ spec, values: { N: i + 2 } }));

/** vec4s that one workgroup of an elementwise kernel handles. */
export const ELEMENTWISE_BLOCK = 256;

/** Records `into = Σ tensors`; more than seven go through a temporary sum. */
export function recordSum(gpu: GpuRecorder, tensors: readonly Tensor[], into: Tensor): void {
  if (tensors.length > MAX_TERMS) {
    const head = gpu.allocate(into.shape);
    recordSum(gpu, tensors.slice(0, MAX_TERMS), head);
    recordSum(gpu, [head, ...tensors.slice(MAX_TERMS)], into);
    gpu.release(head);
    return;
  }
  const count4 = paddedCount(into.shape) / 4;
  const terms = Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor]));
  gpu.run(
    kernels[tensors.length - 1],
    { N: tensors.length },
    { ...terms, y: into },
    { count4 },
    flatGrid(Math.ceil(count4 / ELEMENTWISE_BLOCK)),
  );
}
