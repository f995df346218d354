import assert from "node:assert/strict";
import { correlationTest, kendallTau, mean } from "../../nas/stats/mod.ts";
import { QUIRKS } from "../../study/quirks/study.ts";
import { type QuirkData, quirkData } from "../../study/quirks/cells.ts";
import { CONTRASTS, type QuirkTaus, quirkTaus } from "../../study/quirks/taus.ts";
import { near, seeded } from "../nas/stats/helpers.ts";
import { madeUp, NULL_WORLD } from "./quirks_fixture.ts";

const { tiny, small } = QUIRKS.presets;

/** Tau of one cell straight from its lists. */
function plainTau({ places, searches, retrained }: QuirkData["cells"][number]): number {
  const truths = places.map((place) => retrained.truths[place]!);
  return mean(searches.map((row) => kendallTau(places.map((place) => row[place]), truths)));
}

function analysed(
  settings: typeof small,
  world: typeof NULL_WORLD,
): { data: QuirkData; taus: QuirkTaus } {
  const data = quirkData(settings, madeUp(settings, world));
  return { data, taus: quirkTaus(data, seeded()) };
}

Deno.test("a cell's tau is the mean over its searches, and effects are differences of cells", () => {
  const { data, taus } = analysed(small, { ...NULL_WORLD, signal: () => 0.6 });
  assert.equal(taus.cells.length, 8);
  taus.cells.forEach(({ cell, tau }) => near(tau.value, plainTau(cell), 1e-12));
  const of = (wanted: (cell: QuirkData["cells"][number]) => boolean) =>
    mean(data.cells.filter(wanted).map(plainTau));
  const effect = (id: string) =>
    taus.effects.find(({ contrast }) => contrast.id === id)!.difference.value;
  near(
    effect("ops"),
    of(({ opMode }) => opMode === "correct") - of(({ opMode }) => opMode !== "correct"),
    1e-12,
  );
  near(
    effect("graph.same-estimates"),
    of(({ opMode, graph }) => opMode === "correct" && graph === "search") -
      of(({ opMode, graph }) => opMode === "correct" && graph === "released"),
    1e-12,
  );
  near(
    effect("ops-graph"),
    of((c) => c.opMode === "correct" && c.graph === "search") -
      of((c) => c.opMode === "released" && c.graph === "search") -
      of((c) => c.opMode === "correct" && c.graph === "released") +
      of((c) => c.opMode === "released" && c.graph === "released"),
    1e-12,
  );
});

Deno.test("weights of every comparison sum to 0, and interactions do not see main effects", () => {
  const { cells } = quirkData(tiny, madeUp(tiny, NULL_WORLD));
  for (const { id, weight } of CONTRASTS) {
    near(cells.reduce((sum, cell) => sum + weight(cell), 0), 0, 1e-12, id);
  }
  const [ops, , , , , opsNorm] = CONTRASTS;
  near(cells.reduce((sum, cell) => sum + ops.weight(cell) * opsNorm.weight(cell), 0), 0, 1e-12);
});

Deno.test("where all ops run, a single search's p is the exact one of the permutation test", () => {
  const { data, taus } = analysed(tiny, { ...NULL_WORLD, signal: () => 0.8 });
  const { cell, test } = taus.cells.find(({ cell }) => cell.opMode === "correct")!;
  assert.ok(data.cells.includes(cell));
  const expected = correlationTest(
    kendallTau,
    cell.places.map((place) => cell.searches[0][place]),
    cell.places.map((place) => cell.retrained.truths[place]!),
    { uniform: seeded() },
  );
  assert.ok(test!.exact);
  near(test!.p, expected.p, 1e-12);
  near(test!.smallestP, expected.smallestP, 1e-12);
});

Deno.test("with the closure bug only sets of equal skips are exchanged", () => {
  const { data, taus } = analysed(tiny, NULL_WORLD);
  const sets = data.skipGroups.length;
  assert.ok(sets < data.arcs.length, "some architectures have equal skips");
  const counted = taus.cells.filter(({ cell }) => cell.opMode === "released");
  const orders = Array.from({ length: sets }, (_, i) => i + 1).reduce((a, b) => a * b, 1);
  for (const { test } of counted) assert.equal(test!.arrangements, orders);
});

Deno.test("95 % intervals of tau hold the true value nearly always", () => {
  const signal = 0.8;
  // Kendall's tau of normal pairs with that correlation; noise of trainings takes little from it.
  const rest = 4 / Math.sqrt(16 + 1 / 2);
  const truth = 2 / Math.PI * Math.asin(signal * rest);
  let [held, intervals] = [0, 0];
  for (let seed = 1; seed <= 8; seed++) {
    const { taus } = analysed(small, { ...NULL_WORLD, signal: () => signal, seed });
    for (const { cell, tau } of taus.cells) {
      // Elsewhere skips of equal worth tie, which changes what the true tau is.
      if (cell.opMode !== "correct") continue;
      const { low, high } = tau.interval(0.95);
      intervals++;
      if (low <= truth && truth <= high) held++;
    }
  }
  assert.ok(held >= 0.85 * intervals, `${held} of ${intervals}`);
});
