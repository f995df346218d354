import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { parseArc } from "../../../nas/space/mod.ts";
import { getPreset, mergeConfig, type SearchConfig, withMethod } from "../../../nas/config/mod.ts";
import { loadDataset } from "../../../nas/data/mod.ts";
import { DATASET_SIZES } from "../../../nas/data/facts.ts";
import { type Plan, planRun } from "../../../nas/plan/plan.ts";
import { childCosts, finalKind, sharedKind, timedStrategy } from "../../../nas/plan/costs.ts";
import { straightLine } from "../../../nas/plan/measure.ts";
import { phaseFlops, phaseSeconds, type PlannedPhase, planWork } from "../../../nas/plan/work.ts";
import { Search } from "../../../nas/search/search.ts";
import { assertNoLiveBuffers } from "../../engine/helpers.ts";
import { README_MICRO, README_ROWS } from "../space/examples.ts";

const CIFAR = { shape: [32, 32, 3], classes: 10 } as const;

const small = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 200, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 4, batchSize: 16, stepsPerEpoch: 0, restartPeriod: 1 },
  evaluator: { batchSize: 20 },
  search: {
    updatesPerEpoch: 3,
    arcsPerUpdate: 4,
    trainEvery: 2,
    epochs: 4,
    scoredArcs: 3,
    scoreImages: 50,
  },
  finalTraining: { epochs: 2, filters: 4, batchSize: 16, stepsPerEpoch: 0, restartPeriod: 1 },
});

/** FLOPs of the search of a configuration, or of its training from scratch, on CIFAR-10. */
function flopsOf(config: SearchConfig, network: "shared" | "final", arcText?: string): number {
  const arcs = arcText === undefined ? timedStrategy(config).arcs : [parseArc(arcText)];
  const kind = (network === "shared" ? sharedKind : finalKind)(config, CIFAR, arcs);
  const { mean } = childCosts(kind).flops;
  const { phases } = planWork(config, DATASET_SIZES.cifar10, "search");
  return phases.filter((phase) => phase.network === network)
    .reduce((sum, phase) => sum + phaseFlops(phase, mean), 0);
}

function assertWithin(actual: number, expected: number, share: number): void {
  assert.ok(Math.abs(actual / expected - 1) < share, `${actual}, expected about ${expected}`);
}

Deno.test("operations of the official searches are those of the specification", () => {
  const { config: macro } = getPreset("official-code", "macro");
  const correct = (layers: number, filters: number) =>
    mergeConfig(macro, { child: { opMode: "correct", layers, filters } });
  // Section I; its searches also read the test images, which ours leave alone.
  assertWithin(flopsOf(correct(12, 36), "shared"), 9.2e15, 0.2);
  assertWithin(flopsOf(correct(24, 36), "shared"), 1.8e16, 0.2);
  assertWithin(flopsOf(correct(24, 96), "shared"), 1.3e17, 0.2);
  assertWithin(flopsOf(macro, "shared"), 1.8e15, 0.2);
  const { config: micro } = getPreset("official-code", "micro");
  assertWithin(flopsOf(micro, "shared"), 4.2e15, 0.2);
  const wide = mergeConfig(micro, { child: { layers: 15, filters: 36 } });
  assertWithin(flopsOf(wide, "shared"), 2.4e16, 0.2);
});

Deno.test("operations of the official trainings are those of the specification", () => {
  const { config: macro } = getPreset("official-code", "macro");
  const layers = (count: number, filters: number) =>
    mergeConfig(macro, { child: { layers: count }, finalTraining: { filters } });
  // Section I; its trainings read the test images after every epoch.
  assertWithin(flopsOf(layers(12, 36), "final"), 2.6e16, 0.2);
  assertWithin(flopsOf(layers(24, 36), "final", README_ROWS), 7.9e16, 0.2);
  assertWithin(flopsOf(layers(24, 96), "final", README_ROWS), 5.6e17, 0.2);
  const { config: micro } = getPreset("official-code", "micro");
  assertWithin(flopsOf(micro, "final", README_MICRO), 1.3e17, 0.2);
});

