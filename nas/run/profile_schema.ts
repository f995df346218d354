/**
 * What `profile.json` holds, and its check. Uses no file system, so that reports can read it.
 *
 * @module
 */
import { z } from "zod";
import type { DeepReadonly } from "../text/readonly.ts";
import { StoreError } from "./errors.ts";
import { describeIssue } from "./schema_check.ts";

/** Version of `profile.json`. */
export const PROFILE_SCHEMA_VERSION = 2;

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

const profiledKernel = z.object({
  /** Name of the shader. */
  name: z.string(),
  /** Its template values, `K=3,S=1`; empty where it has none. */
  variant: z.string(),
  dispatches: count,
  /** How many of them were measured. */
  measuredDispatches: count,
  /** Time of all dispatches on the device, estimated from those that were measured. */
  milliseconds,
  /** Time of the longest dispatch that was measured. */
  longestMilliseconds: milliseconds,
  /** Part of the time of all kernels, 0..1. */
  share: z.number().min(0).max(1),
  /** Floating-point operations of all dispatches, or null where they are not counted. */
  flops: z.number().nonnegative().nullable(),
  /** Milliseconds in each phase that ran the kernel. */
  phases: z.record(z.string(), milliseconds),
});
/** All dispatches of one kernel with one set of template values. */
export type ProfiledKernel = DeepReadonly<z.infer<typeof profiledKernel>>;

const profiledPhase = z.object({
  name: z.string(),
  /** Time on the wall. */
  milliseconds,
  /** Time in kernels. */
  kernelMilliseconds: milliseconds,
  dispatches: count,
});
/** One phase of the run. */
export type ProfiledPhase = DeepReadonly<z.infer<typeof profiledPhase>>;

/** Schema of `profile.json`. */
export const profileSchema = z.object({
  schemaVersion: z.int().positive(),
  /** The device that was measured. */
  adapter: z.string(),
  /** Time on the wall since the device was opened. */
  milliseconds,
  /** Time in kernels, estimated from the dispatches that were measured. */
  kernelMilliseconds: milliseconds,
  dispatches: count,
  /** How many of them were measured. */
  measuredDispatches: count,
  /** Dispatches that `trace.json` shows: the first of each phase that were measured. */
  tracedDispatches: count,
  /** In the order of the run. */
  phases: z.array(profiledPhase),
  /** By falling time. */
  kernels: z.array(profiledKernel),
});
/** Where the time of a run went. */
export type RunProfile = DeepReadonly<z.infer<typeof profileSchema>>;

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
