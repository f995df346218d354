/**
 * What the adapter can do at most: multiply-adds in registers, copying memory, and dispatches.
 *
 * @module
 */
import type { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import { defineKernel } from "../engine/webgpu/kernel.ts";
import { flatGrid } from "../engine/webgpu/queue.ts";
import type { Contender } from "./cases/types.ts";
import { measure } from "./measure.ts";

/** Ceilings of an adapter. */
export interface Ceilings {
  /** Multiply-adds of independent register chains, two operations each. */
  readonly fmaGflops: number;
  /** Bytes read and written by a copy, in 10⁹ a second. */
  readonly copyGbps: number;
  /** Dispatches of one small workgroup a second, each waiting for the one before, in one submit. */
  readonly dispatchesPerSecond: number;
}

/** Independent chains: enough to hide the latency, few enough for 16 registers. */
const CHAINS = 12;
/** Multiply-adds of each chain in a turn of the loop. */
const UNROLL = 32;
/** Turns of the loop; lavapipe ends a thread's loops silently after 65535. */
const TURNS = 32;
const FMA_GROUPS = 4096;
const COPY_VEC4S = 2 ** 22;
/** Dispatches of a pass of the measurement. */
const DISPATCHES = 1024;

const MAIN = `@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;`;

function fmaSource(): string {
  const chains = Array.from({ length: CHAINS }, (_, i) => `a${i}`);
  const step = chains.map((a) => `${a} = fma(${a}, scale, offset);`).join(" ");
  return `${MAIN}
  let scale = params.scale;
  let offset = params.offset;
  ${chains.map((a, i) => `var ${a} = f32(lane + ${i}u);`).join(" ")}
  for (var turn = 0u; turn < params.turns; turn++) {
    ${Array.from({ length: UNROLL }, () => step).join("\n    ")}
  }
  result[index] = ${chains.join(" + ")};
}`;
}

const fmaKernel = defineKernel({
  name: "bench_fma",
  source: fmaSource(),
  bindings: { result: "read_write f32" },
  params: { turns: "u32", scale: "f32", offset: "f32" },
});

const copyKernel = defineKernel({
  name: "bench_copy",
  source: `${MAIN}
  if (index < params.count) { copy[index] = source[index]; }
}`,
  bindings: { source: "read vec4f", copy: "read_write vec4f" },
  params: { count: "u32" },
});

function contender(gpu: GpuBackend, record: () => void): Contender {
  return {
    async run(passes) {
      for (let i = 0; i < passes; i++) record();
      await gpu.queue.finish();
    },
    results: () => Promise.resolve([]),
    close() {},
  };
}

/** Measures all ceilings; the best of all samples, as a ceiling is. */
export async function measureCeilings(
  gpu: GpuBackend,
  rounds: number,
): Promise<Ceilings> {
  const sink = gpu.allocate([FMA_GROUPS * 64]);
  const source = gpu.fromArray(new Float32Array(COPY_VEC4S * 4), [
    COPY_VEC4S,
    4,
  ]);
  const copy = gpu.allocate([COPY_VEC4S, 4]);
  const contenders = new Map([
    [
      "fma",
      contender(gpu, () =>
        gpu.run(
          fmaKernel,
          {},
          { result: sink },
          { turns: TURNS, scale: 0.999, offset: 0.001 },
          flatGrid(FMA_GROUPS),
        )),
    ],
    [
      "copy",
      contender(gpu, () =>
        gpu.run(
          copyKernel,
          {},
          { source, copy },
          { count: COPY_VEC4S },
          flatGrid(Math.ceil(COPY_VEC4S / 64)),
        )),
    ],
    [
      "dispatch",
      contender(gpu, () => {
        for (let i = 0; i < DISPATCHES; i++) {
          gpu.run(copyKernel, {}, { source, copy }, { count: 1 }, [1, 1, 1]);
        }
      }),
    ],
  ]);
  const timings = await measure(contenders, rounds, (_, error) => {
    throw error;
  });
  for (const tensor of [sink, source, copy]) gpu.release(tensor);
  const flops = 2 * CHAINS * UNROLL * TURNS * FMA_GROUPS * 64;
  return {
    fmaGflops: flops / timings.get("fma")!.min / 1e6,
    copyGbps: COPY_VEC4S * 16 * 2 / timings.get("copy")!.min / 1e6,
    dispatchesPerSecond: DISPATCHES / timings.get("dispatch")!.min * 1e3,
  };
}
