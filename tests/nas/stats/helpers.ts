import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";

/** A seeded source of uniform numbers. */
export function seeded(seed = 1): () => number {
  const random = new Random(seed);
  return () => random.uniform();
}

/** Fails unless `actual` is within `tolerance` of `expected`. */
export function near(actual: number, expected: number, tolerance = 1e-9, what = "value"): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${what}: expected ${expected} ± ${tolerance} but found ${actual}`,
  );
}
