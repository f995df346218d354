import assert from "node:assert/strict";
import { judgeClaims } from "../../nas/stats/mod.ts";
import { thesisClaims } from "../../study/thesis/claims.ts";
import { ESTIMATE_IMAGES, TABLE_3 } from "../../study/thesis/tables.ts";
import { near, seeded } from "../nas/stats/helpers.ts";

const judged = judgeClaims(thesisClaims(seeded()));
const claim = (id: string) => judged.find((one) => one.id === id)!;

Deno.test("every estimate of table 3 is a whole number of right images of one batch", () => {
  const right = TABLE_3.map(({ estimate }) => Math.round(estimate / 100 * ESTIMATE_IMAGES));
  assert.deepEqual(right, [53, 42, 23, 27, 36]);
  TABLE_3.forEach(({ estimate }, i) => near(100 * right[i] / ESTIMATE_IMAGES, estimate, 0.006));
});

Deno.test("table 3 is undecidable: tau −0.20, exact p 0.82, and five cannot do better than 0.017", () => {
  const { value, p, smallestP, n, verdict, ci, power, nToDecide } = claim("T3.estimator");
  near(value!, -0.2, 1e-12);
  near(p!, 98 / 120, 1e-12);
  near(smallestP!, 2 / 120, 1e-12);
  assert.equal(n, 5);
  assert.equal(verdict, "undecidable");
  assert.deepEqual(ci, [-1, 1]);
  assert.ok(power! < 0.1 && nToDecide! > 60 && nToDecide! < 130);
});

Deno.test("table 2 is undecidable in every setting, and says how many runs it would take", () => {
  for (const [id, smallest] of [["CIFAR-10.macro", 0.1], ["CIFAR-100.micro", 1 / 3]] as const) {
    const { verdict, smallestP, nToDecide } = claim(`T2.${id}`);
    assert.equal(verdict, "undecidable");
    near(smallestP!, smallest, 1e-12);
    assert.ok(nToDecide! > 3);
  }
  assert.equal(claim("T2.all").verdict, "undecidable");
  assert.equal(claim("T2.all").n, 8);
  assert.equal(claim("T2.no-better").verdict, "undecidable");
});

Deno.test("table 1 is undecidable: mean −0.24, p 0.5 of at least 0.25", () => {
  const { value, p, smallestP, verdict } = claim("T1.transfer");
  near(value!, -0.2433, 1e-3);
  near(p!, 0.5, 1e-12);
  near(smallestP!, 0.25, 1e-12);
  assert.equal(verdict, "undecidable");
});

Deno.test("what can be counted or is beyond chance is decided", () => {
  assert.equal(claim("space.macro").verdict, "supported");
  assert.equal(claim("space.micro").verdict, "contradicted");
  near(claim("space.micro").value!, Math.log10(1.296e11 / 2.56e25), 0.01);
  assert.equal(claim("T3.spread").verdict, "supported");
  assert.equal(claim("T3.same-final").verdict, "undecidable");
});

Deno.test("the ledger holds every claim once, quoted and explained", () => {
  assert.ok(judged.length >= 12);
  assert.equal(new Set(judged.map(({ id }) => id)).size, judged.length);
  for (const { quote, where, question, remark, n, value } of judged) {
    assert.ok(quote.length > 20 && where !== "" && question.endsWith("?") && remark !== "");
    assert.equal(n === 0, value === null);
  }
});
