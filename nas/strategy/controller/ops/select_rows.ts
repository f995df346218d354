/**
 * The choice of one of several arrays for each row (spec C.3, step 1):
 * `y[r] = h_c[r]` with `c = choices[r]`; `dh_i[r] = dy[r]` where `choices[r] = i`, else 0.
 *
 * @module
 */
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { expectIndices, type NoAttributes, zeros } from "../../../../engine/reference/nd_array.ts";
import type { OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { expectInputs, expectShape, matrixExtents } from "./checks.ts";

/** Attributes of {@link selectRows}: none. */
export type SelectRowsAttributes = NoAttributes;

/** Inputs `choices [n]` (whole numbers 0..m-1), `h_0 … h_{m-1} [n,H]`, m ≥ 1; output `y [n,H]`. */
const reference: ReferenceOp<SelectRowsAttributes, void> = {
  forward([choices, ...inputs]) {
    expectIndices("select_rows", "choices", choices, inputs.length);
    const width = inputs[0].shape[1];
    const y = zeros(inputs[0].shape);
    choices.data.forEach((choice, r) => {
      y.data.set(inputs[choice].data.subarray(r * width, (r + 1) * width), r * width);
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [choices, ...inputs] }) {
    const dy = dys[0]!;
    const width = dy.shape[1];
    const gradients = inputs.map(({ shape }) => zeros(shape));
    choices.data.forEach((choice, r) => {
      gradients[choice].data.set(dy.data.subarray(r * width, (r + 1) * width), r * width);
    });
    return [null, ...gradients];
  },
};

/** A case with `m` inputs; the choices repeat some inputs and leave others out. */
function selectRowsCase(name: string, m: number, n: number, width: number): OpCase<
  SelectRowsAttributes
> {
  return {
    name,
    shapes: [[n], ...Array(m).fill([n, width])],
    attributes: {},
    fill: (index, count, random) =>
      index > 0
        ? Float64Array.from({ length: count }, random)
        : Float64Array.from({ length: count }, (_, r) => (r * r + m - 1) % m),
  };
}

/** Inputs on which the choice between arrays is checked. */
const cases: OpCase<SelectRowsAttributes>[] = [
  selectRowsCase("one input", 1, 3, 2),
  selectRowsCase("four inputs, repeated and unused", 4, 5, 3),
];

/** Inputs `choices [n]` (whole numbers 0..m-1), `h_0 … h_{m-1} [n,H]`, m ≥ 1; output `y [n,H]`. */
export const selectRows: CpuOp<SelectRowsAttributes> = defineOp({
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
  reference,
  cases,
});