Deno.test("planWork() counts what a search counts", async () => {
  const search = new Search({
    backend: new CpuBackend(),
    dataset: await loadDataset("synthetic"),
    config: small,
  });
  const { phases, train, validation, sampledArcs, learnedArcs } = planWork(
    small,
    DATASET_SIZES.synthetic,
    "search",
  );
  const counts = Object.fromEntries(phases.map(({ name, count }) => [name, count]));
  assert.deepEqual([train, validation], [150, 50]);
  assert.deepEqual(search.work, {
    child_step: counts.child_steps,
    reward: counts.rewards,
    evaluation_step: 0,
    score: counts.scores + counts.best_arc,
    train_step: counts.train_steps,
  });
  assert.deepEqual([counts.validation, counts.test, counts.evaluation], [2, 1, undefined]);
  assert.equal(counts.rewards, 2 * 3 * 4);
  assert.equal(learnedArcs, counts.rewards);
  assert.equal(sampledArcs, counts.child_steps + counts.rewards + counts.scores);
});

Deno.test("planWork() counts what a search without shared weights counts", async () => {
  for (const name of ["nas", "random"]) {
    const config = withMethod(small, name);
    const search = new Search({
      backend: new CpuBackend(),
      dataset: await loadDataset("synthetic"),
      config,
    });
    const planned = planWork(config, DATASET_SIZES.synthetic, "search");
    const of = (name: string) => planned.phases.find((phase) => phase.name === name)!;
    // Four epochs of eight architectures, each trained for two epochs and validated after each.
    assert.equal(planned.sampledArcs, 32);
    assert.equal(planned.learnedArcs, name === "nas" ? 32 : 0);
    assert.equal(of("evaluation_steps").count, search.work.evaluation_step);
    assert.equal(of("evaluation_validation").count, 32 * 2);
    assert.ok(planned.phases.every(({ network }) => network === "final"));
    search.dispose();
  }
});

Deno.test("planWork() counts evaluation, recalibration and passes", () => {
  const config = mergeConfig(small, {
    evaluator: { rewardBatchNorm: "recalibrated", recalibrationBatches: 3 },
    search: { evaluation: "new-arc-per-batch", scoreImages: 0 },
    finalTraining: { trainOn: "all" },
  });
  const { phases } = planWork(config, DATASET_SIZES.synthetic, "search");
  const of = (name: string) => phases.find((phase) => phase.name === name);
  assert.deepEqual([of("evaluation")?.count, of("evaluation")?.images], [4, 50]);
  assert.deepEqual([of("scores")?.images, of("scores")?.passes], [50, 3]);
  assert.deepEqual(of("rewards")?.recalibration, { passes: 3, images: 48 });
  assert.equal(of("validation"), undefined);
  assert.equal(of("train_steps")?.count, 2 * Math.ceil(200 / 16));
  const random = mergeConfig(config, { strategy: { name: "random" } });
  const names = planWork(random, DATASET_SIZES.synthetic, "search").phases.map(({ name }) => name);
  assert.equal(names.includes("rewards"), false);
  const alone = planWork(random, DATASET_SIZES.synthetic, "train").phases;
  assert.deepEqual(alone.map(({ name }) => name), ["train_steps", "test"]);
});

Deno.test("operations and seconds of a phase follow from its numbers", () => {
  const phase: PlannedPhase = {
    ...{ name: "rewards", network: "shared", trains: false, count: 10, images: 20, passes: 2 },
    ...{ recalibration: { passes: 3, images: 12 }, waits: 5 },
  };
  assert.equal(phaseFlops(phase, 7), 10 * 7 * (20 + 12));
  assert.equal(phaseFlops({ ...phase, trains: true }, 7), 10 * 7 * (3 * 20 + 12));
  assert.equal(phaseSeconds(phase, { fixed: 2, perImage: 0.5 }, 4), 10 * (5 * 2 + 32 * 0.5) + 20);
});

Deno.test("straightLine() goes through the largest batch and never slopes down", () => {
  assert.deepEqual(straightLine([[2, 5], [4, 6], [10, 9]]), { fixed: 4, perImage: 0.5 });
  assert.deepEqual(straightLine([[2, 5], [10, 4]]), { fixed: 4, perImage: 0 });
  // Steeper than from zero: noise at the small batch.
  assert.deepEqual(straightLine([[2, 1], [10, 20]]), { fixed: 0, perImage: 2 });
  assert.deepEqual(straightLine([[4, 8]]), { fixed: 0, perImage: 2 });
});

