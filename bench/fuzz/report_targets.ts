/**
 * Reports of whatever a run folder may hold, and text on its way to a terminal or a spreadsheet.
 *
 * @module
 */
import fc from "fast-check";
import { terminalText } from "../../cli/terminal.ts";
import { StoreError } from "../../nas/run/errors.ts";
import { parseConfig } from "../../nas/run/config_schema.ts";
import { parseEvents } from "../../nas/run/event_schema.ts";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { drawings } from "../../reports/arc_view.ts";
import { comparisonTable } from "../../reports/comparison.ts";
import { explanation } from "../../reports/explanation.ts";
import { escapeHtml, scriptJson, toCsv } from "../../reports/format.ts";
import { titleBlock } from "../../reports/headline.ts";
import { headlineBox } from "../../reports/results.ts";
import { searchFigures } from "../../reports/search_figures.ts";
import { settingsTable } from "../../reports/settings_table.ts";
import { claimsSection } from "../../reports/study_claims.ts";
import { studyFigure } from "../../reports/study_figures/mod.ts";
import { summariseRuns } from "../../reports/summary.ts";
import { arcsTable } from "../../reports/tables.ts";
import { trainingFigures } from "../../reports/training_figures.ts";
import { makeRun, makeTrainRun } from "../../tests/reports/fixture.ts";
import { makeStudy } from "../../tests/reports/study_fixture.ts";
import { bytesOf, textOf } from "./files.ts";
import { type FuzzTarget, promise } from "./target.ts";

/** A configuration and a log in one input. */
const SEPARATOR = "\n\n";

const small = { epochs: 1, stepsPerEpoch: 2, trainEpochs: 1 };
const runs = [makeRun(small), makeRun({ ...small, space: "micro" }), makeTrainRun(small)]
  .map(({ config, events }) =>
    JSON.stringify(config) + SEPARATOR +
    events.map((event) => `${JSON.stringify(event)}\n`).join("")
  );

/** Whether HTML has elements or attributes that no part of a page has. */
function isForeign(html: string): boolean {
  const bare = html.replaceAll(/"[^"]*"/g, '""');
  return /<(?:img|iframe|object|embed|base|form|script)\b|<[^<>]*\son\w+=/i.test(bare);
}

const report: FuzzTarget = {
  name: "report",
  property: "Whatever the store accepts is reported, without an error",
  samples: runs.map(bytesOf),
  errors: [StoreError],
  json: true,
  weight: 0.3,
  async read(bytes) {
    const text = textOf(bytes);
    const at = text.indexOf(SEPARATOR);
    const config = parseConfig(text.slice(0, Math.max(at, 0)), "config.json");
    const { events } = parseEvents(text.slice(at + SEPARATOR.length), "events.jsonl");
    if (events.length === 0) return;
    const summaries = summariseRuns([{ config, events, path: "runs/x" }]);
    const parts = [
      ...[titleBlock, headlineBox, comparisonTable, explanation, arcsTable, settingsTable]
        .map((part) => part(summaries)),
      await drawings(summaries),
    ];
    promise(!isForeign(parts.join("")), "an element of a stranger");
    for (const { table } of [...searchFigures(summaries), ...trainingFigures(summaries)]) {
      toCsv(table.columns, table.rows);
    }
  },
};

const study: FuzzTarget = {
  name: "study.json",
  property: "A study is refused, or its claims and figures are drawn without an error",
  samples: [bytesOf(JSON.stringify(makeStudy()))],
  errors: [SyntaxError],
  json: true,
  weight: 0.5,
  async read(bytes) {
    const { success, data } = studyReportSchema.safeParse(JSON.parse(textOf(bytes)));
    if (!success) return;
    promise(!isForeign(claimsSection(data)), "an element of a stranger");
    for (const { table } of await Promise.all(data.figures.map((one) => studyFigure(one, "")))) {
      toCsv(table.columns, table.rows);
    }
  },
};

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    ...["\x1b[2J", "\r", "\x9b31m", "\u202e", "\u200b", "\ufeff", "\u{e0041}", "</script>", "=1+1"],
    ...["-1", "-1+2", "@x", "\t=1", "<!--", "\u2028", '"><img src=x onerror=alert(1)>', "'"],
  ),
);

const text: FuzzTarget = {
  name: "hostile text",
  property: "Text is inert in a terminal, in HTML, in a script's JSON and in a spreadsheet",
  samples: [bytesOf("plain")],
  errors: [],
  inputs: fc.array(hostile, { maxLength: 4 }).map((parts) => bytesOf(parts.join(""))),
  read(bytes) {
    const given = textOf(bytes);
    const shown = terminalText(given);
    promise(!/[^\P{C}\n\t\p{Co}\p{Cn}\p{Cs}]/u.test(shown), `control characters on the terminal`);
    promise(JSON.parse(terminalText(JSON.stringify(given))) === given, "other JSON");
    promise(!/[<>"']/.test(escapeHtml(given)), "markup in HTML");
    const json = scriptJson(given);
    promise(!json.includes("<") && JSON.parse(json) === given, "markup in a script");
    const csv = toCsv(["a"], [[given]]).slice(3, -2);
    const begins = csv.replace(/^"/, "");
    promise(!/^[=@\t\r]/.test(begins), "a formula in a cell");
    promise(!/^[+-]/.test(begins) || Number.isFinite(Number(begins)), "a formula in a cell");
  },
};

/** Targets of reports/ and of what the command line prints. */
export const REPORT_TARGETS: readonly FuzzTarget[] = [report, study, text];
