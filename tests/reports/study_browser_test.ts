/**
 * A study's page in a browser: figures of every kind, as studies make them and at their limits.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { StudyFigure } from "../../nas/stats/study_report.ts";
import { renderStudyReport } from "../../reports/mod.ts";
import { canvasColours, withPage } from "./browser.ts";
import { galleryStudy, LIMITS, LONG, USUAL } from "./study_gallery.ts";

const pageOf = (figures: readonly StudyFigure[]) => renderStudyReport(galleryStudy(figures));
const usual = await pageOf(USUAL);
const limits = await pageOf(LIMITS);

/** Kinds that scripts draw. */
const isChart = ({ kind }: StudyFigure) => kind !== "heat" && kind !== "diagram";

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1200, 390]) {
    const options = { colorScheme, viewport: { width, height: 800 } };
    Deno.test(`a study's figures are drawn, ${width} wide (${colorScheme})`, async () => {
      await withPage(usual, options, async (page) => {
        await page.waitForTimeout(200);
        const colours = await canvasColours(page);
        assert.deepEqual(
          Object.keys(colours),
          USUAL.filter(isChart).map(({ id }) => id),
        );
        for (const [id, count] of Object.entries(colours)) assert.ok(count > 20, `${id}: ${count}`);
        assert.equal(await page.locator("table.heat tbody td").count(), 32);
        assert.equal(await page.locator("table.heat td.none").count(), 3);
        assert.equal(await page.locator(".diagram-box svg").count(), 1);
        await assertFits(page, width);
      });
    });
    Deno.test(`figures at their limits are drawn, ${width} wide (${colorScheme})`, async () => {
      await withPage(limits, options, async (page) => {
        await page.waitForTimeout(200);
        assert.equal(await page.evaluate(`typeof canary`), "undefined");
        assert.equal(await page.locator("main img").count(), 0);
        // Of seven figures nothing was run; all others show something.
        assert.equal(await page.locator(".nothing").count(), 7);
        const colours = Object.entries(await canvasColours(page));
        assert.equal(colours.length, LIMITS.filter(isChart).length - 6);
        for (const [id, count] of colours) assert.ok(count > 10, `${id}: ${count}`);
        assert.ok((await page.textContent("#figures"))!.includes(LONG));
        await assertFits(page, width);
      });
    });
  }
}

/** Nothing but boxes of their own is wider than the window. */
async function assertFits(page: Page, width: number): Promise<void> {
  const found = Number(await page.evaluate("document.documentElement.scrollWidth"));
  assert.ok(found <= width, `The page is ${found} pixels wide`);
}

