/**
 * Readers of architectures, settings and run folders under damaged files.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  ArcError,
  equalArcs,
  formatArc,
  parseArc,
  readArcFile,
  writeArcFile,
} from "../../nas/space/mod.ts";
import { ConfigError, getPreset, parseSearchConfig } from "../../nas/config/mod.ts";
import { parseConfig } from "../../nas/run/config_schema.ts";
import { StoreError } from "../../nas/run/errors.ts";
import { readEvents } from "../../nas/run/event_log.ts";
import { parsePredictions, type RunPredictions } from "../../nas/run/prediction_schema.ts";
import { parseProfile } from "../../nas/run/profile_schema.ts";
import { createRunFolder } from "../../nas/run/run_folder.ts";
import { decodeSafetensors, encodeSafetensors } from "../../nas/run/safetensors.ts";
import { openTuning, tuningFileName } from "../../nas/run/tuning_file.ts";
import { CONFIG, EVENTS, logText } from "../../tests/nas/run/samples.ts";
import { makeProfile } from "../../tests/reports/fixture_profile.ts";
import { checkpointTargets, stateTarget } from "./checkpoint_targets.ts";
import { ARC_TEXTS, bytesOf, repairSafetensors, textOf } from "./files.ts";
import { type FuzzTarget, promise } from "./target.ts";

const PREDICTIONS: RunPredictions = {
  version: 1,
  arc: "0",
  classNames: ["a", "b"],
  labels: [0, 1, 1],
  predicted: [0, 1, 0],
  probability: [0.9, 0.8, 0.7],
  mistakes: [{ index: 2, name: "b/1.png", truth: 0.3, png: "aGVsbG8=" }],
};

const arcText: FuzzTarget = {
  name: "arc text",
  property: "A text is refused, or means one arc, whose own text means the same",
  samples: [
    ...ARC_TEXTS,
    ...["[0] [1 0] [5 1 1]", "[0 0 1 1] [1 4 0 0]"],
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
  samples: ARC_TEXTS.map((text) =>
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
      name: "predictions.json",
      property: "Predictions are refused, or are of classes that exist and stay the same",
      samples: [bytesOf(JSON.stringify(PREDICTIONS))],
      errors: [StoreError],
      json: true,
      read(bytes) {
        const predictions = parsePredictions(textOf(bytes), "predictions.json");
        const { classNames, labels, predicted } = predictions;
        promise(
          labels.length === predicted.length &&
            [...labels, ...predicted].every((label) => label < classNames.length),
          "a prediction without an image or a class",
        );
        deepStrictEqual(parsePredictions(JSON.stringify(predictions), "x"), predictions);
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

/** Targets of nas/space, nas/config and nas/run; `folder` is theirs to write in. */
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
