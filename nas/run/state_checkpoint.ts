/**
 * Checkpoints that a run goes on from: folders `state-000001`, `state-000002`, … in `checkpoints/`,
 * each with `state.safetensors`, `state.json` and a `manifest.json` of sizes and hashes. A folder has
 * its name only when everything in it is on the disk.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { sha256 } from "../files/digest.ts";
import { writeAdvice, writeAll } from "../files/atomic.ts";
import { readBounded } from "../files/bounded.ts";
import { StoreError } from "./errors.ts";
import type { RunConfig } from "./events.ts";
import type { RunFolder } from "./run_folder.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "./safetensors.ts";

/** Version of the layout and of what runs store in it. */
const STATE_VERSION = 1;
/** Checkpoints that are kept. */
const KEPT = 2;

const TENSORS = "state.safetensors";
const VALUES = "state.json";
const MANIFEST = "manifest.json";
/** Most bytes of a manifest that are read. */
const MANIFEST_BYTES = 65_536;

/** What a run must not change on its way: a checkpoint goes on with nothing else. */
export interface Bound {
  /** Every setting, as in `config.json`. */
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** Text of the architecture that is trained; only in a run of `train`. */
  readonly arc?: string;
  /** Names of kernels by class of shapes, as the device was tuned when the run began; GPU only. */
  readonly tuning?: Readonly<Record<string, string>>;
}

/** What a checkpoint holds. */
export interface StoredState {
  /** Events in the log when it was written. */
  readonly events: number;
  /** SHA-256 of the data set's class names, sizes, pixels and labels. */
  readonly dataset: string;
  /** Device that computed it. */
  readonly adapter: RunConfig["adapter"];
  /** Program that computed it. */
  readonly versions: RunConfig["versions"];
  /** What it was computed by; absent in checkpoints of earlier versions. */
  readonly bound?: Bound;
  /** Plain values by name. */
  readonly values: Record<string, unknown>;
  /** Tensors by name. */
  readonly tensors: Map<string, SafetensorsTensor>;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const valuesSchema = z.object({
  events: z.int().positive(),
  dataset: hash,
  adapter: z.object({ description: z.string(), vendor: z.string(), fallback: z.boolean() }),
  versions: z.object({ enaslab: z.string(), deno: z.string(), v8: z.string() }),
  bound: z.exactOptional(z.object({
    hyperparameters: z.record(z.string(), z.unknown()),
    arc: z.exactOptional(z.string()),
    tuning: z.exactOptional(z.record(z.string(), z.string())),
  })),
  values: z.record(z.string(), z.unknown()),
});
const fileSchema = z.object({ bytes: z.int().nonnegative(), sha256: hash });
const manifestSchema = z.object({
  files: z.object({ [TENSORS]: fileSchema, [VALUES]: fileSchema }),
});

/**
 * Writes a checkpoint behind those there are and deletes all but the last two.
 *
 * @throws {StoreError} Where it cannot be written; the ones there were are as before.
 */
export function writeState(folder: RunFolder, state: StoredState): void {
  const number = (stateNumbers(folder).at(-1) ?? 0) + 1;
  const path = statePath(folder, number);
  const temporary = `${path}.tmp`;
  try {
    Deno.mkdirSync(folder.checkpoints, { recursive: true });
    removeAll(temporary);
    Deno.mkdirSync(temporary);
    const { tensors, ...values } = state;
    const files = {
      [TENSORS]: encodeSafetensors(tensors),
      [VALUES]: new TextEncoder().encode(JSON.stringify({ version: STATE_VERSION, ...values })),
    };
    const described = Object.entries(files).map(([name, bytes]) => [
      name,
      { bytes: bytes.length, sha256: sha256(bytes) },
    ]);
    const manifest = { files: Object.fromEntries(described) };
    for (const [name, bytes] of Object.entries(files)) writeFlushed(join(temporary, name), bytes);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    writeFlushed(join(temporary, MANIFEST), new TextEncoder().encode(text));
    flushFolder(temporary);
    Deno.renameSync(temporary, path);
    flushFolder(folder.checkpoints);
    for (const old of stateNumbers(folder).slice(0, -KEPT)) removeAll(statePath(folder, old));
  } catch (cause) {
    try {
      removeAll(temporary);
    } catch {
      // The first error is the one to report.
    }
    throw new StoreError(
      `Expected to write ${path} but found ${(cause as Error).message}; ${writeAdvice(cause)}`,
      path,
      { cause },
    );
  }
}

/**
 * Reads the newest intact checkpoint; null where there is none. A damaged one is passed over, and
 * `note` gets a sentence that says so.
 *
 * @throws {StoreError} Where the newest intact one is of another version.
 */
export function readState(
  folder: RunFolder,
  note: (sentence: string) => void,
): StoredState | null {
  for (const number of stateNumbers(folder).reverse()) {
    const path = statePath(folder, number);
    try {
      return readIntact(path);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      note(`Checkpoint ${path} is damaged (${error.message}); the one before it is tried`);
    }
  }
  return null;
}

/** Deletes all checkpoints but the last: a completed run needs that alone, to be given more epochs. */
export function removeEarlierStates(folder: RunFolder): void {
  for (const number of stateNumbers(folder).slice(0, -1)) removeAll(statePath(folder, number));
}

/** Why a checkpoint cannot be used. */
class DamageError extends Error {
  override name = "DamageError";
}

function readIntact(path: string): StoredState {
  const read = (name: string, limit: number): Uint8Array => {
    try {
      return readBounded(join(path, name), limit);
    } catch (cause) {
      throw new DamageError((cause as Error).message, { cause });
    }
  };
  const parse = <T>(bytes: Uint8Array, name: string, schema: z.ZodType<T>): T => {
    try {
      return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw new DamageError(`${name} has other contents`, { cause });
    }
  };
  const { files } = parse(read(MANIFEST, MANIFEST_BYTES), MANIFEST, manifestSchema);
  const intact = (name: typeof TENSORS | typeof VALUES): Uint8Array => {
    const { bytes: size, sha256: expected } = files[name];
    const bytes = read(name, size);
    if (bytes.length !== size) {
      throw new DamageError(`${name} has ${bytes.length} bytes instead of ${size}`);
    }
    if (sha256(bytes) !== expected) throw new DamageError(`${name} has another SHA-256`);
    return bytes;
  };
  const bytes = intact(VALUES);
  const { version } = parse(bytes, VALUES, z.object({ version: z.int() }));
  if (version !== STATE_VERSION) {
    throw new StoreError(
      `Expected a checkpoint of version ${STATE_VERSION} in ${path} but found version ${version}; ` +
        "resume the run with the enaslab version that wrote it",
      path,
    );
  }
  const values = parse(bytes, VALUES, valuesSchema);
  const { tensors } = decodeSafetensors(intact(TENSORS), join(path, TENSORS));
  return { ...values, tensors };
}

function statePath(folder: RunFolder, number: number): string {
  return join(folder.checkpoints, `state-${String(number).padStart(6, "0")}`);
}

/** Numbers of the checkpoints there are, ascending. */
function stateNumbers(folder: RunFolder): number[] {
  let names: string[];
  try {
    names = Array.from(Deno.readDirSync(folder.checkpoints), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const match = /^state-(\d{6,})$/.exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .sort((a, b) => a - b);
}

function writeFlushed(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  writeAll(file, bytes);
  file.syncSync();
}

/** Has names in a folder written to the disk; Windows does that by itself and opens no folders. */
function flushFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}

function removeAll(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
