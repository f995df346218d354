/**
 * Weights of a run as safetensors in its folder `checkpoints/`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ParameterValues } from "../../engine/parameters.ts";
import { sha256 } from "../files/digest.ts";
import { StoreError } from "./errors.ts";
import type { RunFolder } from "./run_folder.ts";
import {
  encodeSafetensors,
  readSafetensors,
  type SafetensorsTensor,
  writeSafetensors,
} from "./safetensors.ts";

/** Version of the files' layout, stored in their metadata. */
const CHECKPOINT_VERSION = "2";

/** Which network a weights file holds. */
export type WeightsName = "shared_weights" | "child";

/** Weights, moving averages and what is needed to use them. */
export interface StoredWeights {
  readonly weights: ReadonlyMap<string, ParameterValues>;
  /** Moving averages of the batch norms. */
  readonly averages: ReadonlyMap<string, ParameterValues>;
  /** Free text by key, e.g. the arc and the widths. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A folder with checkpoints: a run's, or that of a marked epoch of a study's search. */
export type CheckpointFolder = Pick<RunFolder, "checkpoints">;

/** Writes `checkpoints/<name>.safetensors`, whole or not at all. */
export function writeWeights(
  folder: CheckpointFolder,
  name: WeightsName,
  stored: StoredWeights,
): void {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [key, value] of stored.weights) tensors.set(`weights/${key}`, value);
  for (const [key, value] of stored.averages) tensors.set(`averages/${key}`, value);
  writeCheckpoint(folder, name, tensors, stored.metadata);
}

/**
 * Reads what {@link writeWeights} wrote.
 *
 * @param path The file.
 * @throws {StoreError} Where it is missing, damaged or of another version.
 */
export function readWeights(path: string): StoredWeights {
  const { tensors, metadata } = readCheckpoint(path, "weights");
  const [weights, averages] = [new Map(), new Map()] as Map<string, ParameterValues>[];
  for (const [key, { shape, data }] of tensors) {
    const [group, ...name] = key.split("/");
    const into = group === "weights" ? weights : group === "averages" ? averages : null;
    if (into === null || !(data instanceof Float32Array)) {
      throw new StoreError(
        `Expected F32 tensors named weights/… and averages/… in ${path} but found ${key}; ` +
          `the file is no network of enaslab`,
        path,
      );
    }
    into.set(name.join("/"), { shape, data });
  }
  return { weights, averages, metadata };
}

/** Writes `checkpoints/<name>.safetensors`, whole or not at all, with the layout's version. */
export function writeCheckpoint(
  folder: CheckpointFolder,
  name: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>>,
): void {
  Deno.mkdirSync(folder.checkpoints, { recursive: true });
  writeSafetensors(checkpointPath(folder, name), tensors, versioned(metadata));
}

function versioned(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return { ...metadata, version: CHECKPOINT_VERSION };
}

/**
 * Reads what {@link writeCheckpoint} wrote.
 *
 * @param path The file.
 * @param what What it should hold, for the message.
 * @throws {StoreError} Where it is missing, damaged or of another version.
 */
export function readCheckpoint(path: string, what: string): ReturnType<typeof readSafetensors> {
  const file = readSafetensors(path);
  const { version } = file.metadata;
  if (version === CHECKPOINT_VERSION) return file;
  throw new StoreError(
    `Expected ${what} of version ${CHECKPOINT_VERSION} in ${path} but found version ` +
      `${version ?? "none"}; use the enaslab version that wrote it`,
    path,
  );
}

/** SHA-256 of the file that {@link writeCheckpoint} writes, in lower-case hexadecimal. */
export function checkpointFingerprint(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>>,
): string {
  return sha256(encodeSafetensors(tensors, versioned(metadata)));
}

/** Whether {@link writeCheckpoint} wrote the checkpoint `name`. */
export function hasCheckpoint(folder: CheckpointFolder, name: string): boolean {
  return existsSync(checkpointPath(folder, name));
}

/** Path of the checkpoint `name`. */
export function checkpointPath(folder: CheckpointFolder, name: string): string {
  return join(folder.checkpoints, `${name}.safetensors`);
}
