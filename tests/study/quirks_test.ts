import assert from "node:assert/strict";
import { parseArc } from "../../nas/space/arc.ts";
import { QUIRKS } from "../../study/quirks/study.ts";
import { plannedTrials, quirkArcs, sameNetwork } from "../../study/quirks/design.ts";
import { Results } from "../../nas/trials/results.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";

const { tiny, small, thesis } = QUIRKS.presets;

Deno.test("the planned trials are the same whenever they are planned, and none is there twice", () => {
  for (const settings of [tiny, small, thesis]) {
    const planned = plannedTrials(settings);
    assert.deepEqual(plannedTrials(settings), planned);
    assert.equal(new Set(planned.map(({ id }) => id)).size, planned.length);
    const forecast = QUIRKS.forecast(settings);
    assert.equal(forecast.reduce((sum, { count }) => sum + count, 0), planned.length);
    for (const { example } of forecast) {
      assert.deepEqual(planned.find(({ id }) => id === example.id), example);
    }
  }
});

Deno.test("all cells are compared on the same distinct architectures", () => {
  const texts = plannedTrials(small).filter(({ kind }) => kind === "score")
    .map((trial) => inputOf("score", trial).arcs);
  assert.equal(texts.length, 12);
  assert.equal(new Set(texts[0]).size, 24);
  for (const one of texts) assert.deepEqual(one, texts[0]);
});

Deno.test("one network is trained once, whatever it is called", () => {
  const arcs = ["0 1 1", "2 3 1", "1 0 1", "0 1 0"].map((text) => parseArc(text, "macro"));
  const macro = arcs.flatMap((arc) => arc.space === "macro" ? [arc] : []);
  assert.deepEqual(sameNetwork(macro, "correct", "search"), [0, 1, 2, 3]);
  assert.deepEqual(sameNetwork(macro, "released", "search"), [0, 0, 0, 3]);
  assert.deepEqual(sameNetwork(macro, "correct", "released"), [0, 1, 0, 3]);
  assert.equal(quirkArcs(tiny).length, tiny.arcs);
});

Deno.test("more architectures than there are end in a sentence", () => {
  const settings = { ...tiny, arcs: 1729 };
  assert.throws(() => QUIRKS.trials(settings, new Results([])), /at most 1728.*found 1729/);
});

Deno.test("an empty study analyses", () => {
  const { tables } = QUIRKS.analyse(tiny, new Results([]), Math.random);
  assert.equal(tables[0].rows.length, 8);
});
