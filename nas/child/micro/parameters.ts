/**
 * Names, shapes and initial values of the weights of the micro space's shared graph (spec B.2 to
 * B.4, D.6).
 *
 * The released code keeps a bank of weights for every node, operand, kernel and repetition, with one
 * row for each tensor that the operand may read. Here every row is a parameter of its own name, so
 * that a child reads and trains its own rows alone. Convolutions have no bias.
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
import type { MicroGraphOptions } from "../../space/micro/network_spec.ts";
import { type MicroLayerPlan, microSearchStructure } from "../../space/micro/structure.ts";
import { auxiliaryHeadParameters } from "./auxiliary_head.ts";
import { ParameterList } from "../parameter_list.ts";

/** Which separable convolution of a cell. */
export interface SeparablePlace {
  readonly layer: number;
  readonly node: number;
  /** 0 or 1. */
  readonly operand: number;
  readonly kernel: number;
  /** Index of the tensor that is read: the row of the released code's bank. */
  readonly row: number;
}

/** Separable convolutions in a row that are one op. */
export const REPETITIONS = 2;

/** Parameter names of the parts of a micro network. */
export const microNames = {
  stem: "stem",
  /** Factorised reduction in front of a reduction layer's cell. */
  reduction: (layer: number) => `layer${layer}/reduce`,
  calibration: (layer: number, input: number) => `layer${layer}/input${input}`,
  /** One of the repetitions of a separable convolution. */
  separable: ({ layer, node, operand, kernel, row }: SeparablePlace, repetition: number) =>
    `layer${layer}/node${node}/${
      "xy"[operand]
    }/sep_conv${kernel}x${kernel}/${repetition}/row${row}`,
  /** Batch norm behind the 1x1 convolution over the loose ends. */
  output: (layer: number) => `layer${layer}/output`,
  /** Weights of that convolution for one tensor. */
  outputRow: (layer: number, row: number) => `layer${layer}/output/row${row}`,
  head: "head/weight",
} as const;

/** The cell of a layer; throws {@link ArcError} when it has not the network's number of nodes. */
export function microCellOf(
  options: MicroGraphOptions,
  arc: MicroArc,
  plan: MicroLayerPlan,
): MicroCell {
  const cell = arc[plan.cell];
  if (cell.nodes.length !== options.nodes) {
    throw new ArcError(
      `Expected cells of ${options.nodes} nodes, as this network has, but found an arc with ` +
        `${cell.nodes.length}; use an arc with as many nodes`,
    );
  }
  return cell;
}

/**
 * Parameters of the whole shared graph, or, with `arc`, of one child alone; the auxiliary head's are
 * among them.
 *
 * Initial values: He normal with the fan-in of the stored shape, which for a bank is its number of
 * rows: c + 2 for those of node c, B + 2 for the loose ends; `k²·cin` for other convolutions, the
 * channels for the head; scales 1, offsets 0.
 */
export function microParameters(
  options: MicroGraphOptions,
  arc: MicroArc | null = null,
): ParameterList {
  const { nodes, inputChannels, classes } = options;
  const structure = microSearchStructure(options);
  const list = new ParameterList();
  list.convNorm(microNames.stem, 3, inputChannels, structure.stemChannels);
  for (const plan of structure.layers) {
    const { layer, filters: f, frontReduction, inputs } = plan;
    if (frontReduction !== null) {
      list.factorizedReduction(microNames.reduction(layer), frontReduction.channels, f);
    }
    inputs.forEach(({ calibration, channels }, input) => {
      const prefix = microNames.calibration(layer, input);
      if (calibration === "project") list.convNorm(prefix, 1, channels, f);
      if (calibration === "reduce") list.factorizedReduction(prefix, channels, f);
    });
    const cell = arc === null ? null : microCellOf(options, arc, plan);
    for (const place of cell === null ? allSeparables(layer, nodes) : separables(layer, cell)) {
      const rows = place.node + 2;
      const fanIn = { depthwise: rows, pointwise: rows };
      for (let repetition = 0; repetition < REPETITIONS; repetition++) {
        list.separableNorm(microNames.separable(place, repetition), place.kernel, f, fanIn);
      }
    }
    const ends = cell === null ? range(nodes + 2) : microCellLooseEnds(cell);
    for (const row of ends) {
      list.weight(microNames.outputRow(layer, row), [1, 1, f, f], nodes + 2);
    }
    list.batchNorm(microNames.output(layer), f);
  }
  const { channels } = structure.head;
  list.weight(microNames.head, [channels, classes], channels);
  if (options.auxiliaryHead) auxiliaryHeadParameters(list, structure, classes);
  return list;
}

/** Every separable convolution that a child may choose in a layer. */
function allSeparables(layer: number, nodes: number): SeparablePlace[] {
  const kernels = MICRO_OPS.flatMap(({ kind, kernel }) => kind === "sep_conv" ? [kernel!] : []);
  return range(nodes).flatMap((node) =>
    range(2).flatMap((operand) =>
      kernels.flatMap((kernel) =>
        range(node + 2).map((row) => ({ layer, node, operand, kernel, row }))
      )
    )
  );
}

/** The separable convolutions that a cell chose. */
function separables(layer: number, cell: MicroCell): SeparablePlace[] {
  return cell.nodes.flatMap(({ operands }, node) =>
    operands.flatMap(({ input, op }, operand) => {
      const { kind, kernel } = MICRO_OPS[op];
      return kind === "sep_conv" ? [{ layer, node, operand, kernel: kernel!, row: input }] : [];
    })
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
