/**
 * What `profile.json` holds, and its check. Uses no file system, so that reports can read it.
 *
 * @module
 */
import { z } from "zod";
import { StoreError } from "./errors.ts";
import { describeIssue } from "./schema_check.ts";

/** Version of `profile.json`. */
export const PROFILE_SCHEMA_VERSION = 2;

/** All dispatches of one kernel with one set of template values. */
export interface ProfiledKernel {
  /** Name of the shader. */
  readonly name: string;
  /** Its template values, `K=3,S=1`; empty where it has none. */
  readonly variant: string;
  readonly dispatches: number;
  /** How many of them were measured. */
  readonly measuredDispatches: number;
  /** Time of all dispatches on the device, estimated from those that were measured. */
  readonly milliseconds: number;
  /** Time of the longest dispatch that was measured. */
  readonly longestMilliseconds: number;
  /** Part of the time of all kernels, 0..1. */
  readonly share: number;
  /** Floating-point operations of all dispatches, or null where they are not counted. */
  readonly flops: number | null;
  /** Milliseconds in each phase that ran the kernel. */
  readonly phases: Readonly<Record<string, number>>;
}

/** One phase of the run. */
export interface ProfiledPhase {
  readonly name: string;
  /** Time on the wall. */
  readonly milliseconds: number;
  /** Time in kernels. */
  readonly kernelMilliseconds: number;
  readonly dispatches: number;
}

/** Where the time of a run went. */
export interface RunProfile {
  readonly schemaVersion: number;
  /** The device that was measured. */
  readonly adapter: string;
  /** Time on the wall since the device was opened. */
  readonly milliseconds: number;
  /** Time in kernels, estimated from the dispatches that were measured. */
  readonly kernelMilliseconds: number;
  readonly dispatches: number;
  /** How many of them were measured. */
  readonly measuredDispatches: number;
  /** Dispatches that `trace.json` shows: the first of each phase that were measured. */
  readonly tracedDispatches: number;
  /** In the order of the run. */
  readonly phases: readonly ProfiledPhase[];
  /** By falling time. */
  readonly kernels: readonly ProfiledKernel[];
}

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

/** Schema of `profile.json`; its output type is {@link RunProfile}. */
export const profileSchema: z.ZodType<RunProfile> = z.object({
  schemaVersion: z.int().positive(),
  adapter: z.string(),
  milliseconds,
  kernelMilliseconds: milliseconds,
  dispatches: count,
  measuredDispatches: count,
  tracedDispatches: count,
  phases: z.array(z.object({
    name: z.string(),
    milliseconds,
    kernelMilliseconds: milliseconds,
    dispatches: count,
  })),
  kernels: z.array(z.object({
    name: z.string(),
    variant: z.string(),
    dispatches: count,
    measuredDispatches: count,
    milliseconds,
    longestMilliseconds: milliseconds,
    share: z.number().min(0).max(1),
    flops: z.number().nonnegative().nullable(),
    phases: z.record(z.string(), milliseconds),
  })),
});

/**
 * Parses the text of a `profile.json`.
 *
 * @param file Name of the file, for messages.
 * @throws {StoreError} When it is no JSON, lacks a field, or is of a later version.
 */
export function parseProfile(text: string, file: string): RunProfile {
  const fail = (expected: string, found: string, todo: string, cause?: unknown): never => {
    throw new StoreError(`Expected ${expected} in ${file} but found ${found}; ${todo}`, file, {
      cause,
    });
  };
  const remedy = "delete the file, or run again with --profile";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return fail("JSON", (cause as Error).message, remedy, cause);
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === "number" && version > PROFILE_SCHEMA_VERSION) {
    const expected = `schema version ${PROFILE_SCHEMA_VERSION} or lower`;
    fail(expected, String(version), "it was written by a later enaslab: update enaslab");
  }
  const result = profileSchema.safeParse(version === 1 ? withAllMeasured(value) : value);
  return result.success
    ? result.data
    : fail("a profile", describeIssue(result.error), remedy, result.error);
}

/** A profile of version 1, in which every dispatch was measured, as one of this version. */
function withAllMeasured(value: unknown): unknown {
  const measured = (part: unknown) => {
    const { dispatches } = (part ?? {}) as { dispatches?: unknown };
    return { ...(part as object), measuredDispatches: dispatches };
  };
  const { kernels } = value as { kernels?: unknown };
  return {
    ...measured(value) as object,
    schemaVersion: PROFILE_SCHEMA_VERSION,
    kernels: Array.isArray(kernels) ? kernels.map(measured) : kernels,
  };
}
