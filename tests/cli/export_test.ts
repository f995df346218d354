import assert from "node:assert/strict";
import { join } from "node:path";
import { UsageError } from "../../cli/errors.ts";
import { exportCommand } from "../../cli/export.ts";
import { ArcError, readArcFile } from "../../nas/space/mod.ts";
import { syntheticDataset } from "../../nas/data/synthetic.ts";
import { resizeImages } from "../../nas/data/resize.ts";
import { onnxruntime } from "../nas/export/onnxruntime.ts";
import { cli, scratch, smallSearch } from "./helpers.ts";

const MICRO = "0 0 1 1 2 2 0 3 | 1 3 0 1 0 2 2 0";
const RUNS = join(scratch, "runs");
const NAMES = ["arc.json", "weights.safetensors", "network.onnx", "network.svg", "retrain.txt"];
const at = (...parts: string[]) => join(scratch, ...parts);
const bytes = (...parts: string[]) => Deno.readFileSync(at(...parts));
const text = (...parts: string[]) => Deno.readTextFileSync(at(...parts));

/** Runs the command line in the scratch folder; it must succeed and print JSON. */
async function ask(args: readonly string[]) {
  const { code, stdout, stderr } = await cli([...args, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Share of the synthetic test images that a model classifies rightly under onnxruntime. */
async function accuracyOf(model: Uint8Array): Promise<number> {
  const { images, labels, count, channels } = resizeImages(syntheticDataset().test, 8);
  assert.equal(channels, 1, "with one channel, NHWC and NCHW are the same");
  const numbers = Array.from(images, (byte) => Math.fround(byte / 255));
  const [{ logits, shape }] = await onnxruntime([
    { model, images: numbers, shape: [count, 1, 8, 8] },
  ]);
  const classes = shape[1];
  const right = Array.from(labels).filter((label, i) => {
    const own = logits.slice(i * classes, (i + 1) * classes);
    return own.indexOf(Math.max(...own)) === label;
  });
  return right.length / count;
}

/** Runs what a retrain.txt says; in the folder of its arc.json, which is all that it needs. */
function retrain(folder: string, ...more: string[]) {
  const line = text(folder, "retrain.txt").trimEnd().split("\n").at(-1)!;
  assert.match(line, /^deno run -A cli\.ts train --arc arc\.json --preset quick [\w .,=/-]+$/);
  const args = line.split(" ").slice(4);
  args[args.indexOf("--arc") + 1] = join(folder, "arc.json");
  return ask([...args, "--no-report", ...more]);
}

Deno.test("what is exported of a run works elsewhere", async (t) => {
  const { best } = await ask(smallSearch("runs", "--name", "one", "--no-report"));

  await t.step("--out writes everything, and says so", async () => {
    const printed = await ask(["export", "one", "--out", "all"]);
    const files = { arc: 0, weights: 1, onnx: 2, svg: 3, retrain: 4 };
    assert.deepEqual(printed, {
      ...{ target: join(RUNS, "one"), arc: best.arc, space: "macro", graph: "faithful" },
      dataset: "synthetic",
      files: Object.fromEntries(
        Object.entries(files).map(([part, i]) => [part, at("all", NAMES[i])]),
      ),
    });
    assert.deepEqual(
      [...Deno.readDirSync(at("all"))].map(({ name }) => name).sort(),
      NAMES.toSorted(),
    );
    assert.deepEqual(
      bytes("all", "weights.safetensors"),
      bytes(
        ...["runs", "one", "checkpoints", "child.safetensors"],
      ),
    );
    assert.match(text("all", "network.svg"), /^<\?xml [\s\S]*<svg [\s\S]*<\/svg>\s*$/);
    const { provenance } = readArcFile(text("all", "arc.json"));
    assert.deepEqual(provenance, {
      ...{ run: "one", dataset: "synthetic", epoch: 1, estimate: best.estimate },
      ...{ skipIndex: "stem-first", opMode: "correct" },
    });
  });

  await t.step("onnxruntime measures the run's test accuracy with the model", async () => {
    const accuracy = await accuracyOf(bytes("all", "network.onnx"));
    assert.ok(Math.abs(accuracy - best.testAccuracy) < 1e-6, `${accuracy}: ${best.testAccuracy}`);
    assert.ok(accuracy > 0.3, `${accuracy} is hardly more than chance`);
  });

  await t.step("a fresh process trains the same weights from the architecture alone", async () => {
    Deno.mkdirSync(at("elsewhere"));
    for (const name of ["arc.json", "retrain.txt"]) {
      Deno.copyFileSync(at("all", name), at("elsewhere", name));
    }
    const { arc, testAccuracy } = await retrain("elsewhere", "--name", "again");
    assert.deepEqual([arc, testAccuracy], [best.arc, best.testAccuracy]);
    const again = bytes("runs", "again", "checkpoints", "child.safetensors");
    assert.deepEqual(again, bytes("all", "weights.safetensors"));
  });

  await t.step("weights outside a run give the same model, and say what they lack", async () => {
    Deno.copyFileSync(at("all", "weights.safetensors"), at("moved.safetensors"));
    const { code, stdout, stderr } = await cli(["export", "moved.safetensors", "--out", "moved"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /retrain\.txt is left out: weights outside a run do not say how/);
    assert.equal(
      stdout,
      NAMES.filter((name) => name !== "retrain.txt")
        .map((name) => `moved/${name}\n`).join(""),
    );
    assert.deepEqual(bytes("moved", "network.onnx"), bytes("all", "network.onnx"));
    assert.deepEqual(readArcFile(text("moved", "arc.json")).provenance, { dataset: "synthetic" });
  });

  await t.step("an architecture gets its own weights, or shared ones", async () => {
    const own = ["--weights-from", "moved.safetensors", "--onnx", "own.onnx"];
    await ask(["export", "all/arc.json", ...own]);
    assert.deepEqual(bytes("own.onnx"), bytes("all", "network.onnx"));
    const shared = "runs/one/checkpoints/shared_weights.safetensors";
    const written = await ask(
      ["export", "all/arc.json", "--weights-from", shared, "--onnx", "shared.onnx"],
    );
    assert.deepEqual([written.arc, Object.keys(written.files)], [best.arc, ["onnx"]]);
    assert.ok(await accuracyOf(bytes("shared.onnx")) >= 0);
    assert.notDeepEqual(bytes("shared.onnx"), bytes("own.onnx"));
  });

  await t.step("a run that was interrupted before it trained is refused", async () => {
    Deno.mkdirSync(join(RUNS, "early", "checkpoints"), { recursive: true });
    Deno.copyFileSync(join(RUNS, "one", "config.json"), join(RUNS, "early", "config.json"));
    const events = text("runs", "one", "events.jsonl").split("\n");
    Deno.writeTextFileSync(
      join(RUNS, "early", "events.jsonl"),
      events.filter((line) => !line.includes('"type":"trained"')).join("\n"),
    );
    const { code, stderr } = await cli(["export", "early", "--out", "early"]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /Expected a run that trained its best architecture but found early, .*--arc runs\/early`/,
    );
  });

  await t.step("what cannot be used is refused, and nothing is written", askInVain);
});

Deno.test("a micro network in its official graph is exported and trained again", async () => {
  const { testAccuracy, arc } = await ask([
    ...["train", "--arc", MICRO, "--dataset", "synthetic", "--image-size", "8", "--images", "120"],
    ...["--layers", "2", "--filters", "4", "--epochs", "1", "--batch", "24"],
    ...["--graph", "official", "--no-report", "--name", "micro", "--seed", "3"],
  ]);
  const { graph } = await ask(["export", "micro", "--out", "cells"]);
  assert.deepEqual([graph, arc], ["official", MICRO]);
  assert.ok(Math.abs(await accuracyOf(bytes("cells", "network.onnx")) - testAccuracy) < 1e-6);
  await retrain("cells", "--name", "micro-again");
  const again = bytes("runs", "micro-again", "checkpoints", "child.safetensors");
  assert.deepEqual(again, bytes("cells", "weights.safetensors"));
});

/** Asks for what cannot be had of the files that the steps before wrote. */
async function askInVain(): Promise<void> {
  Deno.writeTextFileSync(at("arc.txt"), "[0] [1 1]");
  Deno.mkdirSync(join(RUNS, "other", "checkpoints"), { recursive: true });
  for (const name of ["events.jsonl", join("checkpoints", "child.safetensors")]) {
    Deno.copyFileSync(join(RUNS, "one", name), join(RUNS, "other", name));
  }
  Deno.writeTextFileSync(
    join(RUNS, "other", "config.json"),
    text("runs", "one", "config.json").replace('"skipIndex"', '"skips"'),
  );
  Deno.writeTextFileSync(at("broken.txt"), "no architecture");
  Deno.writeTextFileSync(at("broken.safetensors"), "no weights");
  const cases: [args: string[], message: RegExp][] = [
    [
      ["nowhere", "--onnx", "x"],
      /Expected TARGET to be a run, .* but found "nowhere", which is none/,
    ],
    [["arc.txt"], /Expected --out DIR for everything, or some of --onnx, .* but found none/],
    [["arc.txt", "--onnx", "x"], /Expected --weights-from FILE with arc\.txt, .* but found none/],
    [
      ["broken.txt", "--weights-from", "moved.safetensors", "--onnx", "x"],
      /Expected an integer but found .* \(TARGET broken\.txt\)/,
    ],
    [["broken.safetensors", "--onnx", "x"], /Expected .* in .*broken\.safetensors but found/],
    [
      ["arc.txt", "--weights-from", "missing.safetensors", "--onnx", "x"],
      /Expected .*missing\.safetensors but found/,
    ],
    [
      ["arc.txt", "--weights-from", "moved.safetensors", "--onnx", "x"],
      /Expected weights of 0 1 1 but found those of /,
    ],
    [
      [
        "arc.txt",
        "--weights-from",
        "runs/one/checkpoints/shared_weights.safetensors",
        "--svg",
        "x",
      ],
      /Expected an architecture of the macro space with 4 layers, .*\(macro, 2 layers\)/,
    ],
    [
      ["runs/one/checkpoints/shared_weights.safetensors", "--onnx", "x"],
      /found shared weights, .* with --weights-from/,
    ],
    [["one", "--weights-from", "x", "--onnx", "x"], /Expected --weights-from only with a file of/],
    [["one", "--onnx", "x", "--arc", "x"], /Expected a file of its own for each part but found/],
    [["one", "--onnx", "no/where/x"], /Expected to write no\/where\/x but .* with --onnx/],
    [
      ["other", "--out", "x"],
      /Expected settings of this version of enaslab in runs\/other\/config\.json but found others/,
    ],
    [["one", "--out", "arc.txt"], /Expected to write arc\.txt but .* with --out/],
  ];
  // In this process, because starting one costs most of the time; the last one tells the exit code.
  const before = Deno.env.get("INIT_CWD");
  Deno.env.set("INIT_CWD", scratch);
  try {
    for (const [args, message] of cases) {
      await assert.rejects(exportCommand().parseAsync(args, { from: "user" }), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error instanceof UsageError || error instanceof ArcError, error.stack);
        return true;
      });
    }
  } finally {
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
  }
  const { code, stdout, stderr } = await cli(["export", "nowhere", "--onnx", "x"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^enaslab: Expected TARGET to be a run, [^\n]*\n$/);
  assert.throws(() => Deno.statSync(at("x")), Deno.errors.NotFound);
}
