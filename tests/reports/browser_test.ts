import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { canvasColours, withReport } from "./browser.ts";
import { makeRun } from "./fixture.ts";

function column(page: Page, cell: number): Promise<number[]> {
  return page.evaluate(
    `[...document.querySelectorAll("#arcs tbody tr")].map((row) => {
      const { dataset, textContent } = row.cells[${cell}];
      return Number(dataset.value ?? textContent);
    })`,
  );
}

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`the report opens offline and draws every chart (${colorScheme})`, async () => {
    const runs = [makeRun({ epochs: 3 }), makeRun({ epochs: 3, sampler: "random" })];
    await withReport(runs, { colorScheme }, async (page) => {
      await page.waitForTimeout(200);
      const colours = await canvasColours(page);
      assert.equal(Object.keys(colours).length, 14);
      for (const [id, count] of Object.entries(colours)) assert.ok(count > 5, `${id}: ${count}`);
      assert.equal(await page.evaluate(`document.fonts.check('16px "Inter"')`), true);
      const ground = await page.evaluate(`getComputedStyle(document.body).backgroundColor`);
      assert.equal(ground, colorScheme === "light" ? "rgb(245, 247, 250)" : "rgb(17, 21, 27)");
    });
  });
}

Deno.test("the charts follow a change of theme and the printer", async () => {
  await withReport([makeRun({ epochs: 2 })], { colorScheme: "light" }, async (page) => {
    const ink = (): Promise<string> =>
      page.evaluate(
        `Chart.getChart(document.querySelector("canvas")).scales.y.options.ticks.color`,
      );
    assert.equal(await ink(), "#39434f");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(`Chart.defaults.color === "#b4c0cf"`);
    assert.equal(await ink(), "#b4c0cf");
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    assert.equal(await ink(), "#39434f");
    for (const [id, count] of Object.entries(await canvasColours(page))) assert.ok(count > 5, id);
  });
});

Deno.test("a click on a heading sorts the arcs both ways", async () => {
  await withReport([makeRun({ epochs: 3 })], {}, async (page) => {
    const estimate = page.locator("#arcs thead button", { hasText: "Estimate" });
    const before = await column(page, 2);
    await estimate.click();
    const falling = [...before].sort((a, b) => b - a);
    assert.deepEqual(await column(page, 2), falling);
    assert.equal(await page.locator("#arcs th[aria-sort=descending]").count(), 1);
    await estimate.click();
    assert.deepEqual(await column(page, 2), falling.toReversed());
    await page.locator("#arcs thead button", { hasText: "Epoch" }).click();
    const epochs = await column(page, 0);
    assert.deepEqual(epochs, [...epochs].sort((a, b) => b - a));
    assert.equal(await page.locator("#arcs th[aria-sort]").count(), 1);
  });
});

Deno.test("pointing at a layer lights its own skips", async () => {
  await withReport([makeRun({ epochs: 2, layers: 12 })], {}, async (page) => {
    const skips = await page.locator("svg.network .skip").count();
    const own = await page.locator("svg.network .skip.to-5, svg.network .skip.from-5").count();
    await page.locator("svg.network .place-5").hover();
    assert.equal(await page.locator("svg.network .skip.lit").count(), own);
    assert.ok(own > 0 && own < skips);
  });
});

Deno.test("without scripts the pictures stand in for the charts", async () => {
  await withReport([makeRun({ epochs: 2 })], { javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator("figure img").count(), 13);
    assert.equal(await page.locator("figure img:visible").count(), 13);
    assert.equal(await page.locator("canvas:visible").count(), 0);
  });
});

Deno.test("the report fits a narrow screen", async () => {
  const runs = [makeRun({ epochs: 2, layers: 24 }), makeRun({ epochs: 2, sampler: "random" })];
  await withReport(runs, { viewport: { width: 360, height: 700 } }, async (page) => {
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assert.ok(Number(width) <= 360, `The page is ${width} pixels wide`);
  });
});

Deno.test("the links download the numbers", async () => {
  await withReport([makeRun({ epochs: 2 })], { acceptDownloads: true }, async (page) => {
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download CSV" }).last().click();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), "arcs.csv");
    const text = await Deno.readTextFile(await download.path());
    const lines = text.trim().split("\r\n");
    assert.equal(
      lines[0],
      "Run,Epoch,Index,Estimate,Standard error,Images,Batch norm,Skips,Ops,Arc",
    );
    assert.equal(lines.length, 21);
  });
});
