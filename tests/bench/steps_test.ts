import assert from "node:assert/strict";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import {
  avgPool,
  batchNorm,
  concat,
  conv2d,
  depthwiseConv2d,
  globalAvgPool,
  matmul,
  maxPool,
  relu,
  softmaxCrossEntropy,
  sum,
} from "../../engine/ops/mod.ts";
import type { Op } from "../../engine/op.ts";
import { RehearsalBackend } from "../../engine/measure/rehearsal.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { caseNames, selectCases } from "../../bench/cases/mod.ts";
import {
  normalisedPixels,
  RATE,
  STEP_CASES,
  type StepCase,
  stepImages,
  stepNetwork,
  stepTrainer,
} from "../../bench/steps/cases.ts";
import { oneHot, runGraph, type StepLibrary } from "../../bench/steps/graph.ts";
import { rehearseStep } from "../../bench/steps/rehearse.ts";
import { toJson } from "../../bench/report.ts";
import type { BenchReport } from "../../bench/bench_report.ts";
import type { StepResult } from "../../bench/steps/run_step.ts";
import { targetsOf } from "../../bench/targets.ts";
import { caseClasses } from "../../bench/tuning.ts";
import { takenStep } from "../nas/search/small_runs.ts";

/** Cases with few small images, which the CPU trains in a moment. */
const SMALL = STEP_CASES.filter(({ name }) => !name.includes("L12"))
  .map((stepCase) => ({ ...stepCase, name: `${stepCase.name} small`, batch: 2 }));

/** A library that a test can trust: the engine's references. */
function referenceLibrary(cpu: CpuBackend): StepLibrary<Tensor> {
  const run = <A>(op: Op<A>, inputs: readonly Tensor[], attributes: A) =>
    cpu.forward(op as Op, inputs, attributes).outputs[0];
  return {
    again: (x) => x,
    conv2d: (x, weight, { attributes: { stride = 1, shift = 0 } }) =>
      run(conv2d, [x, weight], { stride: stride as 1 | 2, shift: shift as 0 | 1 }),
    depthwise: (x, weight) => run(depthwiseConv2d, [x, weight], { stride: 1 }),
    pool: (kind, x, { attributes }) =>
      run(kind === "max" ? maxPool : avgPool, [x], { size: attributes.size!, stride: 1 }),
    batchNorm: (x, gamma, beta, { attributes }) =>
      run(batchNorm, [x, gamma, beta], { epsilon: attributes.epsilon!, relu: false }),
    relu: (x) => run(relu, [x], {}),
    add: (a, b) => run(sum, [a, b], {}),
    concat: (parts) => run(concat, parts, {}),
    globalAverage: (x) => run(globalAvgPool, [x], {}),
    matmul: (a, b) => run(matmul, [a, b], {}),
  };
}

async function lossByGraph(stepCase: StepCase): Promise<number> {
  const cpu = new CpuBackend();
  const { graph } = await rehearseStep(stepCase, "direct");
  const network = stepNetwork(cpu, stepCase);
  const images = stepImages(cpu, stepCase);
  const labels = cpu.fromArray(images.labels, [stepCase.batch], "u32");
  const logits = runGraph(
    graph,
    referenceLibrary(cpu),
    cpu.fromArray(normalisedPixels(images), graph.images),
    graph.parameters.map(({ name }) => network.weights.get(name)),
  );
  return cpu.forward(softmaxCrossEntropy as Op, [logits, labels], {}).outputs[0].cpu[0];
}

Deno.test("the graph that peers get computes the loss that the trainer computes", async () => {
  for (const stepCase of SMALL.filter(({ side }) => side === 16)) {
    const cpu = new CpuBackend();
    const network = stepNetwork(cpu, stepCase);
    const trainer = stepTrainer(network, stepImages(cpu, stepCase), stepCase);
    const { loss } = await takenStep(trainer, stepCase.arc, RATE);
    const found = await lossByGraph(stepCase);
    // Peers get pixels rounded to f32.
    assert.ok(Math.abs(found - loss) < 1e-6, `${stepCase.name}: ${found} and ${loss}`);
  }
});

Deno.test("every network of the bench has every op of its space", async () => {
  for (const stepCase of STEP_CASES) {
    const { graph } = await rehearseStep({ ...stepCase, batch: 1 }, "direct");
    const found = new Set(graph.nodes.map(({ op }) => op));
    for (
      const op of ["conv2d", "depthwise_conv2d", "max_pool", "avg_pool", "batch_norm"] as const
    ) {
      assert.ok(found.has(op), `${stepCase.name}: ${op}`);
    }
  }
});

Deno.test("memory and bytes that a step moves grow with the batch", async () => {
  const [one, four] = await Promise.all(
    [4, 16].map((batch) => rehearseStep({ ...SMALL[0], batch }, "direct")),
  );
  // Weights count once, whatever the batch is.
  assert.ok(four.liveBytes > 2 * one.liveBytes && four.liveBytes < 4 * one.liveBytes);
  assert.ok(four.bytesMoved > 2 * one.bytesMoved && four.bytesMoved < 4.1 * one.bytesMoved);
});

