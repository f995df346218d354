import assert from "node:assert/strict";
import {
  microOfficialStructure,
  microSearchStructure,
  type MicroStructure,
  parseMicroArc,
  reductionLayers,
} from "../../../nas/space/mod.ts";
import { README_MICRO } from "./examples.ts";

const OPTIONS = { layers: 6, filters: 20, imageHeight: 32, imageWidth: 32 };

/** Calibrations of inputs 0 and 1 by layer, such as "reduce none". */
function calibrations({ layers }: MicroStructure): string[] {
  return layers.map(({ inputs }) => inputs.map(({ calibration }) => calibration).join(" "));
}

/** Sources of inputs 0 and 1 by layer; r marks the reduction in front of a reduction layer. */
function sources({ layers }: MicroStructure): string[] {
  return layers.map(({ inputs }) =>
    inputs.map(({ source, reduced }) => `${source}${reduced ? "r" : ""}`).join(" ")
  );
}

Deno.test("reductionLayers() gives two layers, d and 2d+1", () => {
  assert.deepEqual([1, 2, 3, 5, 6, 15].map(reductionLayers), [
    [0, 1],
    [0, 1],
    [1, 3],
    [1, 3],
    [2, 5],
    [5, 11],
  ]);
  assert.throws(() => reductionLayers(0), /layers .* found 0/);
});

Deno.test("microSearchStructure() lays out 6 layers as released", () => {
  const structure = microSearchStructure(OPTIONS);
  const { layers } = structure;
  assert.equal(layers.map(({ cell }) => cell[0]).join(""), "nnrnnrnn");
  assert.deepEqual(layers.map(({ filters }) => filters), [20, 20, 40, 40, 40, 80, 80, 80]);
  assert.deepEqual(layers.map(({ height }) => height), [32, 32, 16, 16, 16, 8, 8, 8]);
  assert.ok(layers.every(({ filters, outputChannels }) => filters === outputChannels));
  assert.ok(layers.every(({ inputStride }) => inputStride === 1));
  assert.ok(layers.every((layer) => layer.height === layer.inputHeight));
  // Layer 0 calibrates both inputs, layer 1 the stem alone, reduction layers input 0, others none.
  assert.deepEqual(calibrations(structure), [
    "project project",
    "project none",
    "reduce none",
    "none none",
    "none none",
    "reduce none",
    "none none",
    "none none",
  ]);
  assert.deepEqual(sources(structure), [
    "0 0",
    "0 1",
    "2 2r",
    "2r 3",
    "3 4",
    "5 5r",
    "5r 6",
    "6 7",
  ]);
  assert.deepEqual(layers.map(({ frontReduction }) => frontReduction?.channels ?? 0), [
    ...[0, 0, 20, 0, 0, 40, 0, 0],
  ]);
  assert.equal(structure.stemChannels, 60);
  assert.equal(structure.auxLayer, 6);
  assert.deepEqual(structure.head, { channels: 80, height: 8, width: 8 });
});

Deno.test("microSearchStructure() can keep the earlier layer behind a reduction layer", () => {
  const structure = microSearchStructure({ ...OPTIONS, reductionPrev: "earlier" });
  assert.deepEqual(sources(structure).slice(2), ["2 2r", "2 3", "3 4", "5 5r", "5 6", "6 7"]);
  assert.deepEqual(calibrations(structure).slice(2), [
    "reduce none",
    "reduce none",
    "none none",
    "reduce none",
    "reduce none",
    "none none",
  ]);
});

Deno.test("microOfficialStructure() strides in the cell and widens with the loose ends", () => {
  // The released cells have 5 and 4 loose ends, none of them an input.
  const structure = microOfficialStructure(parseMicroArc(README_MICRO), OPTIONS);
  const { layers } = structure;
  assert.deepEqual(layers.map(({ inputStride }) => inputStride), [1, 1, 2, 1, 1, 2, 1, 1]);
  assert.deepEqual(layers.map(({ inputHeight }) => inputHeight), [32, 32, 32, 16, 16, 16, 8, 8]);
  assert.deepEqual(layers.map(({ height }) => height), [32, 32, 16, 16, 16, 8, 8, 8]);
  const normal = layers.filter(({ cell }) => cell === "normal");
  assert.ok(normal.every(({ outputChannels, filters }) => outputChannels === 5 * filters));
  assert.deepEqual([layers[2].outputChannels, layers[5].outputChannels], [4 * 40, 4 * 80]);
  assert.deepEqual(sources(structure), ["0 0", "0 1", "1 2", "2 3", "3 4", "4 5", "5 6", "6 7"]);
  assert.deepEqual(calibrations(structure), [
    "project project",
    "project project",
    "project project",
    "reduce project",
    "project project",
    "project project",
    "reduce project",
    "project project",
  ]);
  assert.deepEqual(structure.head, { channels: 400, height: 8, width: 8 });
});

Deno.test("both structures begin with their reduction layers below 3 layers, and round sides up", () => {
  const structure = microSearchStructure({ layers: 1, filters: 4, imageHeight: 7, imageWidth: 5 });
  assert.equal(structure.layers.map(({ cell }) => cell[0]).join(""), "rrn");
  assert.deepEqual(structure.layers.map(({ height, width }) => [height, width]), [
    [4, 3],
    [2, 2],
    [2, 2],
  ]);
  assert.deepEqual(calibrations(structure), ["reduce none", "reduce none", "none none"]);
  const fixed = microOfficialStructure(parseMicroArc("0 4 1 4 | 0 4 1 4"), {
    layers: 1,
    filters: 4,
    imageHeight: 7,
    imageWidth: 5,
  });
  assert.deepEqual(calibrations(fixed), ["project project", "reduce project", "reduce none"]);
});

Deno.test("micro structures reject impossible sizes", () => {
  assert.throws(() => microSearchStructure({ ...OPTIONS, layers: 0 }), /layers .* found 0/);
  assert.throws(() => microSearchStructure({ ...OPTIONS, filters: 1.5 }), /filters .* found 1.5/);
  assert.throws(() => microSearchStructure({ ...OPTIONS, imageHeight: 0 }), /imageHeight/);
});
