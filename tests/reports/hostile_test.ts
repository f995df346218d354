/**
 * Reports of a run folder whose every text means harm, as the store reads it, in a browser.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { formatArc, parseArc } from "../../nas/space/mod.ts";
import { parseConfig } from "../../nas/run/config_schema.ts";
import { parseEvents } from "../../nas/run/event_schema.ts";
import { parseProfile } from "../../nas/run/profile_schema.ts";
import { toCsv } from "../../reports/format.ts";
import { drawArcSvg, renderReport, renderStudyReport, type RunLog } from "../../reports/mod.ts";
import { withPage } from "./browser.ts";
import { makeRun } from "./fixture.ts";
import { makeProfile } from "./fixture_profile.ts";
import { makeStudy } from "./study_fixture.ts";

/** Runs where a text becomes an element, an attribute, a script, an address or a comment. */
const EVIL =
  `"'><img src=x onerror="canary=1"><script>canary=1</script></script><svg onload=canary=1>` +
  `<!--<script>{{canary=1}}\${canary=1}javascript:canary=1 https://example.org/x \u2028`;

/** `value` with each text in it replaced; numbers and what the schema fixes stay. */
function poisoned<T>(value: T, keep: (key: string, text: string) => boolean): T {
  const text = JSON.stringify(
    value,
    (key, inner) => typeof inner === "string" && !keep(key, inner) ? EVIL : inner,
  );
  return JSON.parse(text);
}

/** What the schema of a run fixes: types, names of modes, dates, and the arc that is drawn. */
const FIXED = [
  "type",
  "command",
  "created",
  "time",
  "batchNorm",
  "status",
  "graph",
  "schemaVersion",
  "kind",
  "cell",
];

/** A run as the store reads it; names without line separators, which the store refuses. */
function hostileRun(options: Parameters<typeof makeRun>[0], arcs: boolean): RunLog {
  const { config, events } = makeRun({ epochs: 1, stepsPerEpoch: 3, trainEpochs: 2, ...options });
  // The evaluator's name decides what is drawn.
  const keep = (key: string, text: string) =>
    FIXED.includes(key) || (key === "arc" && !arcs) || key === "space" || text === "shared-weights";
  const settings = {
    ...config,
    hyperparameters: { ...config.hyperparameters, [EVIL]: { [EVIL]: 1 } },
  };
  const named = JSON.stringify(poisoned(settings, keep)).replaceAll("\\u2028", "").replaceAll(
    "\u2028",
    "",
  );
  const last = { type: "run_finished", status: "failed", message: EVIL, seconds: 9 };
  const lines = [...poisoned(events.slice(0, -1), keep), last].map((event) =>
    `${JSON.stringify(event)}\n`
  );
  return {
    config: parseConfig(named, "config.json"),
    events: parseEvents(lines.join(""), "events.jsonl").events,
    path: EVIL,
    profile: parseProfile(JSON.stringify(poisoned(makeProfile(), () => false)), "profile.json"),
  };
}

/** Nothing of a stranger ran, and nothing of his became an element. */
async function assertInert(page: Page): Promise<void> {
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(`typeof canary`), "undefined");
  assert.equal(await page.locator("img, iframe, object, embed, base, form").count(), 0);
  assert.equal(await page.locator("script").count(), 3);
  const handlers = `[...document.querySelectorAll("*")].flatMap((element) =>
    [...element.attributes].map(({ name }) => name).filter((name) => name.startsWith("on")))`;
  assert.deepEqual(await page.evaluate(handlers), []);
  const addresses = `[...document.querySelectorAll("[href], [src], [action]")].map((element) =>
    element.getAttribute("href") ?? element.getAttribute("src")).filter((href) => !/^data:(text\\/csv|,)|^#[\\w.-]+$/.test(href))`;
  assert.deepEqual(await page.evaluate(addresses), []);
}

Deno.test("a run folder full of hostile texts is reported as text", async () => {
  const runs = [hostileRun({}, false), hostileRun({ space: "micro" }, false), hostileRun({}, true)];
  await withPage(await renderReport(runs), {}, async (page) => {
    await assertInert(page);
    assert.ok((await page.textContent("body"))!.includes("<script>canary=1</script>"));
  });
});

for (const space of ["macro", "micro"] as const) {
  Deno.test(`the drawings of a ${space} search are made of text, however hostile`, async () => {
    await withPage(await renderReport([hostileRun({ space }, false)]), {}, async (page) => {
      await page.locator("details.how > summary").click();
      await assertInert(page);
      assert.ok((await page.textContent("#how"))!.includes("<script>canary=1</script>"));
      assert.ok(await page.locator("#how svg.drawn:visible").count() >= 6);
    });
  });
}

Deno.test("a study full of hostile texts is reported as text", async () => {
  const fixed = ["kind", "side", "verdict", "direction", "tone", "from", "to"];
  // A diagram whose boxes share an id is none.
  const keep = (key: string, text: string) =>
    fixed.includes(key) || (key === "id" && text.length === 1);
  const study = poisoned(makeStudy(), keep);
  await withPage(await renderStudyReport(study), {}, assertInert);
});

Deno.test("the policy of a page lets no other script run, though somebody got one in", async () => {
  const html = (await renderReport([makeRun({ epochs: 1 })]))
    .replace("</main>", `<img src="data:," onerror="canary=1"><script>canary=1</script></main>`);
  // The browser complains about each, which the helper takes for an error; here it is the point.
  await assert.rejects(
    () =>
      withPage(html, {}, async (page) => {
        await page.waitForTimeout(200);
        assert.equal(await page.evaluate(`typeof canary`), "undefined");
      }),
    /Content Security Policy/,
  );
});

Deno.test("a data set named like a method of objects is reported under its name", async () => {
  const run = makeRun({ epochs: 1 });
  for (const name of ["constructor", "__proto__"]) {
    const config = { ...run.config, dataset: { ...run.config.dataset, name } };
    assert.ok((await renderReport([{ ...run, config }])).includes(`<li>Data: ${name}</li>`));
  }
});

Deno.test("a drawing holds numbers alone: no text of a run comes into it", async () => {
  const arc = parseArc("0 1 0 5 1 1");
  const hostile = { shape: [EVIL, EVIL, EVIL], classes: EVIL } as unknown as { classes: number };
  for (const drawn of [arc, parseArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2")]) {
    const svg = await drawArcSvg(drawn, { ...hostile, layers: 2 });
    assert.doesNotMatch(
      svg,
      /<script|<img|onload|onerror|javascript:|example\.org/,
      formatArc(drawn),
    );
  }
});

Deno.test("a cell that a spreadsheet would run begins with an apostrophe; numbers stay numbers", () => {
  const texts = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '="x"', "-", "a=1", "0 1"];
  const rows = texts.map((text) => [text]);
  assert.equal(
    toCsv(["=c"], [...rows, [-1.5], [2e-9], ["-1.5"], ["+1e3"], [null]]),
    [
      ...[
        "'=c",
        "'=1+1",
        "'+1+1",
        "'-1+1",
        "'@SUM(A1)",
        "'\t=1",
        `"'\r=1"`,
        `"'=""x"""`,
        "'-",
        "a=1",
      ],
      ...["0 1", "-1.5", "2e-9", "-1.5", "+1e3", "", ""],
    ].join("\r\n"),
  );
});
