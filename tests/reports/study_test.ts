import assert from "node:assert/strict";
import { judgeClaims } from "../../nas/stats/mod.ts";
import { STUDY_REPORT_VERSION, type StudyReport } from "../../nas/stats/study_report.ts";
import { isChart } from "../../reports/figures.ts";
import { renderChartPng, renderDrawingPng, renderStudyReport } from "../../reports/mod.ts";
import { studyFigure } from "../../reports/study_figures/mod.ts";
import { canvasColours, withPage } from "./browser.ts";
import { FIGURES, makeStudy, thesis } from "./study_fixture.ts";

for (const figure of FIGURES) {
  Deno.test(`a study's figure ${figure.id} has a picture and its numbers`, async () => {
    const chart = await studyFigure(figure, "small");
    assert.ok(chart.table.rows.length > 0);
    for (const row of chart.table.rows) assert.equal(row.length, chart.table.columns.length);
    const size = { width: 300, height: 200 };
    if (isChart(chart)) assert.deepEqual(JSON.parse(JSON.stringify(chart.config)), chart.config);
    const png = isChart(chart)
      ? await renderChartPng(chart.config, size)
      : await renderDrawingPng(chart.svg);
    assert.ok(png.length > 2000, `${png.length} bytes`);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`a study's report opens offline and draws every chart (${colorScheme})`, async () => {
    const html = await renderStudyReport(makeStudy());
    await withPage(html, { colorScheme }, async (page) => {
      await page.waitForTimeout(200);
      const colours = await canvasColours(page);
      const charts = FIGURES.filter(({ kind }) => kind !== "heat" && kind !== "diagram");
      assert.equal(Object.keys(colours).length, charts.length);
      assert.equal(await page.locator("table.heat td.none").count(), 2);
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
