// The numbers of the specification once more: the table of section F, the data of section D.1 and the
// switches of section K, each beside the setting that says it.
import assert from "node:assert/strict";
import { MACRO_OPS, MICRO_OPS } from "../../../nas/space/mod.ts";
import { finalNetworkSpec } from "../../../nas/child/create_network.ts";
import {
  type ConfigValue,
  configValue,
  differencesFromPreset,
  getPreset,
  type SearchConfig,
  splitSizes,
} from "../../../nas/config/mod.ts";
import { epochBatches } from "../../../nas/data/split.ts";

const OFFICIAL = {
  macro: getPreset("official-code", "macro").config,
  micro: getPreset("official-code", "micro").config,
};
const THESIS = {
  macro: getPreset("thesis", "macro").config,
  micro: getPreset("thesis", "micro").config,
};

/** Settings by path. */
type Values = Readonly<Record<string, ConfigValue>>;

/** Asserts that every value is what was said. */
function holds(config: SearchConfig, name: string, values: Values): void {
  const found = Object.fromEntries(
    Object.keys(values).map((path) => [path, configValue(config, path)]),
  );
  assert.deepEqual(found, values, name);
}

/** One row of section F: its setting, and the values of the four scripts; null where it has none. */
type Row = readonly [
  field: string,
  search: { readonly macro: ConfigValue; readonly micro: ConfigValue },
  final: { readonly macro: ConfigValue; readonly micro: ConfigValue },
];

/** Rows that weights have in the search (group `child`) and from scratch (`finalTraining`). */
const WEIGHTS: readonly Row[] = [
  ["batchSize", { macro: 128, micro: 160 }, { macro: 100, micro: 144 }],
  // The macro final script's 24 layers are those of its architecture.
  ["layers", { macro: 12, micro: 6 }, { macro: null, micro: 15 }],
  ["filters", { macro: 36, micro: 20 }, { macro: 96, micro: 36 }],
  ["nodes", { macro: null, micro: 5 }, { macro: null, micro: null }],
  ["keepProbability", { macro: 0.9, micro: 0.9 }, { macro: 0.5, micro: 0.8 }],
  ["dropPathKeep", { macro: null, micro: null }, { macro: null, micro: 0.6 }],
  ["l2", { macro: 2.5e-4, micro: 1e-4 }, { macro: 2e-4, micro: 2e-4 }],
  ["learningRateMax", { macro: 0.05, micro: 0.05 }, { macro: 0.05, micro: 0.05 }],
  ["learningRateMin", { macro: 0.0005, micro: 0.0005 }, { macro: 0.001, micro: 0.0001 }],
  ["restartPeriod", { macro: 10, micro: 10 }, { macro: 10, micro: 10 }],
  ["restartFactor", { macro: 2, micro: 2 }, { macro: 2, micro: 2 }],
  ["auxiliaryHead", { macro: null, micro: true }, { macro: null, micro: true }],
  ["cutout", { macro: 0, micro: 0 }, { macro: 0, micro: 0 }],
];

/** Rows of the search alone. */
const SEARCH: readonly (readonly [path: string, macro: ConfigValue, micro: ConfigValue])[] = [
  ["strategy.learningRate", 0.001, 0.0035],
  ["search.updatesPerEpoch", 50, 30],
  ["search.arcsPerUpdate", 20, 10],
  ["strategy.entropyWeight", 1e-4, 1e-4],
  ["strategy.tanhConstant", 1.5, 1.1],
  ["strategy.opTanhReduce", null, 2.5],
  ["strategy.skipTarget", 0.4, null],
  ["strategy.skipWeight", 0.8, null],
  ["strategy.baselineDecay", 0.99, 0.99],
  ["strategy.hiddenSize", 64, 64],
  ["search.trainEvery", 1, 1],
  // One minibatch of the search's size for every reward and every printed architecture.
  ["evaluator.batchSize", 128, 160],
  ["search.scoreImages", 128, 160],
  ["search.scoredArcs", 10, 10],
];

for (const space of ["macro", "micro"] as const) {
  const config: SearchConfig = OFFICIAL[space];

  Deno.test(`official-code is section F's columns of the ${space} scripts`, () => {
    holds(config, space, {
      "search.epochs": { macro: 310, micro: 150 }[space],
      "finalTraining.epochs": { macro: 310, micro: 630 }[space],
    });
    for (const [field, ...groups] of WEIGHTS) {
      for (const [i, group] of (["child", "finalTraining"] as const).entries()) {
        const value = groups[i][space];
        if (value !== null) holds(config, space, { [`${group}.${field}`]: value });
        else assert.ok(!Object.hasOwn(config[group], field), `${group}.${field} in ${space}`);
      }
    }
    for (const [path, macro, micro] of SEARCH) {
      const value = { macro, micro }[space];
      if (value !== null) holds(config, space, { [path]: value });
      else assert.throws(() => configValue(config, path), /path of a setting/, path);
    }
  });

  Deno.test(`official-code trains on the images and steps of section D.1 in the ${space} space`, () => {
    holds(config, space, {
      "dataset.name": "cifar10",
      "dataset.images": 0,
      "dataset.imageSize": 0,
      "dataset.validationSplit": "last",
      "dataset.augment.pad": 4,
      "dataset.augment.crop": true,
      "dataset.augment.flip": true,
      "finalTraining.trainOn": "all",
    });
    const { train, validation } = splitSizes(config, 50_000);
    assert.deepEqual([train, validation], [45_000, 5000]);
    const { child, finalTraining } = config;
    assert.deepEqual(
      [epochBatches(train, child.batchSize), epochBatches(50_000, finalTraining.batchSize)],
      { macro: [352, 500], micro: [282, 348] }[space],
    );
    // 0 is one pass, which these numbers of steps are.
    assert.deepEqual([child.stepsPerEpoch, finalTraining.stepsPerEpoch], [0, 0]);
  });
}

