/**
 * One step of an LSTM without bias over n rows, on the CPU alone: `z = x·W_x + h·W_h` in blocks i, f,
 * o, g; `c' = σ(i)·tanh(g) + σ(f)·c`, `h' = σ(o)·tanh(c')` (spec C.1). The product `x·W_x` is an input,
 * because for rows of a table it can be made once for the whole table.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type LstmCellAttributes,
  lstmCellCases,
  lstmCellReference,
} from "../reference/lstm_cell.ts";
import { expectShape, matrixExtents } from "./_controller.ts";

/** Inputs `x·W_x [n,4H]`, `h [n,H]`, `c [n,H]`, `W_h [H,4H]`; outputs `h' [n,H]`, `c' [n,H]`. */
export const lstmCell: Op<LstmCellAttributes> = defineOp({
  name: "lstm_cell",
  inputs: ["projected", "h", "c", "w"],
  shape([projected, h, c, w]) {
    const [n, width] = matrixExtents("lstm_cell", "h", h);
    expectShape("lstm_cell", "x·W_x", projected, [n, 4 * width]);
    expectShape("lstm_cell", "c", c, h);
    expectShape("lstm_cell", "W_h", w, [width, 4 * width]);
    return [h, h];
  },
  gpu: null,
  reference: lstmCellReference,
  cases: lstmCellCases,
});
