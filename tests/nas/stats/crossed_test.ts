import assert from "node:assert/strict";
import {
  crossedComponents,
  mean,
  normalDraw,
  StatsError,
  varianceComponents,
} from "../../../nas/stats/mod.ts";
import { near, seeded } from "./helpers.ts";

Deno.test("crossedComponents() of two factors are those of the textbook's mean squares", () => {
  const values = [1, 2, 3, 5, 6, 10];
  const [rowMeans, columnMeans, grand] = [[2, 7], [3, 4, 6.5], 4.5];
  const parts = crossedComponents(values, [2, 3]);
  const squares = (of: readonly number[]) => of.reduce((sum, value) => sum + value ** 2, 0);
  const rows = 3 * squares(rowMeans.map((value) => value - grand));
  const columns = 2 * squares(columnMeans.map((value) => value - grand)) / 2;
  const left = values.map((value, i) =>
    value - rowMeans[Math.floor(i / 3)] - columnMeans[i % 3] + grand
  );
  const rest = squares(left) / 2;
  assert.deepEqual(parts.map(({ factors }) => factors), [[0], [1], [0, 1]]);
  near(parts[0].variance, (rows - rest) / 3);
  near(parts[1].variance, (columns - rest) / 2);
  near(parts[2].variance, rest);
});

Deno.test("crossedComponents() finds what was planted in three factors", () => {
  const uniform = seeded(5);
  const sizes = [12, 4, 6];
  const planted = [4, 0, 1, 2, 0, 0, 0.25];
  const found: number[][] = [];
  for (let study = 0; study < 60; study++) {
    const draws = (count: number, variance: number) =>
      Array.from({ length: count }, () => Math.sqrt(variance) * normalDraw(uniform));
    const [a, c] = [draws(12, 4), draws(6, 1)];
    const ab = draws(48, 2);
    const values = Array.from({ length: 12 * 4 * 6 }, (_, cell) => {
      const [i, j, k] = [Math.floor(cell / 24), Math.floor(cell / 6) % 4, cell % 6];
      return a[i] + c[k] + ab[4 * i + j] + 0.5 * normalDraw(uniform);
    });
    const parts = crossedComponents(values, sizes);
    assert.deepEqual(parts.map(({ factors }) => factors.join("")), [
      "0",
      "1",
      "2",
      "01",
      "02",
      "12",
      "012",
    ]);
    found.push(parts.map(({ variance }) => variance));
  }
  planted.forEach((variance, i) =>
    near(mean(found.map((parts) => parts[i])), variance, 0.15 + 0.15 * variance, `component ${i}`)
  );
});

Deno.test("crossedComponents() agrees with one way where the second factor does nothing", () => {
  const uniform = seeded(8);
  const rows = Array.from({ length: 40 }, () => {
    const own = normalDraw(uniform);
    return Array.from({ length: 3 }, () => own + 0.3 * normalDraw(uniform));
  });
  const [between, , within] = crossedComponents(rows.flat(), [40, 3]);
  const oneWay = varianceComponents(rows);
  near(between.variance, oneWay.between, 0.02);
  near(within.variance, oneWay.within, 0.02);
});

Deno.test("crossedComponents() refuses designs with holes", () => {
  assert.throws(() => crossedComponents([1, 2, 3], [2, 2]), StatsError);
  assert.throws(() => crossedComponents([1, 2], [1, 2]), StatsError);
});
