/**
 * The command `study`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../engine/random.ts";
import type { JudgedClaim } from "../nas/stats/mod.ts";
import type { StudyReport } from "../nas/stats/study_report.ts";
import { writeFileAtomic } from "../nas/store/atomic.ts";
import { StoreError } from "../nas/store/mod.ts";
import { ENASLAB_VERSION } from "../nas/store/versions.ts";
import { thesisReport } from "../nas/study/thesis_report.ts";
import { renderStudyReport } from "../reports/mod.ts";
import { shortPath } from "./report.ts";
import { callerPath, onStdout, print, printJson, type Style } from "./terminal.ts";

/** The command `study`, with one command a study. */
export function studyCommand(): Command {
  const command = new Command("study")
    .summary("ask the thesis's questions, with the statistics they need")
    .description("Runs a study and ends in a report with a verdict on every claim.");
  command.addCommand(thesisCommand());
  return command as unknown as Command;
}

function thesisCommand(): Command {
  const command = new Command("thesis")
    .summary("judge the thesis's claims by its own tables; trains nothing, takes seconds")
    .option("--out <FOLDER>", "folder for study.json and report.html", "studies/thesis")
    .option("--no-report", "leave out report.html")
    .option("--json", "print the result as JSON on stdout")
    .action(async ({ out, report, json }) => {
      const started = performance.now();
      const random = new Random(1);
      const study = thesisReport(() => random.uniform(), () => ({
        seconds: (performance.now() - started) / 1000,
        created: new Date(),
        enaslab: ENASLAB_VERSION,
      }));
      const path = await writeStudy(study, callerPath(out), report);
      if (json) printStudyJson(study, path);
      else printStudy(study, path);
    });
  return command as unknown as Command;
}

/** Writes `study.json` and the report into a folder; returns the report's path, or null. */
async function writeStudy(
  study: StudyReport,
  folder: string,
  withReport: boolean,
): Promise<string | null> {
  const path = withReport ? join(folder, "report.html") : null;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(join(folder, "study.json"), `${JSON.stringify(study, null, 2)}\n`);
    if (path !== null) writeFileAtomic(path, await renderStudyReport(study));
    return path;
  } catch (cause) {
    const found = (cause as Error).message;
    const message = `Expected to write ${folder} but found ${found}; choose another one with --out`;
    throw new StoreError(message, folder, { cause });
  }
}

const VERDICT_STYLES: Readonly<Record<JudgedClaim["verdict"], Style>> = {
  supported: "green",
  contradicted: "red",
  undecidable: "yellow",
};

function printStudy({ title, claims, found }: StudyReport, path: string | null): void {
  print(onStdout("bold", title));
  print();
  const width = Math.max(...claims.map(({ id }) => id.length));
  for (const claim of claims) {
    const verdict = onStdout(VERDICT_STYLES[claim.verdict], claim.verdict.padEnd(12));
    print(`${verdict}  ${claim.id.padEnd(width)}  ${claim.question}`);
    print(`${" ".repeat(14)}${onStdout("gray", figures(claim))}`);
  }
  print();
  for (const paragraph of found) print(paragraph);
  if (path !== null) print(`${onStdout("gray", "report  ")}${shortPath(path)}`);
}

/** One line of numbers behind a verdict. */
function figures(claim: JudgedClaim): string {
  const { value, ci, level, p, smallestP, n, unit, power, nToDecide, verdict } = claim;
  if (value === null) return claim.remark;
  const parts = [value.toFixed(2)];
  if (ci !== null && ci[0] !== ci[1]) {
    parts.push(
      `${(100 * level!).toFixed(1)} % interval ${ci[0].toFixed(2)} to ${ci[1].toFixed(2)}`,
    );
  }
  if (p !== null) parts.push(`p ${p < 0.001 ? "< 0.001" : p.toFixed(3)}`);
  if (smallestP !== null) parts.push(`at least ${smallestP.toFixed(3)}`);
  parts.push(`${n} ${unit}`);
  if (power !== null) parts.push(`power ${(100 * power).toFixed(0)} %`);
  if (nToDecide !== null && verdict === "undecidable") parts.push(`${nToDecide} would decide`);
  return parts.join(" · ");
}

function printStudyJson(
  { study, scale, claims, cost }: StudyReport,
  report: string | null,
): void {
  printJson({
    study,
    scale: scale.label,
    claims: claims.map((claim) => ({
      id: claim.id,
      quote: claim.quote,
      statistic: claim.statistic,
      value: claim.value,
      ci: claim.ci,
      p: claim.p,
      smallestP: claim.smallestP,
      n: claim.n,
      power: claim.power,
      verdict: claim.verdict,
      nToDecide: claim.nToDecide,
    })),
    report,
    seconds: cost.seconds,
  });
}
