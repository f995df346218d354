import assert from "node:assert/strict";
import {
  ConfigError,
  getPreset,
  listConfigFields,
  parseSearchConfig,
  PRESET_NAMES,
  PRESETS,
} from "../../../nas/config/mod.ts";

/** Epochs at which cosine cycles end, up to a limit. */
function cycleEnds(period: number, factor: number, limit: number): number[] {
  const ends: number[] = [];
  for (let end = period, length = period; end <= limit; length *= factor, end += length) {
    ends.push(end);
  }
  return ends;
}

Deno.test("PRESETS are valid, named and described", () => {
  assert.ok(PRESET_NAMES.includes("quick"));
  for (const name of PRESET_NAMES) {
    const preset = PRESETS[name];
    assert.equal(preset.name, name);
    assert.match(preset.summary, /^[A-Z].*[^.]$/);
    assert.deepEqual(parseSearchConfig(preset.config), preset.config);
  }
});

Deno.test("PRESETS give a source for every value and no other", () => {
  const paths = listConfigFields().map(({ path }) => path).toSorted();
  for (const name of PRESET_NAMES) {
    const { sources } = PRESETS[name];
    assert.deepEqual(Object.keys(sources).toSorted(), paths);
    for (const [path, source] of Object.entries(sources)) assert.ok(source.length > 5, path);
  }
});

Deno.test("PRESETS end search and final training at the end of a cosine cycle", () => {
  for (const name of PRESET_NAMES) {
    const { child, search, finalTraining } = PRESETS[name].config;
    for (
      const [{ restartPeriod, restartFactor }, epochs] of [
        [child, search.epochs],
        [finalTraining, finalTraining.epochs],
      ] as const
    ) {
      assert.equal(cycleEnds(restartPeriod, restartFactor, epochs).at(-1), epochs, name);
    }
  }
});

Deno.test("getPreset() finds a preset by name", () => {
  assert.equal(getPreset("quick"), PRESETS.quick);
});

Deno.test("getPreset() rejects unknown names", () => {
  for (const name of ["quik", "", "toString"]) {
    assert.throws(() => getPreset(name), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(
        error.message,
        `Expected the preset to be one of ${PRESET_NAMES.join(", ")} but found ${
          JSON.stringify(name)
        }`,
      );
      return true;
    });
  }
});
