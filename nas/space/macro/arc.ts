/**
 * An architecture of the macro search space as a plain value: one op a layer and, for layer l, l
 * skip bits. Encoding and skip semantics: enas-spec.md section A.1 (melodyguan/enas @ 4bcfd73).
 *
 * Bit i of layer l adds the INPUT of layer i (the stem's output for i = 0, else the output of
 * layer i-1) to the op's result, as the released code reads it; the main input of layer l is
 * always the output of layer l-1.
 *
 * @module
 */

import { ArcError } from "../errors.ts";
import { counted } from "../../text/words.ts";
import { describe, isRecord } from "../values.ts";

/** One of the six operations of the macro space. */
export interface MacroOp {
  /** Number in the arc, 0..5. */
  readonly id: number;
  /** Name in files and on the command line. */
  readonly name: string;
  /** `conv`: full convolution; `sep_conv`: depthwise then 1x1; `pool`: pooling without weights. */
  readonly kind: "conv" | "sep_conv" | "pool";
  /** Side of the square window, in pixels. */
  readonly kernel: 3 | 5;
  /** How the pool summarises its window; null for convolutions. */
  readonly pool: "avg" | "max" | null;
  /** Name for people, as in the thesis (section 4.3). */
  readonly label: string;
}

/** The six ops by id, in the order of the thesis and of the released code. */
export const MACRO_OPS: readonly MacroOp[] = [
  { id: 0, name: "conv3x3", kind: "conv", kernel: 3, pool: null, label: "Conv 3×3" },
  { id: 1, name: "sep_conv3x3", kind: "sep_conv", kernel: 3, pool: null, label: "Sep. conv 3×3" },
  { id: 2, name: "conv5x5", kind: "conv", kernel: 5, pool: null, label: "Conv 5×5" },
  { id: 3, name: "sep_conv5x5", kind: "sep_conv", kernel: 5, pool: null, label: "Sep. conv 5×5" },
  { id: 4, name: "avg_pool3x3", kind: "pool", kernel: 3, pool: "avg", label: "Avg. pool 3×3" },
  { id: 5, name: "max_pool3x3", kind: "pool", kernel: 3, pool: "max", label: "Max pool 3×3" },
];

/** One layer of a macro arc. */
export interface MacroLayer {
  /** Index into {@link MACRO_OPS}. */
  readonly op: number;
  /** As many bits as there are earlier layers; bit i adds the input of layer i. */
  readonly skips: readonly boolean[];
}

/** An architecture of the macro space. Layer l (0-based) has exactly l skip bits. */
export interface MacroArc {
  readonly space: "macro";
  readonly layers: readonly MacroLayer[];
}

/**
 * Number of integers, and of controller decisions, that an arc takes: L + L(L-1)/2.
 *
 * @param layers Number of layers L.
 * @returns 78 for 12 layers, 300 for 24.
 */
export function macroArcLength(layers: number): number {
  return layers * (layers + 1) / 2;
}

/**
 * Builds an arc from the flat decisions in the order in which the controller takes them:
 * `op_0, op_1, s_1[0], op_2, s_2[0], s_2[1], …` (enas-spec.md sections A.1 and C.2).
 *
 * @param decisions L + L(L-1)/2 integers: ops 0..5 and skip bits 0 or 1.
 * @returns The arc.
 * @throws {ArcError} If the count fits no number of layers or a value is out of range.
 */
export function macroArcFromDecisions(decisions: ArrayLike<number>): MacroArc {
  const layers = layersOfCount(decisions.length);
  if (layers === null) {
    throw new ArcError(
      `Expected L + L(L-1)/2 decisions (1, 3, 6, 10, …) but found ${decisions.length}`,
    );
  }
  const rows: number[][] = [];
  for (let l = 0, at = 0; l < layers; at += l + 1, l++) {
    rows.push(Array.from({ length: l + 1 }, (_, j) => decisions[at + j]));
  }
  return macroArcFromRows(rows);
}

/**
 * The inverse of {@link macroArcFromDecisions}.
 *
 * @param arc A valid arc.
 * @returns L + L(L-1)/2 integers in the order of the controller's decisions.
 */
export function macroArcDecisions(arc: MacroArc): number[] {
  return macroArcRows(arc).flat();
}

