/**
 * An architecture of the micro search space as a plain value: a normal cell and a reduction cell
 * that a network repeats. Encoding: enas-spec.md section B.1 (melodyguan/enas @ 4bcfd73).
 *
 * Node c of a cell has tensor index c + 2. Index 0 is the output of the layer before the previous
 * one, index 1 the previous layer's output. A node adds up two operands; each is an op applied to
 * an earlier tensor.
 *
 * @module
 */

import { ArcError } from "../errors.ts";
import { describe, isRecord } from "../values.ts";

/** One of the five operations of the micro space. */
export interface MicroOp {
  /** Number in the arc, 0..4. */
  readonly id: number;
  /** Name in files and on the command line. */
  readonly name: string;
  /** `sep_conv`: two separable convolutions; `pool`: pooling; `identity`: the tensor itself. */
  readonly kind: "sep_conv" | "pool" | "identity";
  /** Side of the square window, in pixels; null for the identity. */
  readonly kernel: 3 | 5 | null;
  /** How the pool summarises its window; null for other ops. */
  readonly pool: "avg" | "max" | null;
  /** Name for people, as in the thesis (section 4.5). */
  readonly label: string;
}

/** The five ops by id, in the order of the thesis and of the released code. */
export const MICRO_OPS: readonly MicroOp[] = [
  { id: 0, name: "sep_conv3x3", kind: "sep_conv", kernel: 3, pool: null, label: "Sep. conv 3×3" },
  { id: 1, name: "sep_conv5x5", kind: "sep_conv", kernel: 5, pool: null, label: "Sep. conv 5×5" },
  { id: 2, name: "avg_pool3x3", kind: "pool", kernel: 3, pool: "avg", label: "Avg. pool 3×3" },
  { id: 3, name: "max_pool3x3", kind: "pool", kernel: 3, pool: "max", label: "Max pool 3×3" },
  { id: 4, name: "identity", kind: "identity", kernel: null, pool: null, label: "Identity" },
];

/** One summand of a node: an op applied to an earlier tensor. */
export interface MicroOperand {
  /** Index of an earlier tensor of the cell: 0..c+1 for node c. */
  readonly input: number;
  /** Index into {@link MICRO_OPS}. */
  readonly op: number;
}

/** One computed tensor of a cell: the sum of two operands. */
export interface MicroNode {
  readonly operands: readonly [MicroOperand, MicroOperand];
}

/** One cell; node c computes the tensor with index c + 2. */
export interface MicroCell {
  readonly nodes: readonly MicroNode[];
}

/** An architecture of the micro space. Both cells have the same number of nodes B. */
export interface MicroArc {
  readonly space: "micro";
  readonly normal: MicroCell;
  readonly reduction: MicroCell;
}

/** The two cells of an arc in the order in which arcs list them. */
export const MICRO_CELLS = ["normal", "reduction"] as const;

/** Name of a cell of an arc. */
export type MicroCellName = typeof MICRO_CELLS[number];

/** A cell as integers, one row a node: `[idx1, op1, idx2, op2]`. */
export type MicroCellRows = readonly (readonly number[])[];

/**
 * Number of integers, and of controller decisions, that an arc takes: 8B.
 *
 * @param nodes Number of nodes B of a cell.
 * @returns 40 for 5 nodes.
 */
export function microArcLength(nodes: number): number {
  return 8 * nodes;
}

/**
 * Builds an arc from the flat decisions in the order in which the controller takes them:
 * `idx1, op1, idx2, op2` of each node of the normal cell, then of the reduction cell (enas-spec.md
 * section B.1).
 *
 * @param decisions 8B integers.
 * @returns The arc.
 * @throws {ArcError} If the count is no multiple of 8 or a value is out of range.
 */
export function microArcFromDecisions(decisions: ArrayLike<number>): MicroArc {
  const { length } = decisions;
  if (length === 0 || length % 8 !== 0) {
    throw new ArcError(
      `Expected 8B decisions for B nodes a cell (8, 16, 24, …) but found ${length}`,
    );
  }
  const rows = Array.from(
    { length: length / 4 },
    (_, row) => [0, 1, 2, 3].map((j) => decisions[4 * row + j]),
  );
  return microArcFromRows(rows.slice(0, length / 8), rows.slice(length / 8));
}

/**
 * The inverse of {@link microArcFromDecisions}.
 *
 * @param arc A valid arc.
 * @returns 8B integers in the order of the controller's decisions.
 */
export function microArcDecisions(arc: MicroArc): number[] {
  return MICRO_CELLS.flatMap((name) => microCellRows(arc[name]).flat());
}

/**
 * The rows of a cell as integers.
 *
 * @param cell A valid cell.
 * @returns One row a node: `[idx1, op1, idx2, op2]`.
 */
export function microCellRows(cell: MicroCell): number[][] {
  return cell.nodes.map(({ operands }) => operands.flatMap(({ input, op }) => [input, op]));
}

