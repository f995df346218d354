import assert from "node:assert/strict";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { thesisReport } from "../../study/thesis/report.ts";
import { near, seeded } from "../nas/stats/helpers.ts";

const stamp = () => ({ seconds: 1, created: new Date(0), enaslab: "0.0.0" });
const report = thesisReport(seeded(), stamp);

Deno.test("the report of the thesis fits its schema and survives JSON", () => {
  const read = studyReportSchema.parse(JSON.parse(JSON.stringify(report)));
  assert.deepEqual(read, JSON.parse(JSON.stringify(report)));
});

Deno.test("the report is the same whenever it is made", () => {
  assert.deepEqual(thesisReport(seeded(), stamp), report);
});

Deno.test("figures show what F1 to F4 of the study methods say", () => {
  const [intervals, scatter, power, rate] = report.figures;
  assert.ok(scatter.kind === "scatter" && scatter.groups[0].points.length === 5);
  const widths = scatter.groups[0].points.map(({ xLow, x }) => x - xLow!);
  near(Math.min(...widths), 0.034, 1e-3);
  near(Math.max(...widths), 0.0435, 1e-3);
  assert.ok(intervals.kind === "intervals");
  near(intervals.rows[2].value!, 1.63, 1e-9);
  assert.ok(power.kind === "lines");
  const strong = power.series[2].points.map(({ y }) => y!);
  assert.ok(strong[0] === 0 && strong.at(-1)! > 0.99);
  assert.ok(rate.kind === "lines");
  near(rate.series[0].points[155].y!, 0.0499, 5e-5);
  near(rate.series[0].points[149].y!, 0.0005, 1e-4);
});

Deno.test("cells that the thesis did not run are null", () => {
  assert.deepEqual(report.tables[1].rows.at(-1), ["CIFAR-10", "micro", null, null, null, null]);
  assert.match(report.found[0], /\d+ are undecidable/);
});
