import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Random } from "../../engine/random.ts";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { STUDIES } from "../../study/mod.ts";
import { studySettingsSchema } from "../../study/study.ts";
import { Results } from "../../nas/trials/results.ts";
import { StudyFolder } from "../../nas/trials/folder.ts";
import type { FinishedTrial } from "../../nas/trials/queue.ts";

const FOLDER = new URL("../../docs/results/", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("../results.md", FOLDER));

/** A number as the page's tables write it. */
function written(value: number | null): string {
  return value === null ? "–" : value.toFixed(2).replace("-", "−").replace(/^−(0\.00)$/, "$1");
}

for (const { name } of Deno.readDirSync(FOLDER)) {
  const path = fileURLToPath(new URL(`${name}/`, FOLDER));

  Deno.test(`the published results of ${name} follow from its trials, and the page says them`, async () => {
    const report = studyReportSchema.parse(
      JSON.parse(await Deno.readTextFile(`${path}study.json`)),
    );
    const protocol = new StudyFolder(path).read();
    const settings = studySettingsSchema.parse(protocol.settings);
    const study = STUDIES.find((known) => known.name === protocol.study)!;
    const lines = (await Deno.readTextFile(`${path}trials.jsonl`)).trim().split("\n");
    const finished = lines.map((line): FinishedTrial => {
      const { id, kind, result, seconds, attempts } = JSON.parse(line);
      return { trial: { id, kind, input: null }, result, seconds, attempts };
    });
    assert.equal(report.cost.trials, finished.length);
    const random = new Random(1);
    const { claims } = study.analyse(settings, new Results(finished), () => random.uniform());
    assert.deepEqual(JSON.parse(JSON.stringify(claims)), report.claims);
    assert.ok(PAGE.includes(report.command!), report.command);
    const rows = PAGE.split("\n").map((line) =>
      line.split("|").map((cell) => cell.trim()).slice(1, -1).join(" | ")
    );
    for (const { id, question, verdict, value, ci, n, unit } of claims) {
      const interval = ci === null ? "–" : `${written(ci[0])} to ${written(ci[1])}`;
      const row = [`\`${id}\``, question, verdict, written(value), interval, `${n} ${unit}`.trim()];
      assert.ok(rows.includes(row.join(" | ")), `docs/results.md has no row ${row.join(" | ")}`);
    }
  });
}
