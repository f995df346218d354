import assert from "node:assert/strict";
import { ShapeError } from "../../../engine/errors.ts";
import type { Op } from "../../../engine/op.ts";
import { embedding } from "../../../engine/ops/embedding.ts";
import { lstmCell } from "../../../engine/ops/lstm_cell.ts";
import { tanh } from "../../../engine/ops/tanh.ts";
import {
  addProduct,
  addProductTransposedA,
  addProductTransposedB,
} from "../../../engine/reference/matrix_loops.ts";
import type { Shape } from "../../../engine/shape.ts";
import { array, assertClose, checkCase, normalArray, normalGenerator } from "../helpers.ts";

const OPS: readonly Op[] = [embedding, lstmCell, tanh];

for (const op of OPS) {
  for (const opCase of op.cases) {
    Deno.test(`${op.name} reference gradients agree with central differences (${opCase.name})`, () => {
      checkCase(op, opCase);
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
    /lstm_cell\(\) expects projected of shape \[2,12\]/,
  ],
  [lstmCell, [[2, 12], [2, 3], [2, 4], [3, 12]], {}, /lstm_cell\(\) expects c of shape \[2,3\]/],
  [lstmCell, [[2, 12], [2, 3], [2, 3], [6, 12]], {}, /expects w of shape \[3,12\] but found/],
  [embedding, [[2, 3], [4, 1]], {}, /embedding\(\) expects indices of rank 1/],
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
