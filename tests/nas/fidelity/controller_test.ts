// Rows of enas-spec.md section K that change what the controller learns: entropy, skip KL
// probability, baseline init.
import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { assertClose } from "../../engine/helpers.ts";
import { MACRO, MICRO } from "./build.ts";

const sampler = (config: SearchConfig) => createSampler(config, new Random(4));
const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((total, value) => total + value, 0) / values.length;

Deno.test("entropy: the bonus counts drawn values alone, or whole distributions", () => {
  const entropyWeight = 0.01;
  for (const space of [MACRO, MICRO]) {
    const rewards = (["sampled", "full"] as const).map((entropy) => {
      const config = mergeConfig<SearchConfig>(space, { strategy: { entropy, entropyWeight } });
      const controller = sampler(config);
      const drawn = controller.sample(5);
      const { reward } = controller.update(drawn, [0.1, 0.2, 0.3, 0.4, 0.5]);
      const bonus = entropy === "full" ? drawn.entropy : drawn.sampledEntropy;
      assert.ok(Math.abs(reward - 0.3 - entropyWeight * mean(bonus)) < 1e-12);
      return reward;
    });
    // A macro arc of 3 layers draws 3 ops and 3 bits near uniform: 3·ln 6 + 3·ln 2 = 7.5 nats, of
    // which the drawn values alone are 3·ln(6)/6 + 3·ln(2)/2 = 1.9.
    if (space === MACRO) assertClose("rewards", rewards, [0.319, 0.375], { rtol: 0, atol: 5e-3 });
    assert.ok(rewards[1] > rewards[0] + 0.04, `${rewards}`);
  }
});

Deno.test("skipPenaltySlope: the penalty alone leads to a skip rate of 0.308, or to the target", () => {
  // Accuracies that never vary, and no bonus: every advantage is 0, only the penalty acts.
  const rates = ([1, 2] as const).map((skipPenaltySlope) => {
    const controller = sampler(mergeConfig(MACRO, {
      strategy: {
        skipPenaltySlope,
        entropyWeight: 0,
        baselineInit: "first-reward",
        hiddenSize: 16,
        learningRate: 0.03,
        skipWeight: 10,
      },
    }));
    let before = 0;
    for (let i = 0; i < 100; i++) {
      const update = controller.update(controller.sample(4), [0.5, 0.5, 0.5, 0.5]);
      if (i === 0) before = update.skipPenalty;
    }
    const { skipRate, skipPenalty } = controller.sample(1500);
    assert.ok(mean(skipPenalty) < before / 20, `penalty ${before} became ${mean(skipPenalty)}`);
    return mean(skipRate);
  });
  // 4,500 bits have a standard error of 0.007. σ(2z) where σ(z) = 0.4 is 0.4²/(0.4² + 0.6²).
  assertClose("skip rates", rates, [0.16 / 0.52, 0.4], { rtol: 0, atol: 0.025 });
});

Deno.test("baselineInit: from 0 every early decision is reinforced, from the first reward none", () => {
  for (const space of [MACRO, MICRO]) {
    for (const baselineInit of ["zero", "first-reward"] as const) {
      const config = mergeConfig<SearchConfig>(space, {
        strategy: {
          baselineInit,
          baselineDecay: 0.99,
          entropyWeight: 0,
          learningRate: 0.1,
          ...(space === MACRO ? { skipWeight: 0 } : {}),
        },
      });
      const controller = sampler(config);
      const drawn = controller.sample(3);
      const weights = controller.parameters();
      const { baseline, advantage } = controller.update(drawn, [0.5, 0.5, 0.5]);
      const change = mean(controller.evaluate(drawn.arcs).logProbability) -
        mean(drawn.logProbability);
      if (baselineInit === "first-reward") {
        assert.deepEqual([baseline, advantage, change], [0.5, 0, 0]);
        assert.deepEqual(controller.parameters(), weights);
      } else {
        assert.ok(Math.abs(baseline - 0.5 * (1 - 0.99 ** 3)) < 1e-12);
        assert.ok(Math.abs(advantage - 0.5 * mean([0.99, 0.99 ** 2, 0.99 ** 3])) < 1e-12);
        assert.ok(change > 1e-5, `log-probability rose by ${change}`);
      }
    }
  }
});
