import assert from "node:assert/strict";
import { softmaxCrossEntropyReference } from "../../../engine/reference/mod.ts";
import { array, assertClose } from "../helpers.ts";

Deno.test("softmax_cross_entropy reference breaks ties of the argmax towards the lowest index", () => {
  const logits = array([4, 3], [2, 2, 2, 1, 2, 2, 1, 2, 2, 0, 0, 2]);
  const { outputs: [, correct] } = softmaxCrossEntropyReference.forward(
    [logits, array([4], [0, 1, 2, 2])],
    {},
  );
  assert.deepEqual([...correct.data], [3]);
});

Deno.test("softmax_cross_entropy reference stays finite for logits of 1000", () => {
  const inputs = [array([2, 2], [1000, -1000, 1000, -1000]), array([2], [0, 1])];
  const { outputs, saved } = softmaxCrossEntropyReference.forward(inputs, {});
  assert.deepEqual([...outputs[0].data], [1000]);
  assert.deepEqual([...outputs[1].data], [1]);
  const [dlogits, dlabels] = softmaxCrossEntropyReference.backward([array([1], [2]), null], {
    inputs,
    outputs,
    saved,
    attributes: {},
  });
  assert.deepEqual([...dlogits!.data], [0, 0, 1, -1]);
  assert.equal(dlabels, null);
});

Deno.test("softmax_cross_entropy reference of equal logits is the logarithm of the class count", () => {
  const inputs = [array([2, 10], Array(20).fill(3)), array([2], [4, 9])];
  const { outputs: [loss] } = softmaxCrossEntropyReference.forward(inputs, {});
  assertClose("loss", loss.data, [Math.log(10)], { rtol: 1e-14 });
});
