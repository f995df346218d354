/**
 * The runs of a folder, each in a few numbers, and removing one.
 *
 * @module
 */
import { join } from "node:path";
import { StoreError } from "./errors.ts";
import type { RunConfig, RunEvent } from "./events.ts";
import { hasConfig, openRun, runFolder } from "./run_folder.ts";
import { RunLock } from "./run_lock.ts";

/** How a run stands; `unfinished` where its log just stops and no process works on it. */
export type RunState = "running" | "completed" | "interrupted" | "failed" | "unfinished";

/** A run in a few numbers. */
export interface RunEntry {
  /** Name of its folder. */
  readonly name: string;
  /** Absolute path of its folder. */
  readonly path: string;
  readonly state: RunState;
  readonly command: RunConfig["command"];
  readonly dataset: string;
  readonly space: string;
  readonly seed: number | null;
  /** Best estimate under shared weights, 0..1; null where none was scored. */
  readonly estimate: number | null;
  /** Accuracy on the test images, 0..1; null where they were not read. */
  readonly testAccuracy: number | null;
  /** When it was made; ISO 8601, UTC. */
  readonly created: string;
  /** Seconds that it worked. */
  readonly seconds: number;
  /** Bytes of all its files. */
  readonly bytes: number;
}

/** A folder beside runs whose config.json or log cannot be read. */
export interface UnreadableRun {
  readonly path: string;
  readonly message: string;
}

/**
 * Lists the runs in `root`, the newest first. Folders without a config.json are no runs; the root may be
 * missing.
 *
 * @throws {StoreError} When the root cannot be read.
 */
export function listRuns(root: string): { runs: RunEntry[]; unreadable: UnreadableRun[] } {
  const runs: RunEntry[] = [];
  const unreadable: UnreadableRun[] = [];
  for (const name of foldersIn(root)) {
    const folder = runFolder(join(root, name));
    if (!hasConfig(folder)) continue;
    try {
      runs.push(runEntry(folder.path));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      unreadable.push({ path: folder.path, message: error.message });
    }
  }
  runs.sort((a, b) => a.created < b.created ? 1 : a.created > b.created ? -1 : 0);
  return { runs, unreadable };
}

function foldersIn(root: string): string[] {
  try {
    return Array.from(Deno.readDirSync(root))
      .filter(({ isDirectory, isSymlink }) => isDirectory || isSymlink)
      .map(({ name }) => name).sort();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw new StoreError(
      `Expected a folder of runs in ${root} but found ${
        (cause as Error).message
      }; give another one`,
      root,
      { cause },
    );
  }
}

/**
 * One run in a few numbers.
 *
 * @throws {StoreError} When the folder holds no run, or a damaged one.
 */
export function runEntry(path: string): RunEntry {
  const folder = runFolder(path);
  const { config, events } = openRun(folder.path, { begun: false });
  const { space, seed } = config.hyperparameters;
  let estimate: number | null = null;
  let testAccuracy: number | null = null;
  let seconds = 0;
  for (const event of events) {
    if (event.type === "arc_scored") estimate = Math.max(estimate ?? 0, event.estimate);
    if (event.type === "trained") testAccuracy = event.testAccuracy;
    if ("seconds" in event) seconds = event.seconds;
  }
  // The chosen arc's estimate, on all validation images, is worth more than the largest of all.
  const best = events.findLast((event) => event.type === "best_arc");
  return {
    name: folder.name,
    path: folder.path,
    state: RunLock.isHeld(folder) ? "running" : stateOf(events),
    command: config.command,
    dataset: config.dataset.name,
    space: String(space ?? ""),
    seed: typeof seed === "number" ? seed : null,
    estimate: best?.estimate ?? estimate,
    testAccuracy,
    created: config.created,
    seconds,
    bytes: sizeOf(folder.path),
  };
}

function stateOf(events: readonly RunEvent[]): RunState {
  const last = events.at(-1);
  return last?.type === "run_finished" ? last.status : "unfinished";
}

/** Bytes of all files below `path`; links are not followed. */
function sizeOf(path: string): number {
  let bytes = 0;
  for (const { name, isDirectory, isFile } of Deno.readDirSync(path)) {
    const inside = join(path, name);
    if (isDirectory) bytes += sizeOf(inside);
    else if (isFile) bytes += Deno.statSync(inside).size;
  }
  return bytes;
}

/**
 * Removes a run with all its files; a link to a run folder is removed and not what it leads to.
 *
 * @throws {StoreError} When it is no run, a process works on it, or it cannot be removed.
 */
export function removeRun(path: string): void {
  const folder = runFolder(path);
  if (!hasConfig(folder)) {
    throw new StoreError(
      `Expected a run with a config.json in ${folder.path} but found none; remove what is no run by ` +
        "other means",
      folder.path,
    );
  }
  // Held until the folder is gone, so that nobody goes on with the run meanwhile.
  const lock = RunLock.take(folder);
  try {
    Deno.removeSync(folder.path, { recursive: true });
  } catch (cause) {
    throw new StoreError(
      `Expected to remove ${folder.path} but found ${(cause as Error).message}; make it writable`,
      folder.path,
      { cause },
    );
  } finally {
    lock.release();
  }
}
