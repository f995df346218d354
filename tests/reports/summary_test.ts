import assert from "node:assert/strict";
import type { RunEvent } from "../../nas/run/events.ts";
import { titleBlock } from "../../reports/headline.ts";
import { headlineBox } from "../../reports/results.ts";
import { arcToDraw, summariseRun, summariseRuns } from "../../reports/summary.ts";
import { makeRun } from "./fixture.ts";

Deno.test("summariseRun() gives one row a logged step, epoch and arc", () => {
  const summary = summariseRun(makeRun({ epochs: 3, stepsPerEpoch: 5, trainEpochs: 2 }));
  assert.equal(summary.childSteps.length, 15);
  assert.equal(summary.controllerSteps.length, 18);
  assert.equal(summary.epochs.length, 3);
  assert.equal(summary.arcs.length, 30);
  assert.equal(summary.training.length, 2);
  assert.equal(summary.opShares.length, 3);
  assert.deepEqual(summary.epochs.map((row) => row.lastStep), [5, 10, 15]);
  assert.equal(summary.status, "completed");
  assert.equal(summary.sampler, "controller");
  assert.equal(summary.space, "macro");
  assert.equal(summary.seed, "1");
  assert.deepEqual(summary.missing, []);
});

Deno.test("summariseRun() adds errors and intervals to accuracies", () => {
  const { best, final } = summariseRun(makeRun());
  assert.ok(best !== null && final !== null);
  assert.ok(Math.abs(best.standardError - Math.sqrt(0.913 * 0.087 / 1000)) < 1e-12);
  // scipy.stats.binomtest(9713, 10000).proportion_ci(method="wilson")
  assert.ok(Math.abs(final.testInterval[0] - 0.967842) < 1e-6, String(final.testInterval));
  assert.ok(Math.abs(final.testInterval[1] - 0.974396) < 1e-6, String(final.testInterval));
});

Deno.test("the first sentence names the images once", () => {
  const sentenceOn = (name: string, testImages: number) => {
    const run = makeRun();
    const config = { ...run.config, dataset: { ...run.config.dataset, name } };
    const events = run.events.map((event): RunEvent =>
      event.type === "trained" ? { ...event, testImages } : event
    );
    return headlineBox([summariseRun({ ...run, config, events })]);
  };
  assert.match(sentenceOn("mnist", 10_000), /of 10,000 unseen MNIST images correctly/);
  assert.match(sentenceOn("synthetic", 200), /of 200 unseen synthetic images correctly/);
  assert.match(sentenceOn("folder", 1), /of 1 unseen own image correctly/);
  assert.match(sentenceOn("idx", 2), /of 2 unseen own images correctly/);
});

Deno.test("summariseRun() takes the later line of a step logged twice", () => {
  const run = makeRun({ epochs: 1, stepsPerEpoch: 3 });
  const again = run.events.filter((event) => event.type === "child_step" && event.step >= 2)
    .map((event): RunEvent => ({ ...event, loss: 9 } as RunEvent));
  const start = run.events[0];
  const stop: RunEvent = { type: "run_finished", status: "interrupted", seconds: 2 };
  const events = [...run.events.slice(0, 4), stop, start, ...again, ...run.events.slice(4)];
  const summary = summariseRun({ ...run, events });
  assert.equal(summary.childSteps.length, 3);
  assert.deepEqual(summary.childSteps.map((row) => row.loss === 9), [false, true, true]);
  assert.equal(summary.resumed, 1);
  assert.equal(summary.status, "completed");
});

Deno.test("summariseRun() names what an interrupted run lacks", () => {
  const run = makeRun();
  const stop: RunEvent = { type: "run_finished", status: "interrupted", seconds: 1 };
  const summary = summariseRun({ ...run, events: [...run.events.slice(0, 10), stop] });
  assert.equal(summary.status, "interrupted");
  assert.equal(summary.best, null);
  assert.equal(summary.final, null);
  assert.equal(summary.missing.length, 4);
  assert.equal(arcToDraw(summary), null);
});

Deno.test("summariseRun() calls a log without an end unfinished", () => {
  const run = makeRun();
  const summary = summariseRun({ ...run, events: run.events.slice(0, -1) });
  assert.equal(summary.status, "unfinished");
});

Deno.test("summariseRun() expects no search of a run that only trains", () => {
  const run = makeRun();
  const events = run.events.filter(({ type }) =>
    ["run_started", "train_epoch", "trained", "run_finished"].includes(type)
  );
  const summary = summariseRun({ ...run, config: { ...run.config, command: "train" }, events });
  assert.deepEqual(summary.missing, []);
  assert.equal(summary.searchSeconds, null);
  assert.equal(arcToDraw(summary)?.arc, summary.final?.arc);
});

Deno.test("summariseRun() survives an empty log", () => {
  const summary = summariseRun({ ...makeRun(), events: [] });
  assert.equal(summary.status, "unfinished");
  assert.equal(summary.totalSeconds, 0);
});

Deno.test("summariseRuns() gives runs of one name different labels", () => {
  const run = makeRun();
  assert.deepEqual(
    summariseRuns([run, run, run]).map(({ label }) => label),
    ["mnist-controller-1", "mnist-controller-1 (2)", "mnist-controller-1 (3)"],
  );
});

Deno.test("summariseRuns() refuses an empty list", () => {
  assert.throws(() => summariseRuns([]), /at least one run/);
});

Deno.test("a report says which steps changed no weight", () => {
  const run = makeRun({ epochs: 1, stepsPerEpoch: 3 });
  assert.doesNotMatch(titleBlock([summariseRun(run)]), /not finite/);
  const diverged = (step: number): RunEvent => ({
    type: "diverged",
    weights: "shared",
    epoch: 1,
    step,
    arc: "<b>0 1 0</b>",
    batch: [1, 2],
    loss: "NaN",
    gradientNorm: "Infinity",
    seconds: 1,
  });
  const after = (...steps: number[]) => {
    const events = [...run.events.slice(0, 3), ...steps.map(diverged), ...run.events.slice(3)];
    return summariseRun({ ...run, events });
  };
  // A resumed run logs a step again.
  const one = after(2, 2);
  assert.equal(one.diverged.length, 1);
  assert.equal(one.status, "completed");
  const text = titleBlock([one]);
  assert.match(text, /One training step had a loss or gradient that was not finite; it changed no/);
  assert.match(text, /Epoch 1, step 2 of the shared weights: loss NaN, gradient norm Infinity/);
  assert.ok(text.includes("&lt;b&gt;0 1 0") && !text.includes("<b>"));
  const many = titleBlock([after(2, 3, 4, 5, 6)]);
  assert.match(many, /5 training steps had .* they changed no weight.*And 2 more\./s);
});
