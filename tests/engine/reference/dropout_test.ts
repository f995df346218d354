import assert from "node:assert/strict";
import { dropoutReference, pcgHash } from "../../../engine/reference/mod.ts";
import { array } from "../helpers.ts";

const COUNT = 100_000;

/** Which of COUNT elements are kept. */
function mask(keepProbability: number, seed: number): boolean[] {
  const ones = array([COUNT], Array(COUNT).fill(1));
  const { outputs: [y] } = dropoutReference.forward([ones], { keepProbability, seed });
  return Array.from(y.data, (value) => value !== 0);
}

function kept(mask: readonly boolean[]): number {
  return mask.filter((keep) => keep).length;
}

Deno.test("pcgHash() gives the values of the published definition", () => {
  // Computed with Python's integers from the definition.
  const expected = new Map([[0, 129708002], [1, 2831084092], [2, 2055130248], [12345, 4099845390], [
    2147483648,
    566699590,
  ], [4294967295, 3861530882]]);
  for (const [input, output] of expected) assert.equal(pcgHash(input), output, `pcgHash(${input})`);
});

for (const keepProbability of [0.1, 0.5, 0.9]) {
  Deno.test(`dropout reference keeps a share of ${keepProbability} within four standard errors`, () => {
    const error = Math.sqrt(COUNT * keepProbability * (1 - keepProbability));
    for (const seed of [0, 1, 2, 0xffffffff]) {
      const distance = Math.abs(kept(mask(keepProbability, seed)) - COUNT * keepProbability);
      assert.ok(distance < 4 * error, `seed ${seed}: ${distance} from the expected count`);
    }
  });
}

Deno.test("dropout reference masks of neighbouring seeds and elements are independent", () => {
  const first = mask(0.5, 1);
  const second = mask(0.5, 2);
  const agreeing = (other: readonly boolean[]) =>
    kept(first.map((keep, i) => keep === other[i])) - COUNT / 2;
  const limit = 4 * Math.sqrt(COUNT / 4);
  assert.ok(Math.abs(agreeing(second)) < limit, "seeds 1 and 2");
  for (const lag of [1, 2, 16, 256]) {
    const moved = first.map((_, i) => first[(i + lag) % COUNT]);
    assert.ok(Math.abs(agreeing(moved)) < limit, `elements ${lag} apart`);
  }
});

Deno.test("dropout reference scales kept values and treats gradients like values", () => {
  const inputs = [array([50], Array.from({ length: 50 }, (_, i) => i + 1))];
  const attributes = { keepProbability: 0.75, seed: 3 };
  const { outputs, saved } = dropoutReference.forward(inputs, attributes);
  outputs[0].data.forEach((value, i) => assert.ok(value === 0 || value === (i + 1) / 0.75));
  const [dx] = dropoutReference.backward(inputs, { inputs, outputs, saved, attributes });
  assert.deepEqual(dx, outputs[0]);
});

Deno.test("dropout reference with keep probability 1 changes nothing", () => {
  const inputs = [array([50], Array.from({ length: 50 }, (_, i) => i - 25))];
  const { outputs } = dropoutReference.forward(inputs, { keepProbability: 1, seed: 3 });
  assert.deepEqual(outputs, inputs);
});
