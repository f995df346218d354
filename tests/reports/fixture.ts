/**
 * Recorded-looking runs for the tests of reports: realistic numbers from a seeded generator.
 *
 * @module
 */

import { parseArc } from "../../nas/space/arc.ts";
import {
  type ArcDecision,
  EVENT_SCHEMA_VERSION,
  type RunConfig,
  type RunEvent,
} from "../../nas/run/events.ts";
import type { RunLog } from "../../reports/run_summary.ts";
import { type FixtureOptions, makeConfig } from "./fixture_config.ts";

export { type FixtureOptions, makeConfig, makeHyperparameters } from "./fixture_config.ts";

/** A complete run of a search followed by training from scratch. */
export function makeRun(options: FixtureOptions = {}): RunLog {
  const sampler = options.sampler ?? "controller";
  const kind = options.space === "micro" ? "micro-" : "";
  const run = options.run ?? `mnist-${kind}${sampler}-${options.seed ?? 1}`;
  const config = makeConfig(run, sampler, options);
  return { config, events: searchRunEvents(config, sampler, options), path: `runs/${run}` };
}

/** A complete run that trains one given arc from scratch. */
export function makeTrainRun(options: FixtureOptions & { readonly arc?: string } = {}): RunLog {
  const space = options.space ?? "macro";
  const run = options.run ?? `mnist-train-${space}-${options.seed ?? 1}`;
  const config = makeConfig(run, "controller", { ...options, command: "train" });
  const next = generator(options.seed ?? 1);
  const arc = options.arc ?? makeArc(options, next, 0);
  const events: RunEvent[] = [
    start(config),
    ...trainingEvents(arc, options, next, 0.8, 0.9713),
  ];
  return { config, events: finish(events), path: `runs/${run}` };
}

function start(config: RunConfig): RunEvent {
  return {
    type: "run_started",
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: config.run,
    time: config.created,
  };
}

function finish(events: RunEvent[]): RunEvent[] {
  const last = events[events.length - 1];
  const seconds = "seconds" in last ? last.seconds : 0;
  return [...events, { type: "run_finished", status: "completed", seconds: round(seconds + 0.3) }];
}

function searchRunEvents(
  config: RunConfig,
  sampler: "controller" | "random",
  options: FixtureOptions,
): RunEvent[] {
  const epochs = options.epochs ?? 8;
  const steps = options.stepsPerEpoch ?? 40;
  const batchNorm = options.batchNorm ?? "batch";
  const macro = options.space !== "micro";
  const next = generator((options.seed ?? 1) + (sampler === "random" ? 1000 : 0));
  const noise = noiseFrom(next);
  const learns = sampler === "controller" ? 1 : 0;
  const events: RunEvent[] = [start(config)];
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
        skipRate: macro ? clamp(0.5 - 0.1 * progress * learns + noise(0.04)) : null,
        loss: learns * noise(0.2),
        seconds: round(seconds += 0.2),
      });
    }
    const estimates: number[] = [];
    for (let index = 0; index < 10; index++) {
      const arc = makeArc(options, next, progress * learns);
      const estimate = clamp(Math.round((level - 0.02 + noise(0.06)) * 256) / 256);
      estimates.push(estimate);
      if (epoch === epochs && estimate > best.estimate) best = { arc, estimate };
      events.push({ type: "arc_scored", epoch, index, arc, estimate, images: 256, batchNorm });
    }
    events.push({
      type: "epoch_finished",
      epoch,
      trainLoss: 2.4 * (1.02 - level),
      trainAccuracy: level,
      learningRate,
      meanEstimate: estimates.reduce((a, b) => a + b, 0) / estimates.length,
      bestEstimate: Math.max(...estimates),
      opShares: shares(options, progress * learns),
      skipRate: macro ? 0.5 - 0.1 * progress * learns : null,
      policyAccuracy: clamp(level - 0.02 + noise(0.01)),
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
    batchNorm,
    seconds: round(seconds += 1.1),
  });
  events.push(traceEvent(best.arc, sampler, options, round(seconds)));
  const test = sampler === "random" ? 0.9648 : 0.9713;
  events.push(...trainingEvents(best.arc, options, next, seconds, test));
  return finish(events);
}

