import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../../nas/run/config_schema.ts";
import { parseEventLine, parseEvents } from "../../../nas/run/event_schema.ts";
import { EVENT_SCHEMA_VERSION } from "../../../nas/run/events.ts";
import { failsWith } from "../data/make_idx.ts";
import { CONFIG, EVENTS, logText, SAMPLES } from "./samples.ts";

/** Fields that older logs lack, and what stands for them; a message is there only after a failure. */
const LATER: Readonly<Record<string, unknown>> = {
  message: undefined,
  policyAccuracy: null,
  graph: "faithful",
  bestValidationAccuracy: null,
  bestEpoch: null,
};

Deno.test("parseEventLine() returns every type of event as it was written", () => {
  for (const event of EVENTS) {
    assert.deepEqual(parseEventLine(JSON.stringify(event), "log", 1), event);
  }
});

Deno.test("parseEventLine() rejects an event that lacks any one of its fields", () => {
  for (const event of EVENTS) {
    for (const field of Object.keys(event).filter((field) => !Object.hasOwn(LATER, field))) {
      const line = JSON.stringify({ ...event, [field]: undefined });
      assert.throws(
        () => parseEventLine(line, "some.jsonl", 7),
        failsWith("StoreError", "line 7 of some.jsonl", field),
      );
    }
  }
});

Deno.test("parseEventLine() reads logs without the fields that came later", () => {
  for (const event of EVENTS) {
    const fields = Object.keys(event).filter((field) => Object.hasOwn(LATER, field));
    const line = JSON.stringify({
      ...event,
      ...Object.fromEntries(fields.map((field) => [field, undefined])),
    });
    const { message: _, ...expected } = {
      message: undefined,
      ...event,
      ...Object.fromEntries(fields.map((field) => [field, LATER[field]])),
    };
    assert.deepEqual(parseEventLine(line, "log", 2), expected, event.type);
  }
});

Deno.test("parseEventLine() accepts null where there may be nothing to tell, and nowhere else", () => {
  const nullable: Readonly<Record<string, readonly string[]>> = {
    controller_step: ["skipRate"],
    epoch_finished: [
      "trainLoss",
      "trainAccuracy",
      "skipRate",
      "policyAccuracy",
      "reward",
      "baseline",
      "entropy",
    ],
    train_epoch: ["validationAccuracy"],
    trained: ["validationAccuracy", "bestValidationAccuracy", "bestEpoch"],
  };
  for (const event of EVENTS) {
    for (const field of Object.keys(event)) {
      const line = JSON.stringify({ ...event, [field]: null });
      if (nullable[event.type]?.includes(field)) {
        assert.deepEqual(parseEventLine(line, "log", 2), { ...event, [field]: null });
      } else {
        assert.throws(() => parseEventLine(line, "log", 2), failsWith("StoreError", field));
      }
    }
  }
});

Deno.test("parseEventLine() drops fields that it does not know", () => {
  const line = JSON.stringify({ ...SAMPLES.best_arc, later: 1 });
  assert.deepEqual(parseEventLine(line, "log", 2), SAMPLES.best_arc);
});

Deno.test("parseEventLine() rejects impossible values", () => {
  const wrong = [
    { ...SAMPLES.arc_scored, estimate: 57 },
    { ...SAMPLES.arc_scored, batchNorm: "running" },
    { ...SAMPLES.child_step, step: 1.5 },
    { ...SAMPLES.child_step, loss: NaN },
    { ...SAMPLES.run_finished, status: "fine" },
    { ...SAMPLES.trained, graph: "searched" },
    { ...SAMPLES.trained, bestEpoch: 1.5 },
    { ...SAMPLES.trained, bestValidationAccuracy: 75 },
    { ...SAMPLES.epoch_finished, policyAccuracy: -0.5 },
    { type: "coffee_break" },
    [],
    7,
  ];
  for (const value of wrong) {
    assert.throws(() => parseEventLine(JSON.stringify(value), "log", 3), failsWith("StoreError"));
  }
});

Deno.test("parseEvents() rejects a log of a later schema version before anything else", () => {
  const started = { ...SAMPLES.run_started, schemaVersion: EVENT_SCHEMA_VERSION + 1, run: 5 };
  const text = `${JSON.stringify(started)}\n{"type":"news"}\n`;
  assert.throws(
    () => parseEvents(text, "log"),
    failsWith("StoreError", `found ${EVENT_SCHEMA_VERSION + 1}`, "update enaslab"),
  );
});

Deno.test("parseEvents() tolerates a cut at any byte of the last line", () => {
  const whole = logText();
  const before = logText(EVENTS.slice(0, -1));
  for (let length = before.length; length <= whole.length; length++) {
    const { events, truncated } = parseEvents(whole.slice(0, length), "log");
    // The object is whole when only the line feed is missing.
    const complete = length >= whole.length - 1;
    assert.equal(truncated, !complete && length > before.length);
    assert.deepEqual(events, complete ? EVENTS : EVENTS.slice(0, -1));
  }
});

Deno.test("parseEvents() never returns anything but a prefix when a log is cut", () => {
  const whole = logText();
  fc.assert(fc.property(fc.integer({ min: 0, max: whole.length }), (length) => {
    const { events } = parseEvents(whole.slice(0, length), "log");
    assert.deepEqual(events, EVENTS.slice(0, events.length));
  }));
});

Deno.test("parseEvents() names file and line of a damaged line that is not the last", () => {
  const lines = logText().split("\n");
  for (const damage of ["", '{"type":"child_st', "null"]) {
    const text = lines.with(2, damage).join("\n");
    assert.throws(() => parseEvents(text, "a.jsonl"), failsWith("StoreError", "line 3 of a.jsonl"));
  }
});

Deno.test("parseEvents() accepts an empty log and carriage returns", () => {
  assert.deepEqual(parseEvents("", "log"), { events: [], truncated: false });
  assert.deepEqual(parseEvents(logText().replaceAll("\n", "\r\n"), "log").events, EVENTS);
});

Deno.test("parseEvents() rejects a log without its beginning", () => {
  assert.throws(
    () => parseEvents(logText(EVENTS.slice(1)), "log"),
    failsWith("StoreError", "run_started in line 1", "child_step"),
  );
});

Deno.test("parseConfig() returns what was written and names a wrong field", () => {
  assert.deepEqual(parseConfig(JSON.stringify(CONFIG), "config.json"), CONFIG);
  const wrong = JSON.stringify({ ...CONFIG, dataset: { ...CONFIG.dataset, shape: [16, 16] } });
  assert.throws(
    () => parseConfig(wrong, "x/config.json"),
    failsWith("StoreError", "x/config.json", "dataset.shape"),
  );
  assert.throws(() => parseConfig("{", "x/config.json"), failsWith("StoreError", "JSON"));
  const later = JSON.stringify({ schemaVersion: EVENT_SCHEMA_VERSION + 1 });
  assert.throws(() => parseConfig(later, "config.json"), failsWith("StoreError", "update enaslab"));
});
