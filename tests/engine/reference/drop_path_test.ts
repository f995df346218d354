import assert from "node:assert/strict";
import { ShapeError } from "../../../engine/errors.ts";
import { dropPath } from "../../../engine/ops/mod.ts";
import { dropPathReference, pcgHash } from "../../../engine/reference/mod.ts";
import { array, normalArray, normalGenerator } from "../helpers.ts";

const SAMPLES = 100_000;

/** Which of SAMPLES samples of two elements are kept; both elements must share one fate. */
function mask(keepProbability: number, seed: number): boolean[] {
  const ones = array([SAMPLES, 2], Array(2 * SAMPLES).fill(1));
  const { outputs: [y] } = dropPathReference.forward([ones], { keepProbability, seed });
  return Array.from({ length: SAMPLES }, (_, b) => {
    assert.equal(y.data[2 * b], y.data[2 * b + 1], `elements of sample ${b}`);
    return y.data[2 * b] !== 0;
  });
}

for (const keepProbability of [0.1, 0.6, 0.95]) {
  Deno.test(`drop_path reference keeps ${keepProbability} of the samples within four standard errors`, () => {
    const error = Math.sqrt(SAMPLES * keepProbability * (1 - keepProbability));
    for (const seed of [0, 1, 0xffffffff]) {
      const kept = mask(keepProbability, seed).filter((keep) => keep).length;
      const distance = Math.abs(kept - SAMPLES * keepProbability);
      assert.ok(distance < 4 * error, `seed ${seed}: ${distance} from the expected count`);
    }
  });
}

Deno.test("drop_path reference is x / keep · floor(keep + U) with U of the sample's draw", () => {
  const x = normalArray([50, 3, 2], normalGenerator(1));
  const [keepProbability, seed] = [0.75, 3];
  const inputs = [x];
  const attributes = { keepProbability, seed };
  const { outputs, saved } = dropPathReference.forward(inputs, attributes);
  const expected = x.data.map((value, i) => {
    const draw = pcgHash((Math.floor(i / 6) ^ pcgHash(seed)) >>> 0) >>> 8;
    return value / keepProbability * Math.floor(keepProbability + draw / 2 ** 24);
  });
  outputs[0].data.forEach((value, i) => assert.equal(value, expected[i] || 0, `element ${i}`));
  const [dx] = dropPathReference.backward(inputs, { inputs, outputs, saved, attributes });
  assert.deepEqual(dx, outputs[0]);
});

Deno.test("drop_path reference with keep probability 1 changes nothing", () => {
  const inputs = [normalArray([1000, 2], normalGenerator(2))];
  const { outputs } = dropPathReference.forward(inputs, { keepProbability: 1, seed: 5 });
  assert.deepEqual(outputs, inputs);
});

Deno.test("drop_path() refuses probabilities outside (0, 1] and tensors without samples", () => {
  for (const keepProbability of [0, -0.5, 1.01, NaN]) {
    assert.throws(() => dropPath.shape([[2, 3]], { keepProbability, seed: 0 }), (error: Error) => {
      assert.ok(error instanceof ShapeError);
      assert.match(error.message, /keepProbability above 0 and at most 1 but found/);
      return true;
    });
  }
  assert.throws(() => dropPath.shape([[7]], { keepProbability: 0.5, seed: 0 }), {
    name: "ShapeError",
    message: "drop_path() expects x of rank 2 or more, samples first, but found shape [7]",
  });
});
