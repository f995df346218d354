/**
 * What a dispatch costs that computes next to nothing.
 *
 * @module
 */
import type { GpuBackend } from "../../engine/gpu_backend.ts";
import { defineKernel } from "../../engine/kernel.ts";
import { flatGrid } from "../../engine/queue.ts";
import { measure } from "../measure.ts";

const kernel = defineKernel({
  name: "bench_nothing",
  source: `@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) lane: u32) { result[lane] = params.value; }`,
  storage: ["read_write"],
  params: { value: "f32" },
});

const DISPATCHES = 1000;

/**
 * Milliseconds of a dispatch of one workgroup, recorded and submitted with a thousand others. A step
 * pays more, for it changes kernels and buffers from one dispatch to the next.
 */
export async function dispatchCost(gpu: GpuBackend, rounds: number): Promise<number> {
  const tensor = gpu.allocate([8]);
  const contender = {
    async run(passes: number) {
      for (let pass = 0; pass < passes; pass++) {
        for (let i = 0; i < DISPATCHES; i++) {
          gpu.run(kernel, {}, [tensor], { value: i }, flatGrid(1));
        }
      }
      await gpu.queue.finish();
    },
  };
  const timings = await measure(new Map([["dispatch", contender]]), rounds, (_, error) => {
    throw error;
  });
  gpu.release(tensor);
  return timings.get("dispatch")!.median / DISPATCHES;
}
