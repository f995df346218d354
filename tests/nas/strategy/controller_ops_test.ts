import assert from "node:assert/strict";
import { ShapeError } from "../../../engine/errors.ts";
import type { Op } from "../../../engine/op.ts";
import type { NdArray } from "../../../engine/reference/types.ts";
import type { Shape } from "../../../engine/shape.ts";
import { additiveAttention } from "../../../nas/strategy/controller/ops/additive_attention.ts";
import { bernoulliPair } from "../../../nas/strategy/controller/ops/bernoulli_pair.ts";
import { categorical } from "../../../nas/strategy/controller/ops/categorical.ts";
import { selectRows } from "../../../nas/strategy/controller/ops/select_rows.ts";
import { skipMean } from "../../../nas/strategy/controller/ops/skip_mean.ts";
import { skipPenalty } from "../../../nas/strategy/controller/ops/skip_penalty.ts";
import { weightedTotal } from "../../../nas/strategy/controller/ops/weighted_total.ts";
import { array, assertClose, checkCase } from "../../engine/helpers.ts";

const OPS: readonly Op[] = [
  additiveAttention,
  bernoulliPair,
  categorical,
  selectRows,
  skipMean,
  skipPenalty,
  weightedTotal,
];

for (const op of OPS) {
  for (const opCase of op.cases) {
    Deno.test(`${op.name} reference gradients agree with central differences (${opCase.name})`, () => {
      checkCase(op, opCase);
    });
  }
}

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

const REFUSED: readonly [Op, readonly Shape[], unknown, RegExp][] = [
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
