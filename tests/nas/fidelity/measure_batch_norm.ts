/**
 * The measurement behind the tables of docs/batch_norm_modes.md: trains shared weights on random
 * architectures, then scores the same architectures in every batch-norm mode.
 *
 * ```sh
 * deno run -A tests/nas/fidelity/measure_batch_norm.ts macro 150 300
 * deno run -A tests/nas/fidelity/measure_batch_norm.ts micro 300
 * deno run -A tests/nas/fidelity/measure_batch_norm.ts macro 100 alone
 * ```
 *
 * The first argument is the space. Scores are taken after each of the numbers of training steps that
 * follow; the learning rate is one cosine from its maximum to its minimum over the last of them.
 * `alone` is the control: a few of the architectures, each trained without any other.
 *
 * @module
 */
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { cosineLearningRate } from "../../../engine/optim/schedule.ts";
import { Random } from "../../../engine/random.ts";
import type { Arc } from "../../../nas/space/mod.ts";
import { createNetwork, sharedNetworkSpec } from "../../../nas/child/create_network.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import type { ChildNetwork } from "../../../nas/child/network.ts";
import { ChildTrainer, type StepResult } from "../../../nas/child/trainer.ts";
import { getPreset, parseSearchConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { loadDataset } from "../../../nas/data/mod.ts";
import { Pipeline } from "../../../nas/child/pipeline.ts";
import { Scorer } from "../../../nas/evaluator/scorer.ts";
import { sharedTrainerOptions } from "../../../nas/child/training_options.ts";

/** Scored architectures. */
const ARCS = 24;
/** Of them those that are scored twice, and timed. */
const REPEATED = 8;
/** Of them those that are trained without any other. */
const ALONE = 6;

const MODES = [
  { name: "moving", evaluator: { rewardBatchNorm: "moving" } },
  { name: "batch, batches of 64", evaluator: { rewardBatchNorm: "batch" } },
  { name: "batch, batches of 250", evaluator: { rewardBatchNorm: "batch", batchSize: 250 } },
  { name: "recalibrated, k = 1", evaluator: recalibrated(1) },
  { name: "recalibrated, k = 4", evaluator: recalibrated(4) },
  { name: "recalibrated, k = 16", evaluator: recalibrated(16) },
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

const [space, ...rest] = Deno.args;
const steps = rest.filter((text) => text !== "alone").map(Number);
const total = steps[steps.length - 1];
const preset = getPreset("quick", space === "micro" ? "micro" : "macro").config;
const withEvaluator = (evaluator: object) =>
  parseSearchConfig({
    ...preset,
    dataset: { ...preset.dataset, validationShare: 1 / 120 },
    search: { ...preset.search, scoreImages: 0 },
    strategy: { name: "random" },
    evaluator: { ...preset.evaluator, ...evaluator },
  });
const config = withEvaluator({});

const backend = await GpuBackend.open();
const random = new Random(1);
const dataset = await loadDataset(config.dataset.name);
const data = prepareChildData(backend, dataset, config, random);
const spec = sharedNetworkSpec(config, { shape: data.shape, classes: data.classNames.length });
const sampler = createSampler(config, random.fork("arcs"));
const { arcs } = createSampler(config, random.fork("scored arcs")).sample(ARCS);
const repeated = arcs.slice(0, REPEATED);

/** New weights, how they are trained, and how they score. */
class Weights {
  readonly network: ChildNetwork;
  readonly #trainer: ChildTrainer;
  /** Training steps so far. */
  done = 0;

  constructor(random: Random) {
    this.network = createNetwork(backend, spec, random.fork("weights"), null);
    this.#trainer = new ChildTrainer(
      this.network,
      data.pool,
      data.split.train,
      sharedTrainerOptions(config),
      random.fork("training"),
    );
  }

  /** One step on each of these. */
  async train(drawn: readonly Arc[]): Promise<void> {
    const pipeline = new Pipeline<StepResult>(() => {});
    for (const arc of drawn) {
      const learningRate = cosineLearningRate(Math.floor(20 * this.done / total), rate);
      await pipeline.push(this.#trainer.step(arc, learningRate));
      this.done++;
    }
    await pipeline.drain();
  }

  /** Scores on all 500 validation images. */
  async estimate(controller: object, seed: number, scored: readonly Arc[]): Promise<number[]> {
    return await this.#scorer(controller, seed).scores(scored, () => {});
  }

  /** Milliseconds for the reward of one architecture, on one minibatch. */
  async rewardTime(controller: object): Promise<number> {
    const rewarding = this.#scorer(controller, 1);
    await rewarding.rewards(repeated.slice(0, 1));
    const start = performance.now();
    await rewarding.rewards(repeated);
    return (performance.now() - start) / REPEATED;
  }

  #scorer(controller: object, seed: number): Scorer {
    const config = withEvaluator(controller);
    return new Scorer({
      ...{ backend, network: this.network, data, config },
      random: new Random(seed),
    });
  }
}

const rate = {
  max: config.child.learningRateMax,
  min: config.child.learningRateMin,
  period: 20,
  factor: 2,
};

/** Scores the architectures under weights that are shared by all, in every mode. */
async function measureShared(): Promise<void> {
  const weights = new Weights(random);
  for (const until of steps) {
    await weights.train(sampler.sample(until - weights.done).arcs);
    const results = [];
    for (const { name, evaluator } of MODES) {
      const estimates = await weights.estimate(evaluator, 1, arcs);
      // Another seed draws other training batches; without them a score has no chance in it.
      const again = evaluator.rewardBatchNorm === "recalibrated"
        ? await weights.estimate(evaluator, 2, repeated)
        : estimates.slice(0, REPEATED);
      const change = mean(again.map((value, i) => Math.abs(value - estimates[i])));
      results.push({ name, estimates, change, milliseconds: await weights.rewardTime(evaluator) });
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
        change.toFixed(3),
        milliseconds.toFixed(0),
      ];
      print(`| ${until} | ${name} | ${numbers.join(" | ")} |`);
    }
  }
  weights.network.dispose();
}

/** Scores architectures that were trained alone, in the first mode of each kind. */
async function measureAlone(): Promise<void> {
  const modes = [MODES[0], MODES[1], MODES[4]];
  const estimates: number[][] = modes.map(() => []);
  for (const [i, arc] of arcs.slice(0, ALONE).entries()) {
    const weights = new Weights(random.fork(`alone ${i}`));
    await weights.train(Array.from({ length: total }, () => arc));
    for (const [mode, { evaluator }] of modes.entries()) {
      estimates[mode].push(...await weights.estimate(evaluator, 1, [arc]));
    }
    weights.network.dispose();
  }
  modes.forEach(({ name }, mode) => {
    const each = estimates[mode].map((value) => value.toFixed(3)).join(" | ");
    print(`| ${total} | ${name} | ${mean(estimates[mode]).toFixed(3)} | ${each} |`);
  });
}

function print(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

await (rest.includes("alone") ? measureAlone() : measureShared());
data.pool.dispose();
data.test.dispose();
