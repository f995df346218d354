/**
 * Sum of a tensor and one that fits its last axes, such as a bias: `y = a + b`. An axis of `b` has as many
 * elements as that of `a`, or one, which is repeated; missing axes in front count as one. For several
 * tensors of one shape see `sum`.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import { type AddAttributes, addCases, addReference } from "../reference/broadcast.ts";
import { sameShape } from "../shape.ts";
import { expectBroadcast, recordBroadcast, recordRepetitions } from "./_broadcast.ts";

/**
 * `a + b`: inputs `a` of any shape up to rank 4, `b` that fits its last axes (`[c]`, `[1]`, `[n,1,1,c]`, …); output `y`
 * of the shape of `a`.
 */
export const add: Op<AddAttributes> = defineOp({
  name: "add",
  inputs: ["a", "b"],
  shape([a, b]) {
    expectBroadcast("add", a, b);
    return [[...a]];
  },
  gpu: {
    forward(gpu, [a, b]) {
      const y = gpu.allocate(a.shape);
      recordBroadcast(gpu, "add", a, b, y);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [a, b], needs, into }) {
      const da = needs[0] ? dy : null;
      if (!needs[1]) return [da, null];
      if (sameShape(a.shape, b.shape)) return [da, dy];
      const db = into(1);
      recordRepetitions(gpu, dy!, null, db);
      return [da, db];
    },
  },
  reference: addReference,
  cases: addCases,
});
