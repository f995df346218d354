/**
 * The measurement behind the tables of docs/batch_norm_modes.md: trains shared weights on random
 * architectures, then scores the same architectures in every batch-norm mode.
 *
 * ```sh
 * deno run -A tests/nas/fidelity/measure_batch_norm.ts macro 150 300
 * deno run -A tests/nas/fidelity/measure_batch_norm.ts micro 300
 * ```
 *
 * The first argument is the space. Scores are taken after each of the numbers of training steps that
 * follow; the learning rate is one cosine from its maximum to its minimum over the last of them.
 *
 * @module
 */
import { GpuBackend } from "../../../engine/gpu_backend.ts";
import { cosineLearningRate } from "../../../engine/optim/schedule.ts";
import { Random } from "../../../engine/random.ts";
import type { Arc } from "../../../nas/arc/mod.ts";
import { createNetwork, sharedNetworkSpec } from "../../../nas/child/create_network.ts";
import { prepareChildData } from "../../../nas/child/data.ts";
import { ChildTrainer, type StepResult } from "../../../nas/child/trainer.ts";
import { getPreset, parseSearchConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/controller/create_sampler.ts";
import { loadDataset } from "../../../nas/data/mod.ts";
import { Pipeline } from "../../../nas/pipeline.ts";
import { Scorer } from "../../../nas/scorer.ts";
import { sharedTrainerOptions } from "../../../nas/train.ts";

/** Scored architectures. */
const ARCS = 24;
/** Of them those that are scored twice, and timed. */
const REPEATED = 8;

const MODES = [
  { name: "moving", controller: { rewardBatchNorm: "moving" } },
  { name: "batch, batches of 64", controller: { rewardBatchNorm: "batch" } },
  { name: "batch, batches of 250", controller: { rewardBatchNorm: "batch", batchSize: 250 } },
  { name: "recalibrated, k = 1", controller: recalibrated(1) },
  { name: "recalibrated, k = 4", controller: recalibrated(4) },
  { name: "recalibrated, k = 16", controller: recalibrated(16) },
] as const;

function recalibrated(recalibrationBatches: number) {
  return { rewardBatchNorm: "recalibrated", recalibrationBatches } as const;
}

/** Ranks from 0, ties shared. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

/** Spearman's rank correlation. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const [mx, my] = [mean(x), mean(y)];
  return mean(x.map((value, i) => (value - mx) * (y[i] - my))) / (deviation(x) * deviation(y));
}

const [space, ...checkpoints] = Deno.args;
const steps = checkpoints.map(Number);
const total = steps[steps.length - 1];
const preset = getPreset("quick", space === "micro" ? "micro" : "macro").config;
const withController = (controller: object) =>
  parseSearchConfig({
    ...preset,
    dataset: { ...preset.dataset, validationShare: 1 / 120 },
    search: { ...preset.search, scoreImages: 0 },
    controller: { ...preset.controller, ...controller, sampler: "random" },
  });
const config = withController({});

const backend = await GpuBackend.open();
const random = new Random(1);
const dataset = await loadDataset(config.dataset.name);
const data = prepareChildData(backend, dataset, config, random);
const spec = sharedNetworkSpec(config, { shape: data.shape, classes: data.classNames.length });
const network = createNetwork(backend, spec, random.fork("weights"), null);
const trainer = new ChildTrainer(
  network,
  data.pool,
  data.split.train,
  sharedTrainerOptions(config),
  random.fork("training"),
);
const sampler = createSampler(config, random.fork("arcs"));
const { arcs } = createSampler(config, random.fork("scored arcs")).sample(ARCS);
const repeated = arcs.slice(0, REPEATED);
const scorer = (controller: object, seed: number) =>
  new Scorer({
    backend,
    network,
    data,
    config: withController(controller),
    random: new Random(seed),
  });

/** Estimates of some architectures on all 500 validation images. */
const estimate = (controller: object, seed: number, scored: readonly Arc[]) =>
  scorer(controller, seed).scores(scored, () => {});

/** Milliseconds for the reward of one architecture, on one minibatch. */
async function rewardTime(controller: object): Promise<number> {
  const rewarding = scorer(controller, 1);
  await rewarding.rewards(repeated.slice(0, 1));
  const start = performance.now();
  await rewarding.rewards(repeated);
  return (performance.now() - start) / REPEATED;
}

const rate = {
  max: config.child.learningRateMax,
  min: config.child.learningRateMin,
  period: 20,
  factor: 2,
};
let done = 0;
for (const until of steps) {
  const pipeline = new Pipeline<StepResult>(() => {});
  const drawn = sampler.sample(until - done).arcs;
  for (const arc of drawn) {
    const learningRate = cosineLearningRate(Math.floor(20 * done / total), rate);
    await pipeline.push(trainer.step(arc, learningRate));
    done++;
  }
  await pipeline.drain();
  const results = [];
  for (const { name, controller } of MODES) {
    const estimates = await estimate(controller, 1, arcs);
    // Another seed draws other training batches; without them a score has no chance in it.
    const again = controller.rewardBatchNorm === "recalibrated"
      ? await estimate(controller, 2, repeated)
      : estimates.slice(0, REPEATED);
    const change = mean(again.map((value, i) => Math.abs(value - estimates[i])));
    const milliseconds = await rewardTime(controller);
    results.push({ name, estimates, milliseconds, change });
  }
  for (const { name, estimates, milliseconds, change } of results) {
    const numbers = [
      mean(estimates).toFixed(3),
      deviation(estimates).toFixed(3),
      Math.min(...estimates).toFixed(3),
      Math.max(...estimates).toFixed(3),
      ...[results[0], results[1], results[5]].map((other) =>
        spearman(estimates, other.estimates).toFixed(2)
      ),
      change.toFixed(4),
      milliseconds.toFixed(0),
    ];
    // deno-lint-ignore no-console
    console.log(`| ${until} | ${name} | ${numbers.join(" | ")} |`);
  }
}
network.dispose();
data.pool.dispose();
data.test.dispose();
