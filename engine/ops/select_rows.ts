/**
 * Choice of one of several matrices for each row, on the CPU alone: `y[r] = h_c[r]` with
 * `c = choices[r]` (spec C.3).
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type SelectRowsAttributes,
  selectRowsCases,
  selectRowsReference,
} from "../reference/select_rows.ts";
import { expectInputs, expectShape, matrixExtents } from "./_controller.ts";

/** Inputs `choices [n]` (whole numbers 0..m-1), `h_0 … h_{m-1} [n,H]`, m ≥ 1; output `y [n,H]`. */
export const selectRows: Op<SelectRowsAttributes> = defineOp({
  name: "select_rows",
  inputs: ["choices", "...h"],
  inputTypes: ["u32"],
  shape(inputs) {
    expectInputs("select_rows", inputs, 2);
    const [choices, ...matrices] = inputs;
    const [n] = matrixExtents("select_rows", "h 0", matrices[0]);
    expectShape("select_rows", "choices", choices, [n]);
    matrices.forEach((h, i) => expectShape("select_rows", `h ${i}`, h, matrices[0]));
    return [matrices[0]];
  },
  gpu: null,
  reference: selectRowsReference,
  cases: selectRowsCases,
});
