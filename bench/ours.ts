/**
 * The engine as a contender.
 *
 * @module
 */
import type { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import type { Op } from "../engine/op.ts";
import { avgPool, batchNorm, conv2d, depthwiseConv2d, maxPool } from "../engine/ops/mod.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type Contender, EPSILON, type Problem } from "./cases/types.ts";

/** Which passes run: all by default. */
export interface Passes {
  readonly forward: boolean;
  /** Whether the gradient of each input is computed; null for no backward pass. */
  readonly needs: readonly boolean[] | null;
}

function operationOf({ op, side }: Problem): { op: Op; attributes: unknown } {
  switch (op) {
    case "conv2d":
      return { op: conv2d, attributes: { stride: 1, shift: 0 } };
    case "depthwise_conv2d":
      return { op: depthwiseConv2d, attributes: { stride: 1 } };
    case "max_pool":
      return { op: maxPool, attributes: { size: side, stride: 1 } };
    case "avg_pool":
      return { op: avgPool, attributes: { size: side, stride: 1 } };
    case "batch_norm":
      return { op: batchNorm, attributes: { epsilon: EPSILON, relu: false } };
  }
}

/** Puts a problem on the engine's device. */
export function prepareOurs(
  gpu: GpuBackend,
  problem: Problem,
  passes: Passes = { forward: true, needs: problem.shapes.map(() => true) },
): Contender {
  const { op, attributes } = operationOf(problem);
  const inputs = problem.values.map((data, i) => gpu.fromArray(data, problem.shapes[i]));
  const dy = gpu.fromArray(problem.dy, problem.dyShape);
  const forward = () => gpu.forward(op, inputs, attributes);
  const backward = (
    { outputs, saved }: ReturnType<typeof forward>,
    needs: readonly boolean[],
  ) =>
    gpu.backward(op, [dy, ...outputs.slice(1).map(() => null)], {
      inputs,
      outputs,
      saved,
      attributes,
      needs,
      into: (index) => gpu.allocate(inputs[index].shape),
    });
  const kept = passes.forward ? null : forward();
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        gpu.scope(() => {
          const state = kept ?? forward();
          if (passes.needs !== null) backward(state, passes.needs);
        });
      }
      await gpu.queue.finish();
    },
    async results() {
      const reads = gpu.scope(() => {
        const state = forward();
        const gradients = backward(state, inputs.map(() => true));
        return [state.outputs[0], ...gradients].map((tensor) => gpu.read(tensor!));
      });
      gpu.submit();
      return await Promise.all(reads);
    },
    close() {
      const held = kept === null ? [] : [...kept.outputs, ...kept.saved as readonly Tensor[]];
      for (const tensor of [...inputs, dy, ...held]) gpu.release(tensor);
    },
  };
}