/**
 * Builds an arc from rows of integers.
 *
 * @param normal Row c holds `[idx1, op1, idx2, op2]` of node c of the normal cell.
 * @param reduction The same of the reduction cell.
 * @returns The arc.
 * @throws {ArcError} If a row has another length, a value is out of range, or the cells differ in
 * their number of nodes.
 */
export function microArcFromRows(normal: MicroCellRows, reduction: MicroCellRows): MicroArc {
  const cell = (rows: MicroCellRows, name: MicroCellName) => ({
    nodes: rows.map((row, node) => {
      if (row.length !== 4) {
        throw new ArcError(
          `Expected node ${node + 1} of the ${name} cell to have 4 integers ` +
            `(idx1, op1, idx2, op2) but found ${row.length}`,
        );
      }
      return { operands: [{ input: row[0], op: row[1] }, { input: row[2], op: row[3] }] };
    }),
  });
  return validateMicroArc({
    space: "micro",
    normal: cell(normal, "normal"),
    reduction: cell(reduction, "reduction"),
  });
}

/**
 * Checks a value of unknown origin and returns it as an arc.
 *
 * @param value Anything, for example the result of `JSON.parse`.
 * @returns A fresh arc holding only the arc's own fields.
 * @throws {ArcError} If it is not a micro arc; the message names the cell and the node, counted
 * from 1.
 */
export function validateMicroArc(value: unknown): MicroArc {
  if (!isRecord(value) || value.space !== "micro") {
    throw new ArcError(
      `Expected an architecture with space "micro" but found ${describe(value)}`,
    );
  }
  const normal = validateCell(value.normal, "normal");
  const reduction = validateCell(value.reduction, "reduction");
  if (normal.nodes.length !== reduction.nodes.length) {
    throw new ArcError(
      "Expected both cells to have the same number of nodes but found " +
        `${normal.nodes.length} in the normal cell and ${reduction.nodes.length} in the ` +
        "reduction cell",
    );
  }
  return { space: "micro", normal, reduction };
}

/**
 * The tensors of a cell that no operand reads. Their concatenation is the cell's output
 * (enas-spec.md section B.4).
 *
 * @param cell A valid cell with B nodes.
 * @returns Tensor indices 0..B+1, ascending; the inputs 0 and 1 included where no node reads them.
 */
export function microCellLooseEnds(cell: MicroCell): number[] {
  const read = new Set(cell.nodes.flatMap(({ operands }) => operands.map(({ input }) => input)));
  return Array.from({ length: cell.nodes.length + 2 }, (_, index) => index)
    .filter((index) => !read.has(index));
}

/** Allowed ops in words, for messages. */
export const MICRO_OPS_SENTENCE: string = MICRO_OPS.map(({ id, name }) => `${id} ${name}`)
  .join(", ");

/**
 * Checks one input index or op.
 *
 * @param place Cell, 0-based node, 0-based operand and which of its two values.
 * @param value The value found.
 * @returns The message of what is wrong, or null.
 */
export function microValueMistake(
  place: { cell: MicroCellName; node: number; operand: number; part: "input" | "op" },
  value: unknown,
): string | null {
  const { cell, node, operand, part } = place;
  const last = part === "op" ? MICRO_OPS.length - 1 : node + 1;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= last) return null;
  const subject = `${part} ${operand + 1} of node ${node + 1} of the ${cell} cell`;
  const advice = part === "op"
    ? `the ops are ${MICRO_OPS_SENTENCE}`
    : `this node is tensor ${node + 2} and reads earlier tensors only (0 and 1 are the cell's ` +
      "inputs)";
  return `Expected ${subject} to be 0..${last} but found ${describe(value)}; ${advice}`;
}

function validateCell(value: unknown, cell: MicroCellName): MicroCell {
  if (!isRecord(value) || !Array.isArray(value.nodes) || value.nodes.length === 0) {
    throw new ArcError(
      `Expected the ${cell} cell to have a list of at least one node but found ` +
        (isRecord(value) ? describe(value.nodes) : describe(value)),
    );
  }
  return { nodes: Array.from(value.nodes, (node, c) => validateNode(node, cell, c)) };
}

function validateNode(value: unknown, cell: MicroCellName, node: number): MicroNode {
  if (!isRecord(value) || !Array.isArray(value.operands) || value.operands.length !== 2) {
    throw new ArcError(
      `Expected node ${node + 1} of the ${cell} cell to have a list of two operands but found ` +
        (isRecord(value) && Array.isArray(value.operands)
          ? `${value.operands.length}`
          : describe(value)),
    );
  }
  const [first, second] = Array.from(value.operands, (operand, i) => {
    if (!isRecord(operand)) {
      throw new ArcError(
        `Expected operand ${i + 1} of node ${node + 1} of the ${cell} cell to have an input and ` +
          `an op but found ${describe(operand)}`,
      );
    }
    const { input, op } = operand;
    const mistake = microValueMistake({ cell, node, operand: i, part: "input" }, input) ??
      microValueMistake({ cell, node, operand: i, part: "op" }, op);
    if (mistake !== null) throw new ArcError(mistake);
    return { input: input as number, op: op as number };
  });
  return { operands: [first, second] };
}
