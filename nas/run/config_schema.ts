/**
 * Checks and parses run configurations, the files `config.json`. Uses no file system, so that reports
 * can parse one wherever it came from. Unknown fields are dropped, not refused, as in events.ts.
 *
 * @module
 */
import { z } from "zod";
import { migrateSettings } from "../config/migrate.ts";
import type { DeepReadonly } from "../text/readonly.ts";
import { StoreError } from "./errors.ts";
import { describeIssue, refuseLaterVersion } from "./schema_check.ts";

const count = z.int().nonnegative();
/** A name that {@link runConfigSchema} lets into messages: it cannot pretend to be further lines. */
const line = z.string().refine(
  // deno-lint-ignore no-control-regex -- control characters are exactly what is looked for
  (text) => !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text),
  "Invalid input: expected no control characters",
);
/** Settings are groups of values; ones that are nested deeper are meant to break their readers. */
const MAX_DEPTH = 20;

/** Schema of `config.json`. */
export const runConfigSchema = z.object({
  schemaVersion: z.int().positive(),
  run: line,
  command: z.enum(["search", "train"]),
  /** ISO 8601, UTC. */
  created: z.iso.datetime(),
  versions: z.object({ enaslab: line, deno: line, v8: line }),
  /** What the device said of itself; `cpu` for the f64 reference backend. */
  adapter: z.object({ description: line, vendor: line, fallback: z.boolean() }),
  dataset: z.object({
    name: line,
    classes: count,
    classNames: z.array(z.string()),
    /** `[height, width, channels]` as trained on. */
    shape: z.tuple([count, count, count]),
    train: count,
    validation: count,
    test: count,
    /** Where the user's own images came from, and a fingerprint of them. */
    source: z.exactOptional(z.string()),
  }),
  /** The arc that a `train` run was given, in flat text form. */
  arc: z.exactOptional(z.string()),
  /** Folder of the run whose controller a search began with, and a fingerprint of that controller. */
  controllerFrom: z.exactOptional(z.string()),
  preset: line,
  /** Every hyper-parameter, nested by group. */
  hyperparameters: z.record(z.string(), z.unknown()).refine(
    isSound,
    `Invalid input: expected finite numbers in at most ${MAX_DEPTH} groups within each other`,
  ).transform((settings) => migrateSettings(settings) as Record<string, unknown>),
});

/** Contents of `config.json`: everything needed to repeat the run and to label its report. */
export type RunConfig = DeepReadonly<z.infer<typeof runConfigSchema>>;

/** Whether values are not nested too deep and have no number that JSON makes into an infinity. */
function isSound(settings: unknown): boolean {
  let level = [settings];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return false;
    if (level.some((value) => typeof value === "number" && !Number.isFinite(value))) return false;
    level = level.filter((value) => typeof value === "object" && value !== null)
      .flatMap((group) => Object.values(group as object));
  }
  return true;
}

/**
 * Parses the text of a `config.json`.
 *
 * @throws {StoreError} When it is no JSON, lacks a field, or is of a later schema version.
 */
export function parseConfig(text: string, file: string): RunConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `Expected JSON in ${file} but found ${(cause as Error).message}; ` +
      "restore the file from a copy";
    throw new StoreError(message, file, { cause });
  }
  refuseLaterVersion(value, file);
  const result = runConfigSchema.safeParse(value);
  if (result.success) return result.data;
  throw new StoreError(
    `Expected a run configuration in ${file} but found ${describeIssue(result.error)}; ` +
      "restore the file from a copy",
    file,
    { cause: result.error },
  );
}
