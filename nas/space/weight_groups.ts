/**
 * Which weight tensors of the shared graph an arc reads, as a rule on arcs alone (enas-spec.md
 * sections A.2 to A.4 and B.2 to B.4). A test holds it against the names that networks give.
 *
 * Tensors come in groups that one part of the network reads together. A convolution with its batch
 * norm is three tensors (weights, scale, offset), a separable one four, a factorised reduction four,
 * a batch norm two.
 *
 * @module
 */

/** Tensors of a convolution with its batch norm. */
export const CONV_NORM = 3;
/** Tensors of a separable convolution with its batch norm. */
export const SEPARABLE_NORM = 4;
/** Tensors of a factorised reduction. */
export const REDUCTION = 4;
/** Tensors of a batch norm. */
export const NORM = 2;

/** What a group of tensors belongs to. */
export type WeightPart =
  /** Stem, head, auxiliary head, and what brings a cell's inputs to one size: read by every child. */
  | "frame"
  /** The op of a macro layer, or of an operand of a cell's node. */
  | "op"
  /** Batch norm behind the sum of a macro layer, or behind a cell's output: read by every child. */
  | "norm"
  /** Factorised reduction of one tensor at a pooling point of the macro space. */
  | "reduction"
  /** Part of a cell's output convolution that reads one loose end. */
  | "loose";

/** Tensors that are read together. */
export interface WeightGroup {
  readonly part: WeightPart;
  /** Layer of the network, 0-based; null for stem and heads. */
  readonly layer: number | null;
  /** Cell of the layer; null in the macro space and for stem and heads. */
  readonly cell: string | null;
  /** Two arcs of one graph share the group when both have its key. */
  readonly key: string;
  /** Number of tensors; 0 for an op without weights. */
  readonly tensors: number;
}

/** A group that every child reads. */
export function frameGroup(key: string, tensors: number): WeightGroup {
  return { part: "frame", layer: null, cell: null, key, tensors };
}

/** The tensors of two children and those that both read. */
export interface SharedWeights {
  readonly first: number;
  readonly second: number;
  readonly shared: number;
}

/**
 * Counts weight tensors.
 *
 * @param first Groups of one arc.
 * @param second Groups of another arc of the same graph.
 * @returns Tensors that each reads, and that both read.
 */
export function countSharedWeights(
  first: readonly WeightGroup[],
  second: readonly WeightGroup[],
): SharedWeights {
  const total = (groups: readonly WeightGroup[]) =>
    groups.reduce((sum, { tensors }) => sum + tensors, 0);
  const keys = new Set(second.map(({ key }) => key));
  return {
    first: total(first),
    second: total(second),
    shared: total(first.filter(({ key }) => keys.has(key))),
  };
}
