import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { loadDataset } from "../../../nas/data/mod.ts";
import { TrialWorker } from "../../../nas/trials/execute.ts";
import { MarkStore } from "../../../nas/trials/artifacts.ts";
import { Results } from "../../../nas/trials/results.ts";
import { type Json, StudyError, StudyInterrupted, type Trial } from "../../../nas/trials/queue.ts";
import { trial } from "../../../nas/trials/kinds.ts";
import { MACRO_ARC, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";
import { formatArc } from "../../../nas/space/arc.ts";

const QUIET = new AbortController().signal;

/** Runs `body` with a worker on the GPU and the files of a study; no buffer stays alive. */
async function withWorker(
  body: (worker: TrialWorker, marks: MarkStore) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const backend = await GpuBackend.open();

  const marks = new MarkStore(folder);
  const datasets = new Map([["synthetic", await loadDataset("synthetic")]]);
  const worker = new TrialWorker({ backend, adapter: "test adapter", marks, datasets });
  try {
    await body(worker, marks);
    worker.dispose();
    assert.equal(backend.memory.use().liveBuffers, 0);
  } finally {
    await backend.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function search(id: string, config: SearchConfig, more: object = {}): Trial {
  return trial("supernet", id, {
    config,
    marks: [0, 1, 2],
    arcs: 3,
    keepWeights: [2],
    donor: null,
    ...more,
  });
}

/** The result in the form in which a study reads it, without what a clock said. */
function read(task: Trial, result: Json): Results {
  return new Results([{ trial: task, result, seconds: 1, attempts: 1 }]);
}

Deno.test("a search is described at its marks, which change nothing of it", () =>
  withWorker(async (worker, marks) => {
    const task = search("supernet/seed0", SMALL_MACRO);
    const results = read(task, await worker.run(task, QUIET));
    assert.deepEqual(results.adapters, ["test adapter"]);
    const result = results.supernet(task.id)!;
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
    const other = read(unmarked, await worker.run(unmarked, QUIET)).supernet(unmarked.id)!;
    const bare = (epochs: typeof result.epochs) =>
      epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
    assert.deepEqual(bare(other.epochs), bare(result.epochs));
    assert.equal(other.marks[0].controller!.fingerprint, last.controller!.fingerprint);
    assert.deepEqual(other.marks[0].arcs, last.arcs);

    const donor = { trial: task.id, epoch: 2 };
    const heir = search("supernet/heir", SMALL_MACRO, { donor });
    const inherited = read(heir, await worker.run(heir, QUIET)).supernet(heir.id)!;
    assert.equal(inherited.marks[0].controller!.fingerprint, last.controller!.fingerprint);
    assert.ok((await Deno.stat(marks.weights(task.id, 2))).size > 0);
  }));

Deno.test("a search whose weights are frozen has a result that can be read", () =>
  withWorker(async (worker) => {
    const config = mergeConfig(SMALL_MACRO, { child: { frozenAfter: 1 } });
    const task = search("supernet/frozen", config);
    const { epochs, stepsPerEpoch } = read(task, await worker.run(task, QUIET)).supernet(task.id)!;
    assert.equal(stepsPerEpoch, 3);
    assert.equal(epochs[1].trainLoss, null);
  }));

Deno.test("fixed arcs get the estimates that the search itself gave them", () =>
  withWorker(async (worker) => {
    const config = mergeConfig(SMALL_MACRO, { controller: { rewardBatchNorm: "moving" } });
    const task = search("supernet/a", config);
    const { marks: [, , last] } = read(task, await worker.run(task, QUIET)).supernet(task.id)!;
    const score = trial("score", "score/a", {
      weights: { trial: task.id, epoch: 2 },
      config,
      arcs: last.arcs,
    });
    const result = read(score, await worker.run(score, QUIET)).score(score.id)!;
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
    const again = read(score, await worker.run(score, QUIET)).score(score.id)!;
    assert.deepEqual({ ...again, seconds: 0 }, { ...result, seconds: 0 });
  }));

Deno.test("an arc is trained from scratch as the command train does, by its seed alone", () =>
  withWorker(async (worker) => {
    const arc = formatArc(MACRO_ARC);
    const train = (seed: number) =>
      trial("train", `train/seed${seed}`, { config: { ...SMALL_MACRO, seed }, arc });
    const run = async (task: Trial) => read(task, await worker.run(task, QUIET)).train(task.id)!;
    const first = await run(train(1));
    assert.equal(first.curve.length, 2);
    assert.equal(first.testImages, 200);
    assert.ok(first.parameters > 0 && first.flops > 0);
    await run(train(2));
    assert.deepEqual({ ...await run(train(1)), seconds: 0 }, { ...first, seconds: 0 });
  }));

Deno.test("the micro space runs too", () =>
  withWorker(async (worker) => {
    const task = search("supernet/micro", SMALL_MICRO, { marks: [0, 2] });
    const { marks } = read(task, await worker.run(task, QUIET)).supernet(task.id)!;
    assert.equal(marks[1].policy.skipRate, null);
    const score = trial("score", "score/micro", {
      weights: { trial: task.id, epoch: 2 },
      config: SMALL_MICRO,
      arcs: marks[1].arcs,
    });
    const { estimates } = read(score, await worker.run(score, QUIET)).score(score.id)!;
    assert.equal(estimates.recalibrated.length, 3);
  }));

Deno.test("an ended trial says so, an unknown kind is refused, and no buffer stays", () =>
  withWorker(async (worker) => {
    const abort = new AbortController();
    const task = search("supernet/ended", SMALL_MACRO);
    const ended = worker.run(task, abort.signal, () => abort.abort());
    await assert.rejects(ended, StudyInterrupted);
    const unknown = { id: "x", kind: "dance", input: null };
    await assert.rejects(worker.run(unknown, QUIET), StudyError);
    const foreign = mergeConfig(SMALL_MACRO, { dataset: { name: "mnist" } });
    await assert.rejects(
      worker.run(search("y", foreign), QUIET),
      /one of synthetic but found mnist/,
    );
  }));