Deno.test("planRun() predicts a search on the GPU and leaves nothing there", async () => {
  const gpu = await GpuBackend.open();
  const plan = await planRun(small, DATASET_SIZES.synthetic, { backend: gpu, seconds: 1 });
  assertNoLiveBuffers(gpu);
  await gpu.close();
  assert.equal(plan.command, "search");
  assert.equal(plan.architectures, String(6 ** 4 * 2 ** 6));
  assert.ok(plan.searched!.flops.min < plan.searched!.flops.mean);
  assert.deepEqual([plan.final.arcs, plan.final.filters, plan.final.graph], [100, 4, "faithful"]);
  assert.equal(plan.memory?.fits, true);
  assert.deepEqual(plan.warnings, []);
  const { shared, final } = plan.measurement!;
  for (const times of [shared!, final]) {
    assert.ok(times.step.fixed + times.step.perImage > 0);
    assert.ok(times.pass.fixed + times.pass.perImage > 0);
    assert.equal(times.stepBatches[0], 2);
  }
  checkTotals(plan);
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
});

/** Sums of a plan are those of its parts. */
function checkTotals({ parts, flops, seconds }: Plan): void {
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number>((total, value) => total + value!, 0);
  assertWithin(sum(parts.map((part) => part.flops)), flops.total, 1e-9);
  assertWithin(sum(parts.map((part) => part.seconds)), seconds!, 1e-9);
  assert.ok(parts.every((part) => part.seconds! >= 0));
}

Deno.test("planRun() plans training one architecture on the CPU", async () => {
  const arc = parseArc("1 3 0 0 0 1 4 1 0 0");
  const backend = new CpuBackend();
  const plan = await planRun(small, DATASET_SIZES.synthetic, { backend, arc, seconds: 0.2 });
  assert.deepEqual([plan.command, plan.memory, plan.searched], ["train", null, null]);
  const { parameters, flops } = plan.final;
  assert.deepEqual([parameters.min, parameters.max], [parameters.mean, parameters.mean]);
  assert.equal(plan.flops.final, flops.mean * (3 * 16 * 2 * 10 + 2 * 50 + 200));
  assert.equal(plan.measurement?.shared, null);
  checkTotals(plan);
});

Deno.test("planRun() warns where memory is too little, and then predicts no time", async () => {
  const gpu = await GpuBackend.open({ memoryBudget: 2 ** 12 });
  const plan = await planRun(small, DATASET_SIZES.synthetic, { backend: gpu, seconds: 1 });
  await gpu.close();
  assert.equal(plan.memory?.fits, false);
  assert.match(plan.warnings[0], /^Expected the run to fit into the memory budget of 0\.0 MiB/);
  assert.match(plan.warnings[1], /not even a network of few filters fits/);
  assert.deepEqual([plan.seconds, plan.measurement], [null, null]);
  assert.ok(plan.flops.total > 0);
});

Deno.test("planRun() warns of buffers beyond the adapter's limit, and of refused pools", async () => {
  const { config } = getPreset("official-code", "macro");
  const narrow = mergeConfig(config, {
    dataset: { images: 40_000 },
    child: { layers: 2, filters: 96, batchSize: 512 },
    evaluator: { batchSize: 2000 },
    finalTraining: { filters: 2, poolOps: "refuse" },
  });
  const gpu = await GpuBackend.open();
  const plan = await planRun(narrow, DATASET_SIZES.cifar10, { backend: gpu, seconds: 0 });
  await gpu.close();
  const { largestBuffer, largestAllowed } = plan.memory!;
  assert.equal(plan.memory!.fits, largestBuffer <= largestAllowed);
  assert.match(plan.warnings[0], /finalTraining\.poolOps is refuse/);
  const said = plan.warnings.some((warning) => /^Expected every buffer to fit/.test(warning));
  assert.equal(said, largestBuffer > largestAllowed);
  assert.ok(largestBuffer >= 2000 * 32 * 32 * 96 * 4);
  assert.equal(plan.seconds, null);
});

Deno.test("the released op mode is planned as the max pooling that it runs", () => {
  const released = mergeConfig(small, { child: { opMode: "released" } });
  const { arcs } = timedStrategy(released);
  const [with0, with5] = ["0 0 0 0 0 0 0 0 0 0", "5 5 0 5 0 0 5 0 0 0"].map((text) =>
    childCosts(sharedKind(released, CIFAR, [parseArc(text)])).flops.mean
  );
  assert.equal(with0, with5);
  const costs = childCosts(sharedKind(released, CIFAR, arcs));
  assert.ok(costs.flops.max < 2 * costs.flops.min);
});
