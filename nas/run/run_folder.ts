/**
 * The folder of a run: `config.json`, `events.jsonl`, `arcs.csv`, `checkpoints/`, `report.html`.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { writeAdvice, writeFileAtomic } from "../files/atomic.ts";
import { readBoundedText } from "../files/bounded.ts";
import { StoreError } from "./errors.ts";
import { readEvents } from "./event_log.ts";
import { parseConfig, runConfigSchema } from "./config_schema.ts";
import type { ArcScored, RunConfig, RunEvent } from "./events.ts";

/** A `config.json` may be this large, in bytes. */
const MAX_CONFIG_BYTES = 2 ** 24;

/** Parts of an automatic name. */
export interface RunNameParts {
  /** Data set. */
  readonly dataset: string;
  /** Search space. */
  readonly space: string;
  /** Sampler, or what the run does when it samples nothing (`train`). */
  readonly sampler: string;
  /** Seed. */
  readonly seed: number;
  /** When the run began. */
  readonly time: Date;
}

/** Paths of the parts of one run. */
export interface RunFolder {
  /** Name of the folder. */
  readonly name: string;
  /** Absolute path of the folder. */
  readonly path: string;
  /** Absolute path of the folder that it lies in. */
  readonly root: string;
  /** `config.json`. */
  readonly config: string;
  /** `events.jsonl`. */
  readonly events: string;
  /** `arcs.csv`. */
  readonly arcs: string;
  /** `report.html`. */
  readonly report: string;
  /** `predictions.json`; only where a network was trained from scratch to its end. */
  readonly predictions: string;
  /** `profile.json`; only where the run was profiled. */
  readonly profile: string;
  /** `trace.json`; only where the run was profiled. */
  readonly trace: string;
  /** `checkpoints`, a folder; made together with the run. */
  readonly checkpoints: string;
}

/** A run read back from its folder. */
export interface OpenedRun {
  /** Where everything lies. */
  readonly folder: RunFolder;
  /** Contents of `config.json`. */
  readonly config: RunConfig;
  /** Contents of `events.jsonl`. */
  readonly events: RunEvent[];
  /** True when a crash cut off the last line of the log. */
  readonly truncated: boolean;
}

/** Paths inside the run folder `path`; touches nothing. */
export function runFolder(path: string): RunFolder {
  const absolute = resolve(path);
  return {
    name: basename(absolute),
    path: absolute,
    root: dirname(absolute),
    config: join(absolute, "config.json"),
    events: join(absolute, "events.jsonl"),
    arcs: join(absolute, "arcs.csv"),
    report: join(absolute, "report.html"),
    predictions: join(absolute, "predictions.json"),
    profile: join(absolute, "profile.json"),
    trace: join(absolute, "trace.json"),
    checkpoints: join(absolute, "checkpoints"),
  };
}

/** Automatic name, sorted by time: `20260304-120102-mnist-macro-controller-seed1` (UTC). */
export function runName(parts: RunNameParts): string {
  const { dataset, space, sampler, seed, time } = parts;
  const stamp = time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  return `${stamp}-${dataset}-${space}-${sampler}-seed${seed}`;
}

/** Runs `write` and turns what it throws into a {@link StoreError} about `path`. */
function storing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new StoreError(
      `Expected to write ${path} but found ${(cause as Error).message}; ${writeAdvice(cause)}`,
      path,
      { cause },
    );
  }
}

