import assert from "node:assert/strict";
import { networkCost } from "../../nas/space/registry.ts";
import { scalingChart } from "../../bench/scaling/chart.ts";
import { merged, writeResults } from "../../bench/scaling/files.ts";
import { polynomialFit, powerFit } from "../../bench/scaling/fits.ts";
import { scalingOptions } from "../../bench/scaling/main.ts";
import type { SweepResult } from "../../bench/scaling/run_sweep.ts";
import { BASE, scalingCase, type Sweep, SWEEPS } from "../../bench/scaling/sweeps.ts";
import { bendsOf, formula, sweepText } from "../../bench/scaling/text.ts";
import { UsageError } from "../../bench/usage.ts";

const sweepOf = (name: Sweep["name"]) => SWEEPS.find((sweep) => sweep.name === name)!;

/** A measured curve with the times `curve` of 100 dispatches and more. */
function resultOf(name: Sweep["name"], curve: (x: number) => number): SweepResult {
  const sweep = sweepOf(name);
  const points = sweep.values.map((value) => {
    const x = sweep.variableOf(value);
    const median = curve(x);
    const timing = { median, min: median, max: 1.1 * median, cpu: median, passes: 1, samples: 3 };
    const work = { flops: 1e9, dispatches: 100, bytesBound: 1e8, peakBytes: 2e6, liveBytes: 1e6 };
    return { value, x, timing, work };
  });
  const samples = points.map(({ x, timing }) => ({ x, y: timing.median }));
  return {
    sweep: name,
    adapter: "software",
    deno: "2",
    date: "today",
    rounds: 3,
    load: [0, 1],
    dispatchMs: 0.02,
    points,
    fit: polynomialFit(samples, sweep.degree),
    power: powerFit(samples),
    cpuFit: polynomialFit(samples, sweep.degree),
  };
}

Deno.test("the curves cover the ranges that were asked for, ascending, through the base", () => {
  const ends = Object.fromEntries(
    SWEEPS.map(({ name, values }) => [name, [values[0], values.at(-1)]]),
  );
  assert.deepEqual(ends, {
    batch: [16, 256],
    channels: [8, 96],
    layers: [3, 24],
    side: [8, 32],
    controller: [3, 24],
  });
  for (const { name, values, degree } of SWEEPS) {
    assert.deepEqual(values, [...values].sort((a, b) => a - b));
    assert.ok(values.length > degree + 1, `${name} has points to spare`);
    if (name !== "controller") assert.ok(values.includes(BASE[name]), name);
  }
  assert.equal(sweepOf("side").variableOf(12), 144);
});

Deno.test("three more layers cost the same arithmetic each time", () => {
  const { ops } = sweepOf("layers");
  const flops = [6, 9, 12, 15, 18, 21, 24].map((layers) => {
    const { spec, arc } = scalingCase({ ...BASE, layers }, ops);
    return networkCost(spec, arc, [16, 16, 3]).flops;
  });
  const steps = flops.slice(1).map((value, i) => value - flops[i]);
  for (const step of steps) assert.equal(step, steps[0]);
});

Deno.test("fixed costs and points off the fit are read from a curve", () => {
  const straight = resultOf("batch", (x) => 10 + x);
  assert.deepEqual(bendsOf(straight.points, straight.fit), []);
  const text = sweepText(sweepOf("batch"), straight, "chart.svg");
  for (
    const part of [
      "`10 + 1 images` ms, R² 1.0000",
      "Held: channels 16, layers 6, side 16",
      "the 100 dispatches of the smallest step alone take 2.00 ms",
      "No processor time is more than 10.0 % off its fit",
      "![Step time against the batch](chart.svg)",
    ]
  ) assert.ok(text.includes(part), part);
  const bent = resultOf("batch", (x) => x === 16 ? 60 : 10 + x);
  const [{ value, residual }] = bendsOf(bent.points, bent.fit);
  assert.ok(value === 16 && residual > 0.1);
  assert.match(
    sweepText(sweepOf("batch"), bent, null),
    /off the fit of the elapsed time: 16 \(\+/,
  );
});

Deno.test("formulas show signs and powers", () => {
  const fit = { rSquared: 1, residuals: [] };
  assert.equal(
    formula({ form: "polynomial", coefficients: [-1.234, -2, 0.5], ...fit }, "channels"),
    "-1.23 - 2 channels + 0.5 channels^2",
  );
  assert.equal(formula({ form: "power", coefficients: [2, 1.5], ...fit }, "x"), "2 x^1.50");
});

Deno.test("a curve that is measured again replaces the old one and leaves the others", () => {
  const [batch, side, again] = [
    resultOf("batch", (x) => x),
    resultOf("side", (x) => x),
    resultOf("batch", (x) => 2 * x),
  ];
  const all = merged([side, batch], [again]).map(({ result }) => result);
  assert.deepEqual(all, [again, side]);
});

Deno.test("pieces of a run add up to one page with charts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const stem = `${folder}/new/page`;
    await writeResults(stem, [resultOf("side", (x) => 5 + x)]);
    const files = await writeResults(stem, [resultOf("batch", (x) => 5 + x)]);
    assert.deepEqual(files, [".json", "-batch.png", "-batch.svg", ".md"].map((end) => stem + end));
    const page = await Deno.readTextFile(`${stem}.md`);
    const [first, second] = ["page-batch.svg", "page-side.svg"].map((name) => page.indexOf(name));
    assert.ok(first > 0 && second > first);
    const svg = await Deno.readTextFile(`${stem}-batch.svg`);
    assert.match(svg, /<svg [^>]*width="720" height="400"/);
    assert.ok((svg.match(/<path/g) ?? []).length > 20);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a fit below zero at zero is drawn from the first point on", () => {
  const drawn = (curve: (x: number) => number) => {
    const chart = scalingChart(sweepOf("batch"), resultOf("batch", curve));
    return (chart.data.datasets.find(({ label }) => label === "fit")!.data[0] as { x: number }).x;
  };
  assert.equal(drawn((x) => 5 + x), 0);
  assert.equal(drawn((x) => x - 5), 16);
});

Deno.test("the command line chooses curves and names what it does not know", () => {
  const { sweeps, rounds } = scalingOptions(["--sweep", "side,batch", "--rounds", "3"]);
  assert.deepEqual(sweeps.map(({ name }) => name), ["batch", "side"]);
  assert.equal(rounds, 3);
  assert.equal(scalingOptions([]).sweeps.length, SWEEPS.length);
  assert.throws(
    () => scalingOptions(["--sweep", "width"]),
    (error) => error instanceof UsageError && error.message.endsWith("but found width"),
  );
  assert.throws(() => scalingOptions(["--rounds", "0"]), UsageError);
});
