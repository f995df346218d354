import assert from "node:assert/strict";
import { fixedNumber } from "../../nas/text/words.ts";
import {
  escapeHtml,
  formatBig,
  formatCount,
  formatDuration,
  formatLarge,
  formatPercent,
  formatWithError,
  scriptJson,
  toBase64,
  toCsv,
} from "../../reports/format.ts";
import { binomialStandardError, wilsonInterval } from "../../reports/intervals.ts";
import { downsampleRows } from "../../reports/rows.ts";
import { findSetting } from "../../reports/settings.ts";
import { adapterName } from "../../reports/headline.ts";
import { searchFigures } from "../../reports/search_figures.ts";
import { summariseRuns } from "../../reports/summary.ts";
import { makeRun } from "./fixture.ts";

Deno.test("downsampleRows() keeps the ends and a lone spike", () => {
  const rows = Array.from(
    { length: 50_000 },
    (_, x) => ({ x, y: x === 31_234 ? 100 : 0, z: null }),
  );
  const kept = downsampleRows(rows, "x", ["y", "z"], 2000);
  assert.equal(kept.length, 2000);
  assert.equal(kept[0], rows[0]);
  assert.equal(kept[1999], rows[49_999]);
  assert.ok(kept.includes(rows[31_234]));
  assert.ok(kept.every((row, i) => i === 0 || kept[i - 1].x < row.x));
});

Deno.test("downsampleRows() leaves short curves alone and refuses silly limits", () => {
  const rows = [{ x: 1, y: 2 }];
  assert.equal(downsampleRows(rows, "x", ["y"]), rows);
  assert.throws(() => downsampleRows(rows, "x", ["y"], 2), /at least 3/);
});

Deno.test("wilsonInterval() agrees with scipy's proportion interval", () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
  const cases: [number, number, number, number][] = [
    [50, 100, 0.403832, 0.596168],
    [0, 20, 0, 0.161125],
    [20, 20, 0.838875, 1],
    [9, 10, 0.595850, 0.982124],
  ];
  for (const [right, images, low, high] of cases) {
    const interval = wilsonInterval(right / images, images);
    assert.ok(Math.abs(interval[0] - low) < 1e-5, `${right}/${images}: ${interval}`);
    assert.ok(Math.abs(interval[1] - high) < 1e-5, `${right}/${images}: ${interval}`);
  }
  assert.deepEqual(wilsonInterval(0.5, 0), [NaN, NaN]);
});

Deno.test("binomialStandardError() is largest at one half", () => {
  assert.equal(binomialStandardError(0.5, 100), 0.05);
  assert.equal(binomialStandardError(1, 100), 0);
  assert.ok(Number.isNaN(binomialStandardError(0.5, 0)));
});

Deno.test("numbers are written for people", () => {
  const plain = (text: string): string => text.replaceAll("\u00a0", " ");
  assert.equal(plain(formatPercent(0.9713)), "97.1 %");
  assert.equal(formatPercent(NaN), "–");
  assert.equal(plain(formatWithError(0.734, 0.0062)), "73.4 ± 0.6 %");
  assert.equal(formatCount(1391652), "1,391,652");
  assert.equal(plain(formatLarge(18452160)), "18.5 million");
  assert.equal(formatLarge(9999), "9,999");
  assert.equal(formatBig(1728n), "1,728");
  assert.equal(plain(formatBig(25628906250000000000000000n)), "2.56 × 10<sup>25</sup>");
  assert.equal(plain(formatBig(99999999n)), "1.00 × 10<sup>8</sup>");
  assert.equal(plain(formatDuration(3.21)), "3.2 s");
  assert.equal(plain(formatDuration(59.7)), "1 min");
  assert.equal(plain(formatDuration(3725)), "1 h 2 min");
  assert.equal(plain(formatDuration(90000)), "1 d 1 h");
});

Deno.test("fixedNumber() has a minus only before what is below zero as it is written", () => {
  const written = [[-0.004, 2], [-0.005001, 2], [-0, 1], [0.25, 1], [-12.5, 0]] as const;
  assert.deepEqual(
    written.map(([value, places]) => fixedNumber(value, places)),
    ["0.00", "−0.01", "0.0", "0.3", "−13"],
  );
});

Deno.test("escapeHtml() and scriptJson() defuse markup", () => {
  assert.equal(
    escapeHtml(`<a href="x" id='y'>&`),
    "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;",
  );
  const value = { a: "</script><!--<script>\u2028" };
  const text = scriptJson(value);
  assert.ok(!text.includes("<") && !text.includes("\u2028"));
  assert.deepEqual(JSON.parse(text), value);
});

Deno.test("toCsv() quotes what needs quotes", () => {
  assert.equal(toCsv(["a", "b"], [['x,"y"', null], [1.5, "z"]]), 'a,b\r\n"x,""y""",\r\n1.5,z\r\n');
});

Deno.test("toBase64() agrees with btoa over a chunk border", () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
  assert.deepEqual(Uint8Array.from(atob(toBase64(bytes)), (c) => c.charCodeAt(0)), bytes);
});

Deno.test("findSetting() takes the outermost setting of a name", () => {
  assert.equal(findSetting({ a: { seed: 1 }, seed: 2 }, "seed"), 2);
  assert.equal(findSetting({ a: { b: { seed: 3 } } }, "seed"), 3);
  assert.equal(findSetting({ a: null, b: [1] }, "seed"), undefined);
});

Deno.test("the entropy chart begins at zero, so that a change of 1e-4 nats does not look like a fall", () => {
  const [run] = summariseRuns([makeRun({ seed: 1 })]);
  const { config } = searchFigures([run]).find(({ id }) => id === "entropy")!;
  const { y } = config.options.scales as Record<string, { beginAtZero?: boolean }>;
  assert.equal(y.beginAtZero, true);
});

Deno.test("adapterName() leaves out a vendor that is only a number", () => {
  const { config } = makeRun({ seed: 1 });
  const adapter = { description: "llvmpipe", vendor: "65541", fallback: true };
  assert.equal(adapterName({ ...config, adapter }), "llvmpipe: a software adapter, not a GPU");
  assert.match(
    adapterName({ ...config, adapter: { ...adapter, vendor: "acme" } }),
    /llvmpipe, acme/,
  );
});
