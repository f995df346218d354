// The scorer against accuracies of the same batches, asked for one by one.
import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import type { Arc } from "../../../nas/space/mod.ts";
import { createNetwork, sharedNetworkSpec } from "../../../nas/child/create_network.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import type { ForwardMode } from "../../../nas/child/network.ts";
import { accuracyOf, type ScoreMode } from "../../../nas/child/score.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import {
  mergeConfig,
  type SearchConfig,
  sharedWeightsOf,
  type SharedWeightsSettings,
} from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { Scorer } from "../../../nas/evaluator/scorer.ts";
import { sharedTrainerOptions } from "../../../nas/child/training_options.ts";
import { MACRO_ARC, MICRO_ARC, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";
import { watchGathers } from "./watch_gathers.ts";

const DATASET = syntheticDataset({ train: 320, test: 10 });

/** Shared weights after two steps, 240 validation and 80 training images, and a scorer. */
async function setUp(config: SearchConfig) {
  const backend = new CpuBackend();
  const random = new Random(5);
  const data = prepareChildData(backend, DATASET, config, random);
  const spec = sharedNetworkSpec(config, { shape: data.shape, classes: 4 });
  const network = createNetwork(backend, spec, random.fork("weights"), null);
  const options = sharedTrainerOptions(config);
  const trainer = new ChildTrainer(network, data.pool, data.split.train, options, random);
  for (const arc of [arcOf(config), arcOf(config)]) await trainer.step(arc, 0.05);
  const scorer = new Scorer({ backend, network, data, config, random: random.fork("scorer") });
  const accuracy = (arc: Arc, images: ArrayLike<number>, how: Partial<ScoreMode> = {}) =>
    accuracyOf(network, arc, data.pool, Uint32Array.from(images), {
      batchSize: sharedWeightsOf(config).batchSize,
      batchNorm: "batch",
      ...how,
    });
  return { backend, data, network, scorer, accuracy };
}

const arcOf = ({ space }: SearchConfig) => space === "macro" ? MACRO_ARC : MICRO_ARC;

/** Different arcs of the configuration's space. */
function arcsOf(config: SearchConfig, count: number): readonly Arc[] {
  return createSampler(config, new Random(8)).sample(count).arcs;
}

/** Both spaces with some settings changed. */
function configs(
  evaluator: Partial<SharedWeightsSettings>,
  search: Partial<SearchConfig["search"]> = {},
): SearchConfig[] {
  const changed = { dataset: { images: 320, validationShare: 0.75 }, evaluator, search };
  return [mergeConfig(SMALL_MACRO, changed), mergeConfig(SMALL_MICRO, changed)];
}

Deno.test("Scorer rewards every arc on a validation batch of its own", async () => {
  for (const config of configs({ rewardBatchNorm: "batch", batchSize: 10 })) {
    const { data, scorer, accuracy } = await setUp(config);
    const arcs = arcsOf(config, 3);
    let rewards: number[] = [];
    const gathered = await watchGathers(async () => rewards = await scorer.rewards(arcs));
    const batches = gathered.map(({ images }) => images);
    assert.deepEqual(batches.map(({ length }) => length), [10, 10, 10]);
    assert.equal(new Set(batches.flat()).size, 30);
    assert.ok(batches.flat().every((image) => data.split.validation.includes(image)));
    const expected: number[] = [];
    for (const [i, arc] of arcs.entries()) expected.push(await accuracy(arc, batches[i]));
    assert.deepEqual(rewards, expected);
  }
});

Deno.test("Scorer scores on common images, on own ones, or on the whole split", async () => {
  const score = async (config: SearchConfig) => {
    const { data, scorer, accuracy } = await setUp(config);
    const arcs = arcsOf(config, 3);
    let scores: number[] = [];
    let told = 0;
    const gathered = await watchGathers(async () =>
      scores = await scorer.scores(arcs, () => told++)
    );
    assert.equal(told, 3);
    const images = gathered.map(({ images }) => images).flat();
    const count = scorer.scoreImages;
    const own = arcs.map((_, i) => images.slice(i * count, (i + 1) * count));
    const expected: number[] = [];
    for (const [i, arc] of arcs.entries()) expected.push(await accuracy(arc, own[i]));
    assert.deepEqual(scores, expected);
    return { own, validation: data.split.validation };
  };
  for (const config of configs({ batchSize: 10 }, { scoreOn: "common" })) {
    const { own, validation } = await score(config);
    const first = [...validation.subarray(0, 20)];
    assert.deepEqual(own, [first, first, first]);
  }
  for (const config of configs({ batchSize: 10 }, { scoreOn: "own" })) {
    const { own, validation } = await score(config);
    assert.equal(new Set(own.flat()).size, 60);
    assert.ok(own.flat().every((image) => validation.includes(image)));
  }
  const [whole] = configs({ batchSize: 40 }, { scoreImages: 0 });
  const { own, validation } = await score(whole);
  assert.deepEqual(own[2], [...validation]);
});

Deno.test("Scorer measures the policy with a new arc for each 100 images, or with one", async () => {
  for (const evaluation of ["none", "one-arc", "new-arc-per-batch"] as const) {
    for (const config of configs({ batchSize: 20 }, { evaluation })) {
      const { data, scorer, accuracy } = await setUp(config);
      const drawn: Arc[] = [];
      const sample = (count: number) => {
        const arcs = arcsOf(config, count);
        drawn.push(...arcs);
        return arcs;
      };
      const found = await scorer.policy(sample);
      const { validation } = data.split;
      if (evaluation === "none") assert.deepEqual([found, drawn.length], [null, 0]);
      else if (evaluation === "one-arc") {
        assert.equal(drawn.length, 1);
        assert.equal(found, await accuracy(drawn[0], validation));
      } else {
        // 240 images are batches of 100, 100 and 40.
        assert.equal(drawn.length, 3);
        let right = 0;
        for (const [i, arc] of drawn.entries()) {
          const part = validation.subarray(i * 100, i * 100 + 100);
          right += Math.round(await accuracy(arc, part) * part.length);
        }
        assert.equal(found, right / 240);
      }
    }
  }
});

Deno.test("Scorer takes recalibrated averages from training images alone, for every arc anew", async () => {
  const settings = { rewardBatchNorm: "recalibrated", recalibrationBatches: 3 } as const;
  for (const config of configs({ ...settings, batchSize: 20 })) {
    const { backend, data, network, scorer, accuracy } = await setUp(config);
    const arcs = arcsOf(config, 2);
    const before = await network.averages.values();
    let scores: number[] = [];
    const gathered = await watchGathers(async () => scores = await scorer.scores(arcs, () => {}));
    // Three batches of the size of a training step, then the 20 scored images, for each arc.
    assert.deepEqual(gathered.map(({ images }) => images.length), [8, 8, 8, 20, 8, 8, 8, 20]);
    assert.ok(gathered.every(({ augmentation }) => augmentation === null));
    const batches = gathered.slice(0, 3).flatMap(({ images }) => images);
    assert.deepEqual(gathered.slice(4, 7).flatMap(({ images }) => images), batches);
    assert.ok(batches.every((image) => data.split.train.includes(image)));
    assert.equal(new Set(batches).size, 24);
    assert.deepEqual(await network.averages.values(), before);
    const table = backend.fromArray(batches, [24], "u32");
    const recalibration = { images: data.pool, table, batches: 3, batchSize: 8 };
    const how = { batchNorm: "recalibrated", recalibration } as const;
    const expected: number[] = [];
    // In the other order: no arc's averages come from the arc before.
    for (const arc of [...arcs].reverse()) {
      expected.push(await accuracy(arc, gathered[3].images, how));
    }
    assert.deepEqual(scores, expected.reverse());
  }
});

Deno.test("Scorer keeps dropout on where the configuration says so, with a new seed each time", async () => {
  for (const rewardDropout of [false, true]) {
    for (const config of configs({ rewardDropout, batchSize: 10 })) {
      const { network, scorer } = await setUp(config);
      const modes: ForwardMode[] = [];
      const forward = network.forward.bind(network);
      network.forward = (tape, arc, images, mode) => {
        modes.push(mode);
        return forward(tape, arc, images, mode);
      };
      const arc = arcOf(config);
      await scorer.rewards([arc, arc]);
      await scorer.scores([arc], () => {});
      const dropouts = modes.map(({ dropout }) => dropout);
      assert.equal(dropouts.length, 4);
      if (!rewardDropout) assert.deepEqual(dropouts, [null, null, null, null]);
      else {
        const { keepProbability } = config.child;
        assert.ok(dropouts.every((dropout) => dropout?.keepProbability === keepProbability));
        assert.equal(new Set(dropouts.map((dropout) => dropout!.seed)).size, 4);
      }
      // Scoring never moves averages.
      assert.ok(modes.every(({ batchNorm }) => batchNorm === "batch"));
    }
  }
});
