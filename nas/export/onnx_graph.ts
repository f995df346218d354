/**
 * A traced forward pass in the operators of ONNX.
 *
 * The engine's layout is NHWC, that of ONNX is NCHW: weights `[kh,kw,cin,cout]` become
 * `[cout,cin,kh,kw]`, depthwise weights `[k,k,c]` become `[c,1,k,k]`. Padding is written out in
 * numbers, so that the graph holds for one image size.
 *
 * @module
 */
import type { onnx } from "onnx-proto";
import type { ParameterValues } from "../../engine/parameters.ts";
import type { AvgPoolAttributes } from "../../engine/reference/avg_pool.ts";
import type { BatchNormInferenceAttributes } from "../../engine/reference/batch_norm_inference.ts";
import type { Conv2dAttributes } from "../../engine/reference/conv2d.ts";
import type { DepthwiseConv2dAttributes } from "../../engine/reference/depthwise_conv2d.ts";
import type { MaxPoolAttributes } from "../../engine/reference/max_pool.ts";
import { axisPaddings, paddedWindow, type Shape, type WindowPadding } from "../../engine/shape.ts";
import {
  floatAttribute,
  floatTensor,
  int64Tensor,
  intAttribute,
  intsAttribute,
} from "./onnx_values.ts";
import { GRAPH_INPUT, type GraphOp } from "./trace.ts";

/** How images become what the network reads: `(image − mean) / std`, by channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Name of the normalised images. */
const NORMALISED = "normalised";

/** Collects the nodes of a graph, in the order in which they run, and the constants they read. */
export class OnnxGraphWriter {
  readonly nodes: onnx.INodeProto[] = [];
  #constants = new Map<string, onnx.ITensorProto>();
  #parameters: ReadonlyMap<string, ParameterValues>;

  /** @param parameters Values by the names of the traced graph. */
  constructor(parameters: ReadonlyMap<string, ParameterValues>) {
    this.#parameters = parameters;
  }

  /** What {@link OnnxGraphWriter.nodes} read beside images and each other. */
  get initializers(): onnx.ITensorProto[] {
    return [...this.#constants.values()];
  }

  /** Makes of the images `[n,c,h,w]`, scaled to 0..1, what traced ops call their input. */
  normalise({ mean, std }: Normalisation): void {
    const perChannel = (name: string, values: readonly number[]) =>
      this.constant(floatTensor(name, [1, values.length, 1, 1], Float32Array.from(values)));
    this.node("Sub", [GRAPH_INPUT, perChannel("mean", mean)], "centred");
    this.node("Div", ["centred", perChannel("std", std)], NORMALISED);
  }

  /** Writes one traced op. Throws a `TypeError` for one that has no translation. */
  write(op: GraphOp): void {
    const translate = TRANSLATIONS.get(op.op);
    if (translate === undefined) {
      throw new TypeError(
        `Expected one of the operations ${[...TRANSLATIONS.keys()].join(", ")}, which can be ` +
          `written as ONNX, but found ${op.op}; add its translation to nas/export/onnx_graph.ts`,
      );
    }
    const inputs = op.inputs.map((name) => name === GRAPH_INPUT ? NORMALISED : name);
    translate(this, { ...op, inputs });
  }

  /** Adds a node with one output, whose name it returns. */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attribute: onnx.IAttributeProto[] = [],
  ): string {
    this.nodes.push({ opType, name: output, input: [...inputs], output: [output], attribute });
    return output;
  }

  /** Adds a constant once and returns its name. */
  constant(tensor: onnx.ITensorProto): string {
    this.#constants.set(tensor.name!, tensor);
    return tensor.name!;
  }

