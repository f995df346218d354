/**
 * What the suite of all samplers knows of each space.
 *
 * @module
 */
import { Random } from "../../../engine/random.ts";
import { type Arc, formatArc, parseArc } from "../../../nas/space/arc.ts";
import type { MacroArc } from "../../../nas/space/macro/arc.ts";
import { skipRate } from "../../../nas/space/macro/arc.ts";
import { type MicroArc, microArcDecisions } from "../../../nas/space/micro/arc.ts";
import { RandomMacroSampler, RandomMicroSampler } from "../../../nas/strategy/random.ts";
import type { ArcSampler } from "../../../nas/strategy/strategy.ts";
import {
  amplify,
  ONE_NODE_ARCS,
  smallController,
  smallMicroController,
  TWO_LAYER_ARCS,
} from "./helpers.ts";

/** Makes a sampler of arcs with `size` layers or nodes a cell. */
export type Make<A extends Arc> = (size: number, seed?: number) => ArcSampler<A>;

/** A space, as small as it can be, and its samplers. */
export interface Space<A extends Arc> {
  readonly samplers: readonly [string, Make<A>][];
  /** Every arc of `size` layers or nodes. */
  readonly all: { readonly size: number; readonly arcs: readonly A[] };
  /** Parts of an arc whose frequencies are tested. */
  readonly parts: readonly ((arc: A) => string)[];
  /** Draws for that. */
  readonly draws: number;
  /** An arc of size 3, one of size 1, and one of the other space. */
  readonly arc: A;
  readonly short: A;
  readonly foreign: Arc;
  /**
   * The values of an arc's decisions: by layer the op, then the skip bits; by cell, node and operand
   * the input, then the op.
   */
  readonly values: (arc: A) => number[];
  /** Accuracy that depends on the arc alone. */
  readonly accuracy: (arc: A) => number;
  readonly skipRate: (arc: A) => number;
  readonly refusals: { readonly short: RegExp; readonly foreign: RegExp; readonly size: RegExp };
}

/** A macro arc of three layers. */
export const MACRO_ARC = parseArc("0 1 1 2 0 1") as MacroArc;
/** A micro arc of three nodes a cell. */
export const MICRO_ARC = parseArc("0 1 1 2 2 3 0 4 3 0 1 1 | 1 1 0 2 2 0 1 4 0 4 3 3") as MicroArc;
const cellText = (decisions: number[]) => decisions.join(" ");

/** The macro space and its samplers. */
export const MACRO: Space<MacroArc> = {
  samplers: [
    ["untrained controller", (layers, seed) => smallController(layers, {}, seed)],
    [
      "controller with preferences",
      (layers, seed) => amplify(smallController(layers, {}, seed), 12),
    ],
    ["random sampler", (layers, seed = 1) => new RandomMacroSampler(layers, {}, new Random(seed))],
    [
      "random sampler with skip probability 0.4",
      (layers, seed = 1) =>
        new RandomMacroSampler(layers, { skipProbability: 0.4 }, new Random(seed)),
    ],
  ],
  all: { size: 2, arcs: TWO_LAYER_ARCS },
  parts: [formatArc],
  draws: 20_000,
  arc: MACRO_ARC,
  short: parseArc("0") as MacroArc,
  foreign: MICRO_ARC,
  values: ({ layers }) => layers.flatMap(({ op, skips }) => [op, ...skips.map(Number)]),
  accuracy: (arc) => 0.5 + 0.05 * arc.layers[0].op - 0.1 * skipRate(arc),
  skipRate,
  refusals: {
    short: /arcs of 3 layers but found 1/,
    foreign: /expects macro arcs but found a micro arc/,
    size: /Expected layers to be an integer greater than 0/,
  },
};

/** The micro space and its samplers. */
export const MICRO: Space<MicroArc> = {
  samplers: [
    ["untrained micro controller", (nodes, seed) => smallMicroController(nodes, {}, seed)],
    [
      "micro controller with preferences",
      (nodes, seed) => amplify(smallMicroController(nodes, {}, seed), 12),
    ],
    ["random micro sampler", (nodes, seed = 1) => new RandomMicroSampler(nodes, new Random(seed))],
  ],
  all: { size: 1, arcs: ONE_NODE_ARCS },
  // One cell each, then one operand of each cell, for the second cell depends on the first.
  parts: [
    (arc) => cellText(microArcDecisions(arc).slice(0, 4)),
    (arc) => cellText(microArcDecisions(arc).slice(4)),
    (arc) => cellText(microArcDecisions(arc).slice(2, 6)),
  ],
  draws: 8_000,
  arc: MICRO_ARC,
  short: parseArc("0 1 1 2 | 1 1 0 2") as MicroArc,
  foreign: MACRO_ARC,
  values: microArcDecisions,
  accuracy: ({ normal }) => 0.5 + 0.05 * normal.nodes[0].operands[0].op,
  skipRate: () => 0,
  refusals: {
    short: /cells of 3 nodes but found 1 and 1/,
    foreign: /expects micro arcs but found a macro arc/,
    size: /Expected nodes to be an integer greater than 0/,
  },
};
