import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../nas/run/mod.ts";
import { TrialStore, type TrialStoreOptions } from "../../../nas/trials/sqlite.ts";
import { StudyError, type Trial } from "../../../nas/trials/queue.ts";

/** A store in a new folder, and what removes it. */
function temporary(options?: TrialStoreOptions) {
  const folder = Deno.makeTempDirSync();
  const path = join(folder, "trials.sqlite");
  const open = (others = options) => new TrialStore(path, others);
  return { path, open, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

const TRIALS: readonly Trial[] = [1, 2, 3].map((seed) => ({
  id: `train/seed${seed}`,
  kind: "train",
  input: { seed, arc: "0 1 1" },
}));

Deno.test("trials are handed out once, in order, and keep their results", async () => {
  using place = temporary();
  const store = place.open();
  assert.equal(await store.add(TRIALS), 3);
  assert.equal(await store.add(TRIALS), 0);
  const first = (await store.lease("a"))!;
  const second = (await store.lease("b"))!;
  assert.deepEqual([first.trial, second.trial], TRIALS.slice(0, 2));
  assert.ok(await store.finish(first, { accuracy: 0.5 }));
  assert.ok(!await store.finish(first, { accuracy: 0.9 }));
  assert.deepEqual(await store.counts(), { waiting: 1, leased: 1, done: 1, failed: 0 });
  const [done] = await store.finished();
  assert.deepEqual(done.result, { accuracy: 0.5 });
  assert.ok(done.seconds >= 0 && done.attempts === 1);
  await store.close();
});

Deno.test("a killed worker's trial goes to another, and the late result is refused", async () => {
  let now = 0;
  using place = temporary({ leaseSeconds: 10, now: () => now });
  const store = place.open();
  await store.add(TRIALS.slice(0, 1));
  const lost = (await store.lease("killed"))!;
  assert.equal(await store.lease("other"), null);
  now = 5_000;
  assert.ok(await store.renew(lost));
  now = 14_999;
  assert.equal(await store.lease("other"), null);
  now = 15_000;
  const taken = (await store.lease("other"))!;
  assert.deepEqual([taken.trial, taken.attempt], [lost.trial, 2]);
  assert.ok(!await store.renew(lost));
  assert.ok(!await store.finish(lost, null));
  assert.ok(await store.finish(taken, 1));
  await store.close();
});

Deno.test("a failing trial is tried three times, then fails, and can be tried again", async () => {
  using place = temporary();
  const store = place.open();
  await store.add(TRIALS.slice(0, 1));
  for (const state of ["waiting", "waiting", "failed"]) {
    assert.equal(await store.fail((await store.lease("a"))!, "boom"), state);
  }
  assert.equal(await store.lease("a"), null);
  assert.deepEqual((await store.failed()).map(({ message, attempts }) => [message, attempts]), [
    ["boom", 3],
  ]);
  assert.equal(await store.retry(), 1);
  const again = (await store.lease("a"))!;
  await store.release(again);
  assert.equal((await store.lease("a"))!.attempt, 1);
  await store.close();
});

Deno.test("a study that was changed is refused, and nothing of it is added", async () => {
  using place = temporary();
  const store = place.open();
  await store.add(TRIALS.slice(0, 1));
  const changed = [TRIALS[1], { ...TRIALS[0], input: { seed: 9 } }];
  await assert.rejects(() => store.add(changed), StudyError);
  assert.equal((await store.counts()).waiting, 1);
  await store.close();
});

Deno.test("a trial that ends its process every time has failed after three attempts", async () => {
  using place = temporary({ alive: () => false });
  const store = place.open();
  await store.add(TRIALS.slice(0, 2));
  for (const attempt of [1, 2, 3]) {
    const { trial, attempt: found } = (await store.lease(`killed ${attempt}`))!;
    assert.deepEqual([trial.id, found], [TRIALS[0].id, attempt]);
  }
  const other = (await store.lease("next"))!;
  assert.equal(other.trial.id, TRIALS[1].id);
  const [{ message, attempts }] = await store.failed();
  assert.match(message, /process ended or fell silent, the last of 3 times/);
  assert.equal(attempts, 3);
  assert.equal(await store.retry(), 1);
  await store.close();
});

Deno.test("a trial that hangs every time has failed when its last lease runs out", async () => {
  let now = 0;
  using place = temporary({ leaseSeconds: 10, attempts: 2, now: () => now });
  const store = place.open();
  await store.add(TRIALS.slice(0, 1));
  for (; now < 20_000; now += 10_000) assert.ok(await store.lease("hangs") !== null);
  assert.equal(await store.lease("next"), null);
  assert.deepEqual(await store.counts(), { waiting: 0, leased: 0, done: 0, failed: 1 });
  await store.close();
});

Deno.test("what a later version writes in another way is the same trial, and waits as it is named now", async () => {
  using place = temporary({
    same: (known, named) =>
      (known.input as { seed: number }).seed === (named.input as { seed: number }).seed,
  });
  const store = place.open();
  await store.add(TRIALS);
  const done = (await store.lease("a"))!;
  await store.finish(done, 1);
  const anew = TRIALS.map((trial) => ({
    ...trial,
    input: { ...trial.input as object, images: 5 },
  }));
  assert.equal(await store.add(anew), 0);
  assert.deepEqual((await store.finished())[0].trial, TRIALS[0]);
  assert.deepEqual((await store.lease("a"))!.trial, anew[1]);
  await store.close();
});

Deno.test("of a store of version 1 the results stay, and what nobody did is named anew", async () => {
  using place = temporary();
  const old = place.open();
  await old.add(TRIALS);
  await old.finish((await old.lease("a"))!, { accuracy: 0.5 });
  await old.lease("a");
  await old.close();
  const database = new DatabaseSync(place.path);
  database.exec("PRAGMA user_version = 1");
  database.close();
  const store = place.open();
  assert.deepEqual(await store.counts(), { waiting: 0, leased: 0, done: 1, failed: 0 });
  assert.deepEqual((await store.finished())[0].result, { accuracy: 0.5 });
  assert.equal(await store.add(TRIALS), 2);
  await store.close();
});

Deno.test("a file that is no store is refused with its path", () => {
  using place = temporary();
  Deno.writeTextFileSync(place.path, "not a database, but long enough to look at ".repeat(30));
  assert.throws(() => place.open(), (error) => {
    assert.ok(error instanceof StoreError && error.message.includes(place.path));
    return true;
  });
});

Deno.test("four processes share one store and do every trial once", async () => {
  using place = temporary();
  const store = place.open();
  const trials = Array.from({ length: 60 }, (_, i) => ({ id: `t${i}`, kind: "add", input: i }));
  await store.add(trials);
  const url = new URL("../../../nas/trials/sqlite.ts", import.meta.url).href;
  const code = `
    import { TrialStore } from ${JSON.stringify(url)};
    const store = new TrialStore(${JSON.stringify(place.path)});
    for (let lease; (lease = await store.lease("w")) !== null;) {
      await store.finish(lease, { worker: Deno.pid, value: lease.trial.input });
    }
    await store.close();`;
  const script = join(place.path, "..", "worker.ts");
  Deno.writeTextFileSync(script, code);
  const workers = Array.from(
    { length: 4 },
    () => new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", script] }).output(),
  );
  for (const { code, stderr } of await Promise.all(workers)) {
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  }
  const finished = await store.finished();
  assert.deepEqual(
    finished.map(({ result }) => (result as { value: number }).value),
    trials.map(({ input }) => input),
  );
  assert.ok(finished.every(({ attempts }) => attempts === 1));
  await store.close();
});