/** How a sampler with made-up preferences would draw an arc. */
function traceEvent(
  text: string,
  sampler: "controller" | "random",
  options: FixtureOptions,
  seconds: number,
): RunEvent {
  const arc = parseArc(text);
  const next = generator(91);
  const learns = sampler === "controller";
  const spread = (count: number): number[] => {
    const weights = Array.from({ length: count }, () => learns ? 0.2 + next() : 1);
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  };
  const decision = (
    kind: ArcDecision["kind"],
    cell: ArcDecision["cell"],
    place: number,
    slot: number | null,
    chosen: number,
    values: number,
  ): ArcDecision => ({ kind, cell, place, slot, probabilities: spread(values), chosen });
  const decisions = arc.space === "macro"
    ? arc.layers.flatMap(({ op, skips }, layer) => [
      decision("op", null, layer, null, op, 6),
      ...skips.map((set, bit) => decision("skip", null, layer, bit, Number(set), 2)),
    ])
    : (["normal", "reduction"] as const).flatMap((cell) =>
      arc[cell].nodes.flatMap(({ operands }, node) => [
        ...operands.map(({ input }, i) => decision("input", cell, node, i, input, node + 2)),
        ...operands.map(({ op }, i) => decision("op", cell, node, i, op, 5)),
      ])
    );
  const micro = options.space === "micro";
  const ops = micro ? 5 : 6;
  const parameters = learns
    ? [
      { name: "w_lstm", shape: [128, 256] },
      { name: "g_emb", shape: [1, 64] },
      { name: "w_emb", shape: [ops, 64] },
      { name: "w_soft", shape: [64, ops] },
      { name: "w_a1", shape: [64, 64] },
      { name: "w_a2", shape: [64, 64] },
      { name: "v_a", shape: [64, 1] },
      ...(micro ? [{ name: "b_soft", shape: [1, ops] }] : []),
    ]
    : [];
  return { type: "arc_traced", arc: text, decisions, parameters, seconds };
}

function trainingEvents(
  arc: string,
  options: FixtureOptions,
  next: () => number,
  from: number,
  testAccuracy: number,
): RunEvent[] {
  const noise = noiseFrom(next);
  const trainEpochs = options.trainEpochs ?? 10;
  const validates = options.trainOn !== "all";
  const accuracies: number[] = [];
  let seconds = from;
  const events = Array.from({ length: trainEpochs }, (_, i): RunEvent => {
    const epoch = i + 1;
    const level = 1 - Math.exp(-2.1 - 0.25 * epoch);
    const validationAccuracy = clamp(level - 0.012 + noise(0.012));
    accuracies.push(validationAccuracy);
    return {
      type: "train_epoch",
      epoch,
      loss: 2.2 * (1 - level) + 0.02 + Math.abs(noise(0.01)),
      trainAccuracy: clamp(level + noise(0.004)),
      validationAccuracy: validates ? validationAccuracy : null,
      learningRate: 0.025 * (1 + Math.cos(Math.PI * epoch / trainEpochs)),
      seconds: round(seconds += 2.1),
    };
  });
  const best = Math.max(...accuracies);
  return [...events, {
    type: "trained",
    arc,
    graph: options.graph ?? "faithful",
    validationAccuracy: validates ? accuracies[accuracies.length - 1] : null,
    bestValidationAccuracy: validates ? best : null,
    bestEpoch: validates ? accuracies.indexOf(best) + 1 : null,
    testAccuracy,
    testImages: 10000,
    parameters: testAccuracy > 0.97 ? 34872 : 41208,
    flops: 18452160,
    seconds: round(seconds + 1.4),
  }];
}

function makeArc(options: FixtureOptions, next: () => number, learned: number): string {
  return options.space === "micro"
    ? sampleMicroArc(options.nodes ?? 5, shares(options, learned), next)
    : sampleArc(options.layers ?? 6, shares(options, learned), 0.5 - 0.1 * learned, next);
}

/** A flat macro arc drawn from given op shares and skip probability. */
export function sampleArc(
  layers: number,
  shares: readonly number[],
  skip: number,
  next: () => number,
): string {
  const integers: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    integers.push(sampleOp(shares, next));
    for (let bit = 0; bit < layer; bit++) integers.push(next() < skip ? 1 : 0);
  }
  return integers.join(" ");
}

/** A flat micro arc drawn from given op shares, with even inputs. */
export function sampleMicroArc(
  nodes: number,
  shares: readonly number[],
  next: () => number,
): string {
  const cell = (): string =>
    Array.from(
      { length: 2 * nodes },
      (_, i) => `${Math.floor(next() * (Math.floor(i / 2) + 2))} ${sampleOp(shares, next)}`,
    ).join(" ");
  return `${cell()} | ${cell()}`;
}

function sampleOp(shares: readonly number[], next: () => number): number {
  let rest = next();
  const op = shares.findIndex((share) => (rest -= share) < 0);
  return op < 0 ? shares.length - 1 : op;
}

/** A small seeded generator of numbers 0..1. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function noiseFrom(next: () => number): (size: number) => number {
  return (size) => (next() + next() + next() - 1.5) * size;
}

/** Shares that drift from even ones towards convolutions as the controller learns. */
function shares({ space }: FixtureOptions, amount: number): number[] {
  const to = space === "micro"
    ? [0.34, 0.28, 0.1, 0.12, 0.16]
    : [0.3, 0.22, 0.21, 0.14, 0.04, 0.09];
  return to.map((share) => 1 / to.length + amount * (share - 1 / to.length));
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
