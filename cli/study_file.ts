/**
 * Reading what a study came to.
 *
 * @module
 */
import { join } from "node:path";
import { type StudyReport, studyReportSchema } from "../nas/stats/study_report.ts";
import { readBoundedText } from "../nas/store/bounded.ts";
import { describeIssue } from "../nas/store/mod.ts";
import { UsageError } from "./errors.ts";

/** Most bytes that are read; the studies so far have less than one MiB. */
const LIMIT = 64 * 2 ** 20;

/**
 * Reads the `study.json` of a folder.
 *
 * @param folder absolute path
 * @returns its contents, or null where the folder has no such file
 * @throws {UsageError} When the file cannot be read, or holds no study.
 */
export function readStudy(folder: string): StudyReport | null {
  const path = join(folder, "study.json");
  let value: unknown;
  try {
    value = JSON.parse(readBoundedText(path, LIMIT));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      return null;
    }
    const message = `Expected a study in ${path} but found ${(cause as Error).message}; ` +
      "run the study again with --so-far";
    throw new UsageError(message, { cause });
  }
  const { success, data, error } = studyReportSchema.safeParse(value);
  if (success) return data;
  throw new UsageError(
    `Expected a study in ${path} but found ${
      describeIssue(error)
    }; run the study again with --so-far`,
    { cause: error },
  );
}
