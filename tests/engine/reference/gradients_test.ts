import assert from "node:assert/strict";
import { REFERENCE_CASES } from "../../../engine/reference/mod.ts";
import { caseInputs, checkGradients } from "../helpers.ts";

for (const [name, { reference, cases }] of Object.entries(REFERENCE_CASES)) {
  for (const opCase of cases) {
    Deno.test(`${name} reference backward matches central differences (${opCase.name})`, () => {
      checkGradients(name, reference, opCase);
    });
  }

  Deno.test(`${name} reference leaves its inputs as they are`, () => {
    for (const opCase of cases) {
      const { attributes } = opCase;
      const inputs = caseInputs(opCase);
      const { outputs, saved } = reference.forward(inputs, attributes);
      const dys = outputs.map((y, k) => k === 0 ? y : null);
      reference.backward(dys, { inputs, outputs, saved, attributes });
      assert.deepEqual(inputs, caseInputs(opCase));
      assert.deepEqual(outputs, reference.forward(inputs, attributes).outputs);
    }
  });
}
