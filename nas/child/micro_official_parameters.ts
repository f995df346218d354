/**
 * Layers of the network in which the released code retrains a micro arc, and names, shapes and
 * initial values of its weights (spec B.2, B.3, B.6, D.6).
 *
 * @module
 */
import { ArcError } from "../arc/errors.ts";
import { MICRO_OPS, type MicroArc, type MicroCell, microCellLooseEnds } from "../arc/micro.ts";
import { auxiliaryHeadParameters } from "./auxiliary_head.ts";
import {
  auxiliaryLayer,
  type Calibration,
  type MicroGraphOptions,
  microNames,
  reductionLayers,
  REPETITIONS,
} from "./micro_parameters.ts";
import type { DropPath } from "./network.ts";
import { ParameterList } from "./parameter_list.ts";

/** What shapes a {@link MicroOfficialNetwork}, beside its arc. */
export type MicroOfficialShape = Omit<MicroGraphOptions, "reductionPrev">;

/** One layer of the network. */
export interface MicroOfficialLayer {
  readonly layer: number;
  /** Channels of each of its tensors. */
  readonly filters: number;
  /** Reduction layers before and including this one. */
  readonly stage: number;
  /** Whether operands that read input 0 or 1 halve the map. */
  readonly reduces: boolean;
  readonly cell: MicroCell;
  /** Of the inputs 0 and 1; null where nothing has to change. */
  readonly calibrations: readonly [Calibration | null, Calibration | null];
  /** Tensors that form the output, ascending. */
  readonly looseEnds: readonly number[];
  /** Channels of the output: those of all loose ends. */
  readonly channels: number;
}

/** One operand of a node. */
export interface MicroOfficialPlace {
  readonly layer: number;
  readonly node: number;
  /** 0 or 1. */
  readonly operand: number;
}

/** Parameter names of the parts that {@link microNames} does not have. */
export const microOfficialNames = {
  /** 1x1 convolution and batch norm through which input 1 always passes. */
  base: (layer: number) => `layer${layer}/base`,
  /** One of the repetitions of a separable convolution. */
  separable: (place: MicroOfficialPlace, kernel: number, repetition: number) =>
    `${operandName(place)}/sep_conv${kernel}x${kernel}/${repetition}`,
  /** Factorised reduction that an identity of stride 2 is. */
  identity: (place: MicroOfficialPlace) => `${operandName(place)}/identity`,
  /** Factorised reduction of a loose input of a reduction layer. */
  looseInput: (layer: number, input: number) => `layer${layer}/loose${input}`,
} as const;

function operandName({ layer, node, operand }: MicroOfficialPlace): string {
  return `layer${layer}/node${node}/${"xy"[operand]}`;
}

/** Stride of an operand that reads tensor `input`. */
export function operandStride({ reduces }: MicroOfficialLayer, input: number): 1 | 2 {
  return reduces && input < 2 ? 2 : 1;
}

/**
 * Probability with which a path of `layer` is kept (spec B.6): the schedule falls linearly with the
 * depth, and with training from 1 to that of the depth.
 *
 * @param layers L of a network with L + 2 layers
 */
export function pathKeepProbability(layer: number, layers: number, dropPath: DropPath): number {
  const keepOfLayer = 1 - (layer + 1) / (layers + 2) * (1 - dropPath.keepProbability);
  return 1 - dropPath.progress * (1 - keepOfLayer);
}

/**
 * Lays out the L + 2 layers of `arc`.
 *
 * @throws {ArcError} If its cells have not `options.nodes` nodes.
 */
export function microOfficialLayers(
  options: MicroOfficialShape,
  arc: MicroArc,
): MicroOfficialLayer[] {
  const nodes = arc.normal.nodes.length;
  if (nodes !== options.nodes) {
    throw new ArcError(
      `Expected an architecture with cells of ${options.nodes} nodes but found ${nodes}`,
    );
  }
  const reductions = reductionLayers(options.layers);
  const stem = { channels: 3 * options.filters, stage: 0 };
  let prev = [stem, stem];
  let [filters, stage] = [options.filters, 0];
  return Array.from({ length: options.layers + 2 }, (_, layer) => {
    const reduces = reductions.includes(layer);
    if (reduces) filters *= 2;
    const [first, second] = prev.map(({ channels, stage: from }): Calibration | null => {
      if (from < stage) return { kind: "reduction", channels };
      return channels === filters ? null : { kind: "conv", channels };
    });
    if (reduces) stage++;
    const cell = reduces ? arc.reduction : arc.normal;
    const looseEnds = microCellLooseEnds(cell);
    const channels = looseEnds.length * filters;
    prev = [prev[1], { channels, stage }];
    const calibrations = [first, second] as const;
    return { layer, filters, stage, reduces, cell, calibrations, looseEnds, channels };
  });
}

/**
 * Parameters of the network of `arc`, the auxiliary head's among them.
 *
 * Initial values: He normal with fan-ins `k²·cin` of convolutions, `k²·C` of depthwise ones, the
 * channels of pointwise ones and of the head; scales 1, offsets 0.
 */
export function microOfficialParameters(
  options: MicroOfficialShape,
  plan: readonly MicroOfficialLayer[],
): ParameterList {
  const { inputChannels, classes } = options;
  const list = new ParameterList();
  list.convNorm(microNames.stem, 3, inputChannels, 3 * options.filters);
  for (const place of plan) addLayer(list, place);
  const last = plan[plan.length - 1].channels;
  list.weight(microNames.head, [last, classes], last);
  if (options.auxiliaryHead) {
    const { channels, stage } = plan[auxiliaryLayer(options.layers)];
    const [height, width] = [options.imageHeight, options.imageWidth]
      .map((side) => Math.ceil(side / 2 ** stage));
    auxiliaryHeadParameters(list, { height, width, channels, classes });
  }
  return list;
}

function addLayer(list: ParameterList, plan: MicroOfficialLayer): void {
  const { layer, filters: f, reduces, cell, calibrations, looseEnds } = plan;
  calibrations.forEach((calibration, input) => {
    const prefix = microNames.calibration(layer, input);
    if (calibration?.kind === "conv") list.convNorm(prefix, 1, calibration.channels, f);
    if (calibration?.kind === "reduction") {
      list.factorizedReduction(prefix, calibration.channels, f);
    }
  });
  list.convNorm(microOfficialNames.base(layer), 1, f, f);
  cell.nodes.forEach(({ operands }, node) => {
    operands.forEach(({ input, op }, operand) => {
      const place = { layer, node, operand };
      const { kind, kernel } = MICRO_OPS[op];
      for (let repetition = 0; kind === "sep_conv" && repetition < REPETITIONS; repetition++) {
        const prefix = microOfficialNames.separable(place, kernel!, repetition);
        list.separableNorm(prefix, kernel!, f, { depthwise: kernel! ** 2 * f, pointwise: f });
      }
      if (kind === "identity" && operandStride(plan, input) === 2) {
        list.factorizedReduction(microOfficialNames.identity(place), f, f);
      }
    });
  });
  for (const end of looseEnds) {
    if (reduces && end < 2) {
      list.factorizedReduction(microOfficialNames.looseInput(layer, end), f, f);
    }
  }
}
