import assert from "node:assert/strict";
import type { BrowserContextOptions, Page } from "playwright-core";
import { renderStudyReport } from "../../reports/mod.ts";
import { withPage } from "./browser.ts";
import { assertLooksAlike, differenceFrom, isChange } from "./screenshots.ts";
import { galleryStudy, USUAL } from "./study_gallery.ts";

const html = await renderStudyReport(galleryStudy(USUAL));
const figures = (...ids: string[]) => ids.map((id) => [id, `#figure-${id}`] as const);

/** Which parts of the page are looked at under which circumstances. */
const LOOKS: readonly {
  readonly look: string;
  readonly options: BrowserContextOptions;
  readonly parts: readonly (readonly [name: string, selector: string])[];
  readonly before?: (page: Page) => Promise<void>;
}[] = [
  {
    look: "light",
    options: { viewport: { width: 1200, height: 900 } },
    parts: [
      ["head", "main > header"],
      ["claim", "#claim-G.2"],
      ["table", "#table-2"],
      ...figures(...USUAL.map(({ id }) => id)),
    ],
  },
  {
    look: "dark",
    options: { viewport: { width: 1200, height: 900 }, colorScheme: "dark" },
    parts: [["claim", "#claim-G.1"], ...figures("tau-by-epoch", "heat", "effects", "way")],
  },
  {
    look: "phone",
    options: { viewport: { width: 390, height: 844 } },
    parts: [["head", "main > header"], ...figures("strips", "bump", "heat", "effects")],
  },
  {
    look: "print",
    options: { viewport: { width: 718, height: 1000 }, colorScheme: "dark" },
    parts: figures("tau-by-epoch", "bump"),
    before: async (page) => {
      await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
      await page.emulateMedia({ media: "print" });
    },
  },
];

/** A part of the page, as the selectors of CSS take a dot for a class. */
const partOf = (page: Page, selector: string) => page.locator(selector.replace(".", "\\."));

/** Waits for the font and for charts that are built anew with it. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(`document.fonts.load('12px "Inter"')`);
  await page.waitForTimeout(300);
}

for (const { look, options, parts, before } of LOOKS) {
  Deno.test(`a study's page looks as it did (${look})`, async () => {
    await withPage(html, options, async (page) => {
      await before?.(page);
      await settled(page);
      for (const [name, selector] of parts) {
        await assertLooksAlike(`${look}_${name}`, await partOf(page, selector).screenshot());
      }
    });
  });
}

Deno.test("a line that is missing, a chart that is blank and other colours are seen", async () => {
  await withPage(html, LOOKS[0].options, async (page) => {
    await settled(page);
    const figure = page.locator("#figure-tau-by-epoch");
    const differs = async () =>
      isChange(await differenceFrom("light_tau-by-epoch", await figure.screenshot()));
    assert.equal(await differs(), false);
    await figure.locator(".chart-legend button").nth(1).click();
    await page.mouse.move(0, 0);
    assert.equal(await differs(), true);
    await figure.locator(".chart-legend button").nth(1).click();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await differs(), true);
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForTimeout(200);
    await page.evaluate(`document.querySelector("#figure-tau-by-epoch canvas").style.opacity = 0`);
    assert.equal(await differs(), true);
  });
});
