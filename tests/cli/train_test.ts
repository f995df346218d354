import assert from "node:assert/strict";
import { join } from "node:path";
import { formatArc, parseArc, writeArcFile } from "../../nas/space/mod.ts";
import { finalNetworkSpec } from "../../nas/child/create_network.ts";
import { parseSearchConfig } from "../../nas/config/mod.ts";
import { networkCost } from "../../nas/space/registry.ts";
import { openRun, type RunFolder, runFolder } from "../../nas/run/mod.ts";
import { makeImage, makePng, writeTree } from "../nas/data/make_images.ts";
import { assertReadable, assertRefused, cli, interrupted, scratch, smallTrain } from "./helpers.ts";

const MACRO = parseArc("[2] [0 1] [5 0 1]");
const MICRO = parseArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2");

/** Decoded images go here and not into the caller's cache. */
const ENV = { ENASLAB_DATA: join(scratch, "data") };

Deno.test("train --arc FILE --json prints one object with all fields", async () => {
  const file = join(scratch, "best.json");
  Deno.writeTextFileSync(file, writeArcFile(MACRO, { run: "elsewhere", epoch: 3 }));
  const folder = runFolder(join(scratch, "runs", "file"));
  const args = smallTrain(file, "runs", "--name", "file", "--graph", "official", "--json");
  const { code, stdout, stderr } = await cli(args);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout);
  assert.deepEqual(Object.keys(result), [
    ...["run", "report", "arc", "graph", "validationAccuracy", "bestValidationAccuracy"],
    ...["bestEpoch", "testAccuracy", "parameters", "flops", "seconds"],
  ]);
  assert.deepEqual([result.run, result.report], [folder.path, folder.report]);
  assert.deepEqual([result.arc, result.graph], [formatArc(MACRO), "official"]);
  const { validationAccuracy: last, bestValidationAccuracy: best, bestEpoch } = result;
  for (const accuracy of [last, best, result.testAccuracy]) {
    assert.ok(accuracy >= 0 && accuracy <= 1, `accuracy ${accuracy}`);
  }
  // Both accuracies are those of the log.
  const { config, events } = openRun(folder.path);
  const validated = events.flatMap((event) =>
    event.type === "train_epoch" ? [event.validationAccuracy] : []
  );
  assert.equal(validated.length, 2);
  assert.equal(last, validated[1]);
  assert.equal(best, Math.max(...validated.map(Number)));
  assert.equal(bestEpoch, validated.indexOf(best) + 1);
  const hyperparameters = parseSearchConfig(config.hyperparameters);
  const { shape, classes } = config.dataset;
  const spec = finalNetworkSpec(hyperparameters, MACRO, { shape, classes });
  const { parameters, flops } = networkCost(spec, MACRO, shape);
  assert.deepEqual([result.parameters, result.flops], [parameters, flops]);
  assert.ok(result.seconds > 0);
  assert.equal(config.command, "train");
  assert.equal(hyperparameters.child.layers, 3);
  assert.match(stderr, /^data +synthetic, 8×8: 150 images to train, 50 to validate, 200 to test/m);
  assert.match(
    stderr,
    /^train +2 0 1 5 0 1, official graph, 4 filters, 2 epochs, 10 steps, seed 1/m,
  );
  assert.ok(!stderr.includes("\r") && !stderr.includes("━"), stderr);
  assertReadable(folder, "completed");
  assert.match(Deno.readTextFileSync(folder.report), /<h2>Test images<\/h2>/);

  // A run that ended before it chose has no architecture to train.
  const lines = Deno.readTextFileSync(folder.events).split("\n");
  Deno.writeTextFileSync(folder.events, `${lines[0]}\n`);
  assertRefused(
    await cli(["train", "--arc", "file"]),
    2,
    /Expected --arc to name a run that chose an architecture but found file, which ended before/,
  );
});

