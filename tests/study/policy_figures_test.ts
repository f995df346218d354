import assert from "node:assert/strict";
import { Random } from "../../engine/random.ts";
import { anytimeFigure, bestSoFar, valueAt } from "../../study/kit/anytime.ts";
import { bandLine, bandText, FRACTION, meanBand } from "../../study/kit/bands.ts";
import { policyFigures, policyTable, poolingShare } from "../../study/kit/policy_figures.ts";
import { near } from "../nas/stats/helpers.ts";
import { searchResult } from "./synthetic.ts";

const search = (seed: number, certainty: (epoch: number) => number) =>
  searchResult(new Random(seed), {
    space: "macro",
    epochs: 7,
    marks: [0, 1, 7],
    arcs: () => ["0 1 0"],
    level: () => 0.5,
    certainty,
  });

const view = {
  space: "macro",
  id: "macro-mnist",
  of: "macro space, mnist",
  arms: [
    { label: "controller", searches: [1, 2, 3].map((seed) => search(seed, (e) => e / 10)) },
    { label: "random", searches: [1].map((seed) => search(seed, () => 0)) },
    { label: "frozen", searches: [] },
  ],
} as const;

Deno.test("a band is the mean with Student's interval, and none of one run", () => {
  const { y, low, high } = meanBand([1, 2, 3], [-10, 10]);
  near(y, 2);
  // t(0.975; 2) = 4.302653, standard error 1/sqrt(3)
  near(low!, 2 - 4.302653 / Math.sqrt(3), 1e-6);
  near(high!, 2 + 4.302653 / Math.sqrt(3), 1e-6);
  assert.deepEqual(meanBand([4], [0, 10]), { y: 4, low: null, high: null });
  assert.deepEqual(meanBand([4, 4], [0, 10]), { y: 4, low: 4, high: 4 });
  assert.equal(bandText([], 2, FRACTION), null);
  assert.equal(bandText([-1, -1], 1, [-1, 1]), "−1.0 (−1.0 to −1.0)");
});

Deno.test("a line has a point wherever some run has a value, sorted", () => {
  const line = bandLine(
    [[{ x: 2, y: 5 }, { x: 1, y: null }], [{ x: 0, y: 1 }, { x: 2, y: 7 }]],
    [0, 10],
  );
  assert.deepEqual(line.map(({ x, y }) => [x, y]), [[0, 1], [2, 6]]);
});

Deno.test("pooling ops are counted in either space", () => {
  near(poolingShare("macro", [0.1, 0.1, 0.1, 0.1, 0.2, 0.4]), 0.6);
  near(poolingShare("micro", [0.1, 0.2, 0.3, 0.15, 0.25]), 0.45);
});

Deno.test("op drift has a bar for each arm and mark, whose parts make a whole", () => {
  const [ops, ...lines] = policyFigures(view);
  assert.ok(ops.kind === "shares");
  assert.deepEqual(ops.bars, [
    ...[0, 1, 7].map((epoch) => `controller, epoch ${epoch}`),
    ...[0, 1, 7].map((epoch) => `random, epoch ${epoch}`),
  ]);
  ops.bars.forEach((_, bar) =>
    near(ops.parts.reduce((sum, { shares }) => sum + shares[bar]!, 0), 1)
  );
  near(ops.parts[0].shares[2]!, 0.7 + 0.3 / 6);
  const entropy = lines.find(({ id }) => id === "macro-mnist-entropy")!;
  assert.ok(entropy.kind === "lines");
  assert.deepEqual(entropy.series.map(({ label }) => label), ["controller", "random"]);
  near(entropy.series[0].points[2].y!, 0.3);
  assert.equal(entropy.series[1].points[0].low, null);
});

Deno.test("the table of policies keeps arms that did not run, as null", () => {
  const table = policyTable(view);
  assert.deepEqual(table.rows.at(-1), ["frozen", null, 0, null, null, null, null, null]);
  assert.equal(table.rows[2][2], 3);
  assert.ok(table.rows.every((row) => row.length === table.columns.length));
});

Deno.test("no finished search, no figures", () => {
  assert.deepEqual(policyFigures({ ...view, arms: [{ label: "a", searches: [] }] }), []);
});

Deno.test("best so far only rises, whatever the order of what was found", () => {
  const steps = bestSoFar([
    { seconds: 3, value: 0.4 },
    { seconds: 1, value: 0.5 },
    { seconds: 4, value: 0.7 },
  ]);
  assert.deepEqual(steps, [{ seconds: 1, value: 0.5 }, { seconds: 4, value: 0.7 }]);
  assert.equal(valueAt(steps, 0.5), null);
  assert.equal(valueAt(steps, 3.9), 0.5);
  assert.equal(valueAt(steps, 4), 0.7);
});

Deno.test("an anytime curve is a mean over the same runs from end to end", () => {
  const figure = anytimeFigure({
    id: "anytime",
    title: "",
    caption: "",
    axis: { title: "estimate", percent: true },
    arms: [{
      label: "two runs",
      runs: [
        [{ seconds: 1, value: 0.2 }, { seconds: 10, value: 0.6 }],
        [{ seconds: 2, value: 0.4 }, { seconds: 8, value: 0.5 }],
      ],
    }, { label: "none", runs: [] }],
  })!;
  assert.ok(figure.kind === "lines");
  assert.equal(figure.series.length, 1);
  const { points } = figure.series[0];
  assert.ok(points[0].x >= 2 && points.at(-1)!.x === 8);
  near(points[0].y!, 0.3);
  near(points.at(-1)!.y!, (0.2 + 0.5) / 2);
  assert.ok(points.every(({ y }, i) => i === 0 || y! >= points[i - 1].y!));
});

Deno.test("without any run there is no anytime curve", () => {
  const axis = { title: "", percent: false };
  assert.equal(anytimeFigure({ id: "a", title: "", caption: "", axis, arms: [] }), null);
});
