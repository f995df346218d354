/**
 * A strategy's state as a file of a run: `checkpoints/sampler.safetensors`.
 *
 * @module
 */
import { z } from "zod";
import {
  checkpointFingerprint,
  type CheckpointFolder,
  checkpointPath,
  hasCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from "../run/checkpoint.ts";
import { DEFAULT_SPACE, isSpaceName, SPACE_NAMES } from "../space/registry.ts";
import { StoreError } from "../run/errors.ts";
import { STRATEGY_NAMES } from "./registry.ts";
import type { StoredTensor, StrategyState } from "./strategy.ts";

/** Name of the file, without its extension. */
const NAME = "sampler";

/** Writes `checkpoints/sampler.safetensors`: parameters, optimiser, baseline, random stream. */
export function writeSampler(folder: CheckpointFolder, state: StrategyState): void {
  const { tensors, metadata } = contentsOf(state);
  writeCheckpoint(folder, NAME, tensors, metadata);
}

function contentsOf(state: StrategyState): {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
} {
  return {
    tensors: new Map(Object.entries(state.tensors)),
    metadata: {
      space: state.space ?? DEFAULT_SPACE,
      kind: state.kind,
      scalars: JSON.stringify(state.scalars),
    },
  };
}

/** Whether {@link writeSampler} wrote a file here. */
export function hasSampler(folder: CheckpointFolder): boolean {
  return hasCheckpoint(folder, NAME);
}

/** Reads what {@link writeSampler} wrote; throws {@link StoreError} where it is missing or damaged. */
export function readSampler(folder: CheckpointFolder): StrategyState {
  const path = checkpointPath(folder, NAME);
  const { tensors, metadata } = readCheckpoint(path, "a sampler");
  const entries = [...tensors].map(([name, { shape, data }]): [string, StoredTensor] => {
    if (!(data instanceof Float64Array)) {
      throw new StoreError(
        `Expected F64 numbers for ${name} in ${path} but found another type; the file is no sampler`,
        path,
      );
    }
    return [name, { shape, data }];
  });
  const { kind, space } = metadata;
  if (!STRATEGY_NAMES.some((name) => name === kind)) {
    throw new StoreError(
      `Expected the kind ${STRATEGY_NAMES.join(" or ")} in ${path} but found ${kind}; ` +
        `the file is no sampler`,
      path,
    );
  }
  if (!isSpaceName(space)) {
    throw new StoreError(
      `Expected the space ${SPACE_NAMES.join(" or ")} in ${path} but found ${space}; ` +
        `the file is no sampler`,
      path,
    );
  }
  return {
    kind,
    space,
    scalars: parseScalars(metadata.scalars, path),
    tensors: Object.fromEntries(entries),
  };
}

/** SHA-256 of the file that {@link writeSampler} writes, in lower-case hexadecimal. */
export function samplerFingerprint(state: StrategyState): string {
  const { tensors, metadata } = contentsOf(state);
  return checkpointFingerprint(tensors, metadata);
}

/** 32 bits, with or without a sign. */
const word = z.int().min(-(2 ** 31)).max(2 ** 32 - 1);
const scalarsSchema: z.ZodType<StrategyState["scalars"]> = z.looseObject({
  step: z.int().nonnegative().optional(),
  baseline: z.number().nullish(),
  random: z.object({
    words: z.tuple([word, word, word, word]),
    spareNormal: z.number().nullable(),
  }),
});

function parseScalars(text: string | undefined, path: string): StrategyState["scalars"] {
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
