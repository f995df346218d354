/**
 * The architecture that `--arc` names.
 *
 * @module
 */
import {
  type Arc,
  ArcError,
  type ArcReading,
  isSpaceName,
  parseArc,
  readArcFile,
  readingOf,
  type SpaceName,
} from "../nas/space/mod.ts";
import {
  ConfigError,
  parseSearchConfig,
  PRESET_NAMES,
  type SearchConfig,
} from "../nas/config/mod.ts";
import type { RunConfig } from "../nas/run/mod.ts";
import { withoutHash } from "../nas/run/resume.ts";
import { readBoundedText } from "../nas/files/bounded.ts";
import { UsageError } from "./errors.ts";
import { openNamedRun } from "./named_run.ts";
import { findRun } from "./report.ts";
import { callerPath } from "./terminal.ts";

/** An architecture, and how it is read where its file or run says so. */
export interface NamedArc {
  readonly arc: Arc;
  readonly reading?: ArcReading;
  /** The run that it was taken from; null where another version wrote its settings. */
  readonly run?: NamedRun | null;
}

/** A run whose data set, sizes and training are those of a training of its architecture. */
export interface NamedRun {
  readonly preset: string;
  readonly config: SearchConfig;
  /** Folder of its images, where they are its owner's. */
  readonly from?: string;
}

/** The architecture that `--arc` names: in a file, in a run, or written out. */
export function findArc(given: string, space: string | undefined): NamedArc {
  const kind = isSpaceName(space) ? space : undefined;
  if (given.trim() === "") return { arc: parsed(given, kind, "") };
  const path = callerPath(given);
  if (isFile(path)) return fromFile(arcTextOf(path, given), kind, given);
  if (isFolder(findRun(given))) return bestArcOf(given);
  if (/^[\w./\\~-]*[a-zA-Z_/\\][\w./\\~-]*$/.test(given)) {
    throw new UsageError(
      `Expected --arc to be a file, a run or an architecture but found ${JSON.stringify(given)}, ` +
        "which is none; check the path",
    );
  }
  return { arc: parsed(given, kind, "") };
}

/** A file of an architecture may be this large, in bytes. */
export const MAX_ARC_BYTES = 2 ** 20;

function arcTextOf(path: string, given: string): string {
  try {
    return readBoundedText(path, MAX_ARC_BYTES);
  } catch (cause) {
    throw new UsageError(
      `Expected --arc to be a file with an architecture but found ${(cause as Error).message} in ` +
        `${given}; give another file`,
      { cause },
    );
  }
}

/** An arc file knows where its arc came from; any other text is an arc alone. */
function fromFile(text: string, space: SpaceName | undefined, file: string): NamedArc {
  const arc = parsed(text, space, ` in ${file}`);
  try {
    return { arc, reading: readingOf({ ...readArcFile(text, file).provenance }, arc.space) };
  } catch (error) {
    if (!(error instanceof ArcError)) throw error;
    return { arc };
  }
}

function parsed(text: string, space: SpaceName | undefined, place: string): Arc {
  try {
    return parseArc(text, space);
  } catch (error) {
    if (!(error instanceof ArcError)) throw error;
    throw new UsageError(`${error.message} (--arc${place})`, { cause: error });
  }
}

function bestArcOf(run: string): NamedArc {
  const { events, config } = openNamedRun("--arc", run);
  const chosen = events.findLast((event) => event.type === "best_arc" || event.type === "trained");
  if (chosen === undefined || !("arc" in chosen)) {
    throw new UsageError(
      `Expected --arc to name a run that chose an architecture but found ${config.run}, which ended ` +
        "before; take an architecture of its arcs.csv",
    );
  }
  // A number of integers may fit both spaces; the settings of any version name theirs.
  const { space, child } = config.hyperparameters as { space?: unknown; child?: unknown };
  const kind = isSpaceName(space) ? space : undefined;
  const arc = parseArc(chosen.arc, kind);
  const reading = readingOf((child ?? {}) as Record<string, unknown>, arc.space);
  return { arc, reading, run: runOf(config) };
}

/** What a training takes from a run; null where another version wrote its settings. */
function runOf({ preset, hyperparameters, dataset: { source } }: RunConfig): NamedRun | null {
  if (!PRESET_NAMES.some((name) => name === preset)) return null;
  try {
    const config = parseSearchConfig(hyperparameters);
    const from = source === undefined ? {} : { from: withoutHash(source) };
    return { preset, config, ...from };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return null;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
