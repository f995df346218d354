/**
 * Versions that a run was made with.
 *
 * @module
 */
import type { RunConfig } from "./events.ts";

/** Version of this library; a test compares it with deno.json. */
export const ENASLAB_VERSION = "0.1.0";

/** Versions of this library and of the runtime. */
export function runtimeVersions(): RunConfig["versions"] {
  return { enaslab: ENASLAB_VERSION, deno: Deno.version.deno, v8: Deno.version.v8 };
}
