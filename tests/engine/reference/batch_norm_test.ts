import assert from "node:assert/strict";
import { batchNormInferenceReference, batchNormReference } from "../../../engine/reference/mod.ts";
import { array, assertClose, normalArray, normalGenerator } from "../helpers.ts";

Deno.test("batch_norm reference returns the mean and the biased variance", () => {
  const x = array([4, 1], [1, 2, 3, 6]);
  const { outputs: [y, mean, variance] } = batchNormReference.forward(
    [x, array([1], [1]), array([1], [0])],
    { epsilon: 0, relu: false },
  );
  assert.deepEqual([...mean.data], [3]);
  assert.deepEqual([...variance.data], [3.5]);
  assertClose("y", y.data, [-2, -1, 0, 3].map((value) => value / Math.sqrt(3.5)), { rtol: 1e-15 });
});

Deno.test("batch_norm reference with relu zeroes outputs and gradients below zero", () => {
  const inputs = [array([2, 1], [-1, 1]), array([1], [2]), array([1], [0])];
  const attributes = { epsilon: 0, relu: true };
  const { outputs, saved } = batchNormReference.forward(inputs, attributes);
  assert.deepEqual([...outputs[0].data], [0, 2]);
  const dys = [array([2, 1], [100, 1]), null, null];
  const [, dgamma, dbeta] = batchNormReference.backward(dys, {
    inputs,
    outputs,
    saved,
    attributes,
  });
  assert.deepEqual([...dgamma!.data], [1]);
  assert.deepEqual([...dbeta!.data], [1]);
});

for (const relu of [false, true]) {
  Deno.test(`batch_norm_inference reference with the batch's own statistics equals batch_norm (relu ${relu})`, () => {
    const random = normalGenerator(4);
    const inputs = [[2, 3, 3, 5], [5], [5]].map((shape) => normalArray(shape, random));
    const attributes = { epsilon: 1e-3, relu };
    const [y, mean, variance] = batchNormReference.forward(inputs, attributes).outputs;
    const again = batchNormInferenceReference.forward([...inputs, mean, variance], attributes);
    assert.deepEqual(again.outputs, [y]);
  });
}
