/**
 * What the tests of the fidelity switches share: small configurations made from presets, and the
 * parts of a search built from a configuration as `Search` builds them.
 *
 * @module
 */
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Arc, MacroArc, MicroArc } from "../../../nas/space/mod.ts";
import { macroArcFromRows, microArcFromDecisions } from "../../../nas/space/mod.ts";
import {
  createNetwork,
  type ImageKind,
  sharedNetworkSpec,
} from "../../../nas/child/create_network.ts";
import { type ChildData, prepareChildData } from "../../../nas/data/resident.ts";
import type { ChildNetwork, ForwardMode } from "../../../nas/child/network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { Scorer } from "../../../nas/evaluator/scorer.ts";
import { sharedTrainerOptions } from "../../../nas/child/training_options.ts";

/** 8x8 images of four classes, as many as {@link MACRO} and {@link MICRO} ask for. */
export const DATASET = syntheticDataset({ train: 200, test: 20, noise: 60 });

const DATA = { name: "synthetic", images: 200, imageSize: 8, validationShare: 0.6 };
const STRATEGY = { hiddenSize: 8 };
const EVALUATOR = { batchSize: 20 };
const SEARCH = { updatesPerEpoch: 1, arcsPerUpdate: 2, epochs: 1, scoredArcs: 2, scoreImages: 30 };
const TRAINING = { filters: 4, batchSize: 8, stepsPerEpoch: 2, keepProbability: 1 };

/** A macro search small enough for the CPU: 80 images train, 120 validate. */
export const MACRO = mergeConfig(getPreset("quick").config, {
  dataset: DATA,
  child: { ...TRAINING, layers: 3 },
  strategy: STRATEGY,
  evaluator: EVALUATOR,
  search: SEARCH,
  finalTraining: { ...TRAINING, epochs: 1 },
});

/** The same in the micro space. */
export const MICRO = mergeConfig(getPreset("quick", "micro").config, {
  dataset: DATA,
  child: { ...TRAINING, filters: 2, nodes: 2 },
  strategy: STRATEGY,
  evaluator: EVALUATOR,
  search: SEARCH,
  finalTraining: { ...TRAINING, filters: 2, epochs: 1 },
});

/** A macro arc from rows `[op, bit 0, …]`. */
export function macroArc(...rows: number[][]): MacroArc {
  return macroArcFromRows(rows);
}

/** A micro arc of two nodes a cell, every op among its operands. */
export const MICRO_ARC: MicroArc = microArcFromDecisions(
  [0, 0, 1, 1, 2, 2, 0, 3, 1, 4, 0, 0, 2, 1, 1, 2],
);

/** The parts of a search. */
export interface Parts {
  readonly data: ChildData;
  readonly images: ImageKind;
  readonly network: ChildNetwork;
  readonly trainer: ChildTrainer;
  readonly scorer: Scorer;
}

/** Builds the parts of the search that `config` asks for, on the CPU. */
export function build(config: SearchConfig): Parts {
  const backend = new CpuBackend();
  const random = new Random(config.seed);
  const data = prepareChildData(backend, DATASET, config, random);
  const images = { shape: data.shape, classes: data.classNames.length };
  const spec = sharedNetworkSpec(config, images);
  const network = createNetwork(backend, spec, random.fork("shared weights"), null);
  const trainer = new ChildTrainer(
    network,
    data.pool,
    data.split.train,
    sharedTrainerOptions(config),
    random.fork("child training"),
  );
  const scorer = new Scorer({ backend, network, data, config, random });
  return { data, images, network, trainer, scorer };
}

/** Logits of `arc` on eight images of noise. */
export async function logitsOf(
  network: ChildNetwork,
  arc: Arc,
  mode: ForwardMode = { batchNorm: "batch", dropout: null },
): Promise<number[]> {
  const { backend } = network;
  const noise = new Random(3);
  const values = Array.from({ length: 8 * 64 }, () => noise.normal());
  const images = backend.fromArray(values, [8, 8, 8, 1]);
  return [...await backend.toArray(network.forward(new Tape(backend), arc, images, mode).logits)];
}

/** All weights of a network on the CPU by name, copied, in full precision. */
export function weightsOf({ weights }: ChildNetwork): Map<string, number[]> {
  return new Map(weights.names.map((name) => [name, [...weights.get(name).cpu]]));
}

/** Calls `each` with the mode, arc and number of images of every forward pass from now on. */
export function watchForward(
  network: ChildNetwork,
  each: (pass: { arc: Arc; mode: ForwardMode; count: number }) => void,
): void {
  const forward = network.forward.bind(network);
  network.forward = (tape, arc, images, mode) => {
    each({ arc, mode, count: images.shape[0] });
    return forward(tape, arc, images, mode);
  };
}
