import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { withReport } from "./browser.ts";
import { makeRun } from "./fixture.ts";

const open = (page: Page) => page.locator("details.how > summary").click();

for (const space of ["macro", "micro"] as const) {
  const run = makeRun({ space, epochs: 2, stepsPerEpoch: 10, trainEpochs: 2 });
  for (const colorScheme of ["light", "dark"] as const) {
    Deno.test(`the drawings of a ${space} search open, and their words fit (${colorScheme})`, async () => {
      await withReport([run], { colorScheme }, async (page) => {
        await page.evaluate("document.fonts.ready.then(() => true)");
        assert.equal(await page.locator("#how svg.drawn:visible").count(), 1);
        await open(page);
        const count = await page.locator("#how svg.drawn:visible").count();
        assert.equal(count, space === "macro" ? 6 : 11);
        // Words in boxes, and all words in their drawing.
        const outside = await page.evaluate(`(() => {
          const inside = (text, frame) => {
            const [a, b] = [text.getBoundingClientRect(), frame.getBoundingClientRect()];
            return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 &&
              a.bottom <= b.bottom + 1;
          };
          const visible = [...document.querySelectorAll("#how svg.drawn")]
            .filter((svg) => svg.checkVisibility());
          return visible.flatMap((svg) => [
            ...[...svg.querySelectorAll("text")].filter((text) => !inside(text, svg)),
            ...[...svg.querySelectorAll("g.box text")]
              .filter((text) => !inside(text, text.parentNode.querySelector("rect"))),
          ].map((text) => text.textContent));
        })()`);
        assert.deepEqual(outside, []);
        const ink = await page.evaluate(
          `getComputedStyle(document.querySelector("#how svg.drawn .t-ink")).fill`,
        );
        assert.equal(ink, colorScheme === "light" ? "rgb(28, 36, 48)" : "rgb(230, 235, 242)");
      });
    });
  }

  Deno.test(`the drawings of a ${space} search fit a narrow screen and print`, async () => {
    await withReport([run], { viewport: { width: 390, height: 800 } }, async (page) => {
      await open(page);
      const width = await page.evaluate("document.documentElement.scrollWidth");
      assert.ok(Number(width) <= 390, `The page is ${width} pixels wide`);
      // Diagrams run down here.
      const [box] = await page.locator("#how svg.diagram:visible").all();
      const { width: wide, height } = (await box.boundingBox())!;
      assert.ok(height > wide);
    });
    await withReport([run], {}, async (page) => {
      const shown = () => page.locator("#how .how-figure:visible").count();
      assert.equal(await shown(), 0);
      await page.emulateMedia({ media: "print" });
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      assert.equal(await shown(), space === "macro" ? 5 : 7);
      await page.evaluate("dispatchEvent(new Event('afterprint'))");
      await page.emulateMedia({ media: "screen" });
      assert.equal(await shown(), 0);
    });
  });
}
