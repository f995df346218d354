import assert from "node:assert/strict";
import { join } from "node:path";
import { EventLogWriter, readEvents } from "../../../nas/run/event_log.ts";
import { failsWith, inTempDir } from "../data/make_idx.ts";
import { EVENTS, logText, SAMPLES } from "./samples.ts";

/** Runs `body` with the path of a log that does not exist yet. */
function withLog(body: (path: string) => void): Promise<void> {
  return inTempDir((folder) => {
    body(join(folder, "events.jsonl"));
    return Promise.resolve();
  });
}

Deno.test("EventLogWriter writes lines that readEvents() returns", () =>
  withLog((path) => {
    using log = EventLogWriter.create(path);
    EVENTS.forEach((event, i) => {
      log.append(event);
      // Without closing or flushing: a crash of the program loses nothing.
      assert.deepEqual(readEvents(path), { events: EVENTS.slice(0, i + 1), truncated: false });
      assert.equal(log.count, i + 1);
    });
    assert.equal(Deno.readTextFileSync(path), logText());
  }));

Deno.test("EventLogWriter.create() refuses an existing log and a missing folder", () =>
  withLog((path) => {
    Deno.writeTextFileSync(path, logText());
    assert.throws(() => EventLogWriter.create(path), failsWith("StoreError", path, "resume"));
    assert.equal(Deno.readTextFileSync(path), logText());
    const nowhere = join(path, "events.jsonl");
    assert.throws(() => EventLogWriter.create(nowhere), failsWith("StoreError", nowhere));
  }));

Deno.test("EventLogWriter.append() refuses NaN and leaves the log as it was", () =>
  withLog((path) => {
    using log = EventLogWriter.create(path);
    log.append(SAMPLES.run_started);
    assert.throws(
      () => log.append({ ...SAMPLES.child_step, loss: NaN }),
      failsWith("StoreError", "child_step", "loss", "finite"),
    );
    log.append(SAMPLES.child_step);
    assert.deepEqual(readEvents(path).events, [SAMPLES.run_started, SAMPLES.child_step]);
  }));

Deno.test("EventLogWriter.append() wants run_started first", () =>
  withLog((path) => {
    using log = EventLogWriter.create(path);
    assert.throws(() => log.append(SAMPLES.best_arc), failsWith("StoreError", "run_started"));
  }));

Deno.test("EventLogWriter.resume() removes a line that a crash cut off", () =>
  withLog((path) => {
    const text = logText(EVENTS.slice(0, 3));
    Deno.writeTextFileSync(path, text.slice(0, -20));
    assert.equal(readEvents(path).truncated, true);
    using log = EventLogWriter.resume(path);
    assert.equal(log.count, 2);
    log.append(EVENTS[2]);
    assert.equal(Deno.readTextFileSync(path), text);
  }));

Deno.test("EventLogWriter.resume() adds a missing last line feed", () =>
  withLog((path) => {
    Deno.writeTextFileSync(path, logText(EVENTS.slice(0, 3)).trimEnd());
    using log = EventLogWriter.resume(path);
    log.append(EVENTS[3]);
    assert.equal(Deno.readTextFileSync(path), logText(EVENTS.slice(0, 4)));
  }));

Deno.test("EventLogWriter.resume() keeps as many events as the checkpoint counted", () =>
  withLog((path) => {
    const started = { ...SAMPLES.run_started, run: "größer als ein Byte" };
    const events = [started, ...EVENTS.slice(1)];
    for (let keep = 0; keep <= events.length; keep++) {
      Deno.writeTextFileSync(path, logText(events));
      EventLogWriter.resume(path, keep).close();
      assert.equal(Deno.readTextFileSync(path), logText(events.slice(0, keep)));
    }
    Deno.writeTextFileSync(path, logText(events));
    assert.throws(
      () => EventLogWriter.resume(path, events.length + 1),
      failsWith("StoreError", path, "checkpoint"),
    );
  }));

Deno.test("readEvents() names a missing log", () =>
  withLog((path) => {
    assert.throws(() => readEvents(path), failsWith("StoreError", path));
  }));
