/**
 * The profile of a run in its folder: `profile.json` and `trace.json`.
 *
 * @module
 */
import { writeFileAtomic } from "../files/atomic.ts";
import { readBoundedText } from "../files/bounded.ts";
import { StoreError } from "./errors.ts";
import { parseProfile, profileSchema, type RunProfile } from "./profile_schema.ts";
import type { RunFolder } from "./run_folder.ts";

/** A `profile.json` may be this large, in bytes. */
const MAX_PROFILE_BYTES = 2 ** 26;

/**
 * Writes `profile.json` and `trace.json`, each whole or not at all.
 *
 * @param trace Text of the trace.
 * @throws {StoreError} When they cannot be written.
 * @throws {TypeError} When `profile` does not fit its schema, which is a fault of the program.
 */
export function writeProfile(folder: RunFolder, profile: RunProfile, trace: string): void {
  const checked = profileSchema.safeParse(profile);
  if (!checked.success) {
    throw new TypeError(`writeProfile() expects a profile: ${checked.error.message}`);
  }
  const files = [
    [folder.trace, trace],
    [folder.profile, `${JSON.stringify(profile, null, 2)}\n`],
  ];
  for (const [path, text] of files) {
    try {
      writeFileAtomic(path, text);
    } catch (cause) {
      throw new StoreError(
        `Expected to write ${path} but found ${(cause as Error).message}; free some space and ` +
          "run again",
        path,
        { cause },
      );
    }
  }
}

/**
 * Reads `profile.json`; null where the run has none.
 *
 * @throws {StoreError} When it is damaged or of a later version.
 */
export function readProfile(folder: RunFolder): RunProfile | null {
  let text: string;
  try {
    text = readBoundedText(folder.profile, MAX_PROFILE_BYTES);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw new StoreError(
      `Expected to read ${folder.profile} but found ${(cause as Error).message}; make the file ` +
        "readable, or delete it",
      folder.profile,
      { cause },
    );
  }
  return parseProfile(text, folder.profile);
}
