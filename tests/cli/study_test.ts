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
  assertRefused(await cli(["study", "report", "damaged"]), 1, /found no such file/);
  await write("{");
  assertRefused(await cli(["study", "report", "damaged"]), 1, /no JSON/);
  await write(`{"version":2}`);
  assertRefused(await cli(["study", "report", "damaged"]), 1, /found version 2 of the layout/);
  await write(`{"version":1,"study":7}`);
  assertRefused(await cli(["study", "report", "damaged"]), 1, /found at study /);
});

Deno.test("a study that does not exist, and a folder that cannot be written, are said", async () => {
  assertRefused(await cli(["study", "nothing"]), 2, /nothing/);
  await Deno.writeTextFile(join(scratch, "file"), "");
  const refused = await cli(["study", "thesis", "--out", "file/x"]);
  assertRefused(refused, 1, /choose another one with --out/);
});

Deno.test("report makes the page of a study again, from study.json alone, and its pictures", async () => {
  const made = await cli(["study", "thesis", "--out", "again"]);
  assert.equal(made.code, 0, made.stderr);
  const [page, study] = ["report.html", "study.json"].map((file) => join(scratch, "again", file));
  const before = await Deno.readTextFile(page);
  await Deno.remove(page);
  const { code, stdout, stderr } = await cli(["report", "again", "--pictures", "pictures"]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${join("again", "report.html")}\n`);
  assert.equal(await Deno.readTextFile(page), before);
  const { figures } = studyReportSchema.parse(JSON.parse(await Deno.readTextFile(study)));
  const files = [...Deno.readDirSync(join(scratch, "pictures"))].map(({ name }) => name);
  assert.equal(files.length, figures.length);
  assert.match(stderr, new RegExp(`${figures.length} pictures lie in pictures`));
  assertRefused(await cli(["report", "again", "--pictures", "file/x"]), 1, /place with --pictures/);
  await Deno.writeTextFile(study, "{}");
  assertRefused(await cli(["report", "again"]), 2, /a study in .*study\.json but found version/);
});
