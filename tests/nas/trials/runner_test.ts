import assert from "node:assert/strict";
import { join } from "node:path";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { loadDataset } from "../../../nas/data/mod.ts";
import { TrialRunner } from "../../../nas/trials/runner.ts";
import { FolderArtifacts } from "../../../nas/trials/artifacts.ts";
import { trialImages, withImages } from "../../../nas/trials/images.ts";
import { Results } from "../../../nas/trials/results.ts";
import {
  type Json,
  StudyInterrupted,
  type Trial,
  UnrecoverableError,
} from "../../../nas/trials/queue.ts";
import { trial } from "../../../nas/trials/kinds/mod.ts";
import { assertNoLiveBuffers } from "../../engine/helpers.ts";
import { MACRO_ARC, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";
import { formatArc } from "../../../nas/space/arc.ts";

const QUIET = new AbortController().signal;

const synthetic = await loadDataset("synthetic");
const images = trialImages(synthetic, 200);

const backend = await GpuBackend.open();

/** Runs `body` with a runner on the GPU and the artifacts of a study; no buffer stays alive. */
async function withRunner(
  body: (runner: TrialRunner, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    {
      using runner = new TrialRunner({
        open: () => Promise.resolve({ backend, adapter: { description: "test adapter" } }),
        artifacts: new FolderArtifacts(folder),
        datasets: new Map([["synthetic", synthetic]]),
      });
      await body(runner, folder);
    }
    assertNoLiveBuffers(backend);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A trial with its images. */
const task: typeof trial = (kind, id, input) => withImages(trial(kind, id, input), images);

function search(id: string, config: SearchConfig, more: object = {}): Trial {
  return task("supernet", id, {
    config,
    marks: [0, 1, 2],
    arcs: 3,
    keepWeights: [2],
    donor: null,
    ...more,
  });
}

/** The result in the form in which a study reads it, without what a clock said. */
function read(trial: Trial, result: Json): Results {
  return new Results([{ trial, result, seconds: 1, attempts: 1 }]);
}

Deno.test("a search is described at its marks, which change nothing of it", () =>
  withRunner(async (runner, folder) => {
    const searched = search("supernet/seed0", SMALL_MACRO);
    const results = read(searched, await runner.run(searched, QUIET));
    assert.deepEqual(results.adapters, ["test adapter"]);
    const result = results.of("supernet", searched.id)!;
    assert.deepEqual(result.epochs.map(({ epoch }) => epoch), [1, 2]);
    assert.deepEqual(result.marks.map(({ epoch }) => epoch), [0, 1, 2]);
    for (const mark of result.marks) {
      assert.equal(mark.arcs.length, 3);
      assert.equal(mark.estimates.length, 3);
      assert.equal(mark.untouched.length, 3);
      assert.equal(mark.controller!.fingerprint.length, 64);
      assert.ok(Math.abs(mark.policy.opShares.reduce((a, b) => a + b) - 1) < 1e-9);
    }
    const [untrained, , last] = result.marks;
    assert.ok(untrained.controller!.tensors.every(({ change }) => change === 0));
    assert.ok(last.controller!.tensors.some(({ change }) => change > 0));
    // The untrained controller is close to uniform; its entropy is measured, not assumed.
    assert.ok(Math.abs(untrained.policy.entropy - untrained.policy.uniformEntropy) < 0.5);

    const unmarked = search("supernet/unmarked", SMALL_MACRO, { marks: [2] });
    const other = read(unmarked, await runner.run(unmarked, QUIET)).of("supernet", unmarked.id)!;
    const bare = (epochs: typeof result.epochs) =>
      epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
    assert.deepEqual(bare(other.epochs), bare(result.epochs));
    assert.equal(other.marks[0].controller!.fingerprint, last.controller!.fingerprint);
    assert.deepEqual(other.marks[0].arcs, last.arcs);

    const donor = { trial: searched.id, epoch: 2 };
    const heir = search("supernet/heir", SMALL_MACRO, { donor });
    const inherited = read(heir, await runner.run(heir, QUIET)).of("supernet", heir.id)!;
    assert.equal(inherited.marks[0].controller!.fingerprint, last.controller!.fingerprint);
    assert.ok(
      (await Deno.stat(join(folder, "files/supernet/seed0/epoch2/shared_weights.safetensors")))
        .size > 0,
    );
  }));

Deno.test("a search whose weights are frozen has a result that can be read", () =>
  withRunner(async (runner) => {
    const config = mergeConfig(SMALL_MACRO, { child: { frozenAfter: 1 } });
    const searched = search("supernet/frozen", config);
    const { epochs, stepsPerEpoch } = read(searched, await runner.run(searched, QUIET)).of(
      "supernet",
      searched.id,
    )!;
    assert.equal(stepsPerEpoch, 3);
    assert.equal(epochs[1].trainLoss, null);
  }));

Deno.test("fixed arcs get the estimates that the search itself gave them", () =>
  withRunner(async (runner) => {
    const config = mergeConfig(SMALL_MACRO, { evaluator: { rewardBatchNorm: "moving" } });
    const searched = search("supernet/a", config);
    const { marks: [, , last] } = read(searched, await runner.run(searched, QUIET)).of(
      "supernet",
      searched.id,
    )!;
    const score = task("score", "score/a", {
      weights: { trial: searched.id, epoch: 2 },
      config,
      arcs: last.arcs,
    });
    const result = read(score, await runner.run(score, QUIET)).of("score", score.id)!;
    // Moving averages do not depend on how images are divided among passes.
    for (const [i, estimate] of last.estimates.entries()) {
      assert.ok(Math.abs(result.estimates.moving[i] - estimate) < 1e-9);
    }
    assert.equal(result.images, 40);
    assert.equal(result.replay.images, 40);
    for (const mode of ["moving", "batch", "recalibrated"] as const) {
      const [a, b] = result.halves[mode];
      result.estimates[mode].forEach((whole, i) =>
        assert.ok(Math.abs(whole - (a[i] + b[i]) / 2) < 1e-9)
      );
    }
    const again = read(score, await runner.run(score, QUIET)).of("score", score.id)!;
    assert.deepEqual({ ...again, seconds: 0 }, { ...result, seconds: 0 });
  }));

Deno.test("an arc is trained from scratch as the command train does, by its seed alone", () =>
  withRunner(async (runner) => {
    const arc = formatArc(MACRO_ARC);
    const train = (seed: number) =>
      task("train", `train/seed${seed}`, { config: { ...SMALL_MACRO, seed }, arc });
    const run = async (trained: Trial) =>
      read(trained, await runner.run(trained, QUIET)).of("train", trained.id)!;
    const first = await run(train(1));
    assert.equal(first.curve.length, 2);
    assert.equal(first.testImages, 200);
    assert.ok(first.parameters > 0 && first.flops > 0);
    await run(train(2));
    assert.deepEqual({ ...await run(train(1)), seconds: 0 }, { ...first, seconds: 0 });
  }));

Deno.test("the micro space runs too", () =>
  withRunner(async (runner) => {
    const searched = search("supernet/micro", SMALL_MICRO, { marks: [0, 2] });
    const { marks } = read(searched, await runner.run(searched, QUIET)).of(
      "supernet",
      searched.id,
    )!;
    assert.equal(marks[1].policy.skipRate, null);
    const score = task("score", "score/micro", {
      weights: { trial: searched.id, epoch: 2 },
      config: SMALL_MICRO,
      arcs: marks[1].arcs,
    });
    const { estimates } = read(score, await runner.run(score, QUIET)).of("score", score.id)!;
    assert.equal(estimates.recalibrated.length, 3);
  }));

Deno.test("an ended trial says so, an unknown kind is refused, and no buffer stays", () =>
  withRunner(async (runner) => {
    const abort = new AbortController();
    const searched = search("supernet/ended", SMALL_MACRO);
    const ended = runner.run(searched, abort.signal, () => abort.abort());
    await assert.rejects(ended, StudyInterrupted);
    const unknown = { id: "x", kind: "dance", input: null };
    await assert.rejects(runner.run(unknown, QUIET), UnrecoverableError);
  }));

Deno.test("what would fail the same way every time is never to be tried again", () =>
  withRunner(async (runner) => {
    const hopeless = async (id: string, bad: Trial, sentence: RegExp) =>
      await assert.rejects(runner.run({ ...bad, id }, QUIET), (error: Error) => {
        assert.ok(error instanceof UnrecoverableError, `${id}: ${error}`);
        assert.match(error.message, sentence);
        return true;
      });
    const train = (config: SearchConfig, arc = formatArc(MACRO_ARC)) =>
      task("train", "t", { config, arc });
    await hopeless("arc", train(SMALL_MACRO, "9 9 9"), /^ArcError: Expected/);
    const steep = mergeConfig(SMALL_MACRO, {
      finalTraining: { learningRateMax: 1e30, gradientClip: 0, divergenceLimit: 1 },
    });
    await hopeless("diverges", train(steep), /^DivergenceError: Expected a finite loss/);
    const foreign = mergeConfig(SMALL_MACRO, { dataset: { name: "mnist" } });
    await hopeless("data", train(foreign), /one of synthetic but found mnist/);
    const other = withImages(train(SMALL_MACRO), { ...images, fingerprint: "f00" });
    await hopeless("images", other, /SHA-256 f00 for trial images but found [0-9a-f]{64}/);
    const bare = trial("train", "t", { config: SMALL_MACRO, arc: formatArc(MACRO_ARC) });
    await hopeless("bare", bare, /to name its images/);
    const none = { ...bare, input: { ...bare.input as object, config: null } };
    await hopeless("config", none, /Error/);
  }));

Deno.test("a trial reads as many test images as its input says, whatever was done before it", () =>
  withRunner(async (runner) => {
    const arc = formatArc(MACRO_ARC);
    const train = (test: number) =>
      withImages(trial("train", `train/${test}`, { config: SMALL_MACRO, arc }), {
        ...images,
        test,
      });
    const counts: number[] = [];
    for (const one of [train(200), train(60), train(200)]) {
      counts.push(read(one, await runner.run(one, QUIET)).of("train", one.id)!.testImages);
    }
    assert.deepEqual(counts, [200, 60, 200]);
  }));
