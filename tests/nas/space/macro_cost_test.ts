import assert from "node:assert/strict";
import fc from "fast-check";
import {
  liveReductions,
  macroArcFlops,
  macroArcFlopsByPart,
  macroArcFromRows,
  macroArcParameters,
  macroSkeleton,
  macroSupernetParameters,
  parseMacroArc,
  poolingLayers,
} from "../../../nas/space/mod.ts";
import { anyMacroArc } from "./examples.ts";

const CIFAR = { inputChannels: 3, classes: 10 };
const CIFAR_IMAGE = { ...CIFAR, imageHeight: 32, imageWidth: 32 };

/** An arc with one op everywhere and no skips. */
function uniform(op: number, layers: number) {
  return macroArcFromRows(
    Array.from({ length: layers }, (_, l) => [op, ...new Array<number>(l).fill(0)]),
  );
}

/** 10^9 multiply-adds of one forward pass. */
function gmacs(op: number, layers: number, filters: number): number {
  return macroArcFlops(uniform(op, layers), { ...CIFAR_IMAGE, filters }, "all") / 2e9;
}

Deno.test("poolingLayers() pools after layers d-1 and 2d-1", () => {
  assert.deepEqual([1, 2, 3, 6, 12, 13, 24].map(poolingLayers), [
    [],
    [],
    [0, 1],
    [1, 3],
    [3, 7],
    [3, 7],
    [7, 15],
  ]);
  assert.throws(() => poolingLayers(0), RangeError);
});

Deno.test("macroSkeleton() halves sides with ceil and counts the reduced tensors", () => {
  const skeleton = macroSkeleton({ layers: 6, imageHeight: 7, imageWidth: 28 });
  assert.deepEqual(skeleton.layers.map(({ stage }) => stage), [0, 0, 1, 1, 2, 2]);
  assert.deepEqual(skeleton.layers.map(({ height }) => height), [7, 7, 4, 4, 2, 2]);
  assert.deepEqual(skeleton.layers.map(({ width }) => width), [28, 28, 14, 14, 7, 7]);
  assert.deepEqual(skeleton.layers.map(({ reductions }) => reductions), [0, 3, 0, 5, 0, 0]);
  assert.deepEqual([skeleton.headHeight, skeleton.headWidth], [2, 7]);
  assert.throws(() => macroSkeleton({ layers: 6, imageHeight: 0, imageWidth: 8 }), /imageHeight/);
});

Deno.test("macroSupernetParameters() gives the released graph's counts", () => {
  const count = (layers: number, filters: number) =>
    macroSupernetParameters({ layers, filters, ...CIFAR });
  assert.equal(count(12, 36), 697_860);
  assert.equal(count(24, 36), 1_391_652);
  assert.equal(count(12, 96), 4_844_640);
  assert.equal(count(24, 96), 9_666_912);
});

Deno.test("macroArcParameters() counts one child by hand", () => {
  // F = 4, 1 channel, 10 classes: stem 36 + 8, conv3x3 16·10 + 16, head 40.
  const widths = { filters: 4, inputChannels: 1, classes: 10 };
  assert.equal(macroArcParameters(parseMacroArc("0"), widths), 44 + 176 + 40);
  // Layers 1 and 2 are a separable 5x5 (32 + 100 + 16) and a max pool (16 + 8), each with a skip
  // BN (8); 2 + 3 tensors are reduced (16 + 8 each) in the released graph. Nothing reads the stem
  // after the second pooling point, so the child does without that reduction.
  const arc = parseMacroArc("0 3 1 5 0 1");
  const frame = 44 + 176 + 148 + 24 + 2 * 8 + 40;
  assert.equal(macroArcParameters(arc, widths, "all"), frame + 5 * 24);
  assert.equal(macroArcParameters(arc, widths), frame + 4 * 24);
  // Read as outputs, the bits add main inputs alone: one tensor is reduced at each pooling point.
  const outputs = { ...widths, skipIndex: "layer-output" } as const;
  assert.equal(macroArcParameters(arc, outputs), frame + 2 * 24);
  const flops = { ...outputs, imageHeight: 8, imageWidth: 8 };
  assert.deepEqual(macroArcFlopsByPart(arc, flops).reductions, [2 * 16 * 16, 2 * 16 * 4, 0]);
});

