import assert from "node:assert/strict";
import { REFERENCE_CASES } from "../../../engine/reference/mod.ts";
import { assertClose, caseInputs, dot, normalArray, normalGenerator } from "../helpers.ts";

// Operations linear in all inputs together, and those linear in each input with the others fixed:
// for both kinds backward is the adjoint of forward, exactly.
const jointlyLinear = ["avg_pool", "concat", "drop_path", "dropout", "global_avg_pool", "sum"];
const linearInEach = ["conv2d", "depthwise_conv2d", "matmul"];

for (const name of [...jointlyLinear, ...linearInEach]) {
  const { reference, cases } = REFERENCE_CASES[name];
  for (const opCase of cases) {
    Deno.test(`${name} reference backward is the adjoint of forward (${opCase.name})`, () => {
      const { attributes } = opCase;
      const inputs = caseInputs(opCase);
      const { outputs, saved } = reference.forward(inputs, attributes);
      const dy = normalArray(outputs[0].shape, normalGenerator(3));
      const gradients = reference.backward([dy], { inputs, outputs, saved, attributes });

      const right = inputs.map((input, k) => {
        assert.notEqual(gradients[k], null);
        return dot(input.data, gradients[k]!.data);
      });
      const left = dot(outputs[0].data, dy.data);
      const norm = Math.sqrt(dot(outputs[0].data, outputs[0].data) * dot(dy.data, dy.data));
      const tolerance = { rtol: 0, atol: 1e-13 * norm };
      if (linearInEach.includes(name)) {
        right.forEach((product, k) => {
          assertClose(`<x${k}, dx${k}>`, [product], [left], tolerance);
        });
      } else {
        assertClose("Σ <x, dx>", [right.reduce((sum, term) => sum + term, 0)], [left], tolerance);
      }
    });
  }
}
