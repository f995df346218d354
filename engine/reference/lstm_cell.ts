/**
 * Reference of one step of an LSTM without bias (spec C.1):
 *
 * ```text
 * z = [x, h]·W, split in blocks of width H in the order i, f, o, g
 * c' = σ(i)·tanh(g) + σ(f)·c
 * h' = σ(o)·tanh(c')
 * ```
 *
 * @module
 */
import { addProduct, addProductTransposedA, addProductTransposedB } from "./matrix_loops.ts";
import { type NoAttributes, zeros } from "./nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link lstmCellReference}: none. */
export type LstmCellAttributes = NoAttributes;

/** What the backward pass of an LSTM step needs beside inputs and outputs. */
export interface LstmCellSaved {
  /** `[x, h]`, `[n,2H]`. */
  readonly joined: Float64Array;
  /** `σ(i), σ(f), σ(o), tanh(g)`, `[n,4H]`. */
  readonly gates: Float64Array;
  /** `tanh(c')`, `[n,H]`. */
  readonly squashed: Float64Array;
}

/** The rows of `x [n,H]` and `h [n,H]` beside each other, `[n,2H]`. */
function join(x: NdArray, h: NdArray): Float64Array {
  const [n, width] = x.shape;
  const joined = new Float64Array(2 * n * width);
  for (let r = 0; r < n; r++) {
    joined.set(x.data.subarray(r * width, (r + 1) * width), 2 * r * width);
    joined.set(h.data.subarray(r * width, (r + 1) * width), (2 * r + 1) * width);
  }
  return joined;
}

/** Inputs `x [n,H]`, `h [n,H]`, `c [n,H]`, `W [2H,4H]`; outputs `h' [n,H]`, `c' [n,H]`. */
export const lstmCellReference: ReferenceOp<LstmCellAttributes, LstmCellSaved> = {
  forward([x, h, c, w]) {
    const [n, width] = x.shape;
    const joined = join(x, h);
    const gates = new Float64Array(4 * n * width);
    addProduct(joined, w.data, gates, n, 2 * width, 4 * width);
    const [newH, newC] = [zeros(x.shape), zeros(x.shape)];
    const squashed = new Float64Array(n * width);
    for (let r = 0; r < n; r++) {
      for (let j = 0; j < width; j++) {
        const at = r * width + j;
        const gate = 4 * r * width + j;
        const input = gates[gate] = 1 / (1 + Math.exp(-gates[gate]));
        const forget = gates[gate + width] = 1 / (1 + Math.exp(-gates[gate + width]));
        const output = gates[gate + 2 * width] = 1 / (1 + Math.exp(-gates[gate + 2 * width]));
        const candidate = gates[gate + 3 * width] = Math.tanh(gates[gate + 3 * width]);
        newC.data[at] = input * candidate + forget * c.data[at];
        squashed[at] = Math.tanh(newC.data[at]);
        newH.data[at] = output * squashed[at];
      }
    }
    return { outputs: [newH, newC], saved: { joined, gates, squashed } };
  },

  backward([dNewH, dNewC], { inputs: [x, h, c, w], saved: { joined, gates, squashed } }) {
    const [n, width] = x.shape;
    const dz = new Float64Array(4 * n * width);
    const dc = zeros(c.shape);
    for (let r = 0; r < n; r++) {
      for (let j = 0; j < width; j++) {
        const at = r * width + j;
        const gate = 4 * r * width + j;
        const input = gates[gate], forget = gates[gate + width];
        const output = gates[gate + 2 * width], candidate = gates[gate + 3 * width];
        const dh = dNewH === null ? 0 : dNewH.data[at];
        // d loss / d c': directly, and through h' = σ(o)·tanh(c').
        const dState = (dNewC === null ? 0 : dNewC.data[at]) +
          dh * output * (1 - squashed[at] ** 2);
        dz[gate] = dState * candidate * input * (1 - input);
        dz[gate + width] = dState * c.data[at] * forget * (1 - forget);
        dz[gate + 2 * width] = dh * squashed[at] * output * (1 - output);
        dz[gate + 3 * width] = dState * input * (1 - candidate ** 2);
        dc.data[at] = dState * forget;
      }
    }
    const dw = zeros(w.shape);
    addProductTransposedA(joined, dz, dw.data, n, 2 * width, 4 * width);
    const dJoined = new Float64Array(2 * n * width);
    addProductTransposedB(dz, w.data, dJoined, n, 2 * width, 4 * width);
    const [dx, dh] = [zeros(x.shape), zeros(h.shape)];
    for (let r = 0; r < n; r++) {
      dx.data.set(dJoined.subarray(2 * r * width, (2 * r + 1) * width), r * width);
      dh.data.set(dJoined.subarray((2 * r + 1) * width, (2 * r + 2) * width), r * width);
    }
    return [dx, dh, dc, dw];
  },
};

/** Shapes of an LSTM step over `n` rows of width `width`. */
function lstmShapes(n: number, width: number): number[][] {
  return [[n, width], [n, width], [n, width], [2 * width, 4 * width]];
}

/** Inputs on which an LSTM step is checked. */
export const lstmCellCases: OpCase<LstmCellAttributes>[] = [
  { name: "one row", shapes: lstmShapes(1, 8), attributes: {} },
  { name: "five rows, odd width", shapes: lstmShapes(5, 3), attributes: {} },
  { name: "width 1", shapes: lstmShapes(2, 1), attributes: {} },
  { name: "twelve rows, width 6", shapes: lstmShapes(12, 6), attributes: {} },
];
