/**
 * What a run came to, for comparing two of them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { openRun, type RunEvent } from "../nas/run/mod.ts";

/** What two runs have in common that are equal bit for bit. */
export interface RunResult {
  /** Without times, and without the name of the run. */
  readonly events: readonly RunEvent[];
  /** SHA-256 of `arcs.csv`; null where no arc was scored. */
  readonly arcs: string | null;
  /** SHA-256 of each file in `checkpoints` that a completed run leaves: weights, sampler. */
  readonly files: Readonly<Record<string, string>>;
}

/** Reads what the completed run in `path` came to. */
export function runResult(path: string): RunResult {
  const { folder, events } = openRun(path);
  const hash = (file: string) => createHash("sha256").update(Deno.readFileSync(file)).digest("hex");
  const names = Array.from(Deno.readDirSync(folder.checkpoints), ({ name }) => name)
    .filter((name) => name.endsWith(".safetensors")).sort();
  return {
    events: events.map((event) => ({ ...event, seconds: 0, run: "", time: "" })),
    arcs: events.some(({ type }) => type === "arc_scored") ? hash(folder.arcs) : null,
    files: Object.fromEntries(names.map((name) => [name, hash(join(folder.checkpoints, name))])),
  };
}
