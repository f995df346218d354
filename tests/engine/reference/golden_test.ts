import assert from "node:assert/strict";
import {
  adamReference,
  concatReference,
  matmulReference,
  type NdArray,
  REFERENCE_CASES,
  sgdReference,
  zeros,
} from "../../../engine/reference/mod.ts";
import { opsWithVectors, opVectors } from "../../golden/op_vectors.ts";
import { assertClose, dot, finiteDifference, normalArray, normalGenerator } from "../helpers.ts";

// The stored numbers have nine significant digits.
const tolerance = { rtol: 1e-8, atol: 1e-12 };

/** Row `r` of a matrix. */
function row({ shape, data }: NdArray, r: number): Float64Array {
  return data.slice(r * shape[1], (r + 1) * shape[1]);
}

const ops = opsWithVectors().filter((op) => op in REFERENCE_CASES);

Deno.test("every operation with a formula of its own has PyTorch vectors", () => {
  // The others only copy, add or drop values; their own tests say everything about them.
  const plain = ["concat", "drop_path", "dropout", "flatten", "relu", "reshape", "sum"];
  assert.deepEqual([...ops, ...plain].toSorted(), Object.keys(REFERENCE_CASES).toSorted());
});

for (const op of ops) {
  const { reference } = REFERENCE_CASES[op];
  for (const { name, attributes, inputs, outputs: expected, dys, grads } of opVectors(op)) {
    Deno.test(`${op} reference matches PyTorch (${name})`, () => {
      const { outputs, saved } = reference.forward(inputs, attributes);
      assert.equal(outputs.length, expected.length);
      outputs.forEach((y, k) => {
        assert.deepEqual(y.shape, expected[k].shape);
        assertClose(`output ${k}`, y.data, expected[k].data, tolerance);
      });
      const gradients = reference.backward(dys, { inputs, outputs, saved, attributes });
      assert.equal(gradients.length, grads.length);
      gradients.forEach((gradient, k) => {
        const wanted = grads[k];
        if (gradient === null || wanted === null) {
          assert.equal(gradient, wanted, `gradient ${k}`);
          return;
        }
        assert.deepEqual(gradient.shape, wanted.shape);
        assertClose(`gradient ${k}`, gradient.data, wanted.data, tolerance);
      });
    });
  }
}

for (
  const { name, attributes, inputs: [first, gradients], outputs: [weights] } of [
    ...opVectors("sgd_nesterov"),
    ...opVectors("sgd_momentum").map((vector) => ({ ...vector, name: `plain ${vector.name}` })),
  ]
) {
  Deno.test(`sgdReference() matches PyTorch (${name})`, () => {
    let state = { w: first.data, m: zeros(first.shape).data };
    for (let t = 0; t < gradients.shape[0]; t++) {
      state = sgdReference({ ...state, g: row(gradients, t) }, attributes);
      assertClose(`w after step ${t + 1}`, state.w, row(weights, t), tolerance);
    }
  });
}

for (
  const { name, attributes, inputs: [first, gradients], outputs: [weights] } of opVectors("adam")
) {
  Deno.test(`adamReference() matches PyTorch (${name})`, () => {
    let state = { w: first.data, m: zeros(first.shape).data, v: zeros(first.shape).data };
    for (let t = 1; t <= gradients.shape[0]; t++) {
      state = adamReference({ ...state, g: row(gradients, t - 1), t }, attributes);
      assertClose(`w after step ${t}`, state.w, row(weights, t - 1), tolerance);
    }
  });
}

/** One LSTM step made of the references: gates in the order i, f, o, g, no bias. */
function lstmCell([x, h, c, w]: readonly NdArray[]): NdArray[] {
  const units = c.shape[1];
  const { outputs: joined } = concatReference.forward([x, h], {});
  const { outputs: [z] } = matmulReference.forward([joined[0], w], {});
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const gate = (block: number, i: number) =>
    z.data[Math.floor(i / units) * 4 * units + block * units + i % units];
  const newC = c.data.map((value, i) =>
    sigmoid(gate(0, i)) * Math.tanh(gate(3, i)) + sigmoid(gate(1, i)) * value
  );
  const newH = newC.map((value, i) => sigmoid(gate(2, i)) * Math.tanh(value));
  return [{ shape: c.shape, data: newH }, { shape: c.shape, data: newC }];
}

for (const { name, inputs, outputs: expected, dys, grads } of opVectors("lstm_step")) {
  Deno.test(`an LSTM step of the references matches PyTorch (${name})`, () => {
    const outputs = lstmCell(inputs);
    outputs.forEach((y, k) => assertClose(`output ${k}`, y.data, expected[k].data, tolerance));

    const random = normalGenerator(6);
    grads.forEach((gradient, k) => {
      const loss = (data: Float64Array) => {
        const moved = inputs.map((input, j) => j === k ? { shape: input.shape, data } : input);
        return lstmCell(moved).reduce((sum, y, j) => sum + dot(y.data, dys[j]!.data), 0);
      };
      const direction = normalArray(inputs[k].shape, random).data;
      const numeric = finiteDifference(loss, inputs[k].data, direction);
      const analytic = dot(gradient!.data, direction);
      assertClose(`derivative in input ${k}`, [analytic], [numeric], { rtol: 1e-6, atol: 1e-7 });
    });
  });
}
