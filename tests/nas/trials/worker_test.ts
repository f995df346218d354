import assert from "node:assert/strict";
import { DeviceError } from "../../../engine/errors.ts";
import type { Results } from "../../../nas/trials/results.ts";
import { runStudy, type StudyEvent, type StudyRunOptions } from "../../../nas/trials/worker.ts";
import type { StudySettings } from "../../../study/study.ts";
import { TrialStore } from "../../../nas/trials/sqlite.ts";
import { StudyInterrupted, type Trial } from "../../../nas/trials/queue.ts";

const SETTINGS: StudySettings = {
  ...{ scale: "tiny", spaces: ["macro"], datasets: ["mnist"], seeds: [1], arcs: 2, trainings: 1 },
  overrides: {},
};

/** First `a` and `b`, and when both are done `c`. */
const study = {
  trials(_settings: StudySettings, results: Results): Trial[] {
    const names = results.count < 2 ? ["a", "b"] : ["a", "b", "c"];
    return names.map((id) => ({ id, kind: "test", input: { id } }));
  },
};

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
  more: Partial<StudyRunOptions<StudySettings>>,
): StudyRunOptions<StudySettings> {
  return {
    study,
    settings: SETTINGS,
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
    const status = await runStudy(options(store, { onEvent: (event) => events.push(event) }));
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
    const first = await runStudy(options(store, { execute, signal: abort.signal }));
    assert.equal(first, "interrupted");
    assert.deepEqual(await store.counts(), { waiting: 1, leased: 0, done: 1, failed: 0 });
    assert.equal(await runStudy(options(store, { execute })), "completed");
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
    assert.equal(await runStudy(options(store, { execute })), "failed");
    assert.equal(tries, 2);
    const [failed] = await store.failed();
    assert.equal(failed.message, "RangeError: too deep");
    assert.deepEqual((await store.finished()).map(({ trial }) => trial.id), ["b"]);
    assert.equal(await store.retry(), 1);
    assert.equal(await runStudy(options(store, {})), "completed");
  }, 2));

Deno.test("a lost device ends the run and costs the trial no attempt", () =>
  withStore(async (store) => {
    const execute = () => Promise.reject(new DeviceError("the device is gone"));
    await assert.rejects(runStudy(options(store, { execute })), /the device is gone/);
    const lease = await store.lease("next");
    assert.equal(lease?.attempt, 1);
  }));

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
        runStudy(options(store, { execute, worker: "one" })),
        runStudy(options(other, { execute, worker: "two" })),
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
    const one = { trials: () => study.trials(SETTINGS, { count: 0 } as Results).slice(0, 1) };
    await runStudy(options(store, { study: one, execute, renewSeconds: 0.01 }));
    assert.equal((await store.finished()).length, 1);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
