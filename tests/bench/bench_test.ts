import assert from "node:assert/strict";
import { CASES, selectCases } from "../../bench/cases/mod.ts";
import { distinctValues } from "../../bench/cases/shapes.ts";
import { permute } from "../../bench/layout.ts";
import { measure, median } from "../../bench/measure.ts";
import type { Contender } from "../../bench/cases/types.ts";

Deno.test("cases are selected by the beginning of their names", () => {
  const names = (...selectors: string[]) => selectCases(selectors).cases.map(({ name }) => name);
  assert.deepEqual(names("conv"), ["conv3x3.train.A", "conv3x3.train.B"]);
  assert.deepEqual(names("conv3x3.train.C"), ["conv3x3.train.C"]);
  assert.equal(names().length, CASES.length - 1);
  assert.equal(selectCases(["conv", "nothing"]).unknown, "nothing");
});

Deno.test("permute moves axes and its inverse moves them back", () => {
  const values = Float64Array.from({ length: 24 }, (_, i) => i);
  const moved = permute(values, [2, 3, 4], [2, 0, 1]);
  // result[k,i,j] = values[i,j,k]
  assert.equal(moved[(3 * 2 + 1) * 3 + 2], values[(1 * 3 + 2) * 4 + 3]);
  assert.deepEqual(permute(moved, [4, 2, 3], [1, 2, 0]), values);
});

Deno.test("the median of an even count is the mean of the middle two", () => {
  assert.equal(median([4, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

Deno.test("contenders take turns, and one that fails is reported and left out", async () => {
  const order: string[] = [];
  const contender = (name: string, failAt = Infinity): Contender => {
    let runs = 0;
    return {
      run() {
        if (++runs > failAt) return Promise.reject(new Error("lost"));
        order.push(name);
        return Promise.resolve();
      },
      results: () => Promise.resolve([]),
      close() {},
    };
  };
  const failures: string[] = [];
  // Calibration runs each contender three times.
  const timings = await measure(
    new Map([["a", contender("a")], ["b", contender("b", 4)]]),
    3,
    (name) => failures.push(name),
  );
  assert.deepEqual([...timings.keys()], ["a"]);
  assert.deepEqual(failures, ["b"]);
  assert.deepEqual(order.slice(6), ["a", "b", "a", "a"]);
});

Deno.test("a sample has so many passes that the wait for the device weighs little", async () => {
  const waits = (maxPasses?: number): Contender => ({
    ...(maxPasses === undefined ? {} : { maxPasses }),
    run: (passes) => new Promise((resolve) => setTimeout(resolve, 12 + passes / 50)),
    results: () => Promise.resolve([]),
    close() {},
  });
  const contenders = new Map([["fast", waits()], ["lazy", waits(64)]]);
  const timings = await measure(contenders, 1, () => assert.fail());
  const { passes, median } = timings.get("fast")!;
  assert.ok(passes > 2000 && median < 0.03, `${passes} passes of ${median} ms`);
  assert.equal(timings.get("lazy")!.passes, 64);
});

Deno.test("distinct values do not repeat after rounding to f32", () => {
  const values = distinctValues(2 ** 20);
  assert.equal(new Set(values).size, values.length);
});
