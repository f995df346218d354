/**
 * Complaints about values that do not pass the schema of their file.
 *
 * @module
 */
import type { z } from "zod";
import { StoreError } from "./errors.ts";

/** Version of the event schema; raised whenever a field changes its meaning or goes away. */
export const EVENT_SCHEMA_VERSION = 1;

/** The first complaint of zod as `field: what is wrong`, without a final period. */
export function describeIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0];
  const field = path.map(String).join(".");
  return field === "" ? message : `${field}: ${message}`;
}

/** Throws a {@link StoreError} when `value` says it was written under a later schema version. */
export function refuseLaterVersion(value: unknown, file: string): void {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === "number" && version > EVENT_SCHEMA_VERSION) {
    throw new StoreError(
      `Expected schema version ${EVENT_SCHEMA_VERSION} or lower in ${file} but found ${version}; ` +
        "it was written by a later enaslab: update enaslab",
      file,
    );
  }
}
