import assert from "node:assert/strict";
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import { assertClose } from "./helpers.ts";

Deno.test("cosineLearningRate() restarts at epochs 10, 30, 70 and 150 with T_0 10 and T_mul 2", () => {
  const schedule = { max: 0.05, min: 0.0005, period: 10, factor: 2 };
  // Written out by hand from 0.0005 + 0.02475·(1 + cos(π·t/T)) to six digits.
  const expected = new Map([
    [0, 0.05],
    [9, 0.001711],
    [10, 0.05],
    [29, 0.000805],
    [30, 0.05],
    [69, 0.000576],
    [70, 0.05],
    [149, 0.000519],
    [150, 0.05],
    [155, 0.049881],
  ]);
  for (const [epoch, rate] of expected) {
    assertClose(`rate of epoch ${epoch}`, [cosineLearningRate(epoch, schedule)], [rate], {
      rtol: 0,
      atol: 6e-7,
    });
  }
  assert.equal(cosineLearningRate(155, schedule).toFixed(4), "0.0499");
});

Deno.test("cosineLearningRate() gives the rates of the original code with T_0 2", () => {
  const schedule = { max: 0.05, min: 0.0005, period: 2, factor: 2 };
  const found = [0, 1, 2, 3, 4, 5].map((epoch) => cosineLearningRate(epoch, schedule));
  const expected = [0.05, 0.02525, 0.05, 0.042751, 0.02525, 0.007749];
  assertClose("rate", found, expected, { rtol: 0, atol: 6e-7 });
});

Deno.test("cosineLearningRate() with factor 1 repeats one cycle and never leaves its bounds", () => {
  const schedule = { max: 0.05, min: 0.0005, period: 3, factor: 1 };
  for (let epoch = 0; epoch < 30; epoch++) {
    const rate = cosineLearningRate(epoch, schedule);
    assert.equal(rate, cosineLearningRate(epoch % 3, schedule));
    assert.ok(rate > schedule.min && rate <= schedule.max);
  }
});
