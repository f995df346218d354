/**
 * The preset `thesis`: the settings of "Analysis of ENAS" (P. Singh), which ran the released code
 * with 24 layers of 96 filters (macro) and 15 layers of 36 filters (micro); enas-spec.md sections F
 * and G. Where the thesis is silent, the released scripts speak.
 *
 * @module
 */

import { officialCode } from "./official_code.ts";
import type { MacroTable, MicroTable, PresetEntry } from "./sourced.ts";

const dataset = {
  ...officialCode.macro.dataset,
  name: ["cifar100", "thesis, tables 1 to 3: CIFAR-100; it also has runs on CIFAR-10"],
} as const;

const HIDDEN = [
  100,
  "thesis, chapter 4: an LSTM of 100 units; the code that it ran has 64 (section G.4)",
] as const;

const macro: MacroTable = {
  ...officialCode.macro,
  dataset,
  child: {
    ...officialCode.macro.child,
    layers: [24, "thesis, hyper-parameters of the macro search; it also ran 12"],
    filters: [96, "thesis, hyper-parameters of the macro search"],
  },
  strategy: { ...officialCode.macro.strategy, hiddenSize: HIDDEN },
  search: {
    ...officialCode.macro.search,
    updatesPerEpoch: [
      50,
      "thesis, hyper-parameters; its text says 2,000 steps, the code 50 x 20 (section G.4)",
    ],
    epochs: [310, "thesis, section on the learning curve: search of 310 epochs"],
  },
  finalTraining: {
    ...officialCode.macro.finalTraining,
    epochs: [310, "thesis, tables 1 to 3: retrained for 310 epochs"],
  },
};

const micro: MicroTable = {
  ...officialCode.micro,
  dataset,
  child: {
    ...officialCode.micro.child,
    layers: [15, "thesis, hyper-parameters of the micro search"],
    filters: [36, "thesis, hyper-parameters of the micro search"],
    keepProbability: [0.8, "thesis, hyper-parameters of the micro search"],
    l2: [2.5e-4, "thesis, hyper-parameters of the micro search"],
  },
  strategy: {
    ...officialCode.micro.strategy,
    hiddenSize: HIDDEN,
    learningRate: [0.001, "thesis, hyper-parameters of the micro search"],
  },
  search: {
    ...officialCode.micro.search,
    updatesPerEpoch: [50, "thesis, hyper-parameters of the micro search"],
    epochs: [150, "thesis, caption of table 2; its rows say 310"],
  },
  finalTraining: {
    ...officialCode.micro.finalTraining,
    epochs: [310, "thesis, table 2: retrained for 310 epochs"],
  },
};

/** See the module's text. */
export const thesis: PresetEntry = {
  summary: "The settings of the thesis Analysis of ENAS on CIFAR-100, on the released behaviour",
  macro,
  micro,
};
