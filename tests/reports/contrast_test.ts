/**
 * Contrast of the report's colours, as WCAG 2 asks for: 4.5 for text, 3 for lines and marks.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import {
  contrast,
  heatColours,
  OP_COLOURS,
  RUN_COLOURS,
  SERIES_COLOURS,
  SKIP_COLOUR,
} from "../../reports/palette.ts";
import { renderStudyReport } from "../../reports/mod.ts";
import { withPage } from "./browser.ts";
import { galleryStudy, USUAL } from "./study_gallery.ts";

const css = Deno.readTextFileSync(new URL("../../reports/page.css", import.meta.url));
const script = Deno.readTextFileSync(new URL("../../reports/page.js", import.meta.url));

/** The three blocks of variables, in their order in the style: light, dark, print. */
const THEMES = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, k, v]) => [k, v]))
);

/** Which text stands on which ground. */
const TEXT: readonly (readonly [text: string, ground: string])[] = [
  ...["text", "soft", "accent"].flatMap((text) =>
    ["ground", "card", "accent-soft"].map((ground) => [text, ground] as const)
  ),
  ["soft", "warn-soft"],
  ["warn", "warn-soft"],
  ["warn", "card"],
  ["bad", "bad-soft"],
  ["good", "good-soft"],
  ["text", "line"],
  ["card", "accent"],
];

Deno.test("text reads well on its ground in light, in dark and in print", () => {
  assert.equal(THEMES.length, 3);
  for (const [i, theme] of THEMES.entries()) {
    for (const [text, ground] of TEXT) {
      const found = contrast(theme[text], theme[ground]);
      assert.ok(found >= 4.5, `theme ${i}: ${text} on ${ground} is ${found.toFixed(2)}`);
    }
  }
});

Deno.test("lines and marks stand out from either ground", () => {
  const colours = [...RUN_COLOURS, ...Object.values(SERIES_COLOURS), SKIP_COLOUR];
  for (const { card } of THEMES) {
    for (const colour of colours) {
      const found = contrast(colour, card);
      assert.ok(found >= 3, `${colour} on ${card} is ${found.toFixed(2)}`);
    }
  }
});

Deno.test("words in charts, in heat maps and on ops read well", () => {
  const inks = [...script.matchAll(/Chart\.defaults\.color = isDark \? "(#\w+)" : "(#\w+)"/g)];
  assert.equal(inks.length, 1);
  const [, dark, light] = inks[0];
  assert.ok(contrast(light, THEMES[0].card) >= 4.5);
  assert.ok(contrast(dark, THEMES[1].card) >= 4.5);
  for (const { fill, text } of [...heatColours("light"), ...heatColours("dark")]) {
    assert.ok(contrast(fill, text) >= 4.5, `${text} on ${fill}`);
  }
});

Deno.test("chips of ops can be told from their digits", () => {
  for (const [name, { fill, text }] of Object.entries(OP_COLOURS)) {
    assert.ok(contrast(fill, text) >= 3, `${name}: ${contrast(fill, text).toFixed(2)}`);
  }
});

Deno.test("contrast() is that of WCAG", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.equal(contrast("#ffffff", "#ffffff"), 1);
  // A grey that is known to be the lightest one with 4.5 on white.
  assert.ok(contrast("#767676", "#ffffff") >= 4.5 && contrast("#777777", "#ffffff") < 4.5);
});

/** Text and ground of everything that is written on the page outside of drawings. */
function writtenColours(page: Page): Promise<{ text: string; ground: string; words: string }[]> {
  return page.evaluate(`(() => {
    const hex = (colour) => "#" + colour.match(/[\\d.]+/g).slice(0, 3)
      .map((part) => Number(part).toString(16).padStart(2, "0")).join("");
    const groundOf = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const ground = getComputedStyle(at).backgroundColor;
        if (!/^rgba\\(.*, 0\\)$/.test(ground)) return hex(ground);
      }
      return "#ffffff";
    };
    return [...document.querySelectorAll("body *:not(svg *, svg, script, noscript *)")]
      .filter((element) => element.checkVisibility({ opacityProperty: true }) &&
        [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim() !== ""))
      .map((element) => ({
        text: hex(getComputedStyle(element).color),
        ground: groundOf(element),
        words: element.textContent.trim().slice(0, 40),
      }));
  })()`);
}

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`everything written on a study's page reads well (${colorScheme})`, async () => {
    await withPage(await renderStudyReport(galleryStudy(USUAL)), { colorScheme }, async (page) => {
      await page.evaluate(`document.querySelectorAll("details").forEach((one) => one.open = true)`);
      const written = await writtenColours(page);
      assert.ok(written.length > 300, `${written.length} texts`);
      for (const { text, ground, words } of written) {
        const found = contrast(text, ground);
        assert.ok(found >= 4.5, `${words}: ${text} on ${ground} is ${found.toFixed(2)}`);
      }
    });
  });
}
