/**
 * One event of every type and one configuration. The types demand a sample for each event that
 * nas/run/events.ts declares, so a new event without a schema fails the tests.
 *
 * @module
 */
import { EVENT_SCHEMA_VERSION, type RunConfig, type RunEvent } from "../../../nas/run/events.ts";

/** An event of each type. */
export const SAMPLES: { readonly [T in RunEvent["type"]]: Extract<RunEvent, { type: T }> } = {
  run_started: {
    type: "run_started",
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: "test",
    time: "2026-03-04T12:01:02.345Z",
  },
  child_step: {
    type: "child_step",
    epoch: 1,
    step: 50,
    loss: 2.25,
    accuracy: 0.125,
    learningRate: 0.05,
    gradientNorm: 1.5,
    seconds: 0.75,
  },
  diverged: {
    type: "diverged",
    weights: "shared",
    epoch: 1,
    step: 11,
    arc: "0 1 0",
    batch: [3, 5, 8],
    loss: "NaN",
    gradientNorm: "Infinity",
    seconds: 1.6,
  },
  controller_step: {
    type: "controller_step",
    epoch: 1,
    step: 3,
    arcs: 20,
    reward: 0.4,
    accuracy: 0.375,
    baseline: 0.1,
    entropy: 12.5,
    skipRate: 0.4,
    loss: -3.5,
    seconds: 1,
  },
  arc_scored: {
    type: "arc_scored",
    epoch: 1,
    index: 0,
    arc: "3 0 1 5 0 1",
    estimate: 0.5,
    images: 1000,
    batchNorm: "batch",
  },
  epoch_finished: {
    type: "epoch_finished",
    epoch: 1,
    trainLoss: 1.5,
    trainAccuracy: 0.5,
    learningRate: 0.05,
    meanEstimate: 0.4,
    bestEstimate: 1,
    opShares: [0.5, 0.25, 0.25, 0, 0, 0],
    skipRate: 0.4,
    policyAccuracy: 0.25,
    reward: null,
    baseline: null,
    entropy: 12,
    seconds: 30,
  },
  best_arc: {
    type: "best_arc",
    arc: "3 0 1 5 0 1",
    epoch: 1,
    estimate: 0.5,
    images: 5000,
    batchNorm: "moving",
    seconds: 31,
  },
  arc_traced: {
    type: "arc_traced",
    arc: "3 0 1 5 0 1",
    decisions: [
      {
        kind: "op",
        cell: null,
        place: 0,
        slot: null,
        probabilities: [0.125, 0.125, 0.125, 0.5, 0.0625, 0.0625],
        chosen: 3,
      },
    ],
    parameters: [{ name: "w_lstm", shape: [8, 16] }],
    seconds: 31,
  },
  train_epoch: {
    type: "train_epoch",
    epoch: 1,
    loss: 1,
    trainAccuracy: 0.75,
    validationAccuracy: 0.7,
    learningRate: 0.05,
    seconds: 40,
  },
  trained: {
    type: "trained",
    arc: "3 0 1 5 0 1",
    graph: "official",
    validationAccuracy: 0.7,
    bestValidationAccuracy: 0.75,
    bestEpoch: 3,
    testAccuracy: 0.65,
    testImages: 10000,
    parameters: 12345,
    flops: 6789000,
    seconds: 50,
  },
  run_finished: { type: "run_finished", status: "failed", message: "Lost device", seconds: 51 },
};

/** A whole log, in the order of the samples. */
export const EVENTS: readonly RunEvent[] = Object.values(SAMPLES);

/** Text of a log of `events`. */
export function logText(events: readonly RunEvent[] = EVENTS): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** A configuration. */
export const CONFIG: RunConfig = {
  schemaVersion: EVENT_SCHEMA_VERSION,
  run: "test",
  command: "search",
  created: "2026-03-04T12:01:02.345Z",
  versions: { enaslab: "0.1.0", deno: "2.9.6", v8: "15.0" },
  adapter: { description: "llvmpipe", vendor: "Mesa", fallback: true },
  dataset: {
    name: "mnist",
    classes: 10,
    classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shape: [16, 16, 1],
    train: 4000,
    validation: 1000,
    test: 10000,
  },
  preset: "quick",
  hyperparameters: { child: { learningRate: 0.05 }, seed: 1 },
};
