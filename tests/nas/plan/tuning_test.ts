import assert from "node:assert/strict";
import { CONV_PASSES, parseClass } from "../../../engine/ops/_conv2d_tiles.ts";
import { getPreset, SPACE_NAMES } from "../../../nas/config/mod.ts";
import { DATASET_SIZES } from "../../../nas/data/facts.ts";
import { searchClasses } from "../../../nas/plan/tuning.ts";

Deno.test("searchClasses() finds every pass of a search's convolutions, each once", async () => {
  for (const space of SPACE_NAMES) {
    const { config } = getPreset("quick", space);
    const keys = await searchClasses(config, DATASET_SIZES[config.dataset.name]);
    assert.equal(new Set(keys).size, keys.length);
    const found = keys.map((key) => parseClass(key)!);
    assert.ok(found.every((shapes) => shapes !== null), keys.join("\n"));
    for (const pass of CONV_PASSES) assert.ok(found.some((shapes) => shapes.pass === pass), pass);
    // Macro layers have windows of 3 and 5; micro cells reach them by depthwise convolutions.
    const sides = new Set(found.map(({ kernel }) => kernel));
    for (const side of space === "macro" ? [1, 3, 5] : [1]) assert.ok(sides.has(side), `${side}`);
  }
});
