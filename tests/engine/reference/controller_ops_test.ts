import assert from "node:assert/strict";
import { ShapeError } from "../../../engine/errors.ts";
import type { Op } from "../../../engine/op.ts";
import { additiveAttention } from "../../../engine/ops/additive_attention.ts";
import { bernoulliPair } from "../../../engine/ops/bernoulli_pair.ts";
import { categorical } from "../../../engine/ops/categorical.ts";
import { embedding } from "../../../engine/ops/embedding.ts";
import { lstmCell } from "../../../engine/ops/lstm_cell.ts";
import { selectRows } from "../../../engine/ops/select_rows.ts";
import { skipMean } from "../../../engine/ops/skip_mean.ts";
import { skipPenalty } from "../../../engine/ops/skip_penalty.ts";
import { tanh } from "../../../engine/ops/tanh.ts";
import { weightedTotal } from "../../../engine/ops/weighted_total.ts";
import {
  addProduct,
  addProductTransposedA,
  addProductTransposedB,
} from "../../../engine/reference/matrix_loops.ts";
import type { NdArray } from "../../../engine/reference/types.ts";
import type { Shape } from "../../../engine/shape.ts";
import {
  array,
  assertClose,
  caseInputs,
  dot,
  finiteDifference,
  normalArray,
  normalGenerator,
} from "../helpers.ts";

const OPS: readonly Op[] = [
  additiveAttention,
  bernoulliPair,
  categorical,
  embedding,
  lstmCell,
  selectRows,
  skipMean,
  skipPenalty,
  tanh,
  weightedTotal,
];

/** Central differences of `Σ_k <dy_k, y_k>` over the outputs in `used`, in every input. */
function checkOutputs(op: Op, opCase: Op["cases"][number], used: readonly number[]): void {
  const { attributes } = opCase;
  const inputs = caseInputs(opCase);
  const random = normalGenerator(2);
  const { outputs, saved } = op.reference.forward(inputs, attributes);
  const dys = outputs.map((y, k) => used.includes(k) ? normalArray(y.shape, random) : null);
  const gradients = op.reference.backward(dys, { inputs, outputs, saved, attributes });
  assert.equal(gradients.length, inputs.length);
  gradients.forEach((gradient, k) => {
    if (gradient === null) return;
    assert.deepEqual(gradient.shape, inputs[k].shape);
    const loss = (data: Float64Array) => {
      const moved = inputs.map((input, j) => j === k ? { shape: input.shape, data } : input);
      const ys = op.reference.forward(moved, attributes).outputs;
      return dys.reduce((sum, dy, i) => dy === null ? sum : sum + dot(dy.data, ys[i].data), 0);
    };
    const norm = Math.sqrt(dot(gradient.data, gradient.data));
    for (let d = 0; d < 3; d++) {
      const direction = normalArray(inputs[k].shape, random).data;
      assertClose(
        `derivative ${d} in input ${k}`,
        [dot(gradient.data, direction)],
        [finiteDifference(loss, inputs[k].data, direction)],
        { rtol: 1e-6, atol: 1e-6 * norm + 1e-9 },
      );
    }
  });
}

for (const op of OPS) {
  for (const opCase of op.cases) {
    Deno.test(`${op.name} reference gradients agree with central differences (${opCase.name})`, () => {
      const { outputs } = op.reference.forward(caseInputs(opCase), opCase.attributes);
      const all = outputs.map((_, k) => k);
      for (const used of [all, ...all.map((k) => [k])]) checkOutputs(op, opCase, used);
      const shapes = op.shape(opCase.shapes, opCase.attributes);
      assert.deepEqual(shapes, outputs.map(({ shape }) => shape));
    });
  }
}

