import assert from "node:assert/strict";
import { openDevice } from "../../../engine/webgpu/device.ts";
import {
  type Dispatched,
  DispatchTimes,
  TIMELINE_DISPATCHES,
} from "../../../engine/measure/dispatch_times.ts";
import { GpuBackend, type GpuOptions } from "../../../engine/webgpu/gpu_backend.ts";
import { conv2d, depthwiseConv2d, matmul, relu } from "../../../engine/ops/mod.ts";
import type { Op } from "../../../engine/op.ts";
import { FIRST_PHASE, MAX_SPANS, PhaseSpans } from "../../../engine/measure/phase_spans.ts";
import { Profiler } from "../../../engine/measure/profiler.ts";
import type { Shape } from "../../../engine/shape.ts";
import {
  assertNoLiveBuffers,
  exactNormals,
  normalArray,
  normalGenerator,
  runOp,
} from "../helpers.ts";

const normals = (shape: Shape) => normalArray(shape, normalGenerator(1));

const none = { variant: "", flops: 0, grid: [1, 1, 1] };

/** Counts a dispatch that is measured, whatever it costs. */
function add(times: DispatchTimes, kind: Dispatched, begin: bigint, end: bigint): void {
  times.count(kind, true);
  times.add(kind, begin, end);
}

Deno.test("DispatchTimes sums nanoseconds by kernel, variant and phase", () => {
  const times = new DispatchTimes();
  const [grid, a, b] = [[1, 1, 1], { name: "a", variant: "K=3" }, { name: "b", variant: "" }];
  add(times, { ...a, phase: "one", flops: 5, grid }, 1_000_000n, 3_000_000n);
  add(times, { ...b, phase: "one", flops: 0, grid }, 3_000_000n, 13_000_000n);
  add(times, { ...a, phase: "two", flops: 7, grid }, 14_000_000n, 14_500_000n);
  add(times, { ...a, variant: "K=5", phase: "two", flops: 1, grid }, 15_000_000n, 15_250_000n);
  // A clock that was reset between the two.
  add(times, { ...b, phase: "one", flops: 0, grid }, 20_000_000n, 1n);
  assert.deepEqual(times.kernels(), [
    {
      ...{ name: "b", variant: "", dispatches: 2, measured: 2, total: 10, longest: 10, flops: 0 },
      phases: new Map([["one", { total: 10, dispatches: 2 }]]),
    },
    {
      ...{
        name: "a",
        variant: "K=3",
        dispatches: 2,
        measured: 2,
        total: 2.5,
        longest: 2,
        flops: 12,
      },
      phases: new Map([
        ["one", { total: 2, dispatches: 1 }],
        ["two", { total: 0.5, dispatches: 1 }],
      ]),
    },
    {
      ...{
        name: "a",
        variant: "K=5",
        dispatches: 1,
        measured: 1,
        total: 0.25,
        longest: 0.25,
        flops: 1,
      },
      phases: new Map([["two", { total: 0.25, dispatches: 1 }]]),
    },
  ]);
});

Deno.test("DispatchTimes measures ever fewer dispatches of a size, and scales them up", () => {
  const times = new DispatchTimes();
  const sizes = [[1, 0.25], [2, 4]].map(([groups, milliseconds]) => ({
    kind: { name: "a", phase: "one", variant: "", flops: 3, grid: [groups, 1, 1] },
    end: BigInt(1e6 * milliseconds),
  }));
  const chosen: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    for (const { kind, end } of sizes) {
      if (!times.count(kind, true)) continue;
      chosen.push(i);
      times.add(kind, 0n, end);
    }
  }
  const [{ dispatches, measured, total, flops }] = times.kernels();
  assert.deepEqual([dispatches, measured, flops], [20_000, chosen.length, 60_000]);
  assert.ok(measured > 100 && measured < 400, `${measured}`);
  assert.ok(chosen.at(-1)! > 9000, "late dispatches are measured too");
  assert.ok(Math.abs(total - 10_000 * 4.25) < 1e-6, `${total}`);
  // Where measuring has cost too much, only what was never seen is measured.
  const other = { ...sizes[0].kind, phase: "two" };
  assert.deepEqual([1, 2, 3, 4].map(() => times.count(other, false)), [true, false, false, false]);
});

Deno.test("DispatchTimes puts the device's clock beside the host's: nothing begins before its submit", () => {
  const times = new DispatchTimes();
  // The device was busy at the first submit and began 40 ms late; at the second it was idle.
  times.submitted(90_000_000n, 1000);
  add(times, { name: "a", phase: "one", ...none }, 90_000_000n, 91_000_000n);
  times.submitted(100_000_000n, 1050);
  add(times, { name: "a", phase: "one", ...none }, 100_000_000n, 103_000_000n);
  const shown = times.timeline(900).map(({ start, duration }) => [start, duration]);
  assert.deepEqual(shown, [[140, 1], [150, 3]]);
});

