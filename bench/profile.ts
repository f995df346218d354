/**
 * `./run bench ours`: every pass of every kernel by itself, to see where time goes.
 *
 * @module
 */
import type { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import { batchNormProblem } from "./cases/batch_norm.ts";
import { convFlops, convProblem } from "./cases/conv.ts";
import type { ShapeName } from "./cases/shapes.ts";
import type { Contender, Problem } from "./cases/types.ts";
import { depthwiseProblem, poolProblem } from "./cases/windows.ts";
import { measure, type Timing } from "./measure.ts";
import { type Passes, prepareOurs } from "./ours.ts";

/** One pass of one kernel. */
export interface PassResult {
  readonly name: string;
  readonly timing: Timing;
  /** 0 for kernels that are not counted in operations. */
  readonly gflops: number;
}

const FORWARD: Passes = { forward: true, needs: null };

/** The passes of a problem, by the names of docs/conventions.md. */
function passesOf({ op, shapes }: Problem): Record<string, Passes> {
  if (op !== "conv2d" && op !== "depthwise_conv2d") {
    return {
      forward: FORWARD,
      backward: { forward: false, needs: shapes.map(() => true) },
    };
  }
  return {
    forward: FORWARD,
    backward_input: { forward: false, needs: [true, false] },
    backward_weight: { forward: false, needs: [false, true] },
  };
}

/** Name, problem, and operations of a pass or 0. */
function problemsOf(shape: ShapeName): [string, Problem, number][] {
  return [
    ...[1, 3, 5].map((side): [string, Problem, number] => [
      `conv${side}x${side}`,
      convProblem(side, shape),
      convFlops(side, shape),
    ]),
    ["depthwise3x3", depthwiseProblem(3, shape), 0],
    ["depthwise5x5", depthwiseProblem(5, shape), 0],
    ["max_pool3x3", poolProblem("max_pool", shape), 0],
    ["avg_pool3x3", poolProblem("avg_pool", shape), 0],
    ["batch_norm", batchNormProblem(shape), 0],
  ];
}

/** Times every pass on one shape; the passes take turns. */
export async function profile(
  gpu: GpuBackend,
  shape: ShapeName,
  rounds: number,
): Promise<PassResult[]> {
  const contenders = new Map<string, Contender>();
  const flops = new Map<string, number>();
  for (const [kernel, problem, operations] of problemsOf(shape)) {
    for (const [pass, passes] of Object.entries(passesOf(problem))) {
      const name = `${kernel}.${pass}.${shape}`;
      contenders.set(name, prepareOurs(gpu, problem, passes));
      flops.set(name, operations);
    }
  }
  try {
    const timings = await measure(contenders, rounds, (_, error) => {
      throw error;
    });
    return [...timings].map(([name, timing]) => ({
      name,
      timing,
      gflops: flops.get(name)! / timing.median / 1e6,
    }));
  } finally {
    for (const contender of contenders.values()) contender.close();
  }
}
