import assert from "node:assert/strict";
import fc from "fast-check";
import {
  microArcFlops,
  microArcFlopsByPart,
  microArcFromDecisions,
  microArcParameters,
  microAuxFlops,
  microAuxParameters,
  microAuxPlan,
  microOfficialArcFlops,
  microOfficialArcFlopsByPart,
  microOfficialArcParameters,
  microOfficialStructure,
  microSearchStructure,
  microSupernetParameters,
  parseMicroArc,
} from "../../../nas/space/mod.ts";
import { MAX_KERNEL_SIDE } from "../../../engine/ops/_windows.ts";
import { anyMicroArc, J2_MICRO, README_MICRO } from "./examples.ts";

const CIFAR = { inputChannels: 3, classes: 10 };
const IMAGE = { imageHeight: 32, imageWidth: 32 };
const SMALL = { layers: 6, filters: 20 };
const LARGE = { layers: 15, filters: 36 };
const J2 = { layers: 3, filters: 4 };
const README = parseMicroArc(README_MICRO);

/** The arc whose operands all are one op on input 0, 5 nodes a cell. */
function uniform(op: number) {
  return microArcFromDecisions(Array.from({ length: 40 }, (_, i) => i % 2 === 0 ? 0 : op));
}

Deno.test("microSupernetParameters() gives the released graph's counts", () => {
  assert.equal(microSupernetParameters({ ...SMALL, nodes: 5, ...CIFAR }), 5_373_140);
  assert.equal(microSupernetParameters({ ...LARGE, nodes: 5, ...CIFAR }), 31_587_228);
  assert.equal(microSupernetParameters({ ...J2, nodes: 2, ...CIFAR }), 69_524);
  assert.throws(() => microSupernetParameters({ ...J2, nodes: 0, ...CIFAR }), /nodes .* found 0/);
});

Deno.test("microOfficialArcParameters() gives the released network's counts", () => {
  assert.equal(microOfficialArcParameters(README, { ...LARGE, ...CIFAR }), 3_894_372);
  assert.equal(microOfficialArcParameters(parseMicroArc(J2_MICRO), { ...J2, ...CIFAR }), 9_012);
});

Deno.test("the auxiliary head of a large map has the largest kernel there is", () => {
  const kernelOf = (side: number) => {
    const sides = { imageHeight: side, imageWidth: side };
    return microAuxPlan(microSearchStructure({ layers: 6, filters: 20, ...IMAGE, ...sides }))
      .kernel;
  };
  assert.equal(kernelOf(32), 2);
  assert.equal(kernelOf(140), MAX_KERNEL_SIDE);
  assert.deepEqual([152, 224, 1024].map(kernelOf), Array(3).fill(MAX_KERNEL_SIDE));
});

Deno.test("microAuxParameters() gives the released counts", () => {
  const searched = (size: typeof SMALL) =>
    microAuxParameters(microSearchStructure({ ...size, ...IMAGE }), 10);
  assert.equal(searched(SMALL), 412_928);
  assert.equal(searched(LARGE), 421_120);
  const fixed = microOfficialStructure(README, { ...LARGE, ...IMAGE });
  assert.equal(microAuxParameters(fixed, 10), 494_848);
  assert.throws(() => microAuxParameters(fixed, 0), /classes .* found 0/);
});

Deno.test("microAuxPlan() shrinks its windows with the map", () => {
  const plan = (imageHeight: number, imageWidth: number) => {
    const { pool, height, width, kernel } = microAuxPlan(
      microSearchStructure({ ...SMALL, imageHeight, imageWidth }),
    );
    return [pool, height, width, kernel];
  };
  assert.deepEqual(plan(32, 32), [5, 2, 2, 2]);
  assert.deepEqual(plan(28, 28), [5, 1, 1, 1]);
  assert.deepEqual(plan(44, 32), [5, 3, 2, 2]);
  assert.deepEqual(plan(9, 32), [3, 1, 2, 1]);
});

Deno.test("microArcFlops() and microAuxFlops() give the published multiply-adds", () => {
  const gmacs = (size: typeof SMALL) =>
    (microArcFlops(uniform(1), { ...size, ...CIFAR, ...IMAGE }) +
      microAuxFlops(microSearchStructure({ ...size, ...IMAGE }), 10)) / 2e9;
  assert.equal(gmacs(SMALL).toFixed(3), "0.137");
  assert.equal(gmacs(LARGE).toFixed(3), "0.781");
  const fixed = microOfficialArcFlops(README, { ...LARGE, ...CIFAR, ...IMAGE }) +
    microAuxFlops(microOfficialStructure(README, { ...LARGE, ...IMAGE }), 10);
  assert.equal((fixed / 2e9).toFixed(3), "0.623");
});

Deno.test("microArcParameters() counts one child by hand", () => {
  // F = 2, L = 3: layers N R N R N with 2, 4, 4, 8, 8 channels; 1 image channel, 3 classes. Each
  // cell has one node: sep 3x3 of input 0 plus identity of input 1, so the node is the loose end.
  const arc = parseMicroArc("0 0 1 4 | 0 0 1 4");
  const cell = (f: number) => 2 * (9 * f + f * f + 2 * f) + f * f + 2 * f;
  const point = (from: number, to: number) => from * to + 2 * to;
  const stem = 9 * 6 + 2 * 6;
  const calibrations = 2 * point(6, 2) + 2 * point(2, 4) + 2 * point(4, 8);
  const wanted = stem + calibrations + cell(2) + 2 * cell(4) + 2 * cell(8) + 8 * 3;
  const widths = { layers: 3, filters: 2, inputChannels: 1, classes: 3 };
  assert.equal(microArcParameters(arc, widths), wanted);
  // The layers behind the reduction layers have to halve their input 0, too.
  assert.equal(
    microArcParameters(arc, { ...widths, reductionPrev: "earlier" }),
    wanted + point(2, 4) + point(4, 8),
  );
});