Deno.test("liveReductions() keeps the last output and what a later skip bit reads", () => {
  assert.deepEqual(liveReductions(parseMacroArc("0 3 1 5 0 1")), [[0, 1], [1, 2], []]);
  assert.deepEqual(liveReductions(uniform(0, 3)), [[1], [2], []]);
});

Deno.test("macroArcParameters() of the released graph is part of the supernet and ignores skip bits", () => {
  fc.assert(fc.property(anyMacroArc, fc.integer({ min: 1, max: 20 }), (arc, half) => {
    const widths = { filters: 2 * half, inputChannels: 3, classes: 10 };
    const layers = arc.layers.length;
    const own = macroArcParameters(arc, widths, "all");
    const bare = macroArcFromRows(arc.layers.map(({ op, skips }) => [op, ...skips.map(() => 0)]));
    assert.equal(macroArcParameters(bare, widths, "all"), own);
    assert.ok(macroArcParameters(bare, widths) <= macroArcParameters(arc, widths));
    assert.ok(own < macroSupernetParameters({ ...widths, layers }));
    // The six uniform children cover every op once and the frame six times.
    const six = [0, 1, 2, 3, 4, 5].map((op) =>
      macroArcParameters(uniform(op, layers), widths, "all")
    );
    const frame = own - ops(arc.layers.map(({ op }) => op), widths.filters);
    assert.equal(
      six.reduce((a, b) => a + b) - 5 * frame,
      macroSupernetParameters({ ...widths, layers }),
    );
  }));
});

/** Parameters of some ops by the formulas of enas-spec.md section A.4. */
function ops(ids: number[], f: number): number {
  const table = [
    10 * f * f + 4 * f,
    2 * f * f + 13 * f,
    26 * f * f + 4 * f,
    2 * f * f + 29 * f,
    f * f + 2 * f,
    f * f + 2 * f,
  ];
  return ids.reduce((sum, id) => sum + table[id], 0);
}

Deno.test("macroArcFlops() gives the published multiply-adds of 12 layers, 36 filters", () => {
  const wanted = [0.073, 0.019, 0.185, 0.022, 0.010, 0.010];
  wanted.forEach((value, op) => {
    assert.ok(Math.abs(gmacs(op, 12, 36) - value) < 0.0006, `op ${op}: ${gmacs(op, 12, 36)}`);
  });
});

Deno.test("macroArcFlops() gives the published multiply-adds of larger nets", () => {
  const mix = (layers: number, filters: number) =>
    [0, 1, 2, 3, 4, 5].reduce((sum, op) => sum + gmacs(op, layers, filters), 0) / 6;
  assert.equal(mix(12, 36).toFixed(3), "0.053");
  assert.equal(mix(24, 36).toFixed(3), "0.105");
  assert.equal(mix(12, 96).toFixed(3), "0.370");
  assert.equal(mix(24, 96).toFixed(3), "0.733");
  assert.equal(gmacs(2, 24, 96).toFixed(2), "2.61");
  assert.equal(gmacs(5, 24, 96).toFixed(3), "0.133");
});

Deno.test("macroArcFlopsByPart() breaks a child down by hand", () => {
  const parts = macroArcFlopsByPart(parseMacroArc("0 3 1 5 0 1"), {
    filters: 4,
    inputChannels: 1,
    classes: 10,
    imageHeight: 5,
    imageWidth: 6,
  });
  assert.deepEqual(parts, {
    stem: 2 * 9 * 4 * 30,
    layers: [2 * 160 * 30, 2 * (16 + 100 + 16) * 9, 2 * 16 * 4],
    reductions: [2 * 2 * 16 * 9, 2 * 2 * 16 * 4, 0],
    head: 2 * 40,
    total: 2160 + 9600 + 2376 + 128 + 576 + 256 + 80,
  });
});

Deno.test("macroArcFlops() and macroArcParameters() reject impossible widths", () => {
  const arc = parseMacroArc("0 0 0 0 0 0");
  const widths = { filters: 5, inputChannels: 1, classes: 10 };
  assert.throws(() => macroArcParameters(arc, widths), /filters to be even.* found 5/);
  assert.throws(
    () => macroArcFlops(arc, { ...widths, imageHeight: 8, imageWidth: 8 }),
    /filters to be even/,
  );
  assert.throws(() => macroArcParameters(arc, { ...widths, classes: 0 }), /classes .* found 0/);
  assert.equal(typeof macroArcParameters(parseMacroArc("0 0 1"), widths), "number");
});
