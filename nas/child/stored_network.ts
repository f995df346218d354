/**
 * Networks as files: weights with all that is needed to use them again without the run.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { ShapeError } from "../../engine/errors.ts";
import type { ParameterValues } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { z } from "zod";
import { type Arc, formatArc, parseArc } from "../space/arc.ts";
import { ArcError } from "../space/errors.ts";
import { spaceOf } from "../space/registry.ts";
import {
  createNetwork,
  type NetworkSpec,
  networkSpecSchema,
  weightCount,
} from "./create_network.ts";
import type { ChildData } from "../data/resident.ts";
import type { ChildNetwork } from "./network.ts";
import { type CheckpointFolder, readWeights, writeWeights } from "../run/checkpoint.ts";
import { StoreError } from "../run/errors.ts";
import type { RunFolder } from "../run/run_folder.ts";
import type { TrainedChild } from "./scratch_training.ts";

/** What a network was trained on, and how its input is prepared. */
export interface NetworkInput {
  readonly dataset: string;
  readonly classNames: readonly string[];
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Of each channel, of bytes scaled to 0..1; the input is `(byte / 255 − mean) / std`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A network read back. */
export interface LoadedNetwork extends NetworkInput {
  readonly network: ChildNetwork;
  readonly spec: NetworkSpec;
  /** Null for shared weights, which hold every arc of their space. */
  readonly arc: Arc | null;
}

/** A network to be stored; shared weights have no arc. */
export interface StorableNetwork {
  readonly network: ChildNetwork;
  readonly spec: NetworkSpec;
  readonly arc: Arc | null;
}

/** Writes `checkpoints/child.safetensors`. */
export async function saveChild(
  folder: RunFolder,
  child: TrainedChild,
  data: ChildData,
): Promise<void> {
  await saveNetwork(folder, "child", child, data);
}

/** Writes a network into a folder's `checkpoints`, whole or not at all. */
export async function saveNetwork(
  folder: CheckpointFolder,
  name: "shared_weights" | "child",
  { network, spec, arc }: StorableNetwork,
  data: ChildData,
): Promise<void> {
  const { shape, classNames, moments } = data;
  writeWeights(folder, name, {
    weights: await network.weights.values(),
    averages: await network.averages.values(),
    metadata: {
      spec: JSON.stringify(spec),
      input: JSON.stringify({ dataset: data.name, classNames, shape, ...moments }),
      ...(arc === null ? {} : { arc: formatArc(arc) }),
    },
  });
}

const inputSchema = z.object({
  dataset: z.string(),
  classNames: z.array(z.string()),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  mean: z.array(z.number()),
  std: z.array(z.number()),
});

/** Refuses a description of a larger network than the file has weights for, before making it. */
function checkSize(
  spec: NetworkSpec,
  arc: Arc | null,
  weights: ReadonlyMap<string, ParameterValues>,
): void {
  const space = spaceOf(spec);
  const wanted = space.sizeOfSpec(spec);
  const size = arc === null ? wanted : space.sizeOf(arc);
  if (size !== wanted) {
    throw new ArcError(`Expected an architecture of size ${wanted} but found one of size ${size}`);
  }
  const found = weights.values().reduce((sum, { data }) => sum + data.length, 0);
  const expected = weightCount(spec, arc);
  if (found !== expected) {
    throw new ShapeError(`Expected ${expected} weights but found ${found}`);
  }
}

/**
 * Makes the network of a file on `backend`; the caller disposes of it.
 *
 * @param path A file that {@link saveNetwork} wrote.
 * @throws {StoreError} Where the file is missing, damaged, of another version, or does not hold the
 * weights that its description asks for.
 */
export function loadNetwork(backend: Backend, path: string): LoadedNetwork {
  const { weights, averages, metadata } = readWeights(path);
  const described = <T>(key: string, schema: z.ZodType<T>): T => {
    try {
      return schema.parse(JSON.parse(metadata[key]));
    } catch (cause) {
      throw new StoreError(
        `Expected the description of a network under ${key} in ${path} but found ` +
          `${metadata[key] === undefined ? "none" : "another"}; the file is no network of enaslab`,
        path,
        { cause },
      );
    }
  };
  const spec = described("spec", networkSpecSchema);
  const input = described("input", inputSchema);
  let network: ChildNetwork | null = null;
  try {
    const arc = metadata.arc === undefined ? null : parseArc(metadata.arc, spec.space);
    checkSize(spec, arc, weights);
    network = createNetwork(backend, spec, new Random(0), arc);
    network.weights.load(weights);
    network.averages.load(averages);
    return { network, spec, arc, ...input };
  } catch (cause) {
    network?.dispose();
    // What the device has to say is no fault of the file.
    if (!(cause instanceof ArcError || cause instanceof ShapeError)) throw cause;
    throw new StoreError(
      `Expected the weights of the described network in ${path} but found others: ` +
        `${cause.message}; restore the file from a copy`,
      path,
      { cause },
    );
  }
}
