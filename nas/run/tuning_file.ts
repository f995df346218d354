/**
 * What the autotuner found, as one JSON file an adapter in the user's cache folder.
 *
 * @module
 */
import { join } from "node:path";
import { TUNING_VERSION, type TuningStore } from "../../engine/webgpu/target.ts";
import type { AdapterDescription } from "../../engine/webgpu/device.ts";
import { userCacheFolder } from "../data/files.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { readBoundedText } from "../files/bounded.ts";
import { ENASLAB_VERSION } from "./versions.ts";

/** Of the program and of its kernels: what either changes is measured anew. */
const VERSION = `${ENASLAB_VERSION}/${TUNING_VERSION}`;

/** A file may be this large, in bytes. */
const MAX_TUNING_BYTES = 2 ** 24;

/** What a file holds. */
interface Content {
  readonly format: "enaslab tuning";
  readonly version: string;
  /** Vendor and description. */
  readonly adapter: string;
  /** Names of kernels by class of shapes. */
  readonly choices: Readonly<Record<string, string>>;
}

/** How to open a store. */
export interface TuningFileOptions {
  /** Gets a sentence where a file is ignored or cannot be written. */
  readonly note: (sentence: string) => void;
  /** Folder of the files; default: `tuning` in the user's cache folder of enaslab. */
  readonly folder?: string;
}

/** A store that also says all that it knows. */
export interface KnownTuning extends TuningStore {
  /** Names of kernels by class of shapes. */
  known(): Readonly<Record<string, string>>;
}

/** The tuning with which a run began, whatever was found since; what is set holds for this process. */
export function fixedTuning(choices: Readonly<Record<string, string>>): KnownTuning {
  const known = new Map(Object.entries(choices));
  return {
    get: (key) => known.get(key),
    set: (key, choice) => void known.set(key, choice),
    known: () => Object.fromEntries(known),
  };
}

function tuningFolder(): string | null {
  const cache = userCacheFolder();
  return cache && join(cache, "tuning");
}

/** The name of an adapter's file in the folder. */
export function tuningFileName({ vendor, description }: AdapterDescription): string {
  const text = `${vendor} ${description}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `${text.replaceAll(/^-|-$/g, "").slice(0, 100) || "adapter"}.json`;
}

/**
 * The store of one adapter. Its file is read at the first question and written whole at every answer.
 * A file that is damaged, or made by another version or for another adapter, counts as none: then
 * nothing is tuned, which costs time and changes no result.
 */
export function openTuning(adapter: AdapterDescription, options: TuningFileOptions): KnownTuning {
  const { note, folder = tuningFolder() } = options;
  // Without a home there is nowhere to keep it.
  if (folder === null) return fixedTuning({});
  const path = join(folder, tuningFileName(adapter));
  const name = `${adapter.vendor} ${adapter.description}`;
  let known: Map<string, string> | null = null;
  const choices = () => known ??= readChoices(path, name, note);
  let writable = true;
  return {
    get: (key) => choices().get(key),
    known: () => Object.fromEntries(choices()),
    set(key, choice) {
      choices().set(key, choice);
      if (!writable) return;
      const content: Content = {
        format: "enaslab tuning",
        version: VERSION,
        adapter: name,
        choices: Object.fromEntries(choices()),
      };
      try {
        Deno.mkdirSync(folder, { recursive: true });
        writeFileAtomic(path, JSON.stringify(content, null, 2) + "\n");
      } catch (error) {
        writable = false;
        note(
          `Expected to keep tuned kernels in ${path} but found: ${(error as Error).message}; ` +
            `make the folder writable`,
        );
      }
    },
  };
}

function readChoices(
  path: string,
  adapter: string,
  note: (sentence: string) => void,
): Map<string, string> {
  const ignored = (reason: string) => {
    note(`Ignored ${path}, which ${reason}; measure again with \`enaslab doctor --tune\``);
    return new Map<string, string>();
  };
  let text: string;
  try {
    text = readBoundedText(path, MAX_TUNING_BYTES);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    return ignored(`cannot be read: ${(error as Error).message}`);
  }
  const content = parseContent(text);
  if (content === null) return ignored("is damaged");
  if (content.version !== VERSION) return ignored(`version ${content.version} has written`);
  if (content.adapter !== adapter) return ignored(`belongs to ${content.adapter}`);
  return new Map(Object.entries(content.choices));
}

/** The content of a file, or null where the text is not one. By hand: the bench has no zod. */
function parseContent(text: string): Content | null {
  let value: Partial<Content> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const whole = value?.format === "enaslab tuning" && typeof value.version === "string" &&
    typeof value.adapter === "string" && typeof value.choices === "object" &&
    value.choices !== null &&
    Object.values(value.choices).every((choice) => typeof choice === "string");
  return whole ? value as Content : null;
}
