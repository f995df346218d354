/**
 * The preset `paper`: what the ENAS paper (arXiv:1802.03268) describes. The paper differs from the
 * released scripts where it speaks, and is silent on much; its own figures are from enas-spec.md
 * section F, where they are marked as unconfirmed. Everything else is that of the scripts.
 *
 * @module
 */

import { officialCode } from "./official_code.ts";
import type { MacroTable, MicroTable, PresetEntry } from "./sourced.ts";

/** The paper's training of weights. */
const weights = {
  l2: [1e-4, "paper, section 3.2: weight decay of 1e-4 (unconfirmed, section F)"],
  l2Mode: ["conventional", "paper, section 3.2: plain weight decay"],
  learningRateMin: [0.001, "paper, section 3.2 (unconfirmed, section F)"],
} as const;

/** The paper's controller. */
const strategy = {
  hiddenSize: [100, "paper, section 3.1: 100 units (unconfirmed, section C.1)"],
  learningRate: [0.00035, "paper, section 3.2: Adam at 0.00035 (unconfirmed, section F)"],
  tanhConstant: [2.5, "paper, section 3.2 (unconfirmed, section F)"],
  temperature: [5, "paper, section 3.2 (unconfirmed, section F)"],
  entropyWeight: [0.1, "paper, section 3.2 (unconfirmed, section F)"],
  entropy: ["full", "paper, section 3.2: of whole distributions, not of the drawn values alone"],
} as const;

const evaluator = { rewardDropout: [false, "the paper names none"] } as const;

const search = {
  scoreOn: ["common", "paper, section 2.2: sampled models are compared on one minibatch"],
  evaluation: ["none", "the paper names none"],
} as const;

/** The paper's 2.89 % of micro cells, and its best macro network, are with cutout. */
const cutout = [
  16,
  "paper, table 1: its best results are with CutOut (unconfirmed, section E)",
] as const;

const macro: MacroTable = {
  ...officialCode.macro,
  child: {
    ...officialCode.macro.child,
    ...weights,
    weightUpdates: ["path", "paper, section 2.2: the gradient of the sampled model"],
    opMode: ["correct", "paper, section 2.3: the sampled operation runs"],
    skipIndex: ["layer-output", "paper, section 2.3: layer k reads the outputs of chosen layers"],
  },
  strategy: {
    ...officialCode.macro.strategy,
    ...strategy,
    skipPenaltySlope: [2, "paper, section 2.3: the skip probability itself"],
  },
  evaluator: { ...officialCode.macro.evaluator, ...evaluator },
  search: {
    ...officialCode.macro.search,
    ...search,
  },
  finalTraining: {
    ...officialCode.macro.finalTraining,
    ...weights,
    graph: ["faithful", "paper, section 2.2: the sampled model is trained from scratch"],
    cutout,
  },
};

const micro: MicroTable = {
  ...officialCode.micro,
  child: {
    ...officialCode.micro.child,
    ...weights,
    weightUpdates: ["path", "paper, section 2.2: the gradient of the sampled model"],
    auxiliaryTrainable: [true, "a head that does not learn is a fault of the code (section B.5)"],
    reductionPrev: ["earlier", "paper, section 2.4: a cell reads the two cells before it"],
  },
  strategy: {
    ...officialCode.micro.strategy,
    ...strategy,
    opTanhReduce: [1, "the paper names none"],
    opBias: [0, "the paper names none"],
    convBias: [0, "the paper names none"],
  },
  evaluator: { ...officialCode.micro.evaluator, ...evaluator },
  search: {
    ...officialCode.micro.search,
    ...search,
  },
  finalTraining: {
    ...officialCode.micro.finalTraining,
    ...weights,
    graph: [
      "official",
      "paper, section 2.4: reduction cells with stride 2, loose ends concatenated",
    ],
    auxiliaryTrainable: [true, "a head that does not learn is a fault of the code (section B.5)"],
    cutout,
  },
};

/** See the module's text. */
export const paper: PresetEntry = {
  summary: "The ENAS paper where it speaks, the released scripts where it is silent",
  macro,
  micro,
};
