import assert from "node:assert/strict";
import { soak, type Soaked } from "../../bench/soak.ts";

Deno.test("memory is flat over training steps of random children of both spaces", async () => {
  const shown: Soaked[] = [];
  const { rows, faults } = await soak(80, (row) => shown.push(row));
  assert.deepEqual(faults, []);
  assert.deepEqual(
    rows.map(({ space, step }) => `${space} ${step}`).filter((_, i) => i % 80 === 79),
    [
      "macro 80",
      "micro 80",
    ],
  );
  assert.deepEqual(shown.map(({ step }) => step), [80, 80]);
  assert.ok(rows.every(({ liveBytes, rss }) => liveBytes > 0 && rss > liveBytes));
});
