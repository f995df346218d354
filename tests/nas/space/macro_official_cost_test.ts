import assert from "node:assert/strict";
import fc from "fast-check";
import {
  liveReductions,
  macroArcFromRows,
  macroOfficialArcFlops,
  macroOfficialArcFlopsByPart,
  macroOfficialArcParameters,
  parseMacroArc,
} from "../../../nas/space/mod.ts";
import { anyMacroArc, README_ROWS } from "./examples.ts";

const CIFAR = { inputChannels: 3, classes: 10 };
const IMAGE = { imageHeight: 32, imageWidth: 32 };
const README = parseMacroArc(README_ROWS);

Deno.test("macroOfficialArcParameters() gives the released network's counts", () => {
  assert.equal(macroOfficialArcParameters(README, { filters: 96, ...CIFAR }), 42_559_392);
  assert.equal(macroOfficialArcParameters(README, { filters: 36, ...CIFAR }), 5_997_852);
  assert.equal(
    macroOfficialArcParameters(parseMacroArc("0 2 0 0 0 0"), { filters: 4, ...CIFAR }),
    5_716,
  );
});

Deno.test("macroOfficialArcFlops() gives the published multiply-adds", () => {
  const gmacs = (filters: number) =>
    macroOfficialArcFlops(README, { filters, ...CIFAR, ...IMAGE }) / 2e9;
  assert.equal(gmacs(96).toFixed(2), "5.65");
  assert.equal(gmacs(36).toFixed(3), "0.795");
});

Deno.test("macroOfficialArcFlopsByPart() breaks a network down by hand", () => {
  // Separable 5x5, max pool with the skip, conv 3x3 with one of two skips: 2, 4 and 8 channels.
  const arc = parseMacroArc("3 5 1 0 0 1");
  const options = { filters: 2, inputChannels: 1, classes: 3, imageHeight: 5, imageWidth: 6 };
  const parts = macroOfficialArcFlopsByPart(arc, options);
  assert.deepEqual(parts, {
    stem: 2 * 9 * 2 * 30,
    layers: [2 * 26 * 4 * 30, 2 * (16 + 2 * 16) * 9, 2 * (10 * 64 + 2 * 64) * 4],
    reductions: [2 * 2 * 8 * 9, 2 * 3 * 32 * 4, 0],
    head: 2 * 8 * 3,
    total: 1080 + 6240 + 864 + 6144 + 288 + 768 + 48,
  });
  const separable = macroOfficialArcFlopsByPart(arc, { ...options, separableOps: "separable" });
  assert.equal(separable.layers[0], 2 * (4 + 25 * 2 + 4) * 30);
  assert.deepEqual(separable.layers.slice(1), parts.layers.slice(1));
});

Deno.test("macroOfficialArcParameters() counts a network by hand", () => {
  const arc = parseMacroArc("3 5 1 0 0 1");
  const widths = { filters: 2, inputChannels: 1, classes: 3 };
  const merges = 2 * 16 + 8 + 2 * 64 + 16;
  const frame = 18 + 4 + merges + 2 * (8 + 8) + 3 * (32 + 16) + 24;
  const rest = 16 + 8 + 640 + 32;
  assert.equal(macroOfficialArcParameters(arc, widths), frame + 26 * 4 + 8 + rest);
  assert.equal(
    macroOfficialArcParameters(arc, { ...widths, separableOps: "separable" }),
    frame + 4 + 50 + 4 + 8 + rest,
  );
  // Nothing reads the stem behind the second pooling point, nor layer 0 with the other semantics.
  assert.equal(
    macroOfficialArcParameters(arc, widths, "live"),
    macroOfficialArcParameters(arc, widths) - 48,
  );
  assert.equal(
    macroOfficialArcParameters(arc, { ...widths, skipIndex: "layer-output" }, "live"),
    macroOfficialArcParameters(arc, widths) - 16 - 2 * 48,
  );
});

Deno.test("macroOfficialArcParameters() counts at most the released reductions", () => {
  const variant = fc.record({
    separableOps: fc.constantFrom("full", "separable"),
    skipIndex: fc.constantFrom("stem-first", "layer-output"),
  });
  fc.assert(
    fc.property(anyMacroArc, variant, fc.integer({ min: 1, max: 9 }), (arc, variant, filters) => {
      const options = { filters, ...CIFAR, ...IMAGE, ...variant };
      assert.ok(
        macroOfficialArcParameters(arc, options, "live") <=
          macroOfficialArcParameters(arc, options),
      );
      assert.ok(macroOfficialArcFlops(arc, options, "live") <= macroOfficialArcFlops(arc, options));
    }),
  );
});

Deno.test("liveReductions() follows the reading of skip bits", () => {
  const arc = parseMacroArc("0 3 1 5 0 1");
  assert.deepEqual(liveReductions(arc), [[0, 1], [1, 2], []]);
  // Bit 0 of layer 1 is now layer 0's output, its main input; bit 1 of layer 2 is layer 1's.
  assert.deepEqual(liveReductions(arc, "layer-output"), [[1], [2], []]);
  const first = macroArcFromRows([[0], [0, 0], [0, 1, 0]]);
  assert.deepEqual(liveReductions(first), [[0, 1], [0, 2], []]);
  assert.deepEqual(liveReductions(first, "layer-output"), [[1], [1, 2], []]);
});

Deno.test("macroOfficialArcFlops() rejects impossible widths", () => {
  assert.throws(() => macroOfficialArcParameters(README, { filters: 0, ...CIFAR }), /filters/);
  assert.throws(
    () => macroOfficialArcFlops(README, { filters: 4, ...CIFAR, imageHeight: 0, imageWidth: 8 }),
    /imageHeight/,
  );
});
