/**
 * One step of an LSTM without bias over n rows, on the CPU alone: `z = [x, h]·W` in blocks i, f, o,
 * g; `c' = σ(i)·tanh(g) + σ(f)·c`, `h' = σ(o)·tanh(c')` (spec C.1).
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

/** Inputs `x [n,H]`, `h [n,H]`, `c [n,H]`, `W [2H,4H]`; outputs `h' [n,H]`, `c' [n,H]`. */
export const lstmCell: Op<LstmCellAttributes> = defineOp({
  name: "lstm_cell",
  shape([x, h, c, w]) {
    const [, width] = matrixExtents("lstm_cell", "x", x);
    expectShape("lstm_cell", "h", h, x);
    expectShape("lstm_cell", "c", c, x);
    expectShape("lstm_cell", "w", w, [2 * width, 4 * width]);
    return [x, x];
  },
  gpu: null,
  reference: lstmCellReference,
  cases: lstmCellCases,
});
