/**
 * Reference of one step of an LSTM without bias (spec C.1), whose input has been multiplied with its
 * part of the weights before:
 *
 * ```text
 * z = x·W_x + h·W_h, split in blocks of width H in the order i, f, o, g
 * c' = σ(i)·tanh(g) + σ(f)·c
 * h' = σ(o)·tanh(c')
 * ```
 *
 * @module
 */
import { addProduct, addProductTransposedA, addProductTransposedB } from "./matrix_loops.ts";
import { gradientPlace, type NoAttributes, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link lstmCellReference}: none. */
export type LstmCellAttributes = NoAttributes;

/** What the backward pass of an LSTM step needs beside inputs and outputs. */
export interface LstmCellSaved {
  /** `σ(i), σ(f), σ(o), tanh(g)`, `[n,4H]`. */
  readonly gates: Float64Array;
  /** `tanh(c')`, `[n,H]`. */
  readonly squashed: Float64Array;
}

/**
 * Inputs `x·W_x [n,4H]`, `h [n,H]`, `c [n,H]`, `W_h [H,4H]`; outputs `h' [n,H]`, `c' [n,H]`.
 */
export const lstmCellReference: ReferenceOp<LstmCellAttributes, LstmCellSaved> = {
  forward([projected, h, c, w]) {
    const [n, width] = h.shape;
    const gates = projected.data.slice();
    addProduct(h.data, w.data, gates, n, width, 4 * width);
    const [newH, newC] = [zeros(h.shape), zeros(h.shape)];
    const squashed = new Float64Array(n * width);
    for (let r = 0; r < n; r++) {
      for (let j = 0; j < width; j++) {
        const at = r * width + j;
        const gate = 4 * r * width + j;
        const input = gates[gate] = 1 / (1 + Math.exp(-gates[gate]));
        const forget = gates[gate + width] = 1 / (1 + Math.exp(-gates[gate + width]));
        const output = gates[gate + 2 * width] = 1 / (1 + Math.exp(-gates[gate + 2 * width]));
        const candidate = gates[gate + 3 * width] = Math.tanh(gates[gate + 3 * width]);
        const state = newC.data[at] = input * candidate + forget * c.data[at];
        newH.data[at] = output * (squashed[at] = Math.tanh(state));
      }
    }
    return { outputs: [newH, newC], saved: { gates, squashed } };
  },

  backward([dNewH, dNewC], context) {
    const { inputs, saved: { gates, squashed } } = context;
    const [_projected, h, c, w] = inputs;
    const [n, width] = h.shape;
    const dz = zeros([n, 4 * width]);
    const dc = zeros(c.shape);
    for (let r = 0; r < n; r++) {
      for (let j = 0; j < width; j++) {
        const at = r * width + j;
        const gate = 4 * r * width + j;
        const input = gates[gate], forget = gates[gate + width];
        const output = gates[gate + 2 * width], candidate = gates[gate + 3 * width];
        const dOutput = dNewH === null ? 0 : dNewH.data[at];
        // d loss / d c': directly, and through h' = σ(o)·tanh(c').
        const dState = (dNewC === null ? 0 : dNewC.data[at]) +
          dOutput * output * (1 - squashed[at] ** 2);
        dz.data[gate] = dState * candidate * input * (1 - input);
        dz.data[gate + width] = dState * c.data[at] * forget * (1 - forget);
        dz.data[gate + 2 * width] = dOutput * squashed[at] * output * (1 - output);
        dz.data[gate + 3 * width] = dState * input * (1 - candidate ** 2);
        dc.data[at] = dState * forget;
      }
    }
    const [, needsH, , needsW] = context.needs ?? inputs.map(() => true);
    const dh = needsH ? zeros(h.shape) : null;
    if (dh !== null) addProductTransposedB(dz.data, w.data, dh.data, n, width, 4 * width);
    if (!needsW) return [dz, dh, dc, null];
    const dw = gradientPlace(context, 3);
    addProductTransposedA(h.data, dz.data, dw.to.data, n, width, 4 * width);
    return [dz, dh, dc, dw.result];
  },
};

/** Shapes of an LSTM step over `n` rows of width `width`. */
function lstmShapes(n: number, width: number): number[][] {
  return [[n, 4 * width], [n, width], [n, width], [width, 4 * width]];
}

/** Inputs on which an LSTM step is checked. */
export const lstmCellCases: OpCase<LstmCellAttributes>[] = [
  { name: "one row", shapes: lstmShapes(1, 8), attributes: {} },
  { name: "five rows, odd width", shapes: lstmShapes(5, 3), attributes: {} },
  { name: "width 1", shapes: lstmShapes(2, 1), attributes: {} },
  { name: "twelve rows, width 6", shapes: lstmShapes(12, 6), attributes: {} },
];
