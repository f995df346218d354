import assert from "node:assert/strict";
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, type ChartFigure } from "../../reports/charts.ts";
import { isChart, pictureSize } from "../../reports/figures.ts";
import { uniqueSlugs } from "../../reports/slugs.ts";
import {
  joinSentences,
  scaleNote,
  seriesStyle,
  shorten,
} from "../../reports/study_figures/parts.ts";
import { studyFigure } from "../../reports/study_figures/mod.ts";
import { LIMITS, USUAL } from "./study_gallery.ts";

const AXIS = { title: "value", percent: false };
const HEAD = { id: "f", title: "T", caption: "C" };

async function chartOf(figure: StudyFigure): Promise<ChartFigure> {
  const drawn = await studyFigure(figure, "small");
  assert.ok(isChart(drawn));
  return drawn;
}

/** A scale of a configuration. */
function scale(config: ChartConfig, id: string): Record<string, unknown> {
  return (config.options.scales as Record<string, Record<string, unknown>>)[id];
}

function kind<Kind extends StudyFigure["kind"]>(name: Kind): StudyFigureOf<Kind> {
  return USUAL.find((figure) => figure.kind === name) as StudyFigureOf<Kind>;
}

for (const figure of [...USUAL, ...LIMITS]) {
  Deno.test(`figure ${figure.id} is JSON, and each row of its table has every column`, async () => {
    const drawn = await studyFigure(figure, "small");
    assert.match(drawn.caption, /Scale: small\.$/);
    for (const row of drawn.table.rows) assert.equal(row.length, drawn.table.columns.length);
    if (!isChart(drawn)) return;
    for (const config of [drawn.config, ...(drawn.views ?? []).map((view) => view.config)]) {
      assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
    }
  });
}

Deno.test("a figure of which nothing was run says so, and has no picture", async () => {
  for (const figure of LIMITS.slice(0, 7)) {
    const drawn = await studyFigure(figure, "small");
    assert.ok(!isChart(drawn), figure.id);
    assert.match(drawn.html, /Not run/);
    assert.equal(drawn.svg, "");
  }
});

Deno.test("lines have bands of their intervals and a panel below on the same axis", async () => {
  const { config, table } = await chartOf(kind("lines"));
  const sets = config.data.datasets;
  assert.deepEqual(sets.map(({ silent }) => silent === true), [
    ...Array(6).fill(true),
    ...Array(4).fill(false),
  ]);
  // Each upper edge is filled down to the lower edge before it.
  assert.deepEqual(sets.slice(0, 6).map(({ fill }) => fill), [false, 0, false, 2, false, 4]);
  assert.deepEqual(sets.map(({ group }) => group), [0, 0, 1, 1, 2, 2, 0, 1, 2, 3]);
  assert.equal(sets[9].yAxisID, "under");
  assert.deepEqual(sets.map(({ borderDash }) => (borderDash as number[] | undefined)?.length), [
    ...Array(6).fill(undefined),
    ...[2, 0, 0, 0],
  ]);
  assert.equal(scale(config, "y").stack, scale(config, "under").stack);
  assert.deepEqual(table.columns.slice(0, 4), [
    "epoch of the search",
    ...["moving averages", "moving averages, low", "moving averages, high"],
  ]);
});

