/**
 * Every hyper-parameter of a search in one place: what it does, its unit, and where it comes from.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import type { z } from "zod";
import type { SpaceName } from "../space/registry.ts";
import type { DeepReadonly } from "../text/readonly.ts";
import { evaluator } from "./evaluator_fields.ts";
import { added, choice, fraction, group, integer } from "./fields.ts";
import { search } from "./search_fields.ts";
import { macroStrategy, microStrategy } from "./strategy_fields.ts";
import { auxiliary, dataset, weightTraining } from "./training_fields.ts";

/** Most layers of a child: no file may ask for a network that fills the memory. */
export const MAX_LAYERS = 1000;
/** Most nodes of a cell. */
export const MAX_NODES = 32;

const child = {
  layers: integer({ min: 1, max: MAX_LAYERS }, {
    about: "Layers of the child model; a micro child has two more, the reduction cells",
    unit: "layers",
    source: "--child_num_layers; section F",
  }),
  ...weightTraining,
  weightUpdates: choice(["path", "all"], {
    about: "Which shared weights a step changes: those on the sampled architecture's path, or " +
      "all, which then decay and keep their momentum",
    unit: "name",
    source: "section D.2: all",
  }),
  frozenAfter: added(
    integer({ min: 0 }, {
      about:
        "Last epoch in which the shared weights train, while the search goes on with them as " +
        "they are; 0 is never to stop",
      unit: "epochs",
      source: "ours; the released code trains them in every epoch",
    }),
    0,
  ),
};

const macroChild = {
  opMode: choice(["correct", "released"], {
    about: "What runs in a layer: correct, the sampled op; released, max pooling whatever was " +
      "sampled, as the closure bug of the released search does",
    unit: "name",
    source: "sections A.6 and K: released",
  }),
  skipIndex: choice(["stem-first", "layer-output"], {
    about: "What skip bit i adds: the input of layer i, or its output",
    unit: "name",
    source: "sections A.1 and K: stem-first; thesis and paper say layer-output",
  }),
};

const microChild = {
  nodes: integer({ min: 1, max: MAX_NODES }, {
    about: "Computed nodes of a cell",
    unit: "nodes",
    source: "--child_num_cells; section B.1",
  }),
  ...auxiliary,
  reductionPrev: choice(["reduced", "earlier"], {
    about: "What the layer behind a reduction cell takes as its first input: the reduced input " +
      "of that cell, or the layer before it",
    unit: "name",
    source: "sections B.4 and K: reduced",
  }),
};

const finalTraining = {
  epochs: integer({ min: 1 }, {
    about: "Epochs of training the chosen architecture from scratch",
    unit: "epochs",
    source: "--num_epochs of the final scripts; section E",
  }),
  graph: choice(["faithful", "official"], {
    about: "Network that is trained: the searched graph, or the other one that the released code " +
      "builds for retraining",
    unit: "name",
    source: "section B.7; docs/graph_modes.md",
  }),
  trainOn: choice(["train", "all"], {
    about: "Images that train: the training split, or the validation images too, which leaves " +
      "none to validate on",
    unit: "name",
    source: "section D.1: all 50,000",
  }),
  ...weightTraining,
};

const macroFinalTraining = {
  separableOps: choice(["full", "separable"], {
    about: "What a separable convolution becomes in the official graph",
    unit: "name",
    source: "sections A.5 and K: full",
  }),
  poolOps: choice(["pre-activation", "refuse"], {
    about: "What a pooling op becomes in the official graph: a pool behind ReLU, 1x1 and batch " +
      "norm, or an error",
    unit: "name",
    source: "sections A.5 and K: undefined, it crashes",
  }),
};

const microFinalTraining = {
  layers: integer({ min: 1, max: MAX_LAYERS }, {
    about: "Layers of the network that is trained, without the two reduction cells",
    unit: "layers",
    source: "--child_num_layers of the micro final script; section F",
  }),
  ...auxiliary,
  dropPathKeep: fraction({ zero: false, one: true }, {
    about: "Probability with which drop-path keeps a path of the last layer at the end; 1 is none",
    unit: "probability",
    source: "--child_drop_path_keep_prob; section B.6",
  }),
};

const run = {
  seed: integer({ min: 0, max: 2 ** 32 - 1 }, {
    about: "Seed from which every random stream of the run is forked",
    unit: "integer",
    source: "section H.3: the released code sets none",
  }),
  device: choice(["gpu", "cpu"], {
    about: "Where children are computed: WebGPU, or the slow f64 reference",
    unit: "name",
    source: "enaslab's own",
  }),
};

const SPACE = {
  about: "Search space: whole networks (macro), or two cells that are stacked (micro)",
  unit: "name",
  source: "--search_for; sections A and B",
};

/** Schema of a search in the macro space. */
export const macroConfigSchema = group({
  space: choice(["macro"], SPACE),
  dataset,
  child: group({ ...child, ...macroChild }),
  strategy: macroStrategy,
  evaluator,
  search,
  finalTraining: group({ ...finalTraining, ...macroFinalTraining }),
  ...run,
});

/** Schema of a search in the micro space. */
export const microConfigSchema = group({
  space: choice(["micro"], SPACE),
  dataset,
  child: group({ ...child, ...microChild }),
  strategy: microStrategy,
  evaluator,
  search,
  finalTraining: group({ ...finalTraining, ...microFinalTraining }),
  ...run,
});

/** The schemas by space; see `parseSearchConfig` for rules across fields. */
export const configSchemas = {
  macro: macroConfigSchema,
  micro: microConfigSchema,
} as const satisfies Readonly<Record<SpaceName, z.ZodObject>>;

/** Every hyper-parameter of a search in the macro space. */
export type MacroSearchConfig = DeepReadonly<z.infer<typeof macroConfigSchema>>;

/** Every hyper-parameter of a search in the micro space. */
export type MicroSearchConfig = DeepReadonly<z.infer<typeof microConfigSchema>>;

/** Every hyper-parameter of a search. */
export type SearchConfig = MacroSearchConfig | MicroSearchConfig;
