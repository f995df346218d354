import assert from "node:assert/strict";
import {
  adamReference,
  clipScaleReference,
  penaltyReference,
  sgdReference,
} from "../../../engine/reference/mod.ts";
import { assertClose } from "../helpers.ts";

Deno.test("sgdReference() gives the weights that the original code computed", () => {
  // One scalar weight from 0, loss (w − 1)², L2 factor 0.1, three steps per epoch with T_0 = 2: the
  // schedule's rates of the first six steps are given here, so the schedule is not under test.
  const rates = [0.05, 0.05, 0.05, 0.02525, 0.02525, 0.02525];
  const expected = [0.19, 0.42129, 0.660211, 0.770682, 0.87227, 0.960667];
  let w: Float64Array = Float64Array.of(0);
  let m: Float64Array = Float64Array.of(0);
  const found = rates.map((learningRate) => {
    const g = w.map((value) => 2 * (value - 1));
    ({ w, m } = sgdReference({ w, m, g }, { learningRate, momentum: 0.9, l2: 0.1 }));
    return w[0];
  });
  assertClose("w after each step", found, expected, { rtol: 0, atol: 1e-6 });
});

Deno.test("sgdReference() decays a weight without gradient", () => {
  const state = { w: Float64Array.of(2), m: Float64Array.of(0), g: Float64Array.of(0) };
  const { w, m } = sgdReference(state, { learningRate: 0.5, momentum: 0, l2: 0.25 });
  assert.deepEqual([w[0], m[0]], [1.5, 1]);
  assert.deepEqual(state.w, Float64Array.of(2));
});

Deno.test("adamReference() with beta1 0 takes the controller's step", () => {
  const g = 0.5;
  const { w, m, v } = adamReference(
    {
      w: Float64Array.of(1),
      m: Float64Array.of(9),
      v: Float64Array.of(0),
      g: Float64Array.of(g),
      t: 1,
    },
    { learningRate: 0.0035, beta1: 0, beta2: 0.999, epsilon: 1e-3 },
  );
  const root = Math.sqrt(0.001 * g * g);
  assert.equal(m[0], g);
  assertClose("v", v, [0.001 * g * g], { rtol: 1e-12 });
  assertClose("w", w, [1 - 0.0035 * Math.sqrt(0.001) * g / (root + 1e-3)], { rtol: 1e-12 });
});

Deno.test("clipScaleReference() brings the joint norm down to the bound and never up", () => {
  const grads = [Float64Array.of(3, 0), Float64Array.of(4)];
  assert.equal(clipScaleReference(grads, 1), 0.2);
  assert.equal(clipScaleReference(grads, 5), 1);
  assert.equal(clipScaleReference(grads, 50), 1);
  assert.equal(clipScaleReference(grads, 0), 1);
  assert.equal(clipScaleReference([Float64Array.of(0)], 5), 1);
});

Deno.test("penaltyReference() pulls by 2·l2·w on everything, or by l2·w on weights alone", () => {
  const pull = (mode: "released" | "conventional", isWeight: boolean) => {
    const state = { w: Float64Array.of(3), m: Float64Array.of(0), g: Float64Array.of(0) };
    const l2 = penaltyReference(0.25, mode, isWeight);
    return sgdReference(state, { learningRate: 1, momentum: 0, l2 }).m[0];
  };
  assert.deepEqual([pull("released", true), pull("released", false)], [1.5, 1.5]);
  assert.deepEqual([pull("conventional", true), pull("conventional", false)], [0.75, 0]);
});
