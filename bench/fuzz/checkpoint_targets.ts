/**
 * Readers of the checkpoints of a run under damaged files: weights, samplers, states.
 *
 * @module
 */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { Random } from "../../engine/random.ts";
import { equalArcs, formatArc, parseArc } from "../../nas/space/mod.ts";
import { createNetwork } from "../../nas/child/create_network.ts";
import { ConfigError, getPreset } from "../../nas/config/mod.ts";
import { createSampler } from "../../nas/strategy/registry.ts";
import { sampleArcs } from "../../nas/search/sampled.ts";
import { writeSampler } from "../../nas/strategy/stored.ts";
import { StoreError } from "../../nas/run/errors.ts";
import { runFolder } from "../../nas/run/run_folder.ts";
import { decodeSafetensors, encodeSafetensors } from "../../nas/run/safetensors.ts";
import { readState, type StoredState, writeState } from "../../nas/run/state_checkpoint.ts";
import { loadNetwork, saveNetwork } from "../../nas/child/stored_network.ts";
import { CONFIG, logText } from "../../tests/nas/run/samples.ts";
import { ARC_TEXTS, repairSafetensors } from "./files.ts";
import { type FuzzTarget, promise } from "./target.ts";

/** The weights of a file under another description. */
function described(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const { tensors, metadata } = decodeSafetensors(file, "x");
  const value = fc.constantFrom<unknown>(
    ...[-1, 0, 1, 2, 3, 8, 0.5, 1000, 2 ** 31, 2 ** 53, null, "x", [], {}, "official", "micro"],
  );
  const key = fc.constantFrom(
    ...["layers", "nodes", "filters", "inputChannels", "classes", "batchNormDecay", "opMode"],
    ...["imageHeight", "auxiliaryHead", "skipIndex", "reductionPrev", "space", "graph"],
  );
  return fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 2 }).map((changes) => {
    const spec = JSON.parse(metadata.spec);
    for (const [name, changed] of changes) {
      (name === "space" || name === "graph" ? spec : spec.options)[name] = changed;
    }
    return encodeSafetensors(tensors, { ...metadata, spec: JSON.stringify(spec) });
  });
}

/** Targets that make a network or a sampler of a checkpoint. */
export async function checkpointTargets(folder: string): Promise<FuzzTarget[]> {
  const run = runFolder(folder);
  Deno.mkdirSync(run.checkpoints, { recursive: true });
  const files: Record<string, Uint8Array> = {};
  for (const text of ARC_TEXTS) {
    const arc = parseArc(text);
    const options = {
      ...{ layers: 3, nodes: 2, filters: 2, inputChannels: 1, classes: 2, batchNormDecay: 0.9 },
      ...{ imageHeight: 8, imageWidth: 8, auxiliaryHead: null },
    };
    const spec = { space: arc.space, graph: "faithful", options } as Parameters<
      typeof createNetwork
    >[1];
    const network = createNetwork(new CpuBackend(), spec, new Random(1), arc);
    const data = {
      ...{ name: "mnist", classNames: ["0", "1"], shape: [8, 8, 1] },
      moments: { mean: [0.5], std: [0.2] },
    } as unknown as Parameters<typeof saveNetwork>[3];
    await saveNetwork(run, "child", { network, spec, arc }, data);
    network.dispose();
    files[arc.space] = Deno.readFileSync(join(run.checkpoints, "child.safetensors"));
  }
  const search = getPreset("quick", "macro").config;
  writeSampler(run, createSampler(search, new Random(1)).state());
  const samplerPath = join(run.checkpoints, "sampler.safetensors");
  const sampler = Deno.readFileSync(samplerPath);
  Deno.writeTextFileSync(run.config, JSON.stringify({ ...CONFIG, hyperparameters: search }));
  Deno.writeTextFileSync(run.events, logText());
  return [
    {
      name: "weights",
      property: "Weights are refused, or are all that their description asks for",
      samples: [files.macro, files.micro],
      errors: [StoreError],
      json: true,
      repair: repairSafetensors,
      inputs: fc.constantFrom(files.macro, files.micro).chain(described),
      weight: 0.5,
      read(bytes) {
        const path = join(run.checkpoints, "child.safetensors");
        Deno.writeFileSync(path, bytes);
        const { network } = loadNetwork(new CpuBackend(), path);
        network.dispose();
      },
    },
    {
      name: "sampler",
      property: "A sampler is refused, or draws valid arcs",
      samples: [sampler],
      errors: [StoreError, ConfigError],
      json: true,
      repair: repairSafetensors,
      weight: 0.3,
      read(bytes) {
        Deno.writeFileSync(samplerPath, bytes);
        const { arcs } = sampleArcs(folder, 2);
        for (const arc of arcs) promise(equalArcs(parseArc(formatArc(arc), arc.space), arc), "arc");
      },
    },
  ];
}

/** The newest of two checkpoints with one of its files damaged. */
export function stateTarget(folder: string): FuzzTarget {
  const run = runFolder(folder);
  const { adapter, versions } = CONFIG;
  const stateOf = (events: number): StoredState => ({
    ...{ events, adapter, versions, dataset: "0".repeat(64), values: { epoch: events } },
    tensors: new Map([["w", { shape: [3], data: Float32Array.of(1, 2, events) }]]),
  });
  const states = [stateOf(1), stateOf(2)];
  for (const state of states) writeState(run, state);
  const newest = join(run.checkpoints, "state-000002");
  const files = Array.from(Deno.readDirSync(newest), ({ name }) => {
    const path = join(newest, name);
    return { path, intact: Deno.readFileSync(path) };
  });
  return {
    name: "checkpoint",
    property: "A damaged checkpoint is passed over: what is read is one that was written",
    samples: files.map(({ intact }) => intact),
    errors: [],
    json: true,
    read(bytes, sample) {
      const { path, intact } = files.find((file) => file.intact === sample)!;
      Deno.writeFileSync(path, bytes);
      try {
        const found = readState(run, () => {});
        promise(states.some((state) => isDeepStrictEqual(found, state)), "another checkpoint");
      } finally {
        Deno.writeFileSync(path, intact);
      }
    },
  };
}