/**
 * The rows of an arc as integers.
 *
 * @param arc A valid arc.
 * @returns One row a layer: `[op, s_0, …, s_{l-1}]` with bits 0 or 1.
 */
export function macroArcRows(arc: MacroArc): number[][] {
  return arc.layers.map(({ op, skips }) => [op, ...skips.map(Number)]);
}

/**
 * Builds an arc from rows of integers.
 *
 * @param rows Row l (0-based) holds `[op, s_0, …, s_{l-1}]`.
 * @returns The arc.
 * @throws {ArcError} If there is no row, a row has the wrong length, or a value is out of range.
 */
export function macroArcFromRows(rows: readonly (readonly number[])[]): MacroArc {
  return validateMacroArc({
    space: "macro",
    layers: rows.map((row, l) => {
      const bits = row.slice(1);
      const wrong = bits.findIndex((bit) => bit !== 0 && bit !== 1);
      if (wrong >= 0) throw badBit(l, wrong, bits[wrong]);
      return { op: row[0], skips: bits.map((bit) => bit === 1) };
    }),
  });
}

/**
 * Checks a value of unknown origin and returns it as an arc.
 *
 * @param value Anything, for example the result of `JSON.parse`.
 * @returns A fresh arc holding only the arc's own fields.
 * @throws {ArcError} If it is not a macro arc; the message names the row, counted from 1.
 */
export function validateMacroArc(value: unknown): MacroArc {
  if (!isRecord(value) || value.space !== "macro") {
    throw new ArcError(
      `Expected an architecture with space "macro" but found ${describe(value)}`,
    );
  }
  if (!Array.isArray(value.layers) || value.layers.length === 0) {
    throw new ArcError("Expected an architecture to have a list of at least one layer");
  }
  return { space: "macro", layers: Array.from(value.layers, validateLayer) };
}

/**
 * Share of skip bits that are set: skips / (L(L-1)/2), as the released code logs it.
 *
 * @param arc A valid arc.
 * @returns A fraction 0..1; 0 for an arc of one layer, which has no bits.
 */
export function skipRate(arc: MacroArc): number {
  const bits = arc.layers.flatMap(({ skips }) => skips);
  return bits.length === 0 ? 0 : bits.filter(Boolean).length / bits.length;
}

/**
 * The number of layers whose arc takes `count` integers.
 *
 * @param count Number of integers.
 * @returns L with L + L(L-1)/2 = count, or null if there is none.
 */
export function layersOfCount(count: number): number | null {
  const layers = Math.floor((Math.sqrt(8 * count + 1) - 1) / 2);
  return layers >= 1 && macroArcLength(layers) === count ? layers : null;
}

/** Allowed ops in words, for messages. */
export const MACRO_OPS_SENTENCE: string = MACRO_OPS.map(({ id, name }) => `${id} ${name}`)
  .join(", ");

function validateLayer(layer: unknown, l: number): MacroLayer {
  if (!isRecord(layer) || !Array.isArray(layer.skips)) {
    throw new ArcError(
      `Expected row ${l + 1} to have an op and a list of skips but found ${describe(layer)}`,
    );
  }
  const { op, skips } = layer;
  if (!Number.isInteger(op) || (op as number) < 0 || (op as number) >= MACRO_OPS.length) {
    throw new ArcError(
      `Expected the op of row ${l + 1} to be 0..${MACRO_OPS.length - 1} but found ` +
        `${describe(op)}; the ops are ${MACRO_OPS_SENTENCE}`,
    );
  }
  if (skips.length !== l) {
    throw new ArcError(
      `Expected row ${l + 1} to have ${
        counted(l, "skip bit")
      }, one for each earlier row, but found ` +
        `${skips.length}`,
    );
  }
  const wrong = skips.findIndex((bit) => typeof bit !== "boolean");
  if (wrong >= 0) throw badBit(l, wrong, skips[wrong]);
  return { op: op as number, skips: Array.from(skips as boolean[]) };
}

function badBit(layer: number, bit: number, found: unknown): ArcError {
  return new ArcError(
    `Expected skip bit ${bit + 1} of row ${layer + 1} to be 0 or 1 but found ${describe(found)}`,
  );
}
