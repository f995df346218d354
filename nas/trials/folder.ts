/**
 * The folder of a study: settings and rule before the first trial, trials, and what came out.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isDiskFull, writeFileAtomic } from "../files/atomic.ts";
import { sha256 } from "../files/digest.ts";
import { StoreError } from "../run/errors.ts";
import { type FinishedTrial, StudyError } from "./queue.ts";

/** What a study is committed to before its first trial. */
export interface StudyProtocol {
  readonly study: string;
  /** Everything that decides what the study does; JSON. */
  readonly settings: object;
  /** The rule by which claims will be judged, in words. */
  readonly rule: string;
}

const fileSchema = z.object({
  version: z.literal(1),
  study: z.string(),
  settings: z.record(z.string(), z.unknown()),
  rule: z.string(),
  /** ISO 8601, UTC. */
  created: z.string(),
});

/** A study's folder. */
export class StudyFolder {
  /** @param path The folder. */
  constructor(readonly path: string) {}

  /** File of the trials. */
  get trials(): string {
    return join(this.path, "trials.sqlite");
  }

  /** File of the finished trials as lines of JSON, for other programs and for the record. */
  get log(): string {
    return join(this.path, "trials.jsonl");
  }

  /** File of settings and rule. */
  get protocol(): string {
    return join(this.path, "protocol.json");
  }

  /** Whether a study was begun here. */
  get begun(): boolean {
    return existsSync(this.protocol);
  }

  /**
   * Begins a study here, or goes on with the one that was begun with the same settings.
   *
   * @returns What it was committed to before the first trial, and its SHA-256.
   * @throws {StudyError} Where another study, or one with other settings, was begun here.
   * Also where the folder cannot be written, or what it holds cannot be read.
   * @throws {StoreError} Where the disk is full.
   */
  begin({ study, settings, rule }: StudyProtocol, created: Date): Commitment {
    if (this.begun) {
      const found = this.read();
      const same = JSON.stringify(found.settings) === JSON.stringify(settings);
      if (found.study === study && same) return commitment(found);
      const what = found.study === study
        ? `one with other settings (${differences(settings, found.settings)})`
        : `the study ${found.study}`;
      throw new StudyError(
        `Expected ${this.path} to be new, or to hold ${study} with these settings, but found ` +
          `${what}; give the settings of that one to go on with it, or another folder with --out`,
      );
    }
    try {
      mkdirSync(this.path, { recursive: true });
      const contents = { version: 1, study, settings, rule, created: created.toISOString() };
      writeFileAtomic(this.protocol, `${JSON.stringify(contents, null, 2)}\n`);
    } catch (cause) {
      const found = `Expected to write ${this.path} but found ${(cause as Error).message}`;
      if (isDiskFull(cause)) {
        throw new StoreError(`${found}; make room and try again`, this.path, { cause });
      }
      throw new StudyError(`${found}; choose another folder with --out`, { cause });
    }
    return commitment({ study, settings, rule });
  }

  /** Writes {@link StudyFolder.log}: id, kind, result, seconds and attempts of each trial, by id. */
  writeLog(finished: readonly FinishedTrial[]): void {
    const lines = finished.toSorted((a, b) => a.trial.id < b.trial.id ? -1 : 1)
      .map(({ trial: { id, kind }, result, seconds, attempts }) =>
        `${JSON.stringify({ id, kind, seconds, attempts, result })}\n`
      );
    writeFileAtomic(this.log, lines.join(""));
  }

  /**
   * Settings and rule of the study that was begun here.
   *
   * @throws {StudyError} Where there is none, or it cannot be read.
   */
  read(): StudyProtocol {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.protocol, "utf8")));
    } catch (cause) {
      const found = existsSync(this.protocol) ? "something else" : "none";
      throw new StudyError(
        `Expected the settings of a study in ${this.protocol} but found ${found}; give the folder ` +
          "of a study, or begin one",
        { cause },
      );
    }
  }
}

/** Text and hash of what a study is committed to. */
export interface Commitment {
  readonly text: string;
  /** SHA-256 of the text's UTF-8, in lower-case hexadecimal. */
  readonly hash: string;
}

function commitment({ study, settings, rule }: StudyProtocol): Commitment {
  const text = `${rule}\nStudy ${study} with the settings ${JSON.stringify(settings)}`;
  return { text, hash: sha256(text) };
}

/** The settings in which a study that was begun differs from the one that is wanted, with both values. */
function differences(wanted: object, begun: object): string {
  const [now, before] = [leavesOf(wanted), leavesOf(begun)];
  return [...new Set([...now.keys(), ...before.keys()])]
    .filter((path) => now.get(path) !== before.get(path))
    .map((path) => `${path} ${before.get(path) ?? "none"} instead of ${now.get(path) ?? "none"}`)
    .join(", ");
}

/** Plain values by their path, as JSON. */
function leavesOf(value: object, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([name, part]) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? [...leavesOf(part, `${prefix}${name}.`)]
        : [[`${prefix}${name}`, JSON.stringify(part)] as [string, string]]
    ),
  );
}
