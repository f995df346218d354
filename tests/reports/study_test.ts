import assert from "node:assert/strict";
import { judgeClaims } from "../../nas/stats/mod.ts";
import {
  STUDY_REPORT_VERSION,
  type StudyFigure,
  type StudyReport,
} from "../../nas/stats/study_report.ts";
import { thesisReport } from "../../nas/study/thesis_report.ts";
import { renderChartPng, renderStudyReport } from "../../reports/mod.ts";
import { studyChart } from "../../reports/study_figures.ts";
import { seeded } from "../nas/stats/helpers.ts";
import { canvasColours, withPage } from "./browser.ts";

const thesis = thesisReport(seeded(), () => ({
  seconds: 1.2,
  created: new Date("2026-03-04T12:00:00Z"),
  enaslab: "0.1.0",
}));

const HEAD = { id: "f", title: "T", caption: "C" };
const AXIS = { title: "accuracy", percent: true };
const BAND = [1, 2, 3].map((x) => ({ x, y: x / 4, low: x / 4 - 0.1, high: x / 4 + 0.1 }));

/** One figure of every kind. */
const FIGURES: readonly StudyFigure[] = [
  ...thesis.figures,
  {
    ...HEAD,
    id: "bands",
    kind: "lines",
    x: { title: "epoch", percent: false },
    y: AXIS,
    series: [
      { label: "controller", dashed: false, points: BAND },
      { label: "random", dashed: true, points: BAND.map((p) => ({ ...p, y: 0.3 })) },
    ],
  },
  {
    ...HEAD,
    id: "strips",
    kind: "strips",
    y: AXIS,
    arms: [{ label: "first", values: [0.7, 0.8] }, { label: "last", values: [0.75] }, {
      label: "none",
      values: [],
    }],
  },
  {
    ...HEAD,
    id: "shares",
    kind: "shares",
    bars: ["1", "2"],
    parts: [{ label: "conv", shares: [0.4, null] }, { label: "pool", shares: [0.6, null] }],
  },
  {
    ...HEAD,
    id: "bump",
    kind: "bump",
    orders: ["epoch 1", "epoch 2"],
    lines: [{ label: "a", ranks: [1, 2] }, { label: "b", ranks: [2, null] }],
  },
];

for (const figure of FIGURES) {
  Deno.test(`a study's figure ${figure.id} has a picture and its numbers`, async () => {
    const chart = studyChart(figure);
    assert.ok(chart.table.rows.length > 0);
    for (const row of chart.table.rows) assert.equal(row.length, chart.table.columns.length);
    assert.deepEqual(JSON.parse(JSON.stringify(chart.config)), chart.config);
    const png = await renderChartPng(chart.config, { width: 300, height: 200 });
    assert.ok(png.length > 2000, `${png.length} bytes`);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`a study's report opens offline and draws every chart (${colorScheme})`, async () => {
    const html = await renderStudyReport({ ...thesis, figures: [...FIGURES] });
    await withPage(html, { colorScheme }, async (page) => {
      await page.waitForTimeout(200);
      const colours = await canvasColours(page);
      assert.equal(Object.keys(colours).length, FIGURES.length);
      for (const [id, count] of Object.entries(colours)) assert.ok(count > 5, `${id}: ${count}`);
      assert.equal(await page.locator("article.claim").count(), thesis.claims.length);
      assert.equal(await page.locator("#claim-T3\\.estimator .verdict.undecidable").count(), 1);
      assert.equal(await page.locator("#table-2 td .none").count(), 4);
    });
  });
}

Deno.test("a study's report fits a phone", async () => {
  const html = await renderStudyReport(thesis);
  await withPage(html, { viewport: { width: 375, height: 700 } }, async (page) => {
    assert.ok(await page.evaluate(`document.documentElement.scrollWidth <= 375`));
  });
});

Deno.test("hostile text of a study stays text", async () => {
  const evil = `"><img src=x onerror=alert(1)></script><script>alert(2)</script>`;
  const claim = {
    id: evil,
    quote: evil,
    where: evil,
    question: evil,
    side: "none" as const,
    margin: 1,
    evidence: null,
    remark: evil,
  };
  const report: StudyReport = {
    version: STUDY_REPORT_VERSION,
    study: evil,
    title: evil,
    asked: [evil],
    done: [evil],
    found: [evil],
    caveats: [evil],
    scale: { label: evil, facts: [{ name: evil, value: evil, thesis: "" }] },
    claims: judgeClaims([claim]),
    tables: [{
      id: evil,
      title: evil,
      caption: evil,
      columns: [evil],
      rows: [[evil]],
      thesisColumns: [],
      digits: [],
    }],
    figures: [],
    cost: { seconds: 1, trials: 1, adapter: evil },
    created: evil,
    enaslab: evil,
  };
  await withPage(await renderStudyReport(report), {}, async (page) => {
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.title(), `${evil} · enaslab`);
  });
});