Deno.test("a line of many points has few marks, and a figure may have a scale of its own", async () => {
  const { config } = await chartOf(USUAL.find(({ id }) => id === "anytime")!);
  const radii = config.data.datasets.at(-1)!.pointRadius as number[];
  assert.equal(radii.length, 25);
  assert.ok(radii.filter((radius) => radius > 0).length <= 10);
  const { caption } = await chartOf({ ...kind("lines"), scale: "the thesis's own" });
  assert.match(caption, /Scale: the thesis's own\.$/);
});

Deno.test("every point of a line is in the table, also where two share a place", async () => {
  const series = (label: string, points: readonly (readonly [number, number | null])[]) => ({
    ...{ label, dashed: false },
    points: points.map(([x, y]) => ({ x, y, low: null, high: null })),
  });
  const { table } = await chartOf({
    ...HEAD,
    kind: "lines",
    x: AXIS,
    y: AXIS,
    series: [series("a", [[1, 5], [2, 6]]), series("mark", [[2, 0], [2, 9]])],
  });
  assert.deepEqual(table.rows, [[1, 5, null], [2, 6, 0], [2, null, 9]]);
});

Deno.test("what a logarithmic axis cannot show is in the table, and the caption says so", async () => {
  const figure = LIMITS.find(({ id }) => id === "one-line")!;
  const { config, table, caption } = await chartOf({ ...figure, ...HEAD });
  assert.equal(scale(config, "x").type, "logarithmic");
  assert.equal(config.data.datasets[0].data.length, 1);
  assert.deepEqual(table.rows.map(([x]) => x), [0, 3]);
  assert.match(caption, /1 point has no place on a logarithmic axis/);
});

Deno.test("a scatter has a view of midranks over all groups, and its table has both", async () => {
  const point = (label: string, x: number, y: number) => ({
    ...{ label, x, y },
    ...{ xLow: x - 1, xHigh: x + 1, yLow: null, yHigh: null },
  });
  const { config, views, table } = await chartOf({
    ...HEAD,
    kind: "scatter",
    x: AXIS,
    y: AXIS,
    groups: [
      { label: "a", points: [point("p", 5, 1), point("q", 2, 9)] },
      { label: "b", points: [point("r", 5, 4)] },
    ],
  });
  assert.deepEqual(config.data.datasets[0].data[0], { name: "p", x: 5, y: 1, xMin: 4, xMax: 6 });
  assert.deepEqual(views!.map(({ label }) => label), ["Ranks"]);
  assert.deepEqual(views![0].config.data.datasets.flatMap(({ data }) => data), [
    { name: "p", x: 2.5, y: 1 },
    { name: "q", x: 1, y: 3 },
    { name: "r", x: 2.5, y: 2 },
  ]);
  assert.deepEqual(table.rows.map((row) => row.slice(-2)), [[2.5, 1], [1, 3], [2.5, 2]]);
});

Deno.test("strips show every run, and the mean with Student's interval", async () => {
  const { config, table } = await chartOf({
    ...HEAD,
    kind: "strips",
    y: AXIS,
    arms: [{ label: "a", values: [1, 2, 3] }, { label: "b", values: [7] }, {
      label: "c",
      values: [],
    }],
  });
  const [runs, means] = config.data.datasets.map(({ data }) =>
    data as unknown as Record<string, number>[]
  );
  assert.deepEqual(runs.map(({ y }) => y), [1, 2, 3, 7]);
  assert.deepEqual(runs.map(({ x }) => Math.floor(x + 0.5)), [0, 0, 0, 1]);
  // 2 ± t(0.975, 2) / √3
  assert.ok(Math.abs(means[0].yMax - (2 + 4.302653 / Math.sqrt(3))) < 1e-5);
  assert.deepEqual(Object.keys(means[1]), ["x", "y"]);
  assert.deepEqual(scale(config, "x").names, ["a", "b", "c (not run)"]);
  assert.deepEqual(table.rows.at(-1), ["c", null, null, null, null]);
  assert.deepEqual(table.rows.at(-2), ["b", "mean", 7, null, null]);
});

Deno.test("intervals keep 0 and the margin in sight, and let a very wide one run out", async () => {
  const range = async (rows: readonly (readonly [number, number])[], margin: number) => {
    const { config } = await chartOf({
      ...HEAD,
      kind: "intervals",
      axis: AXIS,
      margin,
      rows: rows.map(([low, high]) => ({ label: "r", value: (low + high) / 2, low, high })),
    });
    const { min, max } = scale(config, "x") as { min: number; max: number };
    return [min, max];
  };
  const [low, high] = await range([[0.5, 0.9], [0.6, 0.8]], 0);
  assert.ok(low < 0 && low > -0.1 && high >= 0.9, `${low} to ${high}`);
  const [left, right] = await range([[-0.1, 0.1]], 0.3);
  assert.ok(left <= -0.3 && right >= 0.3, `${left} to ${right}`);
  const [from, to] = await range([[-1, 1], [-1.2, 0.8], [-900, 900]], 0.3);
  assert.ok(from > -5 && to < 5, `${from} to ${to}`);
});

Deno.test("names at the ends of a bump chart stand at the ranks of their lines", async () => {
  const names = async (ranks: readonly (number | null)[]) => {
    const { config } = await chartOf({
      ...HEAD,
      kind: "bump",
      orders: ["first", "last"],
      lines: ranks.map((rank, i) => ({ label: "abcdef"[i], ranks: [i + 1, rank] })),
    });
    return scale(config, "last").names;
  };
  assert.deepEqual(await names([3, 1, 2]), ["", "b", "c", "a"]);
  assert.deepEqual(await names([2.5, 1, 2.5]), ["", "b", "a", "c"]);
  assert.deepEqual(await names([2, 2, 2]), ["", "a", "b", "c"]);
  assert.deepEqual(await names([null, 2, 1]), ["", "c", "b", ""]);
});

Deno.test("a heat map has its numbers in its cells, and colours from one end to the other", async () => {
  const drawn = await studyFigure({
    ...HEAD,
    kind: "heat",
    value: { title: "share", percent: true },
    columns: ["a", "b", "c", "d"],
    rows: [{ label: "<r>", values: [0, -0.00001, 0.999, null] }, { label: "s", values: [-9, 9] }],
    range: [0, 1],
  }, "small");
  assert.ok(!isChart(drawn));
  const cells = [...drawn.html.matchAll(/<td class="([\w-]+)">([^<]*)</g)].map(([, ...c]) => c);
  assert.deepEqual(cells, [
    ...[["heat-0", "0.0"], ["heat-0", "0.0"], ["heat-8", "99.9"], ["none", "not run"]],
    ...[["heat-0", "−900.0"], ["heat-8", "900.0"], ["none", "not run"], ["none", "not run"]],
  ]);
  assert.match(drawn.html, /<th scope="row">&lt;r&gt;<\/th>/);
  assert.match(drawn.html, /share \(%\):/);
  assert.deepEqual(drawn.table.rows[1], ["s", -9, 9, null, null]);
  const turned = await studyFigure({ ...kind("heat"), range: [0.8, -0.4] }, "small");
  assert.ok(!isChart(turned) && /heat-8">−0\.29/.test(turned.html));
});

Deno.test("ops have the colours that they have in all reports", async () => {
  const { config } = await chartOf({
    ...HEAD,
    kind: "shares",
    bars: ["1", "2"],
    parts: [{ label: "max_pool3x3", shares: [0.4, null] }, { label: "else", shares: [0.6, null] }],
  });
  assert.equal(config.data.datasets[0].backgroundColor, "#efb03f");
  assert.deepEqual(config.data.labels, ["1", "2 (not run)"]);
});

Deno.test("32 series can be told apart by colour, dash and shape", () => {
  const looks = Array.from({ length: 32 }, (_, i) => JSON.stringify(seriesStyle(i)));
  assert.equal(new Set(looks).size, 32);
});

Deno.test("pictures of charts with many series have room for the legend", async () => {
  const many = await chartOf(LIMITS.find(({ id }) => id === "many-lines")!);
  const few = await chartOf(kind("lines"));
  assert.ok(pictureSize(many).height > 350 && pictureSize(few).height === 380);
});

Deno.test("shorten() keeps head and tail and whole characters", () => {
  assert.equal(shorten("abcdef", 6), "abcdef");
  assert.equal(shorten("abcdefghij", 7), "abcd…ij");
  assert.equal([...shorten("😀".repeat(20), 5)].length, 5);
});

Deno.test("captions are sentences, and say the scale in their own words", () => {
  assert.equal(joinSentences(["a", "", " B? ", "c."]), "a. B? c.");
  assert.equal(scaleNote("scaled: 6 of 24"), "Scaled: 6 of 24");
  assert.equal(scaleNote("the thesis's"), "Scale: the thesis's");
});

Deno.test("uniqueSlugs() makes names of files that differ and lead nowhere", () => {
  assert.deepEqual(
    uniqueSlugs(["a b", "a-b", "A B", "../../etc", "", "<script>", "T3.estimator"]),
    ["a-b", "a-b-2", "A-B-3", "etc", "unnamed", "script", "T3.estimator"],
  );
});