Deno.test("train --arc TEXT says in words how well it went", async () => {
  const args = smallTrain(formatArc(MICRO), "runs", "--name", "text", "--layers", "1");
  const { code, stdout, stderr } = await cli([...args, "--filters", "2"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^validation +\d+\.\d % {2}after the last epoch$/m);
  assert.match(stdout, /^best epoch +\d+\.\d % {2}after epoch [12], for comparison only$/m);
  assert.match(stdout, /^test +\d+\.\d % {2}on 200 images, read once$/m);
  assert.match(stdout, /^parameters +[\d,]+$/m);
  assert.match(stdout, /^operations +\d+\.\d MFLOP an image$/m);
  assert.match(stdout, /^run +runs\/text\nreport +runs\/text\/report.html$/m);
  assertReadable(runFolder(join(scratch, "runs", "text")), "completed");
});

Deno.test("a run of train has an architecture but no sampler", async () => {
  const first = join(scratch, "runs", "first");
  // Validation images train too: then there is no accuracy on them.
  const made = await cli(
    smallTrain("[4] [5 1]", "runs", "--name", "first", "--train-on", "all", "--no-report"),
  );
  assert.equal(made.code, 0, made.stderr);
  assert.doesNotMatch(made.stdout, /validation|best epoch|report/);
  assert.match(made.stdout, /^test +\d+\.\d %/m);
  const again = await cli(
    smallTrain(first, "runs", "--name", "second", "--no-report", "--json"),
  );
  assert.equal(again.code, 0, again.stderr);
  assert.equal(JSON.parse(again.stdout).arc, "4 5 1");
  const noSampler =
    /to be a run of `search`, which has a sampler, but found first, a run of `train`/;
  assertRefused(await cli(["sample", first, "--count", "1"]), 2, noSampler);
  assertRefused(await cli(["search", "--controller-from", first]), 2, noSampler);
});

/** Values of `--arc` with further flags, and what the sentence on stderr says; exit code 2. */
const wrong: readonly [arc: string | null, flags: string, sentence: RegExp][] = [
  [null, "", /Expected the flag --arc <FILE\|TEXT\|RUN> but found nothing/],
  ["", "", /Expected an architecture but found empty text;/],
  ["nonsense", "", /to be a file, a run or an architecture but found "nonsense", which is none/],
  ["best/none.json", "", /but found "best\/none.json", which is none; check the path/],
  [".", "", /Expected a run with a config.json in .* but found .*\(--arc\)/],
  ["0 9 1", "", /Expected the op of row 2 to be 0\.\.5 but found 9; .*\(line 1, position 3\)/],
  ["0 1", "", /Expected L \+ L\(L-1\)\/2 integers for L layers but found 2;/],
  ["0 0 1 1 | 3 4 0 0", "", /input 1 of node 1 of the reduction cell to be 0\.\.1 but found 3/],
  ["[0] [1 1]", "--space micro", /an architecture of the micro space but found one of the macro/],
  ["0 0 1 1 | 1 4 0 0", "--space macro", /of the macro space but found one of the micro space/],
  [formatArc(MACRO), "--layers 3", /Expected --layers only in the micro space .*; leave it out$/m],
  ["0", "--set child.layers=2", /Expected --set child.layers to be 1, as --arc says, but found 2/],
  ["0", "--sampler random", /Expected a known flag but found --sampler/],
  ["0", "--epochs 0", /Expected --epochs to be an integer of at least 1 but found 0/],
  ["0", "--graph best", /Expected --graph to be one of "faithful", "official" but found "best"/],
  ["0", "--dataset folder", /Expected --from with --dataset folder but found nothing; add --from/],
];
for (const [arc, flags, sentence] of wrong) {
  const args = [...(arc === null ? [] : ["--arc", arc]), ...flags.split(" ").filter(Boolean)];
  Deno.test(`train ${args.join(" ")}: exit code 2 and one sentence`, async () => {
    assertRefused(await cli(["train", ...args]), 2, sentence);
  });
}

Deno.test("train refuses a file of an architecture that is damaged, or of the other space", async () => {
  const file = join(scratch, "damaged.json");
  const text = writeArcFile(MICRO);
  Deno.writeTextFileSync(file, text);
  assertRefused(
    await cli(["train", "--arc", file, "--space", "macro"]),
    2,
    /Expected an architecture of the macro space but found one of the micro space;.*--arc in /,
  );
  for (
    const [damaged, sentence] of [
      [text.slice(0, 100), /Expected JSON in .* but found .*\(--arc in .*damaged.json\)/],
      [
        text.replace('"version": 1', '"version": 2'),
        /Expected version 1 in .* but found 2; read it/,
      ],
      [text.replace('"text": "0', '"text": "1'), /Expected text in .* to be "0 0 .*, as arc says/],
    ] as const
  ) {
    assert.notEqual(damaged, text);
    Deno.writeTextFileSync(file, damaged);
    assertRefused(await cli(["train", "--arc", file]), 2, sentence);
  }
});

/** A folder of two classes of 12 images. */
async function imageFolder(
  pngOf: (label: number, n: number) => Uint8Array | null,
): Promise<string> {
  const from = Deno.makeTempDirSync({ dir: scratch });
  for (const [label, name] of ["cat", "dog"].entries()) {
    for (let n = 0; n < 12; n++) {
      await writeTree(from, { [`${name}/${n}.png`]: pngOf(label, n) });
    }
  }
  return from;
}

/** Pixels of chance, darker in class 1. */
function noisePng(label: number, n: number): Uint8Array {
  const pixel = (i: number) => ((i * 7919 + n * 104729) % 97) + (label === 0 ? 150 : 0);
  return makePng(8, 8, Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => pixel(i)));
}

Deno.test("train on the caller's own images", async () => {
  const from = await imageFolder(noisePng);
  const folder = runFolder(join(scratch, "runs", "own"));
  const args = [
    ...["train", "--arc", "[2] [1 1]", "--dataset", "folder", "--from", from, "--image-size", "0"],
    ...["--filters", "4", "--epochs", "5", "--set", "finalTraining.stepsPerEpoch=8"],
    ...["--out", join(scratch, "runs"), "--name", "own", "--json"],
  ];
  const { code, stdout, stderr } = await cli(args, { env: ENV });
  assert.equal(code, 0, stderr);
  const { config } = openRun(folder.path);
  const { name, classNames, shape, source, ...counts } = config.dataset;
  assert.deepEqual([name, classNames, shape], ["folder", ["cat", "dog"], [8, 8, 3]]);
  // A fifth of each class tests; a quarter of the others validates.
  assert.deepEqual(counts, { classes: 2, train: 15, validation: 5, test: 4 });
  assert.ok(source!.startsWith(`${from}, SHA-256 `));
  // Light against dark can be learned by anything that learns at all.
  const { validationAccuracy, testAccuracy } = JSON.parse(stdout);
  assert.deepEqual([validationAccuracy, testAccuracy], [1, 1]);
  assertReadable(folder, "completed");
});

Deno.test("train on the caller's own idx files fits its batches to them", async () => {
  const from = Deno.makeTempDirSync({ dir: scratch });
  const idx = (shape: readonly number[], valueOf: (i: number) => number) => {
    const sizes = shape.flatMap((extent) => [0, 0, extent >> 8, extent & 255]);
    const length = shape.reduce((product, extent) => product * extent, 1);
    return Uint8Array.from([
      ...[0, 0, 8, shape.length],
      ...sizes,
      ...Array.from({ length }, (_, i) => valueOf(i)),
    ]);
  };
  for (const [prefix, count] of [["train", 40], ["t10k", 8]] as const) {
    const images = idx([count, 6, 6], (i) => i % 251);
    Deno.writeFileSync(join(from, `${prefix}-images-idx3-ubyte`), images);
    Deno.writeFileSync(join(from, `${prefix}-labels-idx1-ubyte`), idx([count], (i) => i % 3));
  }
  const args = ["train", "--arc", "0", "--dataset", "idx", "--from", from, "--print-config"];
  // Settings that only a search reads are taken, and said to do nothing.
  const sets = ["--set", "child.l2=0.5", "--set", "child.opMode=released"];
  const { code, stdout, stderr } = await cli([...args, ...sets]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /--set child\.l2 has no effect/);
  assert.doesNotMatch(stderr, /opMode has no effect/);
  const { dataset, finalTraining } = JSON.parse(stdout);
  assert.deepEqual([dataset.name, dataset.validationShare], ["idx", 0.25]);
  assert.equal(finalTraining.batchSize, 30);
});

Deno.test("images that cannot be used are named, and no run is left behind", async () => {
  const runs = join(scratch, "refused");
  const one = (pngOf: (label: number, n: number) => Uint8Array | null) =>
    imageFolder((label, n) => label === 1 && n === 5 ? pngOf(label, n) : noisePng(label, n));
  const broken = await one((label, n) => noisePng(label, n).subarray(0, 60));
  const mixed = await one(() => makeImage("image/png", 9, 7, "red"));
  const empty = await imageFolder((label, n) => label === 1 ? null : noisePng(label, n));
  const cases: [from: string, sentence: RegExp][] = [
    [
      broken,
      /an intact PNG, JPEG, WebP or BMP image in .*dog\/5.png but found a truncated PNG of 60 bytes/,
    ],
    [mixed, /Expected 8x8 pixels.*dog\/5.png but found 9x7; resize all images with --image-size N/],
    [
      empty,
      /Expected PNG, JPEG, WebP or BMP files in .*dog but found none: the class is empty; put images/,
    ],
    [join(scratch, "none"), /Expected a readable folder of images in .*none but found none; give/],
  ];
  for (const [from, sentence] of cases) {
    const args = [
      "train",
      "--arc",
      "0",
      "--dataset",
      "folder",
      "--from",
      from,
      "--image-size",
      "0",
    ];
    assertRefused(await cli([...args, "--out", runs], { env: ENV }), 2, sentence);
  }
  // The advice helps.
  const resized = await cli([
    ...["train", "--arc", "0", "--dataset", "folder", "--from", mixed, "--image-size", "4"],
    "--print-config",
  ], { env: ENV });
  assert.equal(resized.code, 0, resized.stderr);
  assert.throws(() => Deno.statSync(runs), Deno.errors.NotFound);
  // Nothing half-written stays in the cache: the one file is that of the resized images.
  const cached = [...Deno.readDirSync(join(ENV.ENASLAB_DATA, "images"))].map(({ name }) => name);
  assert.equal(cached.filter((name) => name.includes("-4-")).length, 1, cached.join());
  assert.ok(cached.every((name) => name.endsWith(".images")), cached.join());
});

Deno.test("a truncated CIFAR file is named, and no run is left behind", async () => {
  const from = Deno.makeTempDirSync({ dir: scratch });
  for (const name of ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4"]) {
    Deno.writeFileSync(join(from, `${name}.bin`), new Uint8Array(3073 * 2 - 1));
  }
  for (const name of ["data_batch_5", "test_batch"]) {
    Deno.writeFileSync(join(from, `${name}.bin`), new Uint8Array(3073));
  }
  const runs = join(scratch, "cifar-runs");
  const args = ["train", "--arc", "0", "--dataset", "cifar10", "--from", from, "--out", runs];
  assertRefused(
    await cli(args),
    2,
    /Expected 30730000 bytes in .*data_batch_1.bin but found 6145: the file is truncated; give --fr/,
  );
  assert.deepEqual([...Deno.readDirSync(runs)], []);
});

Deno.test("Ctrl-C ends a training cleanly and keeps what was done", async () => {
  const folder: RunFolder = runFolder(join(scratch, "stopped", "it"));
  const args = smallTrain("[2] [0 1]", "stopped", "--name", "it", "--epochs", "5000", "--json");
  const { code, stdout, stderr } = await interrupted(args, folder, "train_epoch");
  assert.equal(code, 130, stderr);
  assert.match(
    stderr,
    /Interrupted; `deno run -A .*cli\.ts'? train --resume .*it` goes on .* `deno run -A .*cli\.ts'? report /,
  );
  const { testAccuracy, validationAccuracy, arc } = JSON.parse(stdout);
  assert.deepEqual([testAccuracy, validationAccuracy, arc], [null, null, "2 0 1"]);
  assertReadable(folder, "interrupted");
  assert.ok(!openRun(folder.path).events.some(({ type }) => type === "trained"));
});