Deno.test("the spaces have section F's ops, and the macro final script its 24 layers of 96", () => {
  assert.deepEqual([MACRO_OPS.length, MICRO_OPS.length], [6, 5]);
  const layers = Array.from({ length: 24 }, (_, l) => ({
    op: 0,
    skips: new Array<boolean>(l).fill(false),
  }));
  const images = { shape: [32, 32, 3], classes: 10 } as const;
  const spec = finalNetworkSpec(OFFICIAL.macro, { space: "macro", layers }, images);
  assert.ok(spec.space === "macro" && spec.graph === "official");
  assert.deepEqual([spec.options.layers, spec.options.filters], [24, 96]);
});

/** What section K calls the released behaviour; sections C, D and B.5 give the numbers beside it. */
const RELEASED: { readonly both: Values; readonly macro: Values; readonly micro: Values } = {
  both: {
    "child.l2Mode": "released",
    "finalTraining.l2Mode": "released",
    "child.gradientClip": 0,
    "finalTraining.gradientClip": 0,
    "child.momentum": 0.9,
    "finalTraining.momentum": 0.9,
    "child.batchNormDecay": 0.9,
    "finalTraining.batchNormDecay": 0.9,
    "child.weightUpdates": "all",
    "strategy.name": "controller",
    "strategy.beta1": 0,
    "strategy.beta2": 0.999,
    "strategy.epsilon": 1e-3,
    "strategy.temperature": null,
    "strategy.baselineInit": "zero",
    "search.scoreOn": "own",
    "search.evaluation": "new-arc-per-batch",
    "finalTraining.graph": "official",
  },
  macro: {
    "child.opMode": "released",
    "child.skipIndex": "stem-first",
    "evaluator.rewardBatchNorm": "moving",
    "evaluator.rewardDropout": false,
    "strategy.entropy": "sampled",
    "strategy.skipPenaltySlope": 1,
    "finalTraining.separableOps": "full",
    "finalTraining.poolOps": "pre-activation",
  },
  micro: {
    "child.reductionPrev": "reduced",
    "child.auxiliaryTrainable": false,
    "child.auxiliaryWeight": 0.4,
    "evaluator.rewardBatchNorm": "batch",
    "evaluator.rewardDropout": true,
    "strategy.entropy": "full",
    "strategy.opBias": 0.25,
    "strategy.convBias": 10,
    "finalTraining.auxiliaryTrainable": false,
    "finalTraining.auxiliaryWeight": 0.4,
  },
};

Deno.test("official-code sets every switch of section K as released", () => {
  for (const space of ["macro", "micro"] as const) {
    holds(OFFICIAL[space], space, { ...RELEASED.both, ...RELEASED[space] });
  }
});

Deno.test("thesis is section F's two columns, and official-code where they are empty", () => {
  const shared: Values = {
    "dataset.name": "cifar100",
    "child.restartPeriod": 10,
    "child.restartFactor": 2,
    "child.learningRateMax": 0.05,
    "child.learningRateMin": 0.0005,
    "child.l2": 2.5e-4,
    "strategy.learningRate": 0.001,
    "search.updatesPerEpoch": 50,
    "strategy.entropyWeight": 1e-4,
    "strategy.hiddenSize": 100,
    "search.trainEvery": 1,
    "finalTraining.epochs": 310,
  };
  holds(THESIS.macro, "macro", {
    ...shared,
    "child.batchSize": 128,
    "search.epochs": 310,
    "child.layers": 24,
    "child.filters": 96,
    "child.keepProbability": 0.9,
  });
  holds(THESIS.micro, "micro", {
    ...shared,
    "child.batchSize": 160,
    // The table's caption; its rows say 310.
    "search.epochs": 150,
    "child.layers": 15,
    "child.filters": 36,
    "child.nodes": 5,
    "child.keepProbability": 0.8,
  });
  const changed = (space: "macro" | "micro") =>
    differencesFromPreset(THESIS[space], OFFICIAL[space]).map(({ path }) => path);
  const [name, layers, filters] = ["dataset.name", "child.layers", "child.filters"];
  assert.deepEqual(changed("macro"), [name, layers, filters, "strategy.hiddenSize"]);
  assert.deepEqual(changed("micro"), [
    ...[name, layers, filters, "child.keepProbability", "child.l2"],
    ...["strategy.hiddenSize", "strategy.learningRate", "search.updatesPerEpoch"],
    "finalTraining.epochs",
  ]);
});

Deno.test("paper has the numbers that section F marks as the paper's", () => {
  for (const space of ["macro", "micro"] as const) {
    holds(getPreset("paper", space).config, space, {
      "strategy.learningRate": 0.00035,
      "strategy.tanhConstant": 2.5,
      "strategy.temperature": 5,
      "strategy.entropyWeight": 0.1,
      "strategy.hiddenSize": 100,
      "child.l2": 1e-4,
      "child.learningRateMin": 0.001,
      "finalTraining.l2": 1e-4,
      "finalTraining.learningRateMin": 0.001,
      "search.evaluation": "none",
    });
  }
  // Its description knows neither the closure bug nor another macro graph.
  holds(getPreset("paper").config, "macro", {
    "finalTraining.graph": "faithful",
    "child.opMode": "correct",
    "child.skipIndex": "layer-output",
  });
});