Deno.test("microOfficialArcParameters() counts reductions within a cell by hand", () => {
  // Both operands are identities of input 0: input 1 and the node are loose ends.
  const arc = parseMicroArc("0 4 0 4 | 0 4 0 4");
  const point = (from: number, to: number) => from * to + 2 * to;
  const stem = 9 * 6 + 2 * 6;
  const bases = point(2, 2) + 2 * point(4, 4) + 2 * point(8, 8);
  const inCells = 3 * point(4, 4) + 3 * point(8, 8);
  // The stem has 6 channels, the layers' outputs 4, 8, 8, 16, 16. Layer 1 finds input 1 at its own
  // width, layer 3 both inputs; layers 2 and 4 halve their input 0.
  const calibrations = 2 * point(6, 2) + point(6, 4) + point(4, 4) + point(8, 4) + point(8, 8) +
    point(16, 8);
  assert.equal(
    microOfficialArcParameters(arc, { layers: 3, filters: 2, inputChannels: 1, classes: 3 }),
    stem + bases + inCells + calibrations + 16 * 3,
  );
});

Deno.test("the flops of both networks break down by hand", () => {
  const arc = parseMicroArc("0 0 1 4 | 0 0 1 4");
  const options = {
    layers: 3,
    filters: 2,
    inputChannels: 1,
    classes: 3,
    imageHeight: 7,
    imageWidth: 8,
  };
  // Maps: 7x8 = 56, 4x4 = 16, 2x2 = 4 pixels.
  const ops = (f: number) => 2 * (9 * f + f * f);
  const searched = microArcFlopsByPart(arc, options);
  assert.deepEqual(searched, {
    stem: 2 * 9 * 6 * 56,
    calibrations: [2 * 2 * 6 * 2 * 56, 2 * (6 * 0 + 2 * 4 + 2 * 4) * 16, 0, 2 * 2 * 4 * 8 * 4, 0],
    cells: [
      2 * (ops(2) + 4) * 56,
      2 * (ops(4) + 16) * 16,
      2 * (ops(4) + 16) * 16,
      2 * (ops(8) + 64) * 4,
      2 * (ops(8) + 64) * 4,
    ],
    head: 2 * 8 * 3,
    total: searched.stem + sum(searched.calibrations) + sum(searched.cells) + searched.head,
  });
  const fixed = microOfficialArcFlopsByPart(arc, options);
  assert.deepEqual(fixed, {
    stem: 2 * 9 * 6 * 56,
    // Layer 1 projects the stem (6) and layer 0's output (2) to 4 at full size; layer 2 halves the
    // latter; layer 3 projects 4 and 4 to 8, layer 4 halves 4 to 8. Every layer has its base.
    calibrations: [
      2 * (6 * 2 * 2 + 4) * 56,
      2 * (6 * 4 + 2 * 4 + 16) * 56,
      2 * (2 * 4 + 16) * 16,
      2 * (4 * 8 * 2 + 64) * 16,
      2 * (4 * 8 + 64) * 4,
    ],
    cells: [
      2 * ops(2) * 56,
      2 * (ops(4) + 16) * 16,
      2 * ops(4) * 16,
      2 * (ops(8) + 64) * 4,
      2 * ops(8) * 4,
    ],
    head: 2 * 8 * 3,
    total: fixed.stem + sum(fixed.calibrations) + sum(fixed.cells) + fixed.head,
  });
});

function sum(parts: readonly number[]): number {
  return parts.reduce((a, b) => a + b, 0);
}

Deno.test("a child in the searched graph is part of the supernet", () => {
  const sizes = fc.record({
    layers: fc.integer({ min: 1, max: 9 }),
    filters: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(fc.property(anyMicroArc, sizes, (arc, size) => {
    const nodes = arc.normal.nodes.length;
    const own = microArcParameters(arc, { ...size, ...CIFAR });
    assert.ok(own < microSupernetParameters({ ...size, nodes, ...CIFAR }));
    // Operations of the same arc grow with the image, parameters do not depend on it.
    const flops = (side: number) =>
      microArcFlops(arc, { ...size, ...CIFAR, imageHeight: side, imageWidth: side });
    assert.ok(flops(16) < flops(32));
    const { total, stem, calibrations, cells, head } = microOfficialArcFlopsByPart(arc, {
      ...size,
      ...CIFAR,
      ...IMAGE,
    });
    assert.equal(total, stem + sum(calibrations) + sum(cells) + head);
  }));
});

Deno.test("micro costs reject impossible widths", () => {
  assert.throws(() => microArcParameters(README, { ...SMALL, ...CIFAR, filters: 0 }), /filters/);
  assert.throws(() => microArcParameters(README, { ...SMALL, ...CIFAR, classes: 0 }), /classes/);
  const options = { ...SMALL, ...CIFAR, ...IMAGE };
  assert.throws(() => microArcFlops(README, { ...options, imageWidth: 0.5 }), /imageWidth/);
  assert.throws(
    () => microOfficialArcFlops(README, { ...options, inputChannels: 0 }),
    /inputChannels/,
  );
});
