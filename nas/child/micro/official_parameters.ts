/**
 * Names, shapes and initial values of the network in which the released code retrains a micro arc,
 * and its drop-path schedule (spec B.2, B.3, B.6, D.6).
 *
 * @module
 */
import { ArcError } from "../../space/errors.ts";
import {
  MICRO_OPS,
  type MicroArc,
  type MicroCell,
  microCellLooseEnds,
} from "../../space/micro/arc.ts";
import type { MicroOfficialShape } from "../../space/micro/network_spec.ts";
import { type MicroLayerPlan, microOfficialStructure } from "../../space/micro/structure.ts";
import { auxiliaryHeadParameters } from "./auxiliary_head.ts";
import { microNames, REPETITIONS } from "./parameters.ts";
import { ParameterList } from "../parameter_list.ts";

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

/** Stride of an operand that reads tensor `input` of a layer's cell. */
export function operandStride({ inputStride }: MicroLayerPlan, input: number): 1 | 2 {
  return input < 2 ? inputStride : 1;
}

/**
 * Parameters of the network of `arc`, the auxiliary head's among them.
 *
 * Initial values: He normal with fan-ins `k²·cin` of convolutions, `k²·C` of depthwise ones, the
 * channels of pointwise ones and of the head; scales 1, offsets 0.
 *
 * @throws {ArcError} If the cells have not `options.nodes` nodes.
 */
export function microOfficialParameters(options: MicroOfficialShape, arc: MicroArc): ParameterList {
  const nodes = arc.normal.nodes.length;
  if (nodes !== options.nodes) {
    throw new ArcError(
      `Expected an architecture with cells of ${options.nodes} nodes but found ${nodes}`,
    );
  }
  const { inputChannels, classes } = options;
  const structure = microOfficialStructure(arc, options);
  const { stemChannels, layers, head } = structure;
  const list = new ParameterList();
  list.convNorm(microNames.stem, 3, inputChannels, stemChannels);
  for (const plan of layers) addLayer(list, plan, arc[plan.cell]);
  list.weight(microNames.head, [head.channels, classes], head.channels);
  if (options.auxiliaryHead) auxiliaryHeadParameters(list, structure, classes);
  return list;
}

function addLayer(list: ParameterList, plan: MicroLayerPlan, cell: MicroCell): void {
  const { layer, filters: f } = plan;
  plan.inputs.forEach(({ calibration, channels }, input) => {
    const prefix = microNames.calibration(layer, input);
    if (calibration === "project") list.convNorm(prefix, 1, channels, f);
    if (calibration === "reduce") list.factorizedReduction(prefix, channels, f);
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
  for (const end of microCellLooseEnds(cell)) {
    if (operandStride(plan, end) === 2) {
      list.factorizedReduction(microOfficialNames.looseInput(layer, end), f, f);
    }
  }
}
