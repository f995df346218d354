/**
 * A child network as a list of operations, so that other libraries can compute the same one.
 *
 * The list is what the network itself recorded on a rehearsing backend, so it cannot differ from what
 * the engine trains. A library says how it does each operation, {@link runGraph} does them in order.
 *
 * @module
 */
import type { Shape } from "../../engine/shape.ts";

/** Operations of child networks that train without dropout. */
export type StepOp =
  | "conv2d"
  | "depthwise_conv2d"
  | "max_pool"
  | "avg_pool"
  | "batch_norm"
  | "relu"
  | "sum"
  | "concat"
  | "global_avg_pool"
  | "matmul";

/** Attributes of an operation; those that it does not have are absent. */
export interface StepAttributes {
  readonly stride?: number;
  /** First pixel that a convolution of stride 2 reads, 0 or 1. */
  readonly shift?: number;
  /** Side of a pool's window. */
  readonly size?: number;
  readonly epsilon?: number;
  /** Whether ReLU follows a batch norm. */
  readonly relu?: boolean;
}

/** One operation. Numbers of tensors: 0 the images, 1 + i parameter i, then the nodes in order. */
export interface StepNode {
  readonly op: StepOp;
  readonly inputs: readonly number[];
  /** Of the output, in the layouts of docs/conventions.md. */
  readonly shape: Shape;
  readonly attributes: StepAttributes;
}

/** The forward pass from images to logits `[n,classes]`, the output of the last node. */
export interface StepGraph {
  /** `[n,h,w,c]`. */
  readonly images: Shape;
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[];
  readonly nodes: readonly StepNode[];
}

/** A training step that every contender computes. */
export interface StepProblem {
  readonly graph: StepGraph;
  /** Initial values in the order of the graph. */
  readonly parameters: readonly Float32Array[];
  /** Normalised pixels. */
  readonly images: Float32Array;
  /** A class for each image. */
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly rate: number;
  readonly momentum: number;
  /** Factor of the sum of squares of all parameters in the loss. */
  readonly l2: number;
}

/** How a library does the operations on its tensors `T`. */
export interface StepLibrary<T> {
  /** A further handle of a tensor that is read again later. */
  again(x: T): T;
  conv2d(x: T, weight: T, node: StepNode): T;
  depthwise(x: T, weight: T): T;
  pool(kind: "max" | "avg", x: T, node: StepNode): T;
  batchNorm(x: T, gamma: T, beta: T, node: StepNode): T;
  relu(x: T): T;
  add(a: T, b: T): T;
  concat(parts: readonly T[]): T;
  globalAverage(x: T): T;
  matmul(a: T, b: T): T;
}

/** Computes the logits of `graph`; every tensor that is handed over is used up. */
export function runGraph<T>(
  graph: StepGraph,
  library: StepLibrary<T>,
  images: T,
  parameters: readonly T[],
): T {
  const uses = new Map<number, number>();
  for (const { inputs } of graph.nodes) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  const tensors = [images, ...parameters];
  const take = (index: number): T => {
    const left = uses.get(index)! - 1;
    uses.set(index, left);
    return left > 0 ? library.again(tensors[index]) : tensors[index];
  };
  for (const node of graph.nodes) tensors.push(apply(library, node, node.inputs.map(take)));
  return tensors[tensors.length - 1];
}

function apply<T>(library: StepLibrary<T>, node: StepNode, inputs: readonly T[]): T {
  const [x, weight, offset] = inputs;
  switch (node.op) {
    case "conv2d":
      return library.conv2d(x, weight, node);
    case "depthwise_conv2d":
      return library.depthwise(x, weight);
    case "max_pool":
      return library.pool("max", x, node);
    case "avg_pool":
      return library.pool("avg", x, node);
    case "batch_norm": {
      const y = library.batchNorm(x, weight, offset, node);
      return node.attributes.relu ? library.relu(y) : y;
    }
    case "relu":
      return library.relu(x);
    case "sum":
      return inputs.reduce((total, term) => library.add(total, term));
    case "concat":
      return library.concat(inputs);
    case "global_avg_pool":
      return library.globalAverage(x);
    case "matmul":
      return library.matmul(x, weight);
  }
}

/** Rows of `classes` numbers, 1 at the label and 0 elsewhere. */
export function oneHot(labels: Uint8Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => rows[row * classes + label] = 1);
  return rows;
}
