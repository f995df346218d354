import assert from "node:assert/strict";
import { valueAt, withValues } from "../../../nas/config/paths.ts";

Deno.test("valueAt() finds own values alone", () => {
  const value = { a: { b: 0, c: [1] } };
  assert.equal(valueAt(value, "a.b"), 0);
  assert.equal(valueAt(value, ""), value);
  for (const path of ["a.d", "a.b.c", "a.c.0", "toString", "a.constructor", "x.y"]) {
    assert.equal(valueAt(value, path), undefined, path);
  }
});

Deno.test("withValues() copies, keeps the order, and makes groups that are missing", () => {
  const base = { a: { b: 1, c: 2 }, d: 3 };
  const copy = withValues(base, [["a.b", 4], ["e.f", 5], ["d", 6], ["a.b", 7]]);
  assert.equal(JSON.stringify(copy), '{"a":{"b":7,"c":2},"d":6,"e":{"f":5}}');
  assert.deepEqual(base, { a: { b: 1, c: 2 }, d: 3 });
});

Deno.test("withValues() does not reach prototypes", () => {
  const copy = withValues({}, [["__proto__.polluted", true]]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
  assert.equal(JSON.stringify(copy), '{"__proto__":{"polluted":true}}');
});
