import assert from "node:assert/strict";
import { counted, countedOf, fixedNumber, grouped, signedNumber } from "../../../nas/text/words.ts";

Deno.test("a count agrees with its noun", () => {
  assert.deepEqual([0, 1, 2, 12_000].map((n) => counted(n, "image")), [
    "0 images",
    "1 image",
    "2 images",
    "12,000 images",
  ]);
  assert.equal(counted(2, "class", "classes"), "2 classes");
  assert.equal(counted(1, "class", "classes"), "1 class");
  assert.deepEqual([1, 2].map((n) => countedOf(n, "pairs")), ["1 pair", "2 pairs"]);
  assert.deepEqual([1, 6].map((n) => countedOf(n, "runs an arm")), [
    "1 run an arm",
    "6 runs an arm",
  ]);
  assert.equal(countedOf(1, "count"), "1 count");
  assert.equal(grouped(1_391_652), "1,391,652");
});

Deno.test("a number has a sign only where it is not 0 as it is written", () => {
  assert.deepEqual([-0.004, -0, 0, 0.004].map((value) => fixedNumber(value, 2)), [
    "0.00",
    "0.00",
    "0.00",
    "0.00",
  ]);
  assert.deepEqual([-0.004, -1.5, 1.5, 0.004].map((value) => signedNumber(value, 2)), [
    "0.00",
    "−1.50",
    "+1.50",
    "0.00",
  ]);
});
