/**
 * What `--version` prints.
 *
 * @module
 */
import { ARC_VERSION } from "../nas/space/mod.ts";
import { EVENT_SCHEMA_VERSION } from "../nas/run/events.ts";
import { PROFILE_SCHEMA_VERSION } from "../nas/run/profile_schema.ts";
import { ENASLAB_VERSION } from "../nas/run/versions.ts";
import { STUDY_REPORT_VERSION } from "../nas/stats/study_report.ts";

/** Versions of enaslab, of Deno, and of the files that last; the adapter's are in `doctor`. */
export function versionsText(): string {
  const { deno, v8, typescript } = Deno.version;
  return [
    `enaslab ${ENASLAB_VERSION}`,
    `deno ${deno} (V8 ${v8}, TypeScript ${typescript})`,
    `formats: event log ${EVENT_SCHEMA_VERSION}, architecture ${ARC_VERSION}, ` +
    `profile ${PROFILE_SCHEMA_VERSION}, study ${STUDY_REPORT_VERSION}`,
  ].join("\n");
}
