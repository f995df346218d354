import assert from "node:assert/strict";
import { encodePng } from "../../nas/files/png.ts";
import type { RunPredictions } from "../../nas/run/prediction_schema.ts";
import { predictionFigures } from "../../reports/predictions.ts";
import { summariseRun } from "../../reports/summary.ts";
import { makeRun } from "./fixture.ts";

const png = encodePng(Uint8Array.of(1, 2, 3, 4), 2, 2, 1).toBase64();
const PREDICTIONS: RunPredictions = {
  version: 1,
  arc: "0",
  classNames: ["cat", "<dog>"],
  labels: [0, 0, 0, 1, 1],
  predicted: [0, 0, 1, 1, 0],
  probability: [0.9, 0.8, 0.7, 0.6, 0.99],
  mistakes: [
    { index: 4, name: "dog/1.png", truth: 0.01, png },
    { index: 2, name: null, truth: 0.3, png },
  ],
};

const figuresOf = (predictions: RunPredictions) =>
  predictionFigures([summariseRun({ ...makeRun(), predictions })]);

Deno.test("confusions, classes and mistakes are told in numbers and pictures", () => {
  const [confusion, classes, mistakes] = figuresOf(PREDICTIONS);
  assert.deepEqual(confusion.table.rows, [
    ["cat", "cat", 2],
    ["cat", "<dog>", 1],
    ["<dog>", "cat", 1],
    ["<dog>", "<dog>", 1],
  ]);
  assert.match(confusion.html, /<table class="heat">/);
  assert.deepEqual(classes.table.rows, [["<dog>", 2, 1, 0.5], ["cat", 3, 2, 2 / 3]]);
  assert.equal(mistakes.html.split("<li>").length - 1, 2);
  assert.match(mistakes.html, /alt="dog\/1.png: is &lt;dog&gt;, taken for cat"/);
  assert.ok(mistakes.html.includes(`src="data:image/png;base64,${png}"`));
  assert.match(mistakes.html, /test image 2/);
  assert.match(mistakes.caption, /^2 of 5 test images were taken for another class/);
});

Deno.test("a network without mistakes shows none, many classes are a list", () => {
  const right = { ...PREDICTIONS, predicted: PREDICTIONS.labels, mistakes: [] };
  assert.deepEqual(figuresOf(right).map(({ id }) => id), ["confusion", "classes"]);
  const classNames = Array.from({ length: 30 }, (_, k) => `class ${k}`);
  const [confusion] = figuresOf({ ...PREDICTIONS, classNames });
  assert.doesNotMatch(confusion.html, /class="heat"/);
  assert.match(confusion.caption, /^The 2 most frequent confusions of 30 classes/);
});

Deno.test("runs without predictions have no figures of them", () => {
  assert.deepEqual(predictionFigures([summariseRun(makeRun())]), []);
  const several = predictionFigures([
    summariseRun({ ...makeRun(), predictions: PREDICTIONS }),
    summariseRun(makeRun()),
  ]);
  assert.match(several[0].title, /^What is taken for what: /);
});
