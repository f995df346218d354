/**
 * Product, element by element, of a tensor and one that fits its last axes: `y = a · b`. An axis of `b` has as
 * many elements as that of `a`, or one, which is repeated; missing axes in front count as one. For a number
 * that is known beforehand see `scale`, for matrices `matmul`.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type MultiplyAttributes,
  multiplyCases,
  multiplyReference,
} from "../reference/broadcast.ts";
import { expectBroadcast, recordBroadcast, recordRepetitions } from "./_broadcast.ts";

/**
 * `a · b`, element by element: inputs `a` of any shape up to rank 4, `b` that fits its last axes (`[c]`, `[1]`,
 * `[n,1,1,c]`, …); output `y` of the shape of `a`.
 */
export const multiply: Op<MultiplyAttributes> = defineOp({
  name: "multiply",
  inputs: ["a", "b"],
  shape([a, b]) {
    expectBroadcast("multiply", a, b);
    return [[...a]];
  },
  gpu: {
    forward(gpu, [a, b]) {
      const y = gpu.allocate(a.shape);
      recordBroadcast(gpu, "multiply", a, b, y);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [a, b], needs, into }) {
      const da = needs[0] ? into(0) : null;
      if (da !== null) recordBroadcast(gpu, "multiply", dy!, b, da);
      const db = needs[1] ? into(1) : null;
      if (db !== null) recordRepetitions(gpu, dy!, a, db);
      return [da, db];
    },
  },
  reference: multiplyReference,
  cases: multiplyCases,
});
