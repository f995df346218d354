import assert from "node:assert/strict";
import { canvasColours, withReport } from "./browser.ts";
import { makeHyperparameters, makeRun, makeTrainRun } from "./fixture.ts";

const micro = {
  ...makeRun({ space: "micro", epochs: 2, batchNorm: "recalibrated" }),
  presetValues: makeHyperparameters("controller", { space: "micro" }),
};

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`a micro search opens offline and draws charts and cells (${colorScheme})`, async () => {
    await withReport([micro], { colorScheme }, async (page) => {
      await page.waitForTimeout(200);
      const colours = await canvasColours(page);
      assert.equal(Object.keys(colours).length, 12);
      for (const [id, count] of Object.entries(colours)) assert.ok(count > 5, `${id}: ${count}`);
      assert.equal(await page.locator("svg.cell:visible").count(), 2);
      assert.equal(await page.locator("svg.stack:visible").count(), 1);
      // Drawings of one arc share their scale, so that one cell does not look the smaller.
      const scales: number[] = await page.evaluate(
        `[...document.querySelectorAll("svg.cell")].map((svg) =>
          svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)`,
      );
      assert.ok(Math.abs(scales[0] / scales[1] - 1) < 0.02, String(scales));
      const heights: number[] = await page.evaluate(
        `[...document.querySelectorAll("svg.cell")].map((svg) =>
          svg.parentElement.clientHeight / svg.clientHeight)`,
      );
      assert.ok(Math.min(...heights) < 1.2, `Empty space below the cells: ${heights}`);
      const text = await page.evaluate(
        `getComputedStyle(document.querySelector("svg.stack .stacked text")).fill`,
      );
      assert.equal(text, colorScheme === "light" ? "rgb(28, 36, 48)" : "rgb(230, 235, 242)");
    });
  });

  Deno.test(`a train run opens offline and draws its charts (${colorScheme})`, async () => {
    await withReport([makeTrainRun()], { colorScheme }, async (page) => {
      await page.waitForTimeout(200);
      const colours = await canvasColours(page);
      assert.deepEqual(Object.keys(colours), [
        "training_loss",
        "training_accuracy",
        "training_learning_rate",
      ]);
      for (const [id, count] of Object.entries(colours)) assert.ok(count > 5, `${id}: ${count}`);
      assert.equal(await page.locator("svg.network:visible").count(), 1);
      assert.equal(await page.locator("#arcs").count(), 0);
    });
  });
}

Deno.test("text stays inside the boxes of a cell", async () => {
  await withReport([micro], {}, async (page) => {
    await page.evaluate("document.fonts.ready.then(() => true)");
    const outside = await page.evaluate(
      `[...document.querySelectorAll("svg.cell .node, svg.stack g:has(> rect)")].filter((node) => {
        const box = node.querySelector("path, rect, ellipse").getBoundingClientRect();
        return [...node.querySelectorAll("text")].some((text) => {
          const { left, right } = text.getBoundingClientRect();
          return left < box.left || right > box.right;
        });
      }).map((node) => node.textContent)`,
    );
    assert.deepEqual(outside, []);
  });
});

Deno.test("pointing at a tensor of a cell lights its own wires", async () => {
  await withReport([micro], {}, async (page) => {
    const cell = page.locator("svg.cell.normal");
    const own = await cell.locator(".wire.to-2, .wire.from-2").count();
    await cell.locator(".place-2").hover();
    assert.equal(await cell.locator(".wire.lit").count(), own);
    assert.ok(own >= 5 && own < await cell.locator(".wire").count());
    assert.equal(await page.locator("svg.cell.reduction .wire.lit").count(), 0);
  });
});

Deno.test("a mixed comparison fits a narrow screen", async () => {
  const runs = [micro, makeTrainRun({ space: "micro", layers: 15 }), makeTrainRun()];
  await withReport(runs, { viewport: { width: 360, height: 700 } }, async (page) => {
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assert.ok(Number(width) <= 360, `The page is ${width} pixels wide`);
  });
});
