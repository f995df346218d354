import assert from "node:assert/strict";
import { join } from "node:path";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { assertRefused, cli, scratch } from "./helpers.ts";

Deno.test("study thesis judges the tables, prints JSON and writes the report", async () => {
  const { code, stdout, stderr } = await cli(["study", "thesis", "--json"]);
  assert.equal(code, 0, stderr);
  const { study, claims, report } = JSON.parse(stdout);
  assert.equal(study, "thesis");
  assert.ok(claims.length >= 12);
  const estimator = claims.find(({ id }: { id: string }) => id === "T3.estimator");
  assert.equal(estimator.verdict, "undecidable");
  assert.equal(estimator.p.toFixed(2), "0.82");
  assert.equal(report, join(scratch, "studies/thesis/report.html"));
  assert.match(await Deno.readTextFile(report), /How sure: claims and verdicts/);
  const written = JSON.parse(await Deno.readTextFile(join(scratch, "studies/thesis/study.json")));
  studyReportSchema.parse(written);
  const plain = await cli(["study", "thesis", "--no-report"]);
  assert.match(plain.stdout, /undecidable +T3\.estimator/);
});

Deno.test("study report draws page and pictures from study.json alone", async () => {
  const { code, stderr } = await cli(["study", "thesis", "--no-report", "--out", "old"]);
  assert.equal(code, 0, stderr);
  const drawn = await cli(["study", "report", "old", "--pictures", "old/pictures"]);
  assert.equal(drawn.code, 0, drawn.stderr);
  assert.equal(drawn.stdout.trim(), "old/report.html");
  assert.match(drawn.stderr, /5 pictures lie in old\/pictures/);
  assert.match(await Deno.readTextFile(join(scratch, "old/report.html")), /<\/html>\s*$/);
  const names = [...Deno.readDirSync(join(scratch, "old/pictures"))].map(({ name }) => name).sort();
  assert.deepEqual(names, [
    "figure-18-ranks.png",
    "figure-18.png",
    "first-against-last.png",
    "learning-rate.png",
    "power.png",
  ]);
});

Deno.test("study report says what is wrong with a study.json", async () => {
  const folder = join(scratch, "damaged");
  await Deno.mkdir(folder);
  const write = (text: string) => Deno.writeTextFile(join(folder, "study.json"), text);
  assertRefused(await cli(["study", "report", "damaged"]), 2, /found no such file/);
  await write("{");
  assertRefused(await cli(["study", "report", "damaged"]), 2, /no JSON/);
  await write(`{"version":2}`);
  assertRefused(await cli(["study", "report", "damaged"]), 2, /found version 2 of the layout/);
  await write(`{"version":1,"study":7}`);
  assertRefused(await cli(["study", "report", "damaged"]), 2, /found at study /);
});

Deno.test("a study that does not exist, and a folder that cannot be written, are said", async () => {
  assertRefused(await cli(["study", "nothing"]), 2, /nothing/);
  await Deno.writeTextFile(join(scratch, "file"), "");
  const refused = await cli(["study", "thesis", "--out", "file/x"]);
  assertRefused(refused, 2, /choose another one with --out/);
});
