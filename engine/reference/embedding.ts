/**
 * Reference of the choice of rows: `y[r] = table[indices[r]]`, `dtable[v] = Σ_{indices[r]=v} dy[r]`.
 *
 * @module
 */
import { expectIndices, type NoAttributes, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link embeddingReference}: none. */
export type EmbeddingAttributes = NoAttributes;

/** Adds row `r` of `x` to row `row` of `total`; both have `width` columns. */
function addRow(total: Float64Array, row: number, x: Float64Array, r: number, width: number): void {
  for (let j = 0; j < width; j++) total[row * width + j] += x[r * width + j];
}

/** Inputs `table [v,H]`, `indices [n]` (whole numbers 0..v-1); output `y [n,H]`. */
export const embeddingReference: ReferenceOp<EmbeddingAttributes, void> = {
  forward([table, indices]) {
    const [rows, width] = table.shape;
    expectIndices("embedding", "indices", indices, rows);
    const y = zeros([indices.shape[0], width]);
    indices.data.forEach((index, r) => {
      y.data.set(table.data.subarray(index * width, (index + 1) * width), r * width);
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [table, indices] }) {
    const dy = dys[0]!;
    const width = table.shape[1];
    const dtable = zeros(table.shape);
    indices.data.forEach((index, r) => {
      addRow(dtable.data, index, dy.data, r, width);
    });
    return [dtable, null];
  },
};

/** A case over a table of `v` rows; the indices repeat some rows and leave others out. */
function embeddingCase(name: string, v: number, width: number, n: number): OpCase<
  EmbeddingAttributes
> {
  return {
    name,
    shapes: [[v, width], [n]],
    attributes: {},
    fill: (index, count, random) =>
      index === 0
        ? Float64Array.from({ length: count }, random)
        : Float64Array.from({ length: count }, (_, r) => (r * r + v - 1) % v),
  };
}

/** Inputs on which the choice of rows is checked. */
export const embeddingCases: OpCase<EmbeddingAttributes>[] = [
  embeddingCase("one row for all", 1, 5, 4),
  embeddingCase("six rows, repeated and unused", 6, 3, 7),
];
