/**
 * Arcs as JSON files with a format version. This module turns text into values and back; it opens no
 * file.
 *
 * ```json
 * {
 *   "format": "enaslab-arc",
 *   "version": 1,
 *   "space": "macro",
 *   "arc": [[0], [5, 1]],
 *   "text": "0 5 1"
 * }
 * ```
 *
 * `arc` holds rows `[op, s_0, …]` of a macro arc, or `{ "normal": rows, "reduction": rows }` with
 * rows `[idx1, op1, idx2, op2]` of a micro arc. `text` repeats it as one line, so that a file changed
 * by hand in one place only is noticed. `provenance` may say where the arc comes from.
 *
 * @module
 */

import { ArcError } from "./errors.ts";
import type { ArcReading } from "./reading.ts";
import { type Arc, isSpaceName, SPACE_NAMES, type SpaceName, spaceOf, SPACES } from "./registry.ts";
import { describe, isRecord } from "./values.ts";

export type { ArcReading } from "./reading.ts";

/** First field of every arc file. */
export const ARC_FORMAT = "enaslab-arc";

/** Version of the format that is written, and the last that is read. */
export const ARC_VERSION = 1;

/** Where an arc comes from; every field may be left out. */
export interface ArcProvenance extends ArcReading {
  /** Name of the run that found it. */
  readonly run?: string;
  /** Data set of that run. */
  readonly dataset?: string;
  /** Epoch after which it was sampled, from 1. */
  readonly epoch?: number;
  /** Its accuracy with shared weights, a fraction 0..1. */
  readonly estimate?: number;
}

/** What an arc file holds. */
export interface ArcFile {
  readonly arc: Arc;
  readonly provenance: ArcProvenance;
}

/**
 * An arc as the text of a JSON file.
 *
 * @param arc A valid arc.
 * @param provenance Where it comes from; left out of the file when empty.
 * @returns Indented JSON that ends with a line break.
 * @throws {ArcError} If a field of the provenance has a value that {@link readArcFile} would refuse.
 */
export function writeArcFile(arc: Arc, provenance: ArcProvenance = {}): string {
  const checked = readProvenance(provenance, "the provenance");
  const fields = [
    ["format", JSON.stringify(ARC_FORMAT)],
    ["version", JSON.stringify(ARC_VERSION)],
    ["space", JSON.stringify(arc.space)],
    ["arc", structureText(arc)],
    ["text", JSON.stringify(spaceOf(arc).format(arc, "flat"))],
  ];
  if (Object.keys(checked).length > 0) {
    fields.push(["provenance", JSON.stringify(checked, null, 2).replaceAll("\n", "\n  ")]);
  }
  return `{\n${fields.map(([name, value]) => `  "${name}": ${value}`).join(",\n")}\n}\n`;
}

/**
 * Reads what {@link writeArcFile} wrote.
 *
 * @param text Text of the file.
 * @param file What messages call it, for example its path.
 * @returns The arc and where it comes from.
 * @throws {ArcError} If the text is no JSON, of another format or of a later version, if the arc is
 * not valid, or if `arc` and `text` disagree.
 */
export function readArcFile(text: string, file = "the architecture"): ArcFile {
  const json = parseJson(text, file);
  if (json.format !== ARC_FORMAT) {
    throw new ArcError(
      `Expected format "${ARC_FORMAT}" in ${file} but found ${describe(json.format)}; give a ` +
        "file that enaslab wrote for an architecture",
    );
  }
  if (json.version !== ARC_VERSION) {
    const later = typeof json.version === "number" && json.version > ARC_VERSION;
    throw new ArcError(
      `Expected version ${ARC_VERSION} in ${file} but found ${describe(json.version)}; ` +
        (later ? "read it with a later version of enaslab" : "write the file anew"),
    );
  }
  const arc = readArc(json, file);
  const flat = spaceOf(arc).format(arc, "flat");
  if (json.text !== flat) {
    throw new ArcError(
      `Expected text in ${file} to be ${JSON.stringify(flat)}, as arc says, but found ` +
        `${describe(json.text)}; correct the one that is wrong`,
    );
  }
  return { arc, provenance: readProvenance(json.provenance ?? {}, `provenance in ${file}`) };
}

function parseJson(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ArcError(`Expected JSON in ${file} but found ${(error as Error).message}`);
  }
  if (isRecord(value)) return value;
  throw new ArcError(`Expected a JSON object in ${file} but found ${describe(value)}`);
}

/** Builds the arc; mistakes in its values name the file too. */
function readArc({ space, arc }: Record<string, unknown>, file: string): Arc {
  if (!isSpaceName(space)) {
    const names = SPACE_NAMES.map((name) => JSON.stringify(name)).join(" or ");
    throw new ArcError(`Expected space in ${file} to be ${names} but found ${describe(space)}`);
  }
  try {
    return SPACES[space].fromJson(arc);
  } catch (error) {
    if (!(error instanceof ArcError)) throw error;
    throw new ArcError(`${error.message}, in ${file}`);
  }
}

/** The fields of `values` that say how an arc of `space` is read; others are left out. */
export function readingOf(values: Readonly<Record<string, unknown>>, space: SpaceName): ArcReading {
  const known = Object.entries(SPACES[space].readings)
    .map(([name, allowed]) => [name, allowed.find((value) => value === values[name])])
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(known);
}

/** What each field of the provenance must be. */
const PROVENANCE: readonly [field: string, words: string, test: (v: unknown) => boolean][] = [
  ["run", "a text", (v) => typeof v === "string"],
  ["dataset", "a text", (v) => typeof v === "string"],
  ["epoch", "an integer of 0 or more", (v) => Number.isInteger(v) && Number(v) >= 0],
  ["estimate", "a fraction 0..1", (v) => typeof v === "number" && v >= 0 && v <= 1],
  ...Object.values(SPACES).flatMap(({ readings }) => Object.entries(readings))
    .map(([field, allowed]): typeof PROVENANCE[number] => [
      field,
      allowed.map((value) => JSON.stringify(value)).join(" or "),
      (v) => allowed.some((value) => value === v),
    ]),
];

/** Checks the known fields and leaves out others, which a later version may add. */
function readProvenance(value: unknown, name: string): ArcProvenance {
  if (!isRecord(value)) {
    throw new ArcError(`Expected ${name} to be an object but found ${describe(value)}`);
  }
  const known: Record<string, unknown> = {};
  for (const [key, words, test] of PROVENANCE) {
    const found = value[key];
    if (found === undefined) continue;
    if (!test(found)) {
      throw new ArcError(`Expected ${key} of ${name} to be ${words} but found ${describe(found)}`);
    }
    known[key] = found;
  }
  return known;
}

/** The structured rows, one a line. */
function structureText(arc: Arc): string {
  const list = (rows: number[][], indent: string) => {
    const lines = rows.map((row) => `${indent}  [${row.join(", ")}]`);
    return `[\n${lines.join(",\n")}\n${indent}]`;
  };
  const json = spaceOf(arc).toJson(arc);
  if (Array.isArray(json)) return list(json, "  ");
  const cells = Object.entries(json).map(([name, rows]) =>
    `    ${JSON.stringify(name)}: ${list(rows, "    ")}`
  );
  return `{\n${cells.join(",\n")}\n  }`;
}
