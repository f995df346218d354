/**
 * Versions that a run was made with.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import type { RunConfig } from "./events.ts";

/** Versions of this library and of the runtime. */
export function runtimeVersions(): RunConfig["versions"] {
  return { enaslab: manifest.version, deno: Deno.version.deno, v8: Deno.version.v8 };
}