Deno.test("DispatchTimes keeps the first dispatches of each phase and sums all", () => {
  const times = new DispatchTimes();
  times.submitted(0n, 0);
  const more = 7;
  for (const phase of ["one", "two"]) {
    for (let i = 0; i < TIMELINE_DISPATCHES + more; i++) {
      add(times, { name: "a", phase, ...none }, BigInt(i), BigInt(i + 1_000_000));
    }
  }
  const timeline = times.timeline(0);
  assert.equal(timeline.length, 2 * TIMELINE_DISPATCHES);
  assert.equal(timeline.filter(({ phase }) => phase === "two").length, TIMELINE_DISPATCHES);
  const [{ dispatches, total }] = times.kernels();
  assert.equal(dispatches, 2 * (TIMELINE_DISPATCHES + more));
  assert.ok(Math.abs(total - dispatches) < 1e-6, `${total}`);
});

Deno.test("PhaseSpans covers the time without a gap", () => {
  const spans = new PhaseSpans(100);
  spans.enter("train", 1, 110);
  spans.enter("train", 1, 115);
  spans.enter("score", 1, 130);
  spans.enter("train", 2, 131);
  assert.equal(spans.phase, "train");
  assert.deepEqual(spans.until(141), {
    spans: [
      { phase: FIRST_PHASE, epoch: null, start: 0, duration: 10 },
      { phase: "train", epoch: 1, start: 10, duration: 20 },
      { phase: "score", epoch: 1, start: 30, duration: 1 },
      { phase: "train", epoch: 2, start: 31, duration: 10 },
    ],
    phases: new Map([[FIRST_PHASE, 10], ["train", 30], ["score", 1]]),
  });
});

Deno.test("PhaseSpans keeps the first spans and sums all", () => {
  const spans = new PhaseSpans(0);
  for (let i = 1; i <= MAX_SPANS + 50; i++) spans.enter(`phase ${i % 2}`, null, i);
  const { spans: kept, phases } = spans.until(MAX_SPANS + 51);
  assert.equal(kept.length, MAX_SPANS);
  const sum = [...phases.values()].reduce((a, b) => a + b, 0);
  assert.equal(sum, MAX_SPANS + 51);
});

/** Both passes of a convolution, ten times; the bits of everything that came out. */
async function work(gpu: GpuBackend): Promise<number[]> {
  const arrays = [normals([4, 9, 9, 6]), normals([3, 3, 6, 10])];
  const found: number[] = [];
  for (let i = 0; i < 10; i++) {
    if (i === 5) gpu.phase("second half", 1);
    const { outputs, gradients } = await runOp(gpu, conv2d, arrays, { stride: 1, shift: 0 }, [
      normals([4, 9, 9, 10]),
    ]);
    for (const values of [...outputs, ...gradients]) found.push(...values!);
  }
  assertNoLiveBuffers(gpu);
  return found;
}

/** What {@link work} gives, with a profile or without. */
async function run(options: GpuOptions) {
  const gpu = await GpuBackend.open(options);
  const values = await work(gpu);
  const profile = await gpu.profile();
  const { dispatches } = gpu.queue.counts;
  await gpu.close();
  return { values, profile, dispatches };
}

Deno.test("a profile changes no bit and counts every dispatch", async () => {
  const plain = await run({});
  assert.equal(plain.profile, null);
  const measured = await run({ profile: true });
  assert.deepEqual(measured.values, plain.values);
  const { kernels, timeline, phases, elapsed } = measured.profile!;
  const count = kernels.reduce((sum, { dispatches }) => sum + dispatches, 0);
  assert.equal(count, plain.dispatches);
  const timed = kernels.reduce((sum, { measured }) => sum + measured, 0);
  assert.equal(timeline.length, timed);
  assert.ok(timed >= kernels.length && timed < count, `${timed} of ${count}`);
  assert.deepEqual([...phases.keys()], [FIRST_PHASE, "second half"]);
  for (const kernel of kernels) {
    assert.equal(kernel.phases.get(FIRST_PHASE)!.dispatches * 2, kernel.dispatches);
  }
  const total = kernels.reduce((sum, { total }) => sum + total, 0);
  assert.ok(total > 0 && total < elapsed, `${total} of ${elapsed} ms`);
  for (let i = 0; i < timeline.length; i++) {
    const { start, duration } = timeline[i];
    assert.ok(start > 0 && start + duration < elapsed, `${start} + ${duration} of ${elapsed} ms`);
    const before = timeline[i - 1];
    // The clocks of wgpu and lavapipe count nanoseconds; sums of doubles do not.
    assert.ok(i === 0 || start >= before.start + before.duration - 1e-6, `dispatch ${i}`);
  }
});