  /** Adds a parameter once, reordered by `layout`, and returns its name. */
  parameter(name: string, layout: (values: ParameterValues) => ParameterValues = same): string {
    if (this.#constants.has(name)) return name;
    const values = this.#parameters.get(name);
    if (values === undefined) {
      throw new TypeError(
        `Expected values of ${name} but found none; give those of the network that was traced`,
      );
    }
    const { shape, data } = layout(values);
    return this.constant(floatTensor(name, shape, data));
  }
}

type Translation = (writer: OnnxGraphWriter, op: GraphOp) => void;

const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ["conv2d", (writer, op) => void convolution(writer, op, op.attributes as Conv2dAttributes)],
  // Its two 1x1 convolutions of stride 2, side by side.
  ["factorized_reduction", (writer, op) => {
    const [x, ...weights] = op.inputs;
    const [y] = op.outputs;
    const halves = weights.map((weight, shift) => {
      const outputs = [`${y}/${shift === 0 ? "even" : "odd"}`];
      return convolution(writer, { ...op, inputs: [x, weight], outputs }, { stride: 2, shift });
    });
    writer.node("Concat", halves, y, [intAttribute("axis", 1)]);
  }],
  ["depthwise_conv2d", (writer, op) => {
    const { stride, padding } = op.attributes as DepthwiseConv2dAttributes;
    const [kernel, , channels] = op.inputShapes[1];
    const edges = edgesOf(op.inputShapes[0], kernel, stride, padding);
    const weight = writer.parameter(op.inputs[1], depthwiseLayout);
    writer.node("Conv", [op.inputs[0], weight], op.outputs[0], [
      ...windowAttributes(kernel, stride, edges),
      intAttribute("group", channels),
    ]);
  }],
  ["avg_pool", (writer, op) => {
    const { size, stride, padding } = op.attributes as AvgPoolAttributes;
    const edges = edgesOf(op.inputShapes[0], size, stride, padding);
    writer.node("AveragePool", op.inputs, op.outputs[0], [
      ...windowAttributes(size, stride, edges),
      intAttribute("count_include_pad", 0),
    ]);
  }],
  ["max_pool", (writer, op) => {
    const { size, stride, padding } = op.attributes as MaxPoolAttributes;
    const edges = edgesOf(op.inputShapes[0], size, stride, padding);
    writer.node("MaxPool", op.inputs, op.outputs[0], windowAttributes(size, stride, edges));
  }],
  ["batch_norm_inference", (writer, op) => {
    const { epsilon, relu } = op.attributes as BatchNormInferenceAttributes;
    const [x, ...parameters] = op.inputs;
    const inputs = [x, ...parameters.map((name) => writer.parameter(name))];
    const [y] = op.outputs;
    const attributes = [floatAttribute("epsilon", epsilon)];
    if (!relu) return void writer.node("BatchNormalization", inputs, y, attributes);
    writer.node("Relu", [writer.node("BatchNormalization", inputs, `${y}/norm`, attributes)], y);
  }],
  ["relu", (writer, op) => void writer.node("Relu", op.inputs, op.outputs[0])],
  ["sum", (writer, op) => void writer.node("Sum", op.inputs, op.outputs[0])],
  // The channels are the second axis in NCHW, and the last of a matrix is the second as well.
  [
    "concat",
    (writer, op) => void writer.node("Concat", op.inputs, op.outputs[0], [intAttribute("axis", 1)]),
  ],
  ["global_avg_pool", (writer, op) => {
    const [y] = op.outputs;
    const pooled = writer.node("GlobalAveragePool", op.inputs, `${y}/mean`);
    writer.node("Flatten", [pooled], y, [intAttribute("axis", 1)]);
  }],
  ["matmul", (writer, op) => {
    const weight = writer.parameter(op.inputs[1]);
    writer.node("MatMul", [op.inputs[0], weight], op.outputs[0]);
  }],
]);

