/**
 * Readers of architectures, settings and run folders under damaged files.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { Random } from "../../engine/random.ts";
import {
  ArcError,
  equalArcs,
  formatArc,
  parseArc,
  readArcFile,
  writeArcFile,
} from "../../nas/arc/mod.ts";
import { createNetwork } from "../../nas/child/create_network.ts";
import { ConfigError, getPreset, parseSearchConfig } from "../../nas/config/mod.ts";
import { createSampler } from "../../nas/controller/create_sampler.ts";
import { sampleArcs } from "../../nas/run.ts";
import { writeSampler } from "../../nas/store/checkpoint.ts";
import { StoreError } from "../../nas/store/errors.ts";
import { readEvents } from "../../nas/store/event_log.ts";
import { parseConfig } from "../../nas/store/config_schema.ts";
import { parseProfile } from "../../nas/store/profile_schema.ts";
import { createRunFolder, runFolder } from "../../nas/store/run_folder.ts";
import { decodeSafetensors, encodeSafetensors } from "../../nas/store/safetensors.ts";
import { readState, type StoredState, writeState } from "../../nas/store/state_checkpoint.ts";
import { openTuning, tuningFileName } from "../../nas/store/tuning_file.ts";
import { loadNetwork, saveNetwork } from "../../nas/stored_network.ts";
import { CONFIG, EVENTS, logText } from "../../tests/nas/store/samples.ts";
import { makeProfile } from "../../tests/reports/fixture_profile.ts";
import { bytesOf, repairSafetensors, textOf } from "./files.ts";
import { type FuzzTarget, promise } from "./target.ts";

const MACRO = "0 1 0 5 1 1";
const MICRO = "0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2";

const arcText: FuzzTarget = {
  name: "arc text",
  property: "A text is refused, or means one arc, whose own text means the same",
  samples: [
    ...[MACRO, MICRO, "[0] [1 0] [5 1 1]", "[0 0 1 1] [1 4 0 0]"],
    "normal cell\n2 = sep_conv3x3(0) + identity(1)\nreduction cell\n2 = identity(0) + identity(1)",
  ].map(bytesOf),
  errors: [ArcError],
  inputs: fc.oneof(
    fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 80 }).map((list) => list.join(" ")),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom("[", "|", "1 ").map((piece) => piece.repeat(50_000)),
  ).map(bytesOf),
  read(bytes) {
    const arc = parseArc(textOf(bytes));
    promise(equalArcs(parseArc(formatArc(arc), arc.space), arc), "another arc when read again");
  },
};

const arcFile: FuzzTarget = {
  name: "arc.json",
  property: "An arc file is refused, or its two forms of the arc agree",
  samples: [MACRO, MICRO].map((text) =>
    bytesOf(writeArcFile(parseArc(text), { run: "r", dataset: "mnist", epoch: 3, estimate: 0.5 }))
  ),
  errors: [ArcError],
  json: true,
  inputs: fc.json({ maxDepth: 4 }).map(bytesOf),
  read(bytes) {
    const { arc, provenance } = readArcFile(textOf(bytes), "arc.json");
    deepStrictEqual(readArcFile(writeArcFile(arc, provenance)), { arc, provenance });
    promise(JSON.parse(textOf(bytes)).text === formatArc(arc), "two arcs in one file");
  },
};

/** JSON in a file of its own; what is no JSON is not given to `parseSearchConfig`. */
const settings: FuzzTarget = {
  name: "settings",
  property: "Settings are refused, or are complete and stay the same when read again",
  samples: (["macro", "micro"] as const).map((space) =>
    bytesOf(JSON.stringify(getPreset("quick", space).config))
  ),
  errors: [ConfigError, SyntaxError],
  json: true,
  inputs: fc.json({ maxDepth: 4 }).map(bytesOf),
  read(bytes) {
    const config = parseSearchConfig(JSON.parse(textOf(bytes)));
    deepStrictEqual(parseSearchConfig(structuredClone(config)), config);
  },
};

const tensors = encodeSafetensors(
  new Map([
    ["a/w", { shape: [2, 3], data: new Float32Array(6) }],
    ["b", { shape: [], data: new Float64Array(1) }],
    ["c", { shape: [0, 4], data: new Uint8Array(0) }],
  ]),
  { version: "2", text: "x" },
);