Deno.test("lstm_cell reference adds h·W_h to the projected input, in the order i, f, o, g", () => {
  const [h, c] = [array([1, 1], [2]), array([1, 1], [0.5])];
  const projected = array([1, 4], [0.3, -0.6, 0.1, 0.1]);
  const w = array([1, 4], [-0.1, 0.2, 0.1, 0.3]);
  const { outputs } = lstmCell.reference.forward([projected, h, c, w], {});
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const newC = sigmoid(0.1) * Math.tanh(0.7) + sigmoid(-0.2) * 0.5;
  assertClose("c'", outputs[1].data, [newC], { rtol: 1e-15 });
  assertClose("h'", outputs[0].data, [sigmoid(0.3) * Math.tanh(newC)], { rtol: 1e-15 });
});

Deno.test("skip_mean reference divides by one plus the number of chosen inputs", () => {
  const inputs = [array([3, 1], [1, 1, 1]), array([3, 1], [4, 4, 4])];
  const mask = Uint8Array.of(0, 0, 0, 1, 1, 1);
  const { outputs: [y] } = skipMean.reference.forward(inputs, { mask });
  assertClose("y", y.data, [0, 2, 5 / 3], { rtol: 1e-15 });
});

Deno.test("select_rows reference takes each row from the input of its choice", () => {
  const inputs = [array([3, 2], [1, 2, 3, 4, 5, 6]), array([3, 2], [7, 8, 9, 10, 11, 12])];
  const { outputs: [y] } = selectRows.reference.forward([array([3], [1, 0, 1]), ...inputs], {});
  assert.deepEqual([...y.data], [7, 8, 3, 4, 11, 12]);
});

Deno.test("categorical and bernoulli_pair references agree on pairs of logits", () => {
  const z = array([4, 1], [-40, -0.3, 0.8, 40]);
  const bits = [1, 0, 1, 0];
  const pairs: NdArray = {
    shape: [4, 2],
    data: Float64Array.from([...z.data].flatMap((v) => [-v, v])),
  };
  const expected = categorical.reference.forward([pairs, array([4], bits)], {}).outputs;
  const actual = bernoulliPair.reference.forward([z], { bits: Uint8Array.from(bits) }).outputs;
  actual.forEach(({ data }, k) => {
    assertClose(`output ${k}`, data, expected[k].data, { rtol: 1e-12, atol: 1e-15 });
  });
  assert.equal(actual[0].data[0], -80);
});

Deno.test("skip_penalty reference vanishes where σ(z) is the target, at a real rate of 0.308", () => {
  const z = Math.log(0.4 / 0.6);
  const { outputs: [y] } = skipPenalty.reference.forward([array([1, 1], [z])], { target: 0.4 });
  assertClose("penalty", y.data, [0], { atol: 1e-16 });
  assert.equal((1 / (1 + Math.exp(-2 * z))).toFixed(3), "0.308");
  const atStart = skipPenalty.reference.forward([array([1, 1], [0])], { target: 0.4 });
  assert.equal(atStart.outputs[0].data[0].toFixed(4), "0.0204");
});

/** `into[rows,columns] += Σ_i left(row,i)·right(i,column)` over `terms` terms, one after the other. */
function addPlain(
  into: Float64Array,
  [rows, terms, columns]: readonly number[],
  left: (row: number, i: number) => number,
  right: (i: number, column: number) => number,
): Float64Array {
  return into.map((start, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    assert.ok(row < rows);
    return Array.from({ length: terms }, (_, i) => left(row, i) * right(i, column))
      .reduce((sum, term) => sum + term, start);
  });
}