/** Writes `op` as a convolution of its first input with its second and returns the output's name. */
function convolution(
  writer: OnnxGraphWriter,
  op: GraphOp,
  { stride, shift }: Conv2dAttributes,
): string {
  const kernel = op.inputShapes[1][0];
  const edges = edgesOf(op.inputShapes[0], kernel, stride, "same", shift);
  const x = cropped(writer, op, edges);
  const weight = writer.parameter(op.inputs[1], convolutionLayout);
  const attributes = windowAttributes(kernel, stride, x.edges);
  return writer.node("Conv", [x.name, weight], op.outputs[0], attributes);
}

/** Rows before and behind an axis that windows see; negative where they leave out some. */
interface Edge {
  readonly before: number;
  readonly behind: number;
}

/** The edges of height and width. */
type Edges = readonly [Edge, Edge];

function edgesOf(
  [, ...extents]: Shape,
  kernel: number,
  stride: number,
  padding: WindowPadding = "same",
  shift = 0,
): Edges {
  const parts = axisPaddings(padding);
  const edge = (size: number, axis: number): Edge => {
    const { out, before } = paddedWindow(parts[axis], size, kernel, stride, shift);
    return { before, behind: Math.max((out - 1) * stride + kernel - before - size, 0) };
  };
  return [edge(extents[0], 0), edge(extents[1], 1)];
}

/**
 * The first input without the rows and columns that the windows of a shifted convolution leave out
 * in front. Padding behind the image comes first, because an image of one row would be left empty.
 */
function cropped(
  writer: OnnxGraphWriter,
  { inputs: [x], outputs: [y] }: GraphOp,
  edges: Edges,
): { readonly name: string; readonly edges: Edges } {
  if (edges.every(({ before }) => before >= 0)) return { name: x, edges };
  let name = x;
  const behind = edges.map((edge) => edge.behind);
  if (behind.some((rows) => rows > 0)) {
    const pads = writer.constant(int64Tensor(`${y}/pads`, [0, 0, 0, 0, 0, 0, ...behind]));
    name = writer.node("Pad", [name, pads], `${y}/padded`);
  }
  const starts = edges.map(({ before }) => Math.max(-before, 0));
  const bounds = [
    writer.constant(int64Tensor(`${y}/starts`, starts)),
    writer.constant(int64Tensor("ends", [END, END])),
    writer.constant(int64Tensor("axes", [2, 3])),
  ];
  name = writer.node("Slice", [name, ...bounds], `${y}/cropped`);
  const rest = ({ before }: Edge): Edge => ({ before: Math.max(before, 0), behind: 0 });
  return { name, edges: [rest(edges[0]), rest(edges[1])] };
}

/** "As far as there is something", for Slice. */
const END = 2 ** 31 - 1;

function windowAttributes(
  kernel: number,
  stride: number,
  [rows, columns]: Edges,
): onnx.IAttributeProto[] {
  return [
    intsAttribute("kernel_shape", [kernel, kernel]),
    intsAttribute("strides", [stride, stride]),
    intsAttribute("pads", [rows.before, columns.before, rows.behind, columns.behind]),
  ];
}

function same(values: ParameterValues): ParameterValues {
  return values;
}

/** `[kh,kw,cin,cout]` as `[cout,cin,kh,kw]`. */
function convolutionLayout({ shape: [kh, kw, cin, cout], data }: ParameterValues): ParameterValues {
  const taps = kh * kw;
  const moved = new Float32Array(data.length);
  for (let tap = 0, at = 0; tap < taps; tap++) {
    for (let ci = 0; ci < cin; ci++) {
      for (let co = 0; co < cout; co++) moved[(co * cin + ci) * taps + tap] = data[at++];
    }
  }
  return { shape: [cout, cin, kh, kw], data: moved };
}

/** `[kh,kw,c]` as `[c,1,kh,kw]`. */
function depthwiseLayout({ shape: [kh, kw, channels], data }: ParameterValues): ParameterValues {
  const { data: moved } = convolutionLayout({ shape: [kh, kw, 1, channels], data });
  return { shape: [channels, 1, kh, kw], data: moved };
}