for (const loadPath of ["storage", "texture"] as const) {
  Deno.test(`a step takes at most 1.2 times the memory that is alive (${loadPath})`, async () => {
    for (const stepCase of STEP_CASES) {
      const { liveBytes, storageBytes } = await rehearseStep(stepCase, "subgroup");
      const gpu = new RehearsalBackend({ tileSet: "subgroup", loadPath });
      const network = stepNetwork(gpu, stepCase);
      const trainer = stepTrainer(network, stepImages(gpu, stepCase), stepCase);
      for (let step = 0; step < 3; step++) await trainer.step(stepCase.arc, RATE);
      const { allocatedBytes, peakBytes, largestSubmit } = gpu.memory.use();
      assert.equal(peakBytes, allocatedBytes);
      // Textures beside buffers cannot need less than buffers alone.
      assert.ok(largestSubmit.bound >= liveBytes && liveBytes > 0);
      const ratio = allocatedBytes / liveBytes;
      assert.ok(ratio >= 1 && ratio < 1.2, `${stepCase.name}: ${ratio}`);
      if (loadPath === "storage") assert.equal(allocatedBytes, storageBytes);
    }
  });
}

Deno.test("steps are selected by the beginning of their names, the large one in full alone", () => {
  const names = (...selectors: string[]) => selectCases(selectors).steps.map(({ name }) => name);
  assert.deepEqual(names("step.macro"), ["step.macro.L6C16S16", "step.macro.L6C16S32"]);
  assert.deepEqual(names("step.macro.L12C36S32"), ["step.macro.L12C36S32"]);
  assert.deepEqual(names("conv"), []);
  assert.ok(caseNames().some((name) => name.startsWith("step.macro.L12C36S32  (only")));
});

Deno.test("tuning takes every convolution of the cases and steps where there is a choice", async () => {
  const { cases } = selectCases(["conv3x3.train.B", "max_pool"]);
  const device = { tileSet: "tiled", loadPath: "storage" } as const;
  const classes = await caseClasses(device, cases, []);
  assert.deepEqual(
    classes,
    ["forward", "backward_input", "backward_weight"]
      .map((pass) => `conv2d ${pass} k3 s1 w16 p32768 i4 o4`),
  );
  const found = await caseClasses(device, [], SMALL);
  const graphs = await Promise.all(SMALL.map((step) => rehearseStep(step, "tiled")));
  const sides = new Set(
    graphs.flatMap(({ graph }) =>
      graph.nodes.filter(({ op }) => op === "conv2d").map(({ inputs }) =>
        graph.parameters[inputs[1] - 1].shape[0]
      )
    ),
  );
  for (const side of sides) assert.ok(found.some((key) => key.includes(` k${side} `)), `${side}`);
  assert.deepEqual(await caseClasses({ ...device, tileSet: "direct" }, cases, SMALL), []);
});

Deno.test("labels become rows with a single one", () => {
  assert.deepEqual([...oneHot(Uint8Array.of(2, 0), 3)], [0, 0, 1, 1, 0, 0]);
});

const TIMING = { median: 100, min: 90, max: 110, cpu: 150, passes: 1, samples: 3 };
const peer = (median: number) => ({
  value: 1,
  timing: { ...TIMING, median },
  maxError: 0,
  reason: null,
});
const STEP: StepResult = {
  case: "step.macro.L6C16S16",
  batch: 64,
  flops: 1,
  timing: TIMING,
  peers: { "jax-js": peer(900), tfjs: peer(3000), pytorch: peer(30) },
  losses: [2.3],
  imagesPerSecond: 640,
  gflops: 10,
  ofCeiling: 0.2,
  dispatches: 200,
  recordMs: 3,
  kernelMs: 20,
  bytesMoved: 1e8,
  ofCopying: 0.1,
  memory: {
    live: 100,
    allocated: 125,
    peak: 125,
    storage: 110,
    planned: { lasting: 20, places: 30, textures: 70, bound: 105 },
  },
  firstStep: { cold: 12, warm: 0.9 },
};

/** A run of one step. */
const REPORT: BenchReport = {
  conditions: {
    adapter: "software",
    software: true,
    processor: "2",
    deno: "2",
    date: "",
    command: "",
    rounds: 1,
    tuning: "kept",
    load: [0, 0],
  },
  ceilings: { fmaGflops: 50, copyGbps: 10, dispatchesPerSecond: 1e5 },
  peers: [],
  results: [],
  steps: [STEP],
  passes: [{ name: "conv3x3.forward.A", timing: TIMING, gflops: 20 }],
  tuned: [],
};

Deno.test("the JSON has the batch and how many times faster the engine is", () => {
  const { results } = toJson(REPORT) as { results: Record<string, unknown>[] };
  const [{ batch, ratios }] = results;
  assert.deepEqual({ batch, ratios }, {
    batch: 64,
    ratios: { "jax-js": 9, tfjs: 30, pytorch: 0.3 },
  });
});

Deno.test("targets say what was met, against the faster peer", () => {
  assert.deepEqual(
    targetsOf(REPORT).map(({ found, met }) => [found, met]),
    [[0.4, true], [9, false], [0.3, true], [1.25, true], [12, false], [0.9, true]],
  );
  // A real GPU is judged by its largest step alone.
  const real = { ...REPORT, conditions: { ...REPORT.conditions, software: false } };
  assert.deepEqual(targetsOf(real), []);
  const large = { ...STEP, case: "step.macro.L12C36S32", gflops: 6000 };
  assert.deepEqual(targetsOf({ ...real, steps: [large] }).map(({ met }) => met), [true]);
});
