import assert from "node:assert/strict";
import { Random } from "../../engine/random.ts";
import { mean } from "../../nas/stats/mod.ts";
import { QUIRKS } from "../../study/quirks/study.ts";
import { entropyOf, gainOf, opDrift, quirkArms } from "../../study/quirks/policies.ts";
import { near } from "../nas/stats/helpers.ts";
import { madeUp, NULL_WORLD } from "./quirks_fixture.ts";

const OPS = 800;

/** Shares of ops drawn from a policy. */
function described(policy: readonly number[], random: Random): number[] {
  const counts = policy.map(() => 0);
  for (let draw = 0; draw < OPS; draw++) {
    let left = random.uniform();
    const op = policy.findIndex((share) => (left -= share) < 0);
    counts[op < 0 ? policy.length - 1 : op]++;
  }
  return counts.map((count) => count / OPS);
}

Deno.test("drift of ops is what moved, without the chance of the draws", () => {
  const random = new Random(3);
  const equal = new Array<number>(6).fill(1 / 6);
  const drifts = (policy: readonly number[]) =>
    Array.from(
      { length: 200 },
      () => opDrift(described(equal, random), described(policy, random), OPS),
    );
  near(mean(drifts(equal)), 0, 0.005, "nothing moved");
  // One op gains 0.1 from the five others alike.
  const moved = equal.map((share, op) => op === 0 ? share + 0.1 : share - 0.02);
  near(mean(drifts(moved)), 0.11, 0.01, "one op gained 0.1");
});

Deno.test("entropy of op shares is ln 6 for equal ones and 0 for a single one", () => {
  near(entropyOf(new Array<number>(6).fill(1 / 6)), Math.log(6), 1e-12);
  assert.equal(entropyOf([0, 0, 1, 0, 0, 0]), 0);
});

Deno.test("gains have an interval over searches, or over the architectures of a single one", () => {
  const { small, tiny } = QUIRKS.presets;
  for (const settings of [small, tiny]) {
    const arms = quirkArms(settings, madeUp(settings, { ...NULL_WORLD, gain: 4 }));
    assert.equal(arms.length, 4);
    for (const arm of arms) {
      assert.equal(arm.runs.length, settings.seeds.length);
      const { value, low, high } = gainOf(arm)!;
      assert.ok(low! < value && value < high!);
      near(value, 4, 2.5);
    }
  }
  const searched = madeUp(small, NULL_WORLD, ({ kind }) => kind === "supernet");
  assert.ok(quirkArms(small, searched).every((arm) => gainOf(arm) === null));
});
