import assert from "node:assert/strict";
import { DeviceError } from "../../../engine/errors.ts";
import { Results } from "../../../nas/trials/results.ts";
import { type StudyEvent, type WorkOptions, workThrough } from "../../../nas/trials/worker.ts";
import { TrialStore } from "../../../nas/trials/sqlite.ts";
import {
  type Lease,
  StudyInterrupted,
  type Trial,
  UnrecoverableError,
} from "../../../nas/trials/queue.ts";

/** First `a` and `b`, and when both are done `c`. */
function plan(results: Results): Trial[] {
  const names = results.count < 2 ? ["a", "b"] : ["a", "b", "c"];
  return names.map((id) => ({ id, kind: "test", input: { id } }));
}

async function withStore(
  body: (store: TrialStore, path: string) => Promise<void>,
  attempts = 3,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/trials.sqlite`;
  const store = new TrialStore(path, { attempts });
  try {
    await body(store, path);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function options(
  queue: TrialStore,
  more: Partial<WorkOptions>,
): WorkOptions {
  return {
    plan,
    queue,
    worker: "test",
    execute: ({ id }) => Promise.resolve({ id }),
    signal: new AbortController().signal,
    pollSeconds: 0.01,
    ...more,
  };
}

Deno.test("a study runs all its trials, those named by results of others too", () =>
  withStore(async (store) => {
    const events: StudyEvent[] = [];
    const status = await workThrough(options(store, { onEvent: (event) => events.push(event) }));
    assert.equal(status, "completed");
    assert.deepEqual((await store.finished()).map(({ result }) => result), [
      { id: "a" },
      { id: "b" },
      { id: "c" },
    ]);
    const seen = events.map(({ type, trial, counts }) => `${type} ${trial.id} ${counts.done}`);
    assert.deepEqual(seen, [
      ...["leased a 0", "done a 1", "leased b 1", "done b 2", "leased c 2", "done c 3"],
    ]);
  }));

Deno.test("an interrupted trial waits again, and the next run does exactly what is missing", () =>
  withStore(async (store) => {
    const abort = new AbortController();
    const done: string[] = [];
    const execute = ({ id }: Trial) => {
      if (id === "b" && !abort.signal.aborted) {
        abort.abort();
        return Promise.reject(new StudyInterrupted());
      }
      done.push(id);
      return Promise.resolve(null);
    };
    const first = await workThrough(options(store, { execute, signal: abort.signal }));
    assert.equal(first, "interrupted");
    assert.deepEqual(await store.counts(), { waiting: 1, leased: 0, done: 1, failed: 0 });
    assert.equal(await workThrough(options(store, { execute })), "completed");
    assert.deepEqual(done, ["a", "b", "c"]);
  }));

Deno.test("a trial that fails is tried as often as allowed, and the others are done", () =>
  withStore(async (store) => {
    let tries = 0;
    const execute = ({ id }: Trial) => {
      if (id !== "a") return Promise.resolve(null);
      tries++;
      return Promise.reject(new RangeError("too deep"));
    };
    assert.equal(await workThrough(options(store, { execute })), "failed");
    assert.equal(tries, 2);
    const [failed] = await store.failed();
    assert.equal(failed.message, "RangeError: too deep");
    assert.deepEqual((await store.finished()).map(({ trial }) => trial.id), ["b"]);
    assert.equal(await store.retry(), 1);
    assert.equal(await workThrough(options(store, {})), "completed");
  }, 2));

Deno.test("a lost device ends the run; a trial that loses it every time has failed", () =>
  withStore(async (store) => {
    const execute = ({ id }: Trial) =>
      id === "a" ? Promise.reject(new DeviceError("the device is gone")) : Promise.resolve(null);
    for (const attempt of [1, 2]) {
      await assert.rejects(workThrough(options(store, { execute })), /the device is gone/);
      assert.equal((await store.counts()).failed, attempt - 1);
    }
    assert.equal(await workThrough(options(store, { execute })), "failed");
    assert.deepEqual((await store.failed()).map(({ attempts, message }) => [attempts, message]), [
      [2, "DeviceError: the device is gone"],
    ]);
  }, 2));

Deno.test("what would fail every time is tried once", () =>
  withStore(async (store) => {
    let tries = 0;
    const execute = ({ id }: Trial) => {
      if (id !== "a") return Promise.resolve(null);
      tries++;
      return Promise.reject(new UnrecoverableError("ArcError: no such op"));
    };
    assert.equal(await workThrough(options(store, { execute })), "failed");
    assert.equal(tries, 1);
    assert.equal((await store.failed())[0].message, "ArcError: no such op");
  }));

Deno.test("a trial whose lease was lost is ended, and its late result is not stored twice", async () => {
  const folder = await Deno.makeTempDir();
  let now = 0;
  const store = new TrialStore(`${folder}/trials.sqlite`, { leaseSeconds: 1, now: () => now });
  try {
    let stolen: Lease | null = null;
    const told: string[] = [];
    const one = () => plan(new Results([])).slice(0, 1);
    // The lease runs out while the trial runs, as when a process is stopped for a while.
    const slow = async (late: boolean, signal: AbortSignal) => {
      now += 2000;
      stolen = await store.lease("thief");
      const ended = new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (!late) await ended;
      assert.ok(await store.finish(stolen!, "of the thief"));
      if (late) return "of the late one";
      throw new StudyInterrupted();
    };
    for (const late of [false, true]) {
      const status = await workThrough(options(store, {
        plan: late ? () => plan(new Results([])).slice(1, 2) : one,
        execute: (_, signal) => slow(late, signal),
        renewSeconds: late ? 60 : 0.01,
        onEvent: ({ type, trial }) => told.push(`${type} ${trial.id}`),
      }));
      assert.equal(status, "completed");
    }
    assert.deepEqual(told, ["leased a", "lost a", "leased b", "lost b"]);
    const results = (await store.finished()).map(({ result }) => result);
    assert.deepEqual(results, ["of the thief", "of the thief"]);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("two processes share a study and do no trial twice", () =>
  withStore(async (store, path) => {
    const other = new TrialStore(path);
    const done: string[] = [];
    const execute = async ({ id }: Trial) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      done.push(id);
      return null;
    };
    try {
      const statuses = await Promise.all([
        workThrough(options(store, { execute, worker: "one" })),
        workThrough(options(other, { execute, worker: "two" })),
      ]);
      assert.deepEqual(statuses, ["completed", "completed"]);
      assert.deepEqual(done.toSorted(), ["a", "b", "c"]);
    } finally {
      await other.close();
    }
  }));

Deno.test("a lease is renewed while its trial runs", async () => {
  const folder = await Deno.makeTempDir();
  let now = 0;
  const store = new TrialStore(`${folder}/trials.sqlite`, { leaseSeconds: 1, now: () => now });
  try {
    const execute = async ({ id }: Trial) => {
      // Longer than a lease; another process must not get the trial meanwhile.
      for (let i = 0; id === "a" && i < 5; i++) {
        now += 600;
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.equal((await store.lease("thief"))?.trial.id === "a", false);
      }
      return null;
    };
    const one = () => plan(new Results([])).slice(0, 1);
    await workThrough(options(store, { plan: one, execute, renewSeconds: 0.01 }));
    assert.equal((await store.finished()).length, 1);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
