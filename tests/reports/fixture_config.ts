/**
 * Configurations of made-up runs, with the groups and names of real ones.
 *
 * @module
 */

import { EVENT_SCHEMA_VERSION, type RunConfig } from "../../nas/run/events.ts";

/** What kind of run to make up. */
export interface FixtureOptions {
  readonly run?: string;
  readonly command?: RunConfig["command"];
  readonly space?: "macro" | "micro";
  readonly seed?: number;
  readonly sampler?: "controller" | "random";
  /** Layers of the child. */
  readonly layers?: number;
  /** Nodes of a micro cell. */
  readonly nodes?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly trainEpochs?: number;
  readonly trainOn?: "train" | "all";
  readonly graph?: "faithful" | "official";
  readonly batchNorm?: "batch" | "moving" | "recalibrated";
  readonly adapter?: RunConfig["adapter"];
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
    command: options.command ?? "search",
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
    hyperparameters: makeHyperparameters(sampler, options),
  };
}

/** The nested settings of a made-up run. */
export function makeHyperparameters(
  sampler: string,
  options: FixtureOptions = {},
): Record<string, unknown> {
  const micro = options.space === "micro";
  const weights = {
    filters: 16,
    batchSize: 64,
    l2: 0.00025,
    learningRateMax: 0.05,
    learningRateMin: 0.0005,
    restartPeriod: 10,
    restartFactor: 2,
    keepProbability: 0.9,
  };
  return {
    space: options.space ?? "macro",
    dataset: { name: "mnist", images: 6000, imageSize: 28, validationShare: 1 / 6 },
    child: {
      layers: options.layers ?? 6,
      ...weights,
      ...(micro
        ? { nodes: options.nodes ?? 5, reductionPrev: "reduced" }
        : { opMode: "correct", skipIndex: "stem-first" }),
    },
    strategy: {
      name: sampler,
      hiddenSize: 64,
      learningRate: 0.0035,
      entropyWeight: 0.0001,
      baselineDecay: 0.99,
      ...(micro ? { opTanhReduce: 2.5 } : { skipTarget: 0.4, skipWeight: 0.8 }),
    },
    evaluator: {
      name: "shared-weights",
      rewardBatchNorm: options.batchNorm ?? "batch",
      recalibrationBatches: 4,
    },
    search: { epochs: options.epochs ?? 8, scoredArcs: 10, evaluation: "new-arc-per-batch" },
    finalTraining: {
      epochs: options.trainEpochs ?? 10,
      graph: options.graph ?? "faithful",
      trainOn: options.trainOn ?? "train",
      ...weights,
      ...(micro ? { layers: options.layers ?? 6, dropPathKeep: 0.6 } : {}),
    },
    seed: options.seed ?? 1,
    device: "gpu",
  };
}
