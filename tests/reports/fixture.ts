/**
 * Recorded-looking runs for the tests of reports: realistic numbers from a seeded generator.
 *
 * @module
 */

import type { RunConfig, RunEvent } from "../../nas/store/events.ts";
import { EVENT_SCHEMA_VERSION } from "../../nas/store/events.ts";
import type { RunLog } from "../../reports/summary.ts";

/** What kind of run to make up. */
export interface FixtureOptions {
  readonly run?: string;
  readonly seed?: number;
  readonly sampler?: "controller" | "random";
  readonly layers?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly trainEpochs?: number;
  readonly adapter?: RunConfig["adapter"];
}

/** A complete run of a search followed by training from scratch. */
export function makeRun(options: FixtureOptions = {}): RunLog {
  const sampler = options.sampler ?? "controller";
  const run = options.run ?? `mnist-${sampler}-${options.seed ?? 1}`;
  const config = makeConfig(run, sampler, options);
  return { config, events: makeEvents(config, sampler, options), path: `runs/${run}` };
}

/** Configuration of a made-up run. */
export function makeConfig(
  run: string,
  sampler: string,
  options: FixtureOptions = {},
): RunConfig {
  return {
    schemaVersion: EVENT_SCHEMA_VERSION,
    run,
    command: "search",
    created: "2026-11-24T09:30:00.000Z",
    versions: { enaslab: "0.1.0", deno: "2.9.6", v8: "15.0.245.2" },
    adapter: options.adapter ??
      { description: "llvmpipe (LLVM 19.1.7, 256 bits)", vendor: "Mesa", fallback: true },
    dataset: {
      name: "mnist",
      classes: 10,
      classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      shape: [28, 28, 1],
      train: 5000,
      validation: 1000,
      test: 10000,
    },
    preset: "quick",
    hyperparameters: {
      search: {
        space: "macro",
        sampler,
        seed: options.seed ?? 1,
        layers: options.layers ?? 6,
        epochs: options.epochs ?? 8,
      },
      child: {
        filters: 16,
        batchSize: 64,
        l2: 0.00025,
        learningRate: { schedule: "cosine", max: 0.05, min: 0.0005, period: 10, factor: 2 },
        clipNorm: 5,
        keepProb: 0.9,
      },
      controller: {
        hiddenSize: 64,
        learningRate: 0.0035,
        entropyWeight: 0.0001,
        skipTarget: 0.4,
        skipWeight: 0.8,
        baselineDecay: 0.99,
      },
      train: { epochs: options.trainEpochs ?? 10, batchSize: 64 },
    },
  };
}