/** Whether times add up to that of the work, as far as one can tell. */
const isWhole = (share: number) => share > 0.5 && share < 1.5;

Deno.test("B7: the times of kernels add up to the time of the work", async () => {
  const gpu = await GpuBackend.open({ profile: true });
  // A real GPU gets more to do, so that the 11 ms of waiting weigh little there too.
  const [images, runs] = gpu.adapter.fallback ? [16, 30] : [512, 1000];
  const arrays = [normals([images, 16, 16, 32]), normals([3, 3, 32, 32])];
  const [x, w] = arrays.map(({ data, shape }) => gpu.fromArray(Float32Array.from(data), shape));
  const forward = async (times: number) => {
    for (let i = 0; i < times; i++) {
      gpu.release(gpu.forward(conv2d, [x, w], { stride: 1, shift: 0 }).outputs[0]);
    }
    await gpu.queue.finish();
    return (await gpu.profile())!.kernels[0].total;
  };
  let before = await forward(2);
  const shares: number[] = [];
  // Recording and waiting take the rest. A few dispatches stand for all: where other work slows down just
  // these, their sum says too much, so a busy machine gets more than one try.
  do {
    const start = performance.now();
    const total = await forward(runs);
    shares.push((total - before) / (performance.now() - start));
    before = total;
  } while (shares.length < 5 && !isWhole(shares.at(-1)!));
  assert.ok(isWhole(shares.at(-1)!), `kernels took ${shares.join(", ")} of the time of the work`);
  for (const tensor of [x, w]) gpu.release(tensor);
  await gpu.close();
});

Deno.test("a profile goes on past the dispatches of one query set", async () => {
  const gpu = await GpuBackend.open({ profile: true });
  const x = gpu.fromArray(exactNormals(8, 1), [8]);
  for (let i = 0; i < 5000; i++) gpu.release(gpu.forward(relu, [x], {}).outputs[0]);
  const { kernels: [{ name, dispatches }] } = (await gpu.profile())!;
  assert.deepEqual([name, dispatches], ["relu_forward", 5000]);
  // A later profile has what came since then, too.
  gpu.release(gpu.forward(relu, [x], {}).outputs[0]);
  assert.equal((await gpu.profile())!.kernels[0].dispatches, 5001);
  gpu.release(x);
  await gpu.close();
});

/** Operations of each kernel that counts them, in both passes of an op with an output of shape `y`. */
async function flopsOf(
  op: Op,
  shapes: readonly Shape[],
  y: Shape,
  attributes: unknown,
): Promise<number[]> {
  const gpu = await GpuBackend.open({ profile: true });
  await runOp(gpu, op, shapes.map(normals), attributes, [normals(y)]);
  const { kernels } = (await gpu.profile())!;
  await gpu.close();
  return kernels.map(({ flops }) => flops).filter((flops) => flops > 0);
}

Deno.test("operations are two a multiply-add, in each pass", async () => {
  const conv = await flopsOf(conv2d, [[2, 8, 8, 3], [3, 3, 3, 5]], [2, 4, 4, 5], {
    stride: 2,
    shift: 0,
  });
  const each = 2 * (2 * 4 * 4) * (3 * 3 * 3 * 5);
  assert.deepEqual(conv, [each, each, each]);
  const dense = await flopsOf(conv2d, [[2, 8, 8, 3], [3, 3, 3, 5]], [2, 8, 8, 5], {
    stride: 1,
    shift: 0,
  });
  assert.deepEqual(dense, [4 * each, 4 * each, 4 * each]);
  const depthwise = await flopsOf(depthwiseConv2d, [[2, 8, 8, 6], [3, 3, 6]], [2, 4, 4, 6], {
    stride: 2,
  });
  const few = 2 * (2 * 4 * 4) * (3 * 3 * 6);
  assert.deepEqual(depthwise, [few, few, few]);
  const product = await flopsOf(matmul, [[7, 5], [5, 3]], [7, 3], {});
  assert.deepEqual(product, Array(3).fill(2 * 7 * 5 * 3));
});

Deno.test("a profile is refused where the device has no timestamp queries", async () => {
  const open = await openDevice();
  const adapter = { ...open.adapter, fallback: false };
  const bare = { ...open, adapter, device: { features: new Set() } as unknown as GPUDevice };
  assert.throws(() => new Profiler(bare), {
    name: "DeviceError",
    message: /^Expected an adapter with timestamp queries to profile kernels but .* has none; run/,
  });
  open.device.destroy();
});
