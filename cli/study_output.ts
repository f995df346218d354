/**
 * What a study came to, as files and as text.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { JudgedClaim } from "../nas/stats/mod.ts";
import type { StudyReport } from "../nas/stats/study_report.ts";
import { writeFileAtomic } from "../nas/files/atomic.ts";
import { countedOf, fixedNumber, grouped } from "../nas/text/words.ts";
import { writing } from "./errors.ts";
import { renderStudyReport } from "../reports/mod.ts";
import { onStdout, print, printJson, shortPath, type Style } from "./terminal.ts";

/** Writes `study.json` and the report into a folder; returns the report's path, or null. */
export async function writeStudy(
  study: StudyReport,
  folder: string,
  withReport: boolean,
): Promise<string | null> {
  const path = withReport ? join(folder, "report.html") : null;
  const write = (body: () => void) => writing(folder, "choose another one with --out", body);
  write(() => {
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(join(folder, "study.json"), `${JSON.stringify(study, null, 2)}\n`);
  });
  if (path === null) return null;
  const html = await renderStudyReport(study);
  write(() => writeFileAtomic(path, html));
  return path;
}

const VERDICT_STYLES: Readonly<Record<JudgedClaim["verdict"], Style>> = {
  supported: "green",
  contradicted: "red",
  undecidable: "yellow",
};

/** Prints every claim with its verdict, and what was found. */
export function printStudy({ title, claims, found }: StudyReport, path: string | null): void {
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
  const parts = [fixedNumber(value, 2)];
  if (ci !== null && ci[0] !== ci[1]) {
    parts.push(
      `${(100 * level!).toFixed(1)} % interval ${fixedNumber(ci[0], 2)} to ${
        fixedNumber(ci[1], 2)
      }`,
    );
  }
  if (p !== null) parts.push(`p ${p < 0.001 ? "< 0.001" : p.toFixed(3)}`);
  if (smallestP !== null) parts.push(`at least ${smallestP.toFixed(3)}`);
  parts.push(countedOf(n, unit));
  if (power !== null) parts.push(`power ${(100 * power).toFixed(0)} %`);
  if (nToDecide !== null && verdict === "undecidable") {
    parts.push(`${grouped(nToDecide)} would decide`);
  }
  return parts.join(" · ");
}

/** Prints the result as one JSON object. */
export function printStudyJson(
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