Deno.test("links of the page lead to places of the page, and no two places share a name", async () => {
  await withPage(limits, {}, async (page) => {
    const ids: string[] = await page.evaluate(
      `[...document.querySelectorAll("[id]")].map(({ id }) => id)`,
    );
    assert.equal(new Set(ids).size, ids.length);
    const links: string[] = await page.evaluate(
      `[...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute("href").slice(1))`,
    );
    assert.ok(links.length > 40);
    for (const link of links) assert.ok(ids.includes(link), link);
    const contents = await page.locator(".contents a").allTextContents();
    const headings = await page.locator("section > h2").allTextContents();
    assert.deepEqual(contents, headings.map((heading) => heading.replace(/ #$/, "")));
  });
});

Deno.test("every figure and table says its scale, and has its numbers as a table and as CSV", async () => {
  await withPage(usual, { acceptDownloads: true }, async (page) => {
    const found: { caption: string; rows: number; file: string; csv: string }[] = await page
      .evaluate(`[...document.querySelectorAll("#figures figure, #tables figure")].map((figure) => {
        const link = figure.querySelector("a.download");
        return {
          caption: figure.querySelector("figcaption").textContent,
          rows: figure.querySelectorAll(":is(details table, .study-table table) tbody tr").length,
          file: link.download,
          csv: decodeURIComponent(link.href.slice(link.href.indexOf(",") + 1)),
        };
      })`);
    assert.equal(found.length, USUAL.length + 1);
    assert.equal(new Set(found.map(({ file }) => file)).size, found.length);
    for (const { caption, rows, file, csv } of found) {
      assert.match(caption, /Scaled: 6 of 24 layers, 31 of 310 epochs\./);
      assert.match(file, /^[\w.-]+\.csv$/);
      assert.equal(csv.trim().split("\r\n").length, rows + 1, file);
      assert.ok(rows > 0, file);
    }
    const waiting = page.waitForEvent("download");
    await page.locator("#figure-scatter summary").click();
    await page.locator("#figure-scatter a.download").click();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), "scatter.csv");
    const [head, first] = (await Deno.readTextFile(await download.path())).split("\r\n");
    assert.match(head, /^group,,estimate under shared weights,low,high,accuracy from scratch,low/);
    assert.match(first, /^drawn by the controller,architecture 1,0\.\d+,/);
  });
});

Deno.test("what was not run is said to be so, and the thesis's columns are grey", async () => {
  await withPage(usual, {}, async (page) => {
    const cells = page.locator("#table-2 tbody tr").nth(1).locator("td");
    assert.deepEqual((await cells.allTextContents()).slice(0, 5), [
      "CIFAR-10",
      ...["not run", "not run", "not run"],
      "96.69, 95.80, 95.71",
    ]);
    assert.equal(await page.locator("#table-2 .thesis").count(), 8);
    assert.deepEqual(
      await page.locator("#scale tr.differs td:nth-child(2)").allTextContents(),
      ["6", "31", "0.08333"],
    );
    const colourOf = (index: number) =>
      page.evaluate(`getComputedStyle(
        document.querySelectorAll("#table-2 thead th")[${index}]).color`);
    assert.equal(await colourOf(4), "rgb(86, 98, 115)");
    assert.equal(await colourOf(1), "rgb(28, 36, 48)");
  });
});

Deno.test("the first Tab skips to the contents; charts answer to keys alone", async () => {
  await withPage(usual, {}, async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(`document.activeElement.className`), "skip-link");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(`document.activeElement.id`), "main");

    const ranks = page.locator("#figure-scatter .views button", { hasText: "Ranks" });
    const title = (): Promise<string> =>
      page.evaluate(`(() => {
        const chart = Chart.getChart(document.querySelector("#figure-scatter canvas"));
        return chart.scales.x.options.title.text;
      })()`);
    assert.equal(await title(), "estimate under shared weights");
    await ranks.focus();
    await page.keyboard.press("Space");
    assert.equal(await title(), "rank of estimate under shared weights (1 = lowest)");
    assert.equal(await ranks.getAttribute("aria-pressed"), "true");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    assert.equal(await title(), "estimate under shared weights");
    assert.equal(await ranks.getAttribute("aria-pressed"), "false");
  });
});

Deno.test("a legend hides a line with its band, by keys, and through a change of theme", async () => {
  await withPage(usual, { colorScheme: "light" }, async (page) => {
    const shown = (): Promise<string[]> =>
      page.evaluate(`(() => {
        const chart = Chart.getChart(document.querySelector("#figure-tau-by-epoch canvas"));
        return chart.data.datasets.filter((_, i) => chart.isDatasetVisible(i)).map((d) => d.label);
      })()`);
    const all = await shown();
    assert.equal(all.length, 3 * 3 + 1);
    const button = page.locator("#figure-tau-by-epoch .chart-legend button").first();
    assert.equal(await button.textContent(), "moving averages");
    await button.focus();
    await page.keyboard.press("Enter");
    const without = all.filter((label) => !label.startsWith("moving averages"));
    assert.deepEqual(await shown(), without);
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(`Chart.defaults.color === "#b4c0cf"`);
    assert.deepEqual(await shown(), without);
    await page.keyboard.press("Enter");
    assert.deepEqual(await shown(), all);
  });
});

Deno.test("series of one name are hidden one by one", async () => {
  await withPage(limits, {}, async (page) => {
    await page.locator("#figure-one-bar .chart-legend button").nth(2).click();
    const visible = await page.evaluate(`(() => {
      const chart = Chart.getChart(document.querySelector("#figure-one-bar canvas"));
      return chart.data.datasets.map((_, i) => chart.isDatasetVisible(i));
    })()`);
    assert.deepEqual(visible, Array.from({ length: 14 }, (_, i) => i !== 2));
  });
});

Deno.test("a legend of many series stays small and scrolls", async () => {
  await withPage(limits, {}, async (page) => {
    const legend = page.locator("#figure-many-lines .chart-legend");
    assert.equal(await legend.locator("button").count(), 18);
    const box = await legend.boundingBox();
    assert.ok(box!.height <= 100, `${box!.height} pixels high`);
  });
});

