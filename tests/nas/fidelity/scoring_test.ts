// Rows of enas-spec.md section K that change how sampled children are scored: reward batch norm,
// reward dropout, val_acc, eval arcs.
import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import type { ImageBytes } from "../../../engine/image_bytes.ts";
import { Random } from "../../../engine/random.ts";
import { type Arc, formatArc } from "../../../nas/space/mod.ts";
import type { BatchNormUse, ChildNetwork } from "../../../nas/child/network.ts";
import {
  type DeepPartial,
  mergeConfig,
  type SearchConfig,
  type SharedWeightsSettings,
} from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { Search } from "../../../nas/search/search.ts";
import type { RunEvent } from "../../../nas/run/events.ts";
import { build, MACRO, macroArc, MICRO, watchForward } from "./build.ts";

const ARC = macroArc([0], [3, 1], [5, 0, 1]);
const OTHER = macroArc([2], [1, 1], [4, 0, 1]);

/** Calls `each` with the numbers of the images of every batch that is gathered from now on. */
function watchImages(pool: ImageBytes, each: (images: number[]) => void): void {
  const gather = pool.gather.bind(pool);
  pool.gather = (table, first, n, augmentation = null) => {
    each([...table.cpu.subarray(first, first + n)]);
    return gather(table, first, n, augmentation);
  };
}

/** A small configuration with other settings of evaluator and search. */
function settings<Config extends SearchConfig>(
  base: Config,
  evaluator: DeepPartial<SharedWeightsSettings>,
  search: DeepPartial<SearchConfig["search"]> = {},
): Config {
  return mergeConfig<SearchConfig>(base, { evaluator, search }) as Config;
}

/** Moves every moving average, as training on other architectures would. */
function disturb({ averages }: ChildNetwork): void {
  const random = new Random(8);
  for (const name of averages.names) {
    averages.set(name, averages.get(name).cpu.map((value) => value + 2 * random.uniform()));
  }
}

Deno.test("rewardBatchNorm: which statistics a reward is measured with, in both spaces", async () => {
  for (const space of [MACRO, MICRO]) {
    const [first, second] = createSampler(space, new Random(1)).sample(2).arcs;
    const passes = async (rewardBatchNorm: SharedWeightsSettings["rewardBatchNorm"]) => {
      const { network, data, scorer } = build(
        settings(space, { rewardBatchNorm, recalibrationBatches: 3 }),
      );
      const seen: string[] = [];
      const images: number[][] = [];
      watchImages(data.pool, (batch) => images.push(batch));
      watchForward(network, ({ arc, mode, count }) => {
        assert.equal(mode.dropout, null);
        const step = mode.recalibrationStep === undefined ? "" : ` ${mode.recalibrationStep}`;
        seen.push(`${arc === first ? "a" : "b"} ${mode.batchNorm}${step} ${count}`);
      });
      const before = await network.averages.values();
      await scorer.rewards([first, second]);
      assert.deepEqual(await network.averages.values(), before, "moving averages stay");
      return { seen, images, data };
    };
    assert.deepEqual((await passes("moving")).seen, ["a moving 20", "b moving 20"]);
    assert.deepEqual((await passes("batch")).seen, ["a batch 20", "b batch 20"]);
    const { seen, images, data: { split } } = await passes("recalibrated");
    const fresh = [0, 1, 2].map((step) => `recalibrate ${step} 8`);
    assert.deepEqual(
      seen,
      ["a", "b"].flatMap((arc) => [...fresh, "recalibrated 20"].map((pass) => `${arc} ${pass}`)),
    );
    // Fresh averages come from training images, the same for both; rewards from validation images.
    const training = new Set(split.train);
    images.forEach((batch, i) =>
      assert.ok(batch.every((image) => training.has(image) === (i % 4 < 3)))
    );
    assert.deepEqual(images.slice(0, 3), images.slice(4, 7));
    assert.equal(new Set(images.slice(0, 3).flat()).size, 24);
    assert.notDeepEqual(images[3], images[7]);
  }
});

Deno.test("rewardBatchNorm: averages of other architectures move a moving score alone", async () => {
  const scores = async (rewardBatchNorm: "moving" | "batch" | "recalibrated") => {
    const config = settings(MACRO, { rewardBatchNorm }, { scoreImages: 0 });
    const { network, scorer, trainer } = build(config);
    for (const arc of [ARC, OTHER, ARC, OTHER]) await trainer.step(arc, 0.1);
    const before = await scorer.scores([ARC, OTHER], () => {});
    disturb(network);
    const same = build(config);
    for (const arc of [ARC, OTHER, ARC, OTHER]) await same.trainer.step(arc, 0.1);
    disturb(same.network);
    return { before, after: await same.scorer.scores([ARC, OTHER], () => {}) };
  };
  const moving = await scores("moving");
  assert.notDeepEqual(moving.after, moving.before);
  const batch = await scores("batch");
  assert.deepEqual(batch.after, batch.before);
  const recalibrated = await scores("recalibrated");
  assert.deepEqual(recalibrated.after, recalibrated.before);
  const all = [moving, batch, recalibrated].map(({ before }) => before.join());
  assert.equal(new Set(all).size, 3, all.join(" "));
});

