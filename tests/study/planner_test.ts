// What a plan promises, held against studies of the planned size (study-methods row N8).
import assert from "node:assert/strict";
import {
  differenceTest,
  kendallP,
  kendallTau,
  mean,
  normalDraw,
  pairedTest,
  pearson,
  powerOfPairs,
  signFlipTest,
  welchTest,
} from "../../nas/stats/mod.ts";
import {
  attenuatedTau,
  type CorrelationAim,
  planCorrelation,
  planDifference,
} from "../../study/kit/planner.ts";
import { near, seeded } from "../nas/stats/helpers.ts";

const AIM = { power: 0.8, level: 0.05 };

/**
 * Estimates and final accuracies of `n` architectures, each trained with several seeds: the estimate's
 * tau with the accuracy without noise is `tau`, and one training has the reliability.
 */
function estimatorStudy(
  n: number,
  { tau, reliability, trainings }: Pick<CorrelationAim, "tau" | "reliability" | "trainings">,
  uniform: () => number,
) {
  const correlation = Math.sin(Math.PI / 2 * tau);
  const noise = Math.sqrt((1 - reliability) / reliability);
  const truths = Array.from({ length: n }, () => normalDraw(uniform));
  return {
    truths,
    estimates: truths.map((truth) =>
      correlation * truth + Math.sqrt(1 - correlation ** 2) * normalDraw(uniform)
    ),
    finals: truths.map((truth) =>
      mean(Array.from({ length: trainings }, () => truth + noise * normalDraw(uniform)))
    ),
  };
}

const share = (count: number, happens: () => boolean) =>
  Array.from({ length: count }, happens).filter(Boolean).length / count;

for (
  const [name, aim] of Object.entries({
    "a tau of 0.4 without noise": { tau: 0.4, reliability: 1, trainings: 2 },
    "a tau of 0.5 through noise": { tau: 0.5, reliability: 0.5, trainings: 2 },
    "a tau of 0.7 through much noise": { tau: 0.7, reliability: 0.25, trainings: 3, power: 0.9 },
  })
) {
  Deno.test(`studies of the planned size find ${name} with the planned power`, () => {
    const plan = planCorrelation({ ...AIM, ...aim }, seeded(11));
    const n = plan.architectures!;
    const uniform = seeded(12);
    // p of every number of discordant pairs once, not of every study anew.
    const known = new Map<number, number>();
    const pOf = (tau: number) => {
      if (!known.has(tau)) known.set(tau, kendallP(n, tau));
      return known.get(tau)!;
    };
    const found = share(2000, () => {
      const { estimates, finals } = estimatorStudy(n, aim, uniform);
      return pOf(kendallTau(estimates, finals)) <= AIM.level;
    });
    assert.ok(Math.abs(found - plan.power) < 0.05, `${found} instead of ${plan.power}`);
    const wanted = plan.aim.power;
    assert.ok(plan.power >= wanted && plan.power < wanted + 0.06, `${plan.power}`);
    assert.equal(plan.networks, n * aim.trainings);
    assert.equal(plan.curve.find((point) => point.n === n)!.power, plan.power);
    const powers = plan.curve.map(({ power }) => power);
    assert.deepEqual(powers, powers.toSorted((a, b) => a - b));
  });
}

Deno.test("noise lowers tau as the formula says, and more trainings help", () => {
  const uniform = seeded(13);
  for (const reliability of [0.3, 0.8]) {
    for (const trainings of [1, 3]) {
      const aim = { tau: 0.6, reliability, trainings };
      const { truths, estimates, finals } = estimatorStudy(3000, aim, uniform);
      const mixed = trainings * reliability / (1 + (trainings - 1) * reliability);
      // Three standard errors and more of 3000 architectures.
      near(kendallTau(estimates, finals), attenuatedTau(0.6, mixed), 0.04);
      near(pearson(truths, finals) ** 2, mixed, 0.04);
      near(kendallTau(truths, finals), attenuatedTau(1, mixed), 0.04);
    }
  }
  near(attenuatedTau(0.4, 1), 0.4, 1e-12);
  assert.equal(attenuatedTau(0.4, 0), 0);
  const noisy = { ...AIM, tau: 0.5, reliability: 0.4, trainings: 2 };
  const { others, architectures } = planCorrelation(noisy, seeded(1));
  assert.deepEqual(others.map(({ trainings }) => trainings), [1, 3, 5]);
  const sizes = [others[0].architectures!, architectures!, others[1].architectures!];
  assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
  assert.deepEqual(planCorrelation({ ...noisy, reliability: 1 }, seeded(1)).others, []);
});

