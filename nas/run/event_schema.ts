/**
 * Checks and parses event logs. Uses no file system, so that reports can parse a log wherever it came
 * from.
 *
 * Unknown fields are dropped, not refused: a later version may add fields without raising the
 * schema version.
 *
 * @module
 */
import { z } from "zod";
import { StoreError } from "./errors.ts";
import type { RunEvent } from "./events.ts";
import { describeIssue, refuseLaterVersion } from "./schema_check.ts";

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
/** A fraction 0..1; a mean of fractions may miss the bounds by its rounding. */
const fraction = z.number().min(-1e-9).max(1 + 1e-9);
const batchNorm = z.enum(["batch", "moving", "recalibrated"]);

const runStarted = z.object({
  type: z.literal("run_started"),
  schemaVersion: z.int().positive(),
  run: z.string(),
  time: z.iso.datetime(),
});
const childStep = z.object({
  type: z.literal("child_step"),
  epoch: count,
  step: count,
  loss: z.number(),
  accuracy: fraction,
  learningRate: z.number(),
  gradientNorm: z.number().nonnegative(),
  seconds,
});
const diverged = z.object({
  type: z.literal("diverged"),
  weights: z.enum(["shared", "scratch"]),
  epoch: count,
  step: count,
  arc: z.string(),
  batch: z.array(count),
  loss: z.string(),
  gradientNorm: z.string(),
  seconds,
});
const controllerStep = z.object({
  type: z.literal("controller_step"),
  epoch: count,
  step: count,
  arcs: count,
  reward: z.number(),
  accuracy: fraction,
  baseline: z.number(),
  entropy: z.number(),
  skipRate: fraction.nullable(),
  loss: z.number(),
  seconds,
});
const arcScored = z.object({
  type: z.literal("arc_scored"),
  epoch: count,
  index: count,
  arc: z.string(),
  estimate: fraction,
  images: count,
  batchNorm,
});
const epochFinished = z.object({
  type: z.literal("epoch_finished"),
  epoch: count,
  trainLoss: z.number().nullable(),
  trainAccuracy: fraction.nullable(),
  learningRate: z.number(),
  meanEstimate: fraction,
  bestEstimate: fraction,
  opShares: z.array(fraction),
  skipRate: fraction.nullable(),
  // Logs of the first version have none.
  policyAccuracy: fraction.nullable().default(null),
  reward: z.number().nullable(),
  baseline: z.number().nullable(),
  entropy: z.number().nullable(),
  seconds,
});
const bestArc = z.object({
  type: z.literal("best_arc"),
  arc: z.string(),
  epoch: count,
  estimate: fraction,
  images: count,
  batchNorm,
  seconds,
});
const arcTraced = z.object({
  type: z.literal("arc_traced"),
  arc: z.string(),
  decisions: z.array(
    z.object({
      kind: z.enum(["op", "skip", "input"]),
      cell: z.enum(["normal", "reduction"]).nullable(),
      place: count,
      slot: count.nullable(),
      probabilities: z.array(fraction).min(1),
      chosen: count,
    }).refine(
      ({ probabilities, chosen }) => chosen < probabilities.length,
      "Invalid input: expected chosen to be one of the probabilities",
    ),
  ),
  parameters: z.array(z.object({ name: z.string(), shape: z.array(count) })),
  seconds,
});
const trainEpoch = z.object({
  type: z.literal("train_epoch"),
  epoch: count,
  loss: z.number(),
  trainAccuracy: fraction,
  validationAccuracy: fraction.nullable(),
  learningRate: z.number(),
  seconds,
});
const trained = z.object({
  type: z.literal("trained"),
  arc: z.string(),
  // What logs of the first version lack.
  graph: z.enum(["faithful", "official"]).default("faithful"),
  validationAccuracy: fraction.nullable(),
  bestValidationAccuracy: fraction.nullable().default(null),
  bestEpoch: count.nullable().default(null),
  testAccuracy: fraction,
  testImages: count,
  parameters: count,
  flops: count,
  seconds,
});
const runFinished = z.object({
  type: z.literal("run_finished"),
  status: z.enum(["completed", "interrupted", "failed"]),
  message: z.exactOptional(z.string()),
  seconds,
});

/** Schema of any line of `events.jsonl`; its output type is {@link RunEvent}. */
export const runEventSchema: z.ZodType<RunEvent> = z.discriminatedUnion("type", [
  runStarted,
  childStep,
  diverged,
  controllerStep,
  arcScored,
  epochFinished,
  bestArc,
  arcTraced,
  trainEpoch,
  trained,
  runFinished,
]);

/**
 * Parses one line of an event log.
 *
 * @param line The line without its line feed.
 * @param file Name of the log, for messages.
 * @param number 1-based line number, for messages.
 * @throws {StoreError} When the line is no JSON, no known event, or of a later schema version.
 */
export function parseEventLine(line: string, file: string, number: number): RunEvent {
  const fail = (found: string, cause: unknown): never => {
    throw new StoreError(
      `Expected an event in line ${number} of ${file} but found ${found}; ` +
        "restore the file from a copy, or delete the line to go on without it",
      file,
      { cause },
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return fail(line.trim() === "" ? "an empty line" : "no valid JSON", cause);
  }
  refuseLaterVersion(value, file);
  const result = runEventSchema.safeParse(value);
  return result.success ? result.data : fail(describeIssue(result.error), result.error);
}

/** The contents of an event log. */
export interface ParsedEvents {
  /** All whole events, in order. */
  readonly events: RunEvent[];
  /** True when the last line was cut off by a crash; it is not among `events`. */
  readonly truncated: boolean;
}

/**
 * Parses a whole event log. A last line without a line feed that is no JSON was cut off by a crash:
 * it is left out and reported as `truncated`. An empty text is an empty log.
 *
 * @throws {StoreError} When any other line is damaged, or the first is no `run_started`.
 */
export function parseEvents(text: string, file: string): ParsedEvents {
  const lines = text.split("\n");
  const last = lines.pop()!;
  const events = lines.map((line, index) => parseEventLine(line, file, index + 1));
  // A proper beginning of a JSON object is never JSON: what parses here lacks only its line feed.
  const complete = last !== "" && isJson(last);
  if (complete) events.push(parseEventLine(last, file, lines.length + 1));
  if (events.length > 0 && events[0].type !== "run_started") {
    throw new StoreError(
      `Expected run_started in line 1 of ${file} but found ${events[0].type}; ` +
        "restore the beginning of the file from a copy",
      file,
    );
  }
  return { events, truncated: last !== "" && !complete };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