const safetensors: FuzzTarget = {
  name: "safetensors",
  property: "A file is refused, or its tensors have the sizes of their shapes and fill it",
  samples: [tensors],
  errors: [StoreError],
  json: true,
  repair: repairSafetensors,
  inputs: fc.json({ maxDepth: 3 }).map((text) => {
    const header = bytesOf(text);
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setUint32(0, header.length, true);
    bytes.set(header, 8);
    return bytes;
  }),
  read(bytes) {
    let total = 0;
    for (const { shape, data } of decodeSafetensors(bytes, "x").tensors.values()) {
      promise(data.length === shape.reduce((a, b) => a * b, 1), "another size than the shape's");
      total += data.byteLength;
    }
    promise(total < bytes.length, "more data than bytes");
  },
};

/** Targets that read a file of a run folder; made when they are wanted, in `folder`. */
function runTargets(folder: string): FuzzTarget[] {
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    Deno.writeFileSync(path, bytes);
    return path;
  };
  const adapter = { vendor: "v", description: "d", fallback: true } as Parameters<
    typeof openTuning
  >[0];
  const tuningName = tuningFileName(adapter);
  openTuning(adapter, { note() {}, folder }).set("key", "kernel");
  const tuned = Deno.readFileSync(join(folder, tuningName));
  return [
    {
      name: "events.jsonl",
      property: "A log is refused, or holds valid events, a torn last line left out",
      samples: [bytesOf(logText())],
      errors: [StoreError],
      json: true,
      inputs: fc.array(fc.constantFrom(...EVENTS)).map((events) => bytesOf(logText(events))),
      read(bytes) {
        const { events } = readEvents(write("events.jsonl", bytes));
        promise(events.length === 0 || events[0].type === "run_started", "another first event");
        const again = readEvents(write("events.jsonl", bytesOf(logText(events))));
        deepStrictEqual(again, { events, truncated: false });
      },
    },
    {
      name: "config.json",
      property: "A run's configuration is refused, or is complete and stays the same",
      samples: [bytesOf(JSON.stringify(CONFIG))],
      errors: [StoreError],
      json: true,
      inputs: fc.json({ maxDepth: 4 }).map(bytesOf),
      read(bytes) {
        const config = parseConfig(textOf(bytes), "config.json");
        deepStrictEqual(parseConfig(JSON.stringify(config), "x"), config);
      },
    },
    {
      name: "profile.json",
      property: "A profile is refused, or is complete and stays the same",
      samples: [bytesOf(JSON.stringify(makeProfile()))],
      errors: [StoreError],
      json: true,
      read(bytes) {
        const profile = parseProfile(textOf(bytes), "profile.json");
        deepStrictEqual(parseProfile(JSON.stringify(profile), "x"), profile);
      },
    },
    {
      name: "tuning cache",
      property: "A damaged cache counts as none, with a sentence; a choice is a text",
      samples: [tuned],
      errors: [],
      json: true,
      read(bytes) {
        write(tuningName, bytes);
        const choice = openTuning(adapter, { note() {}, folder }).get("key");
        promise(choice === undefined || typeof choice === "string", "another kind of choice");
      },
    },
    {
      name: "run names",
      property: "A name is refused, or its folder lies directly below the folder of runs",
      samples: ["run", "a b", "..."].map(bytesOf),
      errors: [StoreError],
      inputs: fc.oneof(
        fc.constantFrom("..", ".", "../../x", "/etc", "a/../../b", "C:\\x", "a\0b", "-x"),
        fc.string({ unit: "binary", maxLength: 20 }),
      ).map(bytesOf),
      read(bytes) {
        const root = Deno.makeTempDirSync({ dir: folder });
        try {
          const made = createRunFolder(root, textOf(bytes));
          promise(join(made.path, "..") === root, `the folder ${JSON.stringify(made.path)}`);
          const inside = [...Deno.readDirSync(root)];
          promise(inside.length === 1 && inside[0].name === made.name, "another folder");
        } finally {
          Deno.removeSync(root, { recursive: true });
        }
      },
    },
  ];
}

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
async function checkpointTargets(folder: string): Promise<FuzzTarget[]> {
  const run = runFolder(folder);
  Deno.mkdirSync(run.checkpoints, { recursive: true });
  const files: Record<string, Uint8Array> = {};
  for (const text of [MACRO, MICRO]) {
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
function stateTarget(folder: string): FuzzTarget {
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

/** Targets of nas/arc, nas/config and nas/store; `folder` is theirs to write in. */
export async function storeTargets(folder: string): Promise<FuzzTarget[]> {
  const [files, checkpoints] = [join(folder, "files"), join(folder, "run")];
  Deno.mkdirSync(files);
  return [
    arcText,
    arcFile,
    settings,
    safetensors,
    ...runTargets(files),
    ...await checkpointTargets(checkpoints),
    stateTarget(join(folder, "state")),
  ];
}
