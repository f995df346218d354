/**
 * Weights and controllers of a run as safetensors in its folder `checkpoints/`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { ParameterValues } from "../../engine/parameters.ts";
import type { SamplerState, StoredTensor } from "../strategy/sampler.ts";
import { StoreError } from "./errors.ts";
import type { RunFolder } from "./run_folder.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "./safetensors.ts";

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
  Deno.mkdirSync(folder.checkpoints, { recursive: true });
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [key, value] of stored.weights) tensors.set(`weights/${key}`, value);
  for (const [key, value] of stored.averages) tensors.set(`averages/${key}`, value);
  writeSafetensors(join(folder.checkpoints, `${name}.safetensors`), tensors, {
    ...stored.metadata,
    version: CHECKPOINT_VERSION,
  });
}

/**
 * Reads what {@link writeWeights} wrote.
 *
 * @param path The file.
 * @throws {StoreError} Where it is missing, damaged or of another version.
 */
export function readWeights(path: string): StoredWeights {
  const { tensors, metadata } = readSafetensors(path);
  requireVersion(metadata, "weights", path);
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

function requireVersion(
  metadata: Readonly<Record<string, string>>,
  what: string,
  path: string,
): void {
  if (metadata.version === CHECKPOINT_VERSION) return;
  throw new StoreError(
    `Expected ${what} of version ${CHECKPOINT_VERSION} in ${path} but found version ` +
      `${metadata.version ?? "none"}; use the enaslab version that wrote it`,
    path,
  );
}

/** Writes `checkpoints/sampler.safetensors`: parameters, optimiser, baseline, random stream. */
export function writeSampler(folder: CheckpointFolder, state: SamplerState): void {
  Deno.mkdirSync(folder.checkpoints, { recursive: true });
  writeSafetensors(
    samplerPath(folder),
    new Map(Object.entries(state.tensors)),
    {
      version: CHECKPOINT_VERSION,
      space: state.space ?? "macro",
      kind: state.kind,
      scalars: JSON.stringify(state.scalars),
    },
  );
}

/** Reads what {@link writeSampler} wrote; throws {@link StoreError} where it is missing or damaged. */
export function readSampler(folder: CheckpointFolder): SamplerState {
  const path = samplerPath(folder);
  const { tensors, metadata } = readSafetensors(path);
  requireVersion(metadata, "a sampler", path);
  const entries = [...tensors].map(([name, { shape, data }]): [string, StoredTensor] => {
    if (!(data instanceof Float64Array)) {
      throw new StoreError(
        `Expected F64 numbers for ${name} in ${path} but found another type; the file is no sampler`,
        path,
      );
    }
    return [name, { shape, data }];
  });
  if (metadata.kind !== "controller" && metadata.kind !== "random") {
    throw new StoreError(
      `Expected the kind controller or random in ${path} but found ${metadata.kind}; ` +
        `the file is no sampler`,
      path,
    );
  }
  if (metadata.space !== "macro" && metadata.space !== "micro") {
    throw new StoreError(
      `Expected the space macro or micro in ${path} but found ${metadata.space}; ` +
        `the file is no sampler`,
      path,
    );
  }
  return {
    kind: metadata.kind,
    space: metadata.space,
    scalars: parseScalars(metadata.scalars, path),
    tensors: Object.fromEntries(entries),
  };
}

/** SHA-256 of what {@link writeSampler} wrote, in lower-case hexadecimal. */
export function samplerFingerprint(folder: CheckpointFolder): string {
  return createHash("sha256").update(Deno.readFileSync(samplerPath(folder))).digest("hex");
}

function samplerPath(folder: CheckpointFolder): string {
  return join(folder.checkpoints, "sampler.safetensors");
}

/** 32 bits, with or without a sign. */
const word = z.int().min(-(2 ** 31)).max(2 ** 32 - 1);
const scalarsSchema: z.ZodType<SamplerState["scalars"]> = z.object({
  step: z.int().nonnegative(),
  baseline: z.number().nullable(),
  random: z.object({
    words: z.tuple([word, word, word, word]),
    spareNormal: z.number().nullable(),
  }),
});

function parseScalars(text: string | undefined, path: string): SamplerState["scalars"] {
  try {
    return scalarsSchema.parse(JSON.parse(text!));
  } catch (cause) {
    throw new StoreError(
      `Expected step, baseline and random stream of a sampler in ${path} but found ` +
        `${text === undefined ? "none" : "something else"}; restore the file from a copy`,
      path,
      { cause },
    );
  }
}