for (
  const [m, k, n] of [[1, 1, 1], [2, 4, 3], [3, 5, 2], [4, 2, 5], [5, 8, 4], [7, 9, 6], [
    10,
    16,
    12,
  ]]
) {
  Deno.test(`addProduct() and its transposes agree with plain loops (${m}x${k}x${n})`, () => {
    const random = normalGenerator(m * 100 + k * 10 + n);
    const [a, b, dy] = [[m, k], [k, n], [m, n]].map((shape) => normalArray(shape, random).data);
    // Results start at 1, so that overwriting instead of adding would show.
    const check = (name: string, actual: Float64Array, expected: Float64Array) =>
      assertClose(name, actual, expected, { atol: 1e-12, rtol: 1e-12 });
    const ones = (count: number) => new Float64Array(count).fill(1);

    const y = ones(m * n);
    addProduct(a, b, y, m, k, n);
    check(
      "a·b",
      y,
      addPlain(ones(m * n), [m, k, n], (i, p) => a[i * k + p], (p, j) => b[p * n + j]),
    );
    const da = ones(m * k);
    addProductTransposedB(dy, b, da, m, k, n);
    check(
      "dy·bᵀ",
      da,
      addPlain(ones(m * k), [m, n, k], (i, j) => dy[i * n + j], (j, p) => b[p * n + j]),
    );
    const db = ones(k * n);
    addProductTransposedA(a, dy, db, m, k, n);
    check(
      "aᵀ·dy",
      db,
      addPlain(ones(k * n), [k, m, n], (p, i) => a[i * k + p], (i, j) => dy[i * n + j]),
    );
  });
}

Deno.test("addProduct() gives a row the same bits wherever it stands", () => {
  const [k, n] = [9, 5];
  const random = normalGenerator(4);
  const [row, b] = [normalArray([1, k], random).data, normalArray([k, n], random).data];
  const alone = new Float64Array(n);
  addProduct(row, b, alone, 1, k, n);
  for (const m of [4, 6]) {
    const y = new Float64Array(m * n);
    addProduct(Float64Array.from({ length: m * k }, (_, i) => row[i % k]), b, y, m, k, n);
    assert.deepEqual(y, Float64Array.from(y, (_, i) => alone[i % n]));
  }
});

const REFUSED: readonly [Op, readonly Shape[], unknown, RegExp][] = [
  [
    lstmCell,
    [[2, 3], [2, 3], [2, 3], [3, 12]],
    {},
    /lstm_cell\(\) expects x·W_x of shape \[2,12\]/,
  ],
  [lstmCell, [[2, 12], [2, 3], [2, 4], [3, 12]], {}, /lstm_cell\(\) expects c of shape \[2,3\]/],
  [lstmCell, [[2, 12], [2, 3], [2, 3], [6, 12]], {}, /expects W_h of shape \[3,12\] but found/],
  [embedding, [[2, 3], [4, 1]], {}, /embedding\(\) expects indices of rank 1/],
  [additiveAttention, [[2, 3], [3, 1]], {}, /at least 3 inputs but found 2/],
  [additiveAttention, [[2, 3], [3, 1], [1, 3]], {}, /expects key 0 of shape \[2,3\]/],
  [selectRows, [[2]], {}, /select_rows\(\) expects at least 2 inputs but found 1/],
  [selectRows, [[3], [2, 3]], {}, /expects choices of shape \[2\] but found \[3\]/],
  [selectRows, [[2], [2, 3], [2, 4]], {}, /expects h 1 of shape \[2,3\]/],
  [skipMean, [[2, 3]], { mask: new Uint8Array(3) }, /expects mask of 2 elements but found 3/],
  [categorical, [[2, 6], [3]], {}, /expects choices of shape \[2\] but found \[3\]/],
  [bernoulliPair, [[2, 6]], { bits: new Uint8Array(2) }, /expects bits of 12 elements/],
  [skipPenalty, [[2]], { target: 0.4 }, /skip_penalty\(\) expects z of rank 2/],
  [weightedTotal, [[2]], { coefficients: [] }, /coefficients for 1 inputs but found 0/],
];

for (const [op, shapes, attributes, message] of REFUSED) {
  Deno.test(`${op.name}() refuses inputs that do not fit (${message.source})`, () => {
    assert.throws(() => op.shape(shapes, attributes), (error) => {
      assert.ok(error instanceof ShapeError);
      assert.match(error.message, message);
      return true;
    });
  });
}