function makeEvents(
  config: RunConfig,
  sampler: "controller" | "random",
  options: FixtureOptions,
): RunEvent[] {
  const layers = options.layers ?? 6;
  const epochs = options.epochs ?? 8;
  const steps = options.stepsPerEpoch ?? 40;
  const trainEpochs = options.trainEpochs ?? 10;
  const next = generator((options.seed ?? 1) + (sampler === "random" ? 1000 : 0));
  const noise = (size: number): number => (next() + next() + next() - 1.5) * size;
  const learns = sampler === "controller" ? 1 : 0;
  const events: RunEvent[] = [{
    type: "run_started",
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: config.run,
    time: config.created,
  }];
  let seconds = 0.8;
  let baseline = 0.2;
  let update = 0;
  let best = { arc: "", estimate: -1 };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const progress = epoch / epochs;
    const learningRate = 0.0005 + 0.02475 * (1 + Math.cos(Math.PI * ((epoch - 1) % 10) / 10));
    const level = 0.12 + (0.77 + 0.03 * learns) * (1 - Math.exp(-3.2 * progress));
    for (let s = 1; s <= steps; s++) {
      const here = 0.12 + 0.8 * (1 - Math.exp(-3.2 * (epoch - 1 + s / steps) / epochs));
      events.push({
        type: "child_step",
        epoch,
        step: (epoch - 1) * steps + s,
        loss: Math.max(0.04, 2.4 * (1.02 - here) + noise(0.18)),
        accuracy: clamp(Math.round((here + noise(0.08)) * 64) / 64),
        learningRate,
        gradientNorm: Math.max(0.2, 3 - 2 * progress + noise(0.7)),
        seconds: round(seconds += 0.11),
      });
    }
    const shares = drift(progress * learns);
    for (let c = 0; c < 6; c++) {
      const accuracy = clamp(level - 0.04 + 0.04 * learns * progress + noise(0.05));
      baseline += 0.1 * (accuracy - baseline);
      events.push({
        type: "controller_step",
        epoch,
        step: ++update,
        arcs: 10,
        reward: accuracy + 0.0012,
        accuracy,
        baseline,
        entropy: 14.1 - 3.4 * progress * learns + noise(0.15),
        skipRate: clamp(0.5 - 0.1 * progress * learns + noise(0.04)),
        loss: learns * noise(0.2),
        seconds: round(seconds += 0.2),
      });
    }
    const estimates: number[] = [];
    for (let index = 0; index < 10; index++) {
      const arc = sampleArc(layers, shares, 0.5 - 0.1 * progress * learns, next);
      const estimate = clamp(Math.round((level - 0.02 + noise(0.06)) * 256) / 256);
      estimates.push(estimate);
      if (epoch === epochs && estimate > best.estimate) best = { arc, estimate };
      events.push({
        type: "arc_scored",
        epoch,
        index,
        arc,
        estimate,
        images: 256,
        batchNorm: "batch",
      });
    }
    events.push({
      type: "epoch_finished",
      epoch,
      trainLoss: 2.4 * (1.02 - level),
      trainAccuracy: level,
      learningRate,
      meanEstimate: estimates.reduce((a, b) => a + b, 0) / estimates.length,
      bestEstimate: Math.max(...estimates),
      opShares: shares,
      skipRate: 0.5 - 0.1 * progress * learns,
      reward: learns ? level : null,
      baseline: learns ? baseline : null,
      entropy: learns ? 14.1 - 3.4 * progress : null,
      seconds: round(seconds += 0.6),
    });
  }
  events.push({
    type: "best_arc",
    arc: best.arc,
    epoch: epochs,
    estimate: sampler === "random" ? 0.897 : 0.913,
    images: 1000,
    batchNorm: "batch",
    seconds: round(seconds += 1.1),
  });
  for (let epoch = 1; epoch <= trainEpochs; epoch++) {
    const level = 1 - Math.exp(-2.1 - 0.25 * epoch);
    events.push({
      type: "train_epoch",
      epoch,
      loss: 2.2 * (1 - level) + 0.02 + Math.abs(noise(0.01)),
      trainAccuracy: clamp(level + noise(0.004)),
      validationAccuracy: clamp(level - 0.012 + noise(0.012)),
      learningRate: 0.025 * (1 + Math.cos(Math.PI * epoch / trainEpochs)),
      seconds: round(seconds += 2.1),
    });
  }
  events.push({
    type: "trained",
    arc: best.arc,
    validationAccuracy: 0.974,
    testAccuracy: sampler === "random" ? 0.9648 : 0.9713,
    testImages: 10000,
    parameters: sampler === "random" ? 41208 : 34872,
    flops: 18452160,
    seconds: round(seconds += 1.4),
  });
  events.push({ type: "run_finished", status: "completed", seconds: round(seconds + 0.3) });
  return events;
}

/** A flat arc drawn from given op shares and skip probability. */
export function sampleArc(
  layers: number,
  shares: readonly number[],
  skip: number,
  next: () => number,
): string {
  const integers: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    let rest = next();
    const op = shares.findIndex((share) => (rest -= share) < 0);
    integers.push(op < 0 ? shares.length - 1 : op);
    for (let bit = 0; bit < layer; bit++) integers.push(next() < skip ? 1 : 0);
  }
  return integers.join(" ");
}

/** A small seeded generator of numbers 0..1. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function drift(amount: number): number[] {
  const from = [1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6];
  const to = [0.3, 0.22, 0.21, 0.14, 0.04, 0.09];
  return from.map((share, op) => share + amount * (to[op] - share));
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
