import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { macroArcFromRows } from "../../../nas/space/macro/arc.ts";
import { microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import { macroWeightGroups } from "../../../nas/space/macro/weight_groups.ts";
import { microWeightGroups } from "../../../nas/space/micro/weight_groups.ts";
import { countSharedWeights, type WeightGroup } from "../../../nas/space/weight_groups.ts";
import { MacroNetwork } from "../../../nas/child/macro/network.ts";
import { MicroNetwork } from "../../../nas/child/micro/network.ts";
import { anyRows } from "./by_hand.ts";
import { anyDecisions } from "./micro_by_hand.ts";

const cpu = new CpuBackend();
const WIDTHS = { filters: 2, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };

/** Holds what groups say of two arcs against the names that a network gives. */
function check(
  groups: readonly [readonly WeightGroup[], readonly WeightGroup[]],
  paths: readonly [readonly string[], readonly string[]],
): void {
  const second = new Set(paths[1]);
  assert.deepEqual(countSharedWeights(...groups), {
    first: paths[0].length,
    second: paths[1].length,
    shared: paths[0].filter((name) => second.has(name)).length,
  });
  for (const list of groups) {
    assert.equal(new Set(list.map(({ key }) => key)).size, list.length, "keys differ");
  }
}

Deno.test("macroWeightGroups() counts the weights that networks read and share", () => {
  const pair = fc.integer({ min: 1, max: 7 }).chain((layers) =>
    fc.record({
      rows: fc.tuple(anyRows(layers, layers), anyRows(layers, layers)),
      skipIndex: fc.constantFrom("stem-first", "layer-output"),
      opMode: fc.constantFrom("correct", "released"),
    })
  );
  fc.assert(
    fc.property(pair, ({ rows, skipIndex, opMode }) => {
      const options = { ...WIDTHS, layers: rows[0].length, skipIndex, opMode } as const;
      const network = new MacroNetwork(cpu, options, new Random(1));
      const [a, b] = rows.map(macroArcFromRows);
      check(
        [macroWeightGroups(a, options), macroWeightGroups(b, options)],
        [network.pathOf(a), network.pathOf(b)],
      );
      network.dispose();
    }),
    { numRuns: 60 },
  );
});

Deno.test("microWeightGroups() counts the weights that networks read and share", () => {
  const pair = fc.integer({ min: 1, max: 4 }).chain((nodes) =>
    fc.record({
      decisions: fc.tuple(anyDecisions(nodes), anyDecisions(nodes)),
      nodes: fc.constant(nodes),
      layers: fc.integer({ min: 1, max: 7 }),
      reductionPrev: fc.constantFrom("reduced", "earlier"),
      auxiliary: fc.constantFrom("none", "fixed", "trained"),
    })
  );
  fc.assert(
    fc.property(pair, ({ decisions, auxiliary, ...shape }) => {
      const network = new MicroNetwork(cpu, {
        ...WIDTHS,
        ...shape,
        imageHeight: 8,
        imageWidth: 8,
        auxiliaryHead: auxiliary === "none" ? null : { trainable: auxiliary === "trained" },
      }, new Random(1));
      const [a, b] = decisions.map(microArcFromDecisions);
      const options = { ...shape, auxiliaryHead: auxiliary === "trained" };
      check(
        [microWeightGroups(a, options), microWeightGroups(b, options)],
        [network.pathOf(a), network.pathOf(b)],
      );
      network.dispose();
    }),
    { numRuns: 30 },
  );
});

Deno.test("two children of the thesis's kind share stem, head, norms and what they chose alike", () => {
  const first = macroArcFromRows([[0], [5, 1], [1, 1, 1], [2, 1, 0, 1]]);
  const second = macroArcFromRows([[0], [5, 0], [3, 0, 1], [2, 0, 0, 1]]);
  const groups = [macroWeightGroups(first), macroWeightGroups(second)] as const;
  // Shared: stem 3, conv 3×3 of layer 1 6, pool of layer 2 3, conv 5×5 of layer 4 6, three norms
  // of 2, head 1; behind layer 1 its own output is reduced, behind layer 2 that of 1 and 2.
  const seconds = new Set(groups[1].map(({ key }) => key));
  const reductions = groups[0].filter(({ part, key }) => part === "reduction" && seconds.has(key));
  assert.equal(
    countSharedWeights(...groups).shared,
    3 + 6 + 3 + 6 + 3 * 2 + 1 + 4 * reductions.length,
  );
  assert.ok(reductions.length >= 2);
});
