/**
 * The page of a study, drawn from its `study.json` alone.
 *
 * @module
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  STUDY_REPORT_VERSION,
  type StudyReport,
  studyReportSchema,
} from "../nas/stats/study_report.ts";
import { writeFileAtomic } from "../nas/files/atomic.ts";
import { readBoundedText } from "../nas/files/bounded.ts";
import { StoreError } from "../nas/run/mod.ts";
import { renderStudyReport, studyPictures } from "../reports/mod.ts";
import { askedFor, writing } from "./errors.ts";
import { note, shortPath } from "./terminal.ts";

/** Largest `study.json` that is read; those of the largest studies are a hundredth of it. */
const MOST_BYTES = 256 * 2 ** 20;

/** Whether a folder is that of a study that ran. */
export function isStudy(folder: string): boolean {
  return existsSync(join(folder, "study.json")) && !existsSync(join(folder, "config.json"));
}

/**
 * Draws the page of the study in `folder`.
 *
 * @param places Absolute paths: `out` of the page, by default `report.html` in the folder; `pictures` of a
 * folder that also gets every figure as a PNG file
 * @returns where the page lies
 */
export async function drawStudy(
  folder: string,
  { out = join(folder, "report.html"), pictures }: {
    readonly out?: string;
    readonly pictures?: string;
  } = {},
): Promise<string> {
  const study = await askedFor(() => readStudyReport(join(folder, "study.json")));
  const html = await renderStudyReport(study);
  writing(out, "copy the folder elsewhere", () => writeFileAtomic(out, html));
  if (pictures !== undefined) await writePictures(pictures, study);
  return out;
}

/**
 * Reads and checks a `study.json`.
 *
 * @throws {StoreError} Where there is none, it is damaged, or another version wrote it.
 */
export function readStudyReport(path: string): StudyReport {
  const fail = (found: string, cause?: unknown): never => {
    throw new StoreError(
      `Expected what a study came to in ${path} but found ${found}; give the folder of a study that ran`,
      path,
      { cause },
    );
  };
  let text = "";
  try {
    text = readBoundedText(path, MOST_BYTES);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) fail("no such file", cause);
    fail((cause as Error).message, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    fail("text that is no JSON", cause);
  }
  const { success, data, error } = studyReportSchema.safeParse(value);
  if (success) return data;
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version !== STUDY_REPORT_VERSION) {
    fail(`version ${version} of the layout, where this program reads ${STUDY_REPORT_VERSION}`);
  }
  const [{ path: place, message }] = error.issues;
  return fail(`at ${place.join(".") || "the top"} ${message.toLowerCase()}`, error);
}

async function writePictures(folder: string, study: StudyReport): Promise<void> {
  const advice = "choose another folder with --pictures";
  writing(folder, advice, () => mkdirSync(folder, { recursive: true }));
  let count = 0;
  for await (const { file, png } of studyPictures(study)) {
    const path = join(folder, file);
    writing(path, advice, () => writeFileAtomic(path, png));
    count++;
  }
  note(`${count} pictures lie in ${shortPath(folder)}`);
}
