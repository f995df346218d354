/**
 * Opens reports in headless Chromium.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { renderReport } from "../../reports/mod.ts";

const CHROMIUM = Deno.env.get("ENASLAB_CHROMIUM") ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function launch(): Promise<Browser> {
  try {
    await Deno.stat(CHROMIUM);
  } catch {
    throw new Error(
      `Cannot open reports: there is no Chromium at ${CHROMIUM}. Install it ` +
        "(Debian: apt-get install chromium) or set ENASLAB_CHROMIUM to its path",
    );
  }
  return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** The browser of this file's tests, which takes longer to start than most of them: started once. */
let browser: Promise<Browser> | null = null;

Deno.test.afterAll(async () => await (await browser)?.close());

/** Opens the report of runs; see {@link withPage}. */
export async function withReport(
  runs: Parameters<typeof renderReport>[0],
  options: BrowserContextOptions,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  await withPage(await renderReport(runs), options, look);
}

/**
 * Opens a page from disk with the network off; fails on any error or foreign request. `script` runs in
 * the page before its own scripts.
 */
export async function withPage(
  html: string,
  options: BrowserContextOptions,
  look: (page: Page) => Promise<void>,
  script = "",
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "enaslab_report_" });
  browser ??= launch();
  const context = await (await browser).newContext({ offline: true, ...options });
  try {
    const path = `${folder}/report.html`;
    await Deno.writeTextFile(path, html);
    const page = await context.newPage();
    if (script !== "") await page.addInitScript({ content: script });
    const errors: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`file://${path}`);
    await look(page);
    assert.deepEqual(errors, []);
    // Pictures and fonts inside the file are data: addresses, which ask nobody for anything.
    const foreign = requests.filter((url) => !/^(?:file:|data:)/.test(url));
    assert.deepEqual(foreign, []);
    assert.equal(requests.filter((url) => url.startsWith("file:")).length, 1);
  } finally {
    await context.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Number of different colours on each canvas: a blank one has a single colour. */
export function canvasColours(page: Page): Promise<Record<string, number>> {
  return page.evaluate(
    `Object.fromEntries([...document.querySelectorAll("canvas")].map((canvas) => {
    const { width, height } = canvas;
    const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return [canvas.dataset.chart, new Set(new Uint32Array(data.buffer)).size];
  }))`,
  );
}
