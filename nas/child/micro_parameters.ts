/**
 * Layers of the micro space's shared graph, and names, shapes and initial values of its weights
 * (spec B.2 to B.4, D.6).
 *
 * The released code keeps a bank of weights for every node, operand, kernel and repetition, with one
 * row for each tensor that the operand may read. Here every row is a parameter of its own name, so
 * that a child reads and trains its own rows alone. Convolutions have no bias.
 *
 * @module
 */
import { ArcError } from "../arc/errors.ts";
import { MICRO_OPS, type MicroArc, type MicroCell, microCellLooseEnds } from "../arc/micro.ts";
import { type AuxiliaryHeadOptions, auxiliaryHeadParameters } from "./auxiliary_head.ts";
import { ParameterList } from "./parameter_list.ts";

/** Depth, widths and switches that decide a micro network's weights. */
export interface MicroGraphOptions {
  /** L; there are L + 2 layers, two of them reduction layers. */
  readonly layers: number;
  /** Channels F before the first reduction layer; they double at each. */
  readonly filters: number;
  /** Computed nodes B of a cell. */
  readonly nodes: number;
  /** Channels of the images. */
  readonly inputChannels: number;
  readonly classes: number;
  /** Pixels of an image; with its width it decides a kernel of the auxiliary head. */
  readonly imageHeight: number;
  /** Pixels. */
  readonly imageWidth: number;
  /**
   * What the layer behind a reduction layer reads as its input 0: `reduced` the halved input of the
   * reduction layer's cell, as released (default), or `earlier` the output of the layer before the
   * reduction layer, as in all other layers (spec B.4).
   */
  readonly reductionPrev?: "reduced" | "earlier";
  /** Default none. */
  readonly auxiliaryHead?: AuxiliaryHeadOptions | null;
}

/** How a layer's input is brought to the layer's channels and size (spec B.3). */
export interface Calibration {
  /** `conv`: ReLU, 1x1 convolution, batch norm; `reduction`: ReLU, factorised reduction. */
  readonly kind: "conv" | "reduction";
  /** Channels of the input. */
  readonly channels: number;
}

/** One layer of the shared graph. */
export interface MicroLayer {
  readonly layer: number;
  /** Channels. */
  readonly filters: number;
  /** Reduction layers before and including this one. */
  readonly stage: number;
  /** In a reduction layer the channels of the output that is halved; else null. */
  readonly reducedChannels: number | null;
  /** Of the inputs 0 and 1; null where nothing has to change. */
  readonly calibrations: readonly [Calibration | null, Calibration | null];
}

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

/** The reduction layers d and 2d + 1, d = floor(L / 3). */
function reductionLayers(layers: number): number[] {
  const distance = Math.floor(layers / 3);
  return [distance, 2 * distance + 1];
}

/** The layer whose output the auxiliary head reads: the one behind the second reduction layer. */
export function auxiliaryLayer(layers: number): number {
  return reductionLayers(layers)[1] + 1;
}

/** Lays out the L + 2 layers. */
export function microLayers(options: MicroGraphOptions): MicroLayer[] {
  const reductions = reductionLayers(options.layers);
  const stem = { channels: 3 * options.filters, stage: 0 };
  let prev = [stem, stem];
  let [filters, stage] = [options.filters, 0];
  return Array.from({ length: options.layers + 2 }, (_, layer) => {
    let inputs = prev;
    const reduces = reductions.includes(layer);
    if (reduces) {
      [filters, stage] = [2 * filters, stage + 1];
      inputs = [prev[1], { channels: filters, stage }];
    }
    const calibrations = inputs.map(({ channels, stage: from }, input): Calibration | null => {
      if (input === 0 && from < stage) return { kind: "reduction", channels };
      return channels === filters ? null : { kind: "conv", channels };
    });
    const reducedChannels = reduces ? prev[1].channels : null;
    const second = reduces && options.reductionPrev !== "earlier" ? inputs[1] : prev[1];
    prev = [second, { channels: filters, stage }];
    const [first, other] = calibrations;
    return { layer, filters, stage, reducedChannels, calibrations: [first, other] };
  });
}

/** The cell of a layer; throws {@link ArcError} when it has not the network's number of nodes. */
export function microCellOf(
  options: MicroGraphOptions,
  arc: MicroArc,
  layer: MicroLayer,
): MicroCell {
  const cell = layer.reducedChannels === null ? arc.normal : arc.reduction;
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
  const { filters, nodes, inputChannels, classes, imageHeight, imageWidth } = options;
  const list = new ParameterList();
  list.convNorm(microNames.stem, 3, inputChannels, 3 * filters);
  const layers = microLayers(options);
  for (const plan of layers) {
    const { layer, filters: f, reducedChannels, calibrations } = plan;
    if (reducedChannels !== null) {
      list.factorizedReduction(microNames.reduction(layer), reducedChannels, f);
    }
    calibrations.forEach((calibration, input) => {
      const prefix = microNames.calibration(layer, input);
      if (calibration?.kind === "conv") list.convNorm(prefix, 1, calibration.channels, f);
      if (calibration?.kind === "reduction") {
        list.factorizedReduction(prefix, calibration.channels, f);
      }
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
  list.weight(microNames.head, [4 * filters, classes], 4 * filters);
  if (options.auxiliaryHead) {
    const { filters: channels, stage } = layers[auxiliaryLayer(options.layers)];
    const [height, width] = [imageHeight, imageWidth].map((side) => Math.ceil(side / 2 ** stage));
    auxiliaryHeadParameters(list, { height, width, channels, classes });
  }
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