Deno.test("every box that scrolls can be reached by keys and has a name", async () => {
  for (const width of [1200, 390]) {
    await withPage(limits, { viewport: { width, height: 800 } }, async (page) => {
      await page.evaluate(`document.querySelectorAll("details").forEach((one) => one.open = true)`);
      const nameless: string[] = await page.evaluate(`[...document.querySelectorAll("main *")]
        .filter((element) => {
          const { overflowX, overflowY } = getComputedStyle(element);
          const scrolls = (overflowX === "auto" && element.scrollWidth > element.clientWidth) ||
            (overflowY === "auto" && element.scrollHeight > element.clientHeight);
          const named = element.tabIndex === 0 && element.hasAttribute("aria-label");
          return scrolls && !named && element.querySelector("button, a") === null;
        }).map(({ outerHTML }) => outerHTML.slice(0, 80))`);
      assert.deepEqual(nameless, []);
    });
  }
});

Deno.test("in print the page is light, whole and without what only a screen needs", async () => {
  await withPage(usual, { colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print" });
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    await page.waitForTimeout(200);
    const visible = (selector: string) => page.locator(`${selector}:visible`).count();
    for (const hidden of [".contents", ".skip-link", ".views", "summary", ".anchor"]) {
      assert.equal(await visible(hidden), 0, hidden);
    }
    assert.equal(await visible(".command"), 2);
    assert.equal(await visible("canvas"), USUAL.filter(isChart).length);
    for (const [id, count] of Object.entries(await canvasColours(page))) assert.ok(count > 20, id);
    const ground = await page.evaluate(`getComputedStyle(document.body).backgroundColor`);
    assert.equal(ground, "rgb(255, 255, 255)");
    // A printer's page is narrower than the window; a canvas must keep its proportions there.
    await page.addStyleTag({ content: ".canvas-box { width: 200px !important; }" });
    const stretched: number[] = await page.evaluate(
      `[...document.querySelectorAll("canvas")].map((canvas) =>
        canvas.clientWidth / canvas.clientHeight * canvas.height / canvas.width)`,
    );
    for (const factor of stretched) assert.ok(Math.abs(factor - 1) < 0.02, `${factor}`);
    const widths = (): Promise<number[]> =>
      page.evaluate(`[...document.querySelectorAll("canvas")].map((c) => Chart.getChart(c).width)`);
    assert.deepEqual([...new Set(await widths())], [310, 670]);
    await page.addStyleTag({ content: ".canvas-box { width: auto !important; }" });
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
    for (const width of await widths()) assert.ok(width > 400 && width !== 670, `${width}`);
  });
});

Deno.test("a font that comes while the page is printed does not undo the print", async () => {
  const late = `const { promise, resolve } = Promise.withResolvers();
    FontFaceSet.prototype.check = () => false;
    FontFaceSet.prototype.load = () => promise;
    globalThis.fontComes = resolve;`;
  await withPage(usual, { colorScheme: "dark" }, async (page) => {
    const [ink, width]: [string, number] = await page.evaluate(`(async () => {
      dispatchEvent(new Event("beforeprint"));
      const first = Chart.getChart(document.querySelector("canvas"));
      fontComes();
      await new Promise((done) => setTimeout(done, 50));
      const chart = Chart.getChart(document.querySelector("canvas"));
      if (chart === first) throw new Error("The charts were not built anew");
      return [chart.scales.y.options.ticks.color, chart.width];
    })()`);
    assert.deepEqual([ink, width], ["#39434f", 310]);
  }, late);
});

Deno.test("without scripts pictures, tables and diagrams stand alone", async () => {
  await withPage(usual, { javaScriptEnabled: false }, async (page) => {
    const charts = USUAL.filter(isChart).length;
    assert.equal(await page.locator("figure img:visible").count(), charts);
    assert.equal(await page.locator("canvas:visible, .views:visible").count(), 0);
    assert.equal(await page.locator("table.heat:visible, .diagram-box svg:visible").count(), 2);
  });
});

Deno.test("a tooltip says the name of a point, its values and their intervals", async () => {
  await withPage(usual, {}, async (page) => {
    const texts: string[] = await page.evaluate(`(() => {
      const chart = Chart.getChart(document.querySelector("#figure-scatter canvas"));
      const { x, y } = chart.getDatasetMeta(1).data[0];
      chart.tooltip.setActiveElements([{ datasetIndex: 1, index: 0 }], { x, y });
      chart.update("none");
      return [...chart.tooltip.title, ...chart.tooltip.body.flatMap(({ lines }) => lines)];
    })()`);
    assert.deepEqual(texts.slice(0, 2), ["architecture 13", "drawn uniformly"]);
    assert.match(texts[2], /^estimate under shared weights: [\d.]+% \([\d.]+% to [\d.]+%\)$/);
    assert.match(texts[3], /^accuracy from scratch: [\d.]+% \([\d.]+% to [\d.]+%\)$/);
  });
});
