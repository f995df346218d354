import assert from "node:assert/strict";
import vectors from "../../golden/stats_vectors.json" with { type: "json" };
import {
  attenuationCorrected,
  bcaInterval,
  hierarchicalInterval,
  kendallTau,
  mean,
  noiseCeiling,
  normalDraw,
  pearson,
  quantile,
  redrawReplicates,
  spearman,
  spearmanBrown,
  standardDeviation,
  StatsError,
  varianceComponents,
} from "../../../nas/stats/mod.ts";
import { near, seeded } from "./helpers.ts";

for (const vector of vectors.bootstrap) {
  Deno.test(`BCa intervals of ${vector.x.length} units are scipy's within Monte-Carlo error`, () => {
    const uniform = seeded(7);
    const units = vector.x.map((x, i) => [x, vector.y[i]]);
    const of = (drawn: readonly number[][]) =>
      spearman(drawn.map(([x]) => x), drawn.map(([, y]) => y));
    const found = bcaInterval(units, of, { samples: 8000, uniform });
    near(found.low, vector.spearman[0], 0.05, "low");
    near(found.high, vector.spearman[1], 0.03, "high");
    const ofMean = bcaInterval(vector.values, mean, { samples: 8000, uniform });
    near(ofMean.low, vector.mean[0], 0.03, "low of the mean");
    near(ofMean.high, vector.mean[1], 0.06, "high of the mean");
  });
}

Deno.test("five architectures leave tau anywhere from −1 to 1", () => {
  const x = [41.41, 32.81, 17.97, 21.09, 28.12];
  const y = [80.33, 81.11, 80.81, 80.50, 81.12];
  const found = bcaInterval(
    x.map((_, i) => i),
    (drawn) => kendallTau(drawn.map((i) => x[i]), drawn.map((i) => y[i])),
    { uniform: seeded() },
  );
  near(found.low, -1, 1e-12);
  near(found.high, 1, 0.15);
  assert.ok(found.undefinedShare < 0.01);
});

Deno.test("a statistic without a value has an interval without ends", () => {
  const found = bcaInterval([1, 1, 1, 1, 1], standardDeviation, { uniform: seeded(), samples: 50 });
  near(found.high, 0, 0);
  const none = bcaInterval([1, 1, 1, 1, 1], () => NaN, { uniform: seeded(), samples: 50 });
  assert.ok(Number.isNaN(none.low) && none.undefinedShare === 1);
  const wrong = { uniform: seeded(), samples: 50, level: 1.5 };
  assert.throws(() => bcaInterval([1, 2, 4, 5, 6], mean, wrong), StatsError);
});

Deno.test("four units have no bootstrap interval, however clear they look", () => {
  const options = { uniform: seeded(), samples: 50 };
  const rising = (drawn: readonly number[]) => kendallTau(drawn, drawn);
  assert.ok(Number.isNaN(bcaInterval([1, 2, 3, 4], rising, options).low));
  assert.ok(Number.isNaN(hierarchicalInterval([1, 2, 3, 4], (unit) => unit, rising, options).high));
  assert.equal(bcaInterval([1, 2, 3, 4, 5], rising, options).low, 1);
});

Deno.test("drawing seeds within architectures widens an interval", () => {
  const uniform = seeded(2);
  const units = Array.from({ length: 20 }, (_, i) => [i / 20 - 0.5, i / 20 + 0.5]);
  const of = (drawn: readonly number[][]) => mean(drawn.map((values) => mean(values)));
  const options = { uniform, samples: 2000 };
  const fixed = hierarchicalInterval(units, (unit) => unit, of, options);
  const nested = hierarchicalInterval(units, redrawReplicates, of, options);
  assert.ok(nested.high - nested.low > 1.1 * (fixed.high - fixed.low));
});

/** Architectures of deviation 1 measured with noise of deviation `noise`, `seeds` times each. */
function measured(architectures: number, seeds: number, noise: number, uniform: () => number) {
  const truth = Array.from({ length: architectures }, () => normalDraw(uniform));
  return truth.map((value) =>
    Array.from({ length: seeds }, () => value + noise * normalDraw(uniform))
  );
}

Deno.test("N2: the noise ceiling's interval holds the true reliability in 9 of 10 studies", () => {
  const uniform = seeded(11);
  const [noise, seeds, studies] = [0.8, 4, 200];
  // Halves of two seeds each: signal 1, noise 0.64 / 2.
  const half = 1 / (1 + noise ** 2 / 2);
  let covered = 0;
  const found: number[] = [];
  for (let study = 0; study < studies; study++) {
    const replicates = measured(25, seeds, noise, uniform);
    const { half: estimate, interval } = noiseCeiling(replicates, pearson, {
      uniform,
      samples: 200,
    });
    found.push(estimate);
    if (interval.low <= half && half <= interval.high) covered++;
  }
  near(mean(found), half, 0.03);
  assert.ok(covered >= 0.9 * studies, `${covered} of ${studies}`);
});

Deno.test("a ceiling says when architectures differ by no more than seeds do", () => {
  const uniform = seeded(4);
  const options = { uniform, samples: 300 };
  const wide = noiseCeiling(measured(20, 3, 0.2, uniform), kendallTau, options);
  assert.ok(wide.wideEnough && wide.half > 0.7);
  // Three seeds are three times a half of one.
  near(wide.full, spearmanBrown(wide.half, 3), 1e-12);
  assert.ok(!noiseCeiling(measured(20, 2, 30, uniform), kendallTau, options).wideEnough);
  assert.throws(() => noiseCeiling([[1, 2], [3]], pearson, options), /same number of seeds/);
  assert.throws(() => noiseCeiling([[1], [3]], pearson, options), StatsError);
});

Deno.test("reliabilities combine as they should", () => {
  near(spearmanBrown(0.5, 2), 2 / 3, 1e-12);
  near(attenuationCorrected(0.3, 0.36, 1), 0.5, 1e-12);
  assert.ok(Number.isNaN(attenuationCorrected(0.3, -0.1, 1)));
  const { between, within, reliability } = varianceComponents(
    measured(400, 3, 0.5, seeded(9)),
  );
  near(between, 1, 0.15);
  near(within, 0.25, 0.03);
  near(reliability, 0.8, 0.04);
  assert.throws(() => varianceComponents([[1], [2]]), StatsError);
  near(quantile([4, 1, 3, 2], 0.25), 1.75, 1e-12);
});
