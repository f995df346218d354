import assert from "node:assert/strict";
import { SkippedSteps } from "../../cli/skipped_steps.ts";
import type { RunEvent } from "../../nas/run/mod.ts";

const diverged = (epoch: number, step: number): RunEvent => ({
  type: "diverged",
  weights: "scratch",
  arc: "[0]",
  loss: "2.31",
  gradientNorm: "NaN",
  batch: [1],
  epoch,
  step,
  seconds: 1,
});

const ended = (epoch: number): RunEvent => ({
  type: "train_epoch",
  epoch,
  loss: 1,
  trainAccuracy: 0.5,
  validationAccuracy: null,
  learningRate: 0.1,
  seconds: 2,
});

Deno.test("a run says at once that a step changed no weight, and how many did when the epoch ends", () => {
  const skipped = new SkippedSteps();
  assert.equal(skipped.see(ended(1)), null);
  assert.equal(
    skipped.see(diverged(2, 12)),
    "Epoch 2, step 12: loss 2.31 and gradient norm NaN are not both finite; the step changed no " +
      "weight and the run goes on",
  );
  assert.equal(skipped.see(diverged(2, 13)), null);
  assert.match(skipped.see(ended(2))!, /^Epoch 2: 2 steps changed no weight, .*learningRateMax/);
  // An epoch with one such step has said it already.
  assert.match(skipped.see(diverged(3, 20))!, /^Epoch 3, step 20/);
  assert.equal(skipped.see(ended(3)), null);
});
