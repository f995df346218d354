import assert from "node:assert/strict";
import type { StepResult } from "../../../nas/child/trainer.ts";
import { DivergenceGuard, takenSteps } from "../../../nas/child/divergence.ts";
import { DivergenceError } from "../../../nas/child/errors.ts";

const taken: StepResult = { loss: 1, accuracy: 0.5, gradientNorm: 2, skipped: null };
const skipped: StepResult = { skipped: { loss: "NaN", gradientNorm: "Infinity", batch: [4] } };

/** Whether the run ends after each of the results, `x` skipped and `.` taken. */
function ends(pattern: string, limit: number, steps: number, before = ""): boolean[] {
  const results = (text: string) => [...text].map((letter) => letter === "x" ? skipped : taken);
  const guard = new DivergenceGuard(limit, steps, results(before));
  return results(pattern).map((result) => {
    guard.see(result, "0 1 0");
    if (guard.ended) assert.throws(() => guard.check(), DivergenceError);
    else guard.check();
    return guard.ended;
  });
}

Deno.test("skipped steps end a run when enough of them follow each other", () => {
  assert.deepEqual(ends("xx.xx.xxx", 3, 20), [...Array(8).fill(false), true]);
  assert.deepEqual(ends("x", 1, 20), [true]);
});

Deno.test("an ended run stays ended, whatever was in flight", () => {
  assert.deepEqual(ends("xx..", 2, 20), [false, true, true, true]);
});

Deno.test("an epoch without a step that counts ends a run", () => {
  assert.deepEqual(ends("xxx", 10, 3), [false, false, true]);
  assert.deepEqual(ends(".xx", 10, 3), [false, false, false]);
});

Deno.test("a resumed run counts on", () => {
  assert.deepEqual(ends("x", 3, 20, ".xx"), [true]);
  assert.deepEqual(ends("x", 3, 20, "xx."), [false]);
});

Deno.test("the error says what was found, where, and what to do", () => {
  const guard = new DivergenceGuard(1, 20);
  guard.see(skipped, "0 1 0");
  assert.throws(() => guard.check(), {
    name: "DivergenceError",
    message:
      /^Expected a finite loss and gradient but found NaN and Infinity .* architecture 0 1 0; .*lower the learning rate/,
  });
});

Deno.test("takenSteps() leaves skipped steps out", () => {
  assert.deepEqual(takenSteps([taken, skipped, taken]), [taken, taken]);
});
