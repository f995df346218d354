/**
 * Reference of the softmax over the last axis: `y[r,j] = exp(x[r,j]) / Σ_k exp(x[r,k])`,
 * `dx[r,j] = y[r,j]·(dy[r,j] − Σ_k dy[r,k]·y[r,k])`.
 *
 * @module
 */
import { map, type NoAttributes, rowsAndColumns, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link softmaxReference}: none. */
export type SoftmaxAttributes = NoAttributes;

/** Input `x [...,c]`; output `y` of the same shape, whose rows add up to 1. */
export const softmaxReference: ReferenceOp<SoftmaxAttributes, void> = {
  forward([x]) {
    const { rows, columns } = rowsAndColumns(x);
    const y = zeros(x.shape);
    for (let r = 0; r < rows; r++) {
      const row = x.data.subarray(r * columns, (r + 1) * columns);
      const largest = row.reduce((most, value) => Math.max(most, value), -Infinity);
      const shares = row.map((value) => Math.exp(value - largest));
      const total = shares.reduce((sum, share) => sum + share, 0);
      y.data.set(shares.map((share) => share / total), r * columns);
    }
    return { outputs: [y], saved: undefined };
  },

  backward([dy], { outputs: [y] }) {
    const { rows, columns } = rowsAndColumns(y);
    const along = new Float64Array(rows);
    y.data.forEach((value, i) => along[Math.floor(i / columns)] += value * dy!.data[i]);
    return [map(y, (value, i) => value * (dy!.data[i] - along[Math.floor(i / columns)]))];
  },
};

/** Inputs on which every backend's softmax is checked. */
export const softmaxCases: OpCase<SoftmaxAttributes>[] = [
  { name: "ten classes", shapes: [[7, 10]], attributes: {} },
  { name: "one column", shapes: [[5, 1]], attributes: {} },
  { name: "rank 1", shapes: [[6]], attributes: {} },
  { name: "rank 4, three channels", shapes: [[2, 3, 4, 3]], attributes: {} },
  { name: "more columns than threads", shapes: [[3, 301]], attributes: {} },
  {
    name: "logits that would overflow",
    shapes: [[4, 9]],
    attributes: {},
    fill: (_, count, random) => Float64Array.from({ length: count }, () => 100 + 60 * random()),
  },
];