Deno.test("a plan names the smallest p and the least significant tau", () => {
  const aim = { ...AIM, tau: 0.9, reliability: 1, trainings: 2 };
  const { architectures, smallestP, critical } = planCorrelation(aim, seeded(1));
  near(smallestP! / kendallP(architectures!, 1), 1, 1e-9);
  assert.ok(kendallP(architectures!, critical!) <= 0.05);
  assert.ok(smallestP! <= 0.05);
});

Deno.test("a tau that no planned number of architectures finds has no size, but a power", () => {
  const aim = { ...AIM, tau: 0.1, reliability: 0.05, trainings: 1 };
  const plan = planCorrelation(aim, seeded(1));
  assert.deepEqual([plan.architectures, plan.networks, plan.smallestP], [null, null, null]);
  assert.ok(plan.power > 0 && plan.power < 0.8);
  assert.ok(plan.curve.length > 2);
});

Deno.test("studies of the planned size find a difference with the planned power", () => {
  const aim = { ...AIM, difference: 0.3, deviation: 0.3, correlation: 0.5 };
  const { unpaired, paired } = planDifference(aim);
  assert.deepEqual([unpaired.runs, paired.runs], [17, 10]);
  const uniform = seeded(14);
  const arm = (n: number, from: number) =>
    Array.from({ length: n }, () => from + 0.3 * normalDraw(uniform));
  const independent = share(
    2000,
    () => welchTest(arm(unpaired.runs!, 95), arm(unpaired.runs!, 95.3)).p <= 0.05,
  );
  near(independent, unpaired.power!, 0.05);
  /** Differences of pairs that share half of the variance of a run. */
  const pairs = (n: number) =>
    Array.from({ length: n }, () => {
      const shared = Math.sqrt(0.5) * normalDraw(uniform);
      const own = () => Math.sqrt(0.5) * normalDraw(uniform);
      return 0.3 * (shared + own()) + 0.3 - 0.3 * (shared + own());
    });
  near(share(2000, () => pairedTest(pairs(paired.runs!)).p <= 0.05), paired.power!, 0.05);
  // The exact tests of the same runs see about as much.
  near(share(600, () => signFlipTest(pairs(10), { uniform }).p <= 0.05), paired.power!, 0.06);
  const permuted = share(
    200,
    () => differenceTest(arm(17, 95), arm(17, 95.3), { uniform, samples: 199 }).p <= 0.05,
  );
  near(permuted, unpaired.power!, 0.09);
});

Deno.test("planned runs are enough for the exact tests, which need some whatever the effect", () => {
  const huge = planDifference({ ...AIM, difference: 10, deviation: 0.1, correlation: 0.5 });
  // 2 / C(8, 4) and 2 / 2^6; 3 runs and 5 pairs could not reach 0.05.
  assert.deepEqual([huge.unpaired.runs, huge.paired.runs], [4, 6]);
  near(huge.unpaired.smallestP!, 2 / 70, 1e-12);
  near(huge.paired.smallestP!, 2 / 64, 1e-12);
  assert.deepEqual(huge.unpaired.curve.map(({ n }) => n), [4, 5, 6, 8]);
  const uniform = seeded(1);
  const a = [1, 2, 3, 4];
  near(differenceTest(a, a.map((x) => x + 9), { uniform }).smallestP, huge.unpaired.smallestP!, 0);
  near(signFlipTest([1, 2, 3, 4, 5, 6], { uniform }).smallestP, huge.paired.smallestP!, 0);
});

Deno.test("pairs that correlate more take fewer runs, and a hopeless difference has no size", () => {
  const aim = { ...AIM, difference: 0.2, deviation: 0.3 };
  const [none, some, much] = [0, 0.5, 0.9].map((correlation) => {
    const { unpaired, paired } = planDifference({ ...aim, correlation });
    near(paired.power!, powerOfPairs(paired.runs!, 0.2, paired.deviation), 1e-12);
    return { unpaired: unpaired.runs!, paired: paired.runs! };
  });
  assert.ok(none.paired > some.paired && some.paired > much.paired);
  assert.ok(Math.abs(none.paired - none.unpaired) <= 2);
  const hopeless = planDifference({ ...aim, difference: 0.001, correlation: 0 });
  assert.deepEqual(hopeless.unpaired, {
    ...{ runs: null, deviation: 0.3, power: null, smallestP: null, curve: [] },
  });
});
