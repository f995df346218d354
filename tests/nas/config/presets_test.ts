import assert from "node:assert/strict";
import {
  ConfigError,
  getPreset,
  listConfigFields,
  parseSearchConfig,
  type Preset,
  PRESET_NAMES,
  SPACE_NAMES,
} from "../../../nas/config/mod.ts";

const PRESETS: readonly Preset[] = PRESET_NAMES.flatMap((name) =>
  SPACE_NAMES.map((space) => getPreset(name, space))
);

/** Epochs at which cosine cycles end, up to a limit. */
function cycleEnds(period: number, factor: number, limit: number): number[] {
  const ends: number[] = [];
  for (let end = period, length = period; end <= limit; length *= factor, end += length) {
    ends.push(end);
  }
  return ends;
}

Deno.test("presets are valid, named and described, in both spaces", () => {
  assert.deepEqual(PRESET_NAMES, ["quick", "paper", "official-code", "thesis"]);
  for (const name of PRESET_NAMES) {
    for (const space of SPACE_NAMES) {
      const preset = getPreset(name, space);
      assert.equal(preset.name, name);
      assert.equal(preset.config.space, space);
      assert.match(preset.summary, /^[A-Z].*[^.]$/);
      assert.deepEqual(parseSearchConfig(preset.config), preset.config);
    }
  }
});

Deno.test("presets give a source for every value and no other", () => {
  for (const { config, sources } of PRESETS) {
    const paths = listConfigFields(config).map(({ path }) => path).toSorted();
    assert.deepEqual(Object.keys(sources).toSorted(), paths);
    for (const [path, source] of Object.entries(sources)) {
      assert.ok(source.length > 5 && !source.endsWith("."), `${path}: ${source}`);
    }
  }
});

Deno.test("presets end search and final training at the end of a cosine cycle", () => {
  for (const { name, config: { child, search, finalTraining } } of PRESETS) {
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

Deno.test("the quick presets search what they train, with the op that was sampled", () => {
  const macro = getPreset("quick").config;
  assert.equal(macro.child.opMode, "correct");
  const micro = getPreset("quick", "micro").config;
  for (const { child, finalTraining } of [macro, micro]) {
    assert.equal(finalTraining.graph, "faithful");
    assert.equal(finalTraining.filters, child.filters);
  }
  assert.equal(micro.finalTraining.layers, micro.child.layers);
});

Deno.test("getPreset() is the macro space unless another is named", () => {
  assert.deepEqual(getPreset("quick"), getPreset("quick", "macro"));
  assert.equal(getPreset("quick", "micro").config.space, "micro");
});

Deno.test("getPreset() rejects unknown names, in both spaces", () => {
  for (const name of ["quik", "", "toString"]) {
    for (const space of SPACE_NAMES) {
      assert.throws(() => getPreset(name, space), (error: unknown) => {
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
  }
});