function checkName(name: string, root: string): void {
  // deno-lint-ignore no-control-regex -- control characters are exactly what must not be in a name
  if (name === "." || name === ".." || !/^[^/\\:*?"<>|\x00-\x1f]{1,200}$/.test(name)) {
    throw new StoreError(
      `Expected the name of a run folder but found "${name}"; ` +
        'use 1 to 200 characters without / \\ : * ? " < > |',
      root,
    );
  }
}

/**
 * Makes the folder `path`; false when it exists and holds something.
 *
 * @param again Whether a folder counts as empty where a run was killed before it wrote anything.
 */
function claim(path: string, again: boolean): boolean {
  return storing(path, () => {
    try {
      Deno.mkdirSync(path);
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      return Deno.statSync(path).isDirectory &&
        Array.from(Deno.readDirSync(path)).every(({ name }) => again && isOfNoRun(path, name));
    }
  });
}

/**
 * Makes the folder `root/name`, with an empty `checkpoints` folder inside; `root` is made too.
 *
 * @param name Name of the folder, or the parts of an automatic one; to an automatic name that is
 * taken, `-2`, `-3`, … is appended.
 * @throws {StoreError} When the folder exists and is not empty, its name is no file name, or it
 * cannot be written to.
 */
export function createRunFolder(root: string, name: string | RunNameParts): RunFolder {
  const wanted = typeof name === "string" ? name : runName(name);
  checkName(wanted, root);
  storing(root, () => Deno.mkdirSync(root, { recursive: true }));
  let folder = runFolder(join(root, wanted));
  for (let copy = 2; !claim(folder.path, typeof name === "string"); copy++) {
    if (typeof name === "string") {
      throw new StoreError(
        `Expected a new or empty folder at ${folder.path} but found files in it; ` +
          "choose another name, resume that run, or delete the folder",
        folder.path,
      );
    }
    folder = runFolder(join(root, `${wanted}-${copy}`));
  }
  try {
    storing(folder.checkpoints, () => Deno.mkdirSync(folder.checkpoints, { recursive: true }));
  } catch (error) {
    discardRunFolder(folder);
    throw error;
  }
  return folder;
}

/** Whether a run that was killed before it wrote anything left this behind. */
function isOfNoRun(path: string, name: string): boolean {
  if (name === "checkpoints") return Deno.readDirSync(join(path, name)).next().done === true;
  return name === "lock";
}

/** Whether a run has its `config.json`, without which its folder is none. */
export function hasConfig(folder: RunFolder): boolean {
  try {
    return Deno.statSync(folder.config).isFile;
  } catch {
    return false;
  }
}

/** Takes back a run folder that nothing was written into; a folder that holds something stays. */
export function discardRunFolder(folder: RunFolder): void {
  for (const path of [folder.checkpoints, folder.path]) {
    try {
      Deno.removeSync(path);
    } catch {
      // Somebody else put a file there, or it was never made.
    }
  }
}

/**
 * Writes `config.json`, whole or not at all.
 *
 * @throws {StoreError} When it cannot be written.
 * @throws {TypeError} When `config` does not fit its schema, which is a fault of the program.
 */
export function writeConfig(folder: RunFolder, config: RunConfig): void {
  const checked = runConfigSchema.safeParse(config);
  if (!checked.success) {
    throw new TypeError(`writeConfig() expects a run configuration: ${checked.error.message}`);
  }
  const text = `${JSON.stringify(config, null, 2)}\n`;
  storing(folder.config, () => writeFileAtomic(folder.config, text));
}

/**
 * Reads `config.json`.
 *
 * @throws {StoreError} When the folder holds no run, or it is damaged or of a later version.
 */
export function readConfig(folder: RunFolder): RunConfig {
  let text: string;
  try {
    text = readBoundedText(folder.config, MAX_CONFIG_BYTES);
  } catch (cause) {
    throw new StoreError(
      `Expected a run with a config.json in ${folder.path} but found ` +
        `${(cause as Error).message}; give a folder that \`enaslab search\` made`,
      folder.path,
      { cause },
    );
  }
  return parseConfig(text, folder.config);
}

/**
 * Reads a run back.
 *
 * @param options.begun False to take a run that ended before its log was made, as one without events.
 * @throws {StoreError} When the folder holds no run, or its config or log is damaged or of a later
 * version.
 */
export function openRun(
  path: string,
  { begun = true }: { readonly begun?: boolean } = {},
): OpenedRun {
  const folder = runFolder(path);
  const config = readConfig(folder);
  if (!begun && !exists(folder.events)) return { folder, config, events: [], truncated: false };
  return { folder, config, ...readEvents(folder.events) };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Columns of `arcs.csv`, in order. */
const ARC_COLUMNS = ["epoch", "index", "arc", "estimate", "images", "batchNorm"] as const;

/** Text of `arcs.csv` (RFC 4180, but with line feeds alone): a header line and one line an arc. */
export function formatArcsCsv(arcs: readonly Omit<ArcScored, "type">[]): string {
  const quote = (cell: string) => /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const rows = arcs.map((arc) => ARC_COLUMNS.map((column) => quote(String(arc[column]))).join(","));
  return [ARC_COLUMNS.join(","), ...rows, ""].join("\n");
}

/**
 * Writes `arcs.csv`, whole or not at all.
 *
 * @throws {StoreError} When it cannot be written.
 */
export function writeArcsCsv(folder: RunFolder, arcs: readonly Omit<ArcScored, "type">[]): void {
  storing(folder.arcs, () => writeFileAtomic(folder.arcs, formatArcsCsv(arcs)));
}
