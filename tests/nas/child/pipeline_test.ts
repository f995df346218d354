import assert from "node:assert/strict";
import { Pipeline } from "../../../nas/child/pipeline.ts";

/** A promise to be settled by hand. */
function deferred(): PromiseWithResolvers<number> {
  return Promise.withResolvers<number>();
}

/** Lets everything run that is ready to. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("Pipeline delivers in order, whatever order the results come in", async () => {
  const delivered: number[] = [];
  const pipeline = new Pipeline<number>((result) => delivered.push(result));
  const results = Array.from({ length: 5 }, deferred);
  for (const { promise } of results) await pipeline.push(promise);
  assert.deepEqual(delivered, []);
  const drained = pipeline.drain();
  for (const i of [4, 2, 1, 3]) results[i].resolve(i);
  await settle();
  assert.deepEqual(delivered, [], "the first is not there yet");
  results[0].resolve(0);
  await drained;
  assert.deepEqual(delivered, [0, 1, 2, 3, 4]);
  await pipeline.drain();
  assert.equal(delivered.length, 5);
});

Deno.test("Pipeline keeps a bounded number of results in flight", async () => {
  const delivered: number[] = [];
  const pipeline = new Pipeline<number>((result) => delivered.push(result));
  const results = Array.from({ length: 20 }, deferred);
  let pushed = 0;
  const pushAll = (async () => {
    for (const { promise } of results) {
      await pipeline.push(promise);
      pushed++;
    }
  })();
  await settle();
  const depth = pushed + 1;
  assert.ok(depth > 1 && depth <= 8, `${depth} in flight`);
  for (let i = 0; i + depth < 20; i++) {
    results[i].resolve(i);
    await settle();
    assert.equal(delivered.length, i + 1);
    // One more went in for the one that came out, and the next one waits.
    assert.equal(pushed + 1 - delivered.length, depth);
  }
  for (const [i, { resolve }] of results.entries()) resolve(i);
  await pushAll;
  await pipeline.drain();
  assert.deepEqual(delivered, Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("Pipeline throws an error when its turn comes, and not before", async () => {
  const delivered: number[] = [];
  const pipeline = new Pipeline<number>((result) => delivered.push(result));
  const results = Array.from({ length: 3 }, deferred);
  for (const { promise } of results) await pipeline.push(promise);
  // Were the later error not held, it would end the test as an unhandled rejection.
  results[2].reject(new RangeError("third"));
  results[1].reject(new RangeError("second"));
  await settle();
  results[0].resolve(0);
  await assert.rejects(pipeline.drain(), /second/);
  assert.deepEqual(delivered, [0]);
});

Deno.test("Pipeline throws an error out of push() too", async () => {
  const pipeline = new Pipeline<number>(() => {});
  const failing = Promise.reject(new RangeError("first"));
  const pushes = async () => {
    await pipeline.push(failing);
    for (let i = 0; i < 20; i++) await pipeline.push(Promise.resolve(i));
  };
  await assert.rejects(pushes(), /first/);
});