Deno.test("rewardBatchNorm: only batch depends on how images are put into batches", async () => {
  for (const rewardBatchNorm of ["moving", "batch", "recalibrated"] as const) {
    const scores = new Set<string>();
    for (const batchSize of [3, 10, 120]) {
      const { scorer, trainer } = build(settings(MACRO, { rewardBatchNorm, batchSize }));
      for (const arc of [ARC, OTHER]) await trainer.step(arc, 0.1);
      scores.add((await Promise.all([scorer.validation(ARC), scorer.validation(OTHER)])).join());
    }
    assert.equal(scores.size > 1, rewardBatchNorm === "batch", rewardBatchNorm);
  }
});

Deno.test("rewardDropout: the same architecture on the same images scores differently, or equally", async () => {
  for (const space of [MACRO, MICRO]) {
    const [arc] = createSampler(space, new Random(1)).sample(1).arcs;
    for (const rewardDropout of [true, false]) {
      const config = mergeConfig<SearchConfig>(space, {
        child: { keepProbability: 0.5 },
        evaluator: { rewardDropout },
      });
      const { network, scorer } = build(config);
      const seeds: number[] = [];
      watchForward(network, ({ mode: { dropout } }) => {
        assert.equal(dropout?.keepProbability, rewardDropout ? 0.5 : undefined);
        if (dropout !== null) seeds.push(dropout.seed);
      });
      const scores: number[] = [];
      for (let i = 0; i < 3; i++) scores.push(await scorer.validation(arc));
      assert.equal(new Set(scores).size > 1, rewardDropout, scores.join());
      await scorer.rewards([arc, arc]);
      // Three times 120 images in batches of 20, and two rewards.
      assert.equal(new Set(seeds).size, rewardDropout ? 20 : 0);
    }
  }
});

Deno.test("scoreOn, scoreImages: common images, each architecture its own, or the whole split", async () => {
  const images = async (search: DeepPartial<SearchConfig["search"]>) => {
    const { data, scorer } = build(settings(MACRO, {}, search));
    const gathered: number[][] = [];
    watchImages(data.pool, (batch) => gathered.push(batch));
    await scorer.scores([ARC, OTHER, ARC], () => {});
    const each = gathered.length / 3;
    const ofArc = [0, 1, 2].map((i) => gathered.slice(i * each, (i + 1) * each).flat());
    assert.ok(ofArc.every((part) => part.length === scorer.scoreImages));
    return { ofArc, validation: [...data.split.validation] };
  };
  const common = await images({ scoreOn: "common", scoreImages: 30 });
  const first = common.validation.slice(0, 30);
  assert.deepEqual(common.ofArc, [first, first, first]);

  const own = await images({ scoreOn: "own", scoreImages: 30 });
  const drawn = own.ofArc.flat();
  assert.equal(new Set(drawn).size, 90, "no image twice until all were drawn");
  assert.ok(drawn.every((image) => own.validation.includes(image)));

  const whole = await images({ scoreOn: "common", scoreImages: 0 });
  assert.deepEqual(whole.ofArc, [whole.validation, whole.validation, whole.validation]);
});

/** A search of one epoch with 250 validation images, and what it scored the policy with. */
async function evaluated(evaluation: SearchConfig["search"]["evaluation"]) {
  const config = mergeConfig(MACRO, {
    dataset: { images: 0, validationShare: 0.5 },
    child: { layers: 2, filters: 2 },
    evaluator: { rewardBatchNorm: "recalibrated", recalibrationBatches: 1, batchSize: 50 },
    search: { evaluation, epochs: 1 },
    finalTraining: { filters: 2 },
  });
  const dataset = syntheticDataset({ train: 500, test: 20 });
  const search = new Search({ backend: new CpuBackend(), dataset, config });
  const passes: { arc: Arc; use: BatchNormUse; count: number }[] = [];
  watchForward(search.evaluator.shared!.network, ({ arc, mode, count }) => {
    passes.push({ arc, use: mode.batchNorm, count });
  });
  let testRead = false;
  watchImages(search.data.test, () => testRead = true);
  const events: RunEvent[] = [];
  let policy: typeof passes = [];
  for await (const event of search.run()) {
    events.push(event);
    if (event.type === "arc_scored") passes.length = 0;
    if (event.type === "epoch_finished") policy = passes.splice(0);
    if (event.type === "best_arc") assert.ok(!testRead, "a search reads no test image");
  }
  assert.ok(testRead, "training from scratch reads them at its end");
  search.dispose();
  const [{ policyAccuracy }] = events.flatMap((e) => e.type === "epoch_finished" ? e : []);
  const modes = events.flatMap((e) =>
    e.type === "arc_scored" || e.type === "best_arc" ? e.batchNorm : []
  );
  assert.deepEqual(new Set(modes), new Set(["recalibrated"]));
  const scored = policy.filter(({ use }) => use === "recalibrated");
  const arcs = [...new Set(scored.map(({ arc }) => arc))];
  const counts = arcs.map((arc) =>
    scored.reduce((total, pass) => pass.arc === arc ? total + pass.count : total, 0)
  );
  return { policyAccuracy, texts: arcs.map(formatArc), counts };
}

Deno.test("evaluation: no number, a new architecture for each 100 images, or one for all", async () => {
  assert.deepEqual(await evaluated("none"), { policyAccuracy: null, texts: [], counts: [] });
  const many = await evaluated("new-arc-per-batch");
  assert.deepEqual(many.counts, [100, 100, 50]);
  assert.equal(new Set(many.texts).size, 3);
  const one = await evaluated("one-arc");
  assert.deepEqual(one.counts, [250]);
  for (const { policyAccuracy } of [many, one]) {
    const hits = policyAccuracy! * 250;
    assert.ok(hits >= 0 && hits <= 250 && Math.abs(hits - Math.round(hits)) < 1e-9);
  }
});
