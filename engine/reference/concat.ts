/**
 * Reference of the concatenation along the last axis: row r of y is row r of x1, then of x2, ….
 *
 * @module
 */
import { type NoAttributes, rowsAndColumns, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link concatReference}: none. */
export type ConcatAttributes = NoAttributes;

/** Inputs `x1 [...,c1] … xn [...,cn]`, n ≥ 1; output `y [...,c1+…+cn]`. */
export const concatReference: ReferenceOp<ConcatAttributes, void> = {
  forward(inputs) {
    const parts = inputs.map(rowsAndColumns);
    const total = parts.reduce((sum, { columns }) => sum + columns, 0);
    const y = zeros([...inputs[0].shape.slice(0, -1), total]);
    let before = 0;
    inputs.forEach((x, k) => {
      const { rows, columns } = parts[k];
      for (let r = 0; r < rows; r++) {
        const row = x.data.subarray(r * columns, (r + 1) * columns);
        y.data.set(row, r * total + before);
      }
      before += columns;
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs }) {
    const dy = dys[0]!;
    const { rows, columns: total } = rowsAndColumns(dy);
    let before = 0;
    return inputs.map((x) => {
      const { columns } = rowsAndColumns(x);
      const dx = zeros(x.shape);
      for (let r = 0; r < rows; r++) {
        const start = r * total + before;
        dx.data.set(dy.data.subarray(start, start + columns), r * columns);
      }
      before += columns;
      return dx;
    });
  },
};

/** Inputs on which every backend's concatenation is checked. */
export const concatCases: OpCase<ConcatAttributes>[] = [
  { name: "one input", shapes: [[2, 5, 5, 3]], attributes: {} },
  { name: "two inputs", shapes: [[2, 7, 7, 3], [2, 7, 7, 5]], attributes: {} },
  { name: "one channel each", shapes: Array(4).fill([2, 5, 3, 1]), attributes: {} },
  {
    name: "five inputs",
    shapes: [[1, 7, 7, 36], [1, 7, 7, 5], [1, 7, 7, 1], [1, 7, 7, 3], [1, 7, 7, 36]],
    attributes: {},
  },
  {
    name: "six inputs, 4 to 200 channels",
    shapes: [4, 20, 36, 80, 144, 200].map((c) => [1, 3, 5, c]),
    attributes: {},
  },
  { name: "matrices", shapes: [[17, 5], [17, 1], [17, 3]], attributes: {} },
];
