/**
 * From the flags of a study to its settings.
 *
 * @module
 */
import { z } from "zod";
import { type AnyCommand, textOption } from "./command.ts";
import { ConfigError, listConfigFields, SPACE_NAMES, type SpaceName } from "../nas/config/mod.ts";
import { DATASET_SIZES } from "../nas/data/facts.ts";
import { searchConfig } from "../study/kit/scales.ts";
import { type Study, STUDY_SCALES, type StudySettings } from "../study/study.ts";
import { typedThere } from "./called.ts";
import { UsageError, wholeNumber } from "./errors.ts";

/** What the caller typed. */
export const studyFlags = z.object({
  scale: z.string(),
  space: textOption,
  dataset: textOption,
  seeds: textOption,
  arcs: textOption,
  trainings: textOption,
  set: z.array(z.string()),
});
/** What the caller typed. */
export type StudyFlags = z.infer<typeof studyFlags>;

/** Adds the flags that make settings. */
export function addStudyFlags(command: AnyCommand, study: Study): void {
  const { small } = study.presets;
  command
    .optionsGroup("Settings:")
    .option(
      "--scale <NAME>",
      "tiny (minutes; shows that everything works and decides nothing), small (two CPU cores and " +
        "hours), medium (a GPU; --dry-run says how long each takes) or thesis (its own settings)",
      "small",
    )
    .option("--space <NAMES>", `${SPACE_NAMES.join(", ")} or both, with a comma between`)
    .option(
      "--dataset <NAMES>",
      `data sets, with a comma between (small: ${small.datasets.join(",")})`,
    )
    .option(
      "--seeds <A..B>",
      `seeds of the independent searches of an arm (small: ${seedsText(small.seeds)})`,
    )
    .option("--arcs <N>", `architectures (small: ${small.arcs})`)
    .option(
      "--trainings <N>",
      `seeds with which each architecture is trained from scratch (small: ${small.trainings})`,
    )
    .option(
      "--set <PATH=VALUE>",
      "any setting of the searches, such as search.epochs=15; may be repeated",
      (value: string, before: string[]) => [...before, value],
      [] as string[],
    );
}

/** Seeds as `--seeds` takes them. */
function seedsText(seeds: readonly number[]): string {
  return seeds.length === 1 ? `${seeds[0]}` : `${seeds[0]}..${seeds[seeds.length - 1]}`;
}

/** Most seeds of one arm. */
const MOST_SEEDS = 1000;

/**
 * The settings that the flags ask for.
 *
 * @throws {UsageError} Naming the flag.
 */
export function settingsOf(study: Study, flags: StudyFlags): StudySettings {
  const scale = STUDY_SCALES.find((name) => name === flags.scale);
  if (scale === undefined) {
    throw expected("--scale", `one of ${STUDY_SCALES.join(", ")}`, flags.scale);
  }
  const preset = study.presets[scale];
  const settings: StudySettings = {
    ...preset,
    ...(flags.space === undefined ? {} : { spaces: spacesOf(study, flags.space) }),
    ...(flags.dataset === undefined ? {} : { datasets: datasetsOf(flags.dataset) }),
    ...(flags.seeds === undefined ? {} : { seeds: seedsOf(flags.seeds) }),
    ...(flags.arcs === undefined ? {} : { arcs: wholeNumber("--arcs", flags.arcs, 2, 10_000) }),
    ...(flags.trainings === undefined
      ? {}
      : { trainings: wholeNumber("--trainings", flags.trainings, 1, 1000) }),
    overrides: { ...preset.overrides, ...overridesOf(flags.set) },
  };
  check(settings);
  return settings;
}

function expected(flag: string, wanted: string, found: string): UsageError {
  return new UsageError(`Expected ${flag} to be ${wanted} but found ${JSON.stringify(found)}`);
}

function spacesOf({ spaces, name }: Study, text: string): SpaceName[] {
  const named = text === "both" ? [...SPACE_NAMES] : text.split(",").map((part) => part.trim());
  const unknown = named.find((space) => !spaces.some((known) => known === space));
  if (unknown === undefined) return [...new Set(named as SpaceName[])];
  throw expected(`--space of the study ${name}`, `of ${spaces.join(", ")}`, unknown);
}

function datasetsOf(text: string): string[] {
  const known = Object.keys(DATASET_SIZES);
  const named = text.split(",").map((part) => part.trim());
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return named;
  throw expected("--dataset", `of ${known.join(", ")}`, unknown);
}

/**
 * The seeds that `--seeds` names: one, or `A..B`.
 *
 * @throws {UsageError} Where they are others.
 */
export function seedsOf(text: string): number[] {
  const ends = text.match(/^(\d{1,9})(?:\.\.(\d{1,9}))?$/);
  const [first, last] = ends === null ? [0, -1] : [Number(ends[1]), Number(ends[2] ?? ends[1])];
  const count = last - first + 1;
  if (count < 1 || count > MOST_SEEDS) {
    throw expected("--seeds", `A..B with at most ${MOST_SEEDS} seeds, such as 1..6`, text);
  }
  return Array.from({ length: count }, (_, i) => first + i);
}

function overridesOf(sets: readonly string[]): StudySettings["overrides"] {
  const paths = new Set(SPACE_NAMES.flatMap(listConfigFields).map(({ path }) => path));
  return Object.fromEntries(sets.map((set) => {
    const [path] = set.split("=", 1);
    if (path === set || !paths.has(path)) {
      throw expected("--set", "PATH=VALUE with a setting that `search --settings` lists", set);
    }
    if (OWN_FLAGS.has(path)) {
      throw new UsageError(
        `Expected ${path} to be left to the study but found --set ${set}; use ${
          OWN_FLAGS.get(path)
        }`,
      );
    }
    return [path, valueOf(set.slice(path.length + 1))];
  }));
}

/** Settings that differ from trial to trial, and the flags that give them. */
const OWN_FLAGS: ReadonlyMap<string, string> = new Map([
  ["space", "--space"],
  ["seed", "--seeds"],
  ["dataset.name", "--dataset"],
]);

function valueOf(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The command line that gives these settings, for the study's page. */
export function commandOf({ name, presets }: Study, settings: StudySettings): string {
  const preset = presets[settings.scale];
  const flags: [flag: string, value: string, usual: string][] = [
    ["space", settings.spaces.join(","), preset.spaces.join(",")],
    ["dataset", settings.datasets.join(","), preset.datasets.join(",")],
    ["seeds", seedsText(settings.seeds), seedsText(preset.seeds)],
    ["arcs", String(settings.arcs), String(preset.arcs)],
    ["trainings", String(settings.trainings), String(preset.trainings)],
  ];
  const sets = Object.entries(settings.overrides)
    .filter(([path, value]) => preset.overrides[path] !== value)
    .map(([path, value]) => ` --set ${path}=${value}`);
  const given = flags.filter(([, value, usual]) => value !== usual)
    .map(([flag, value]) => ` --${flag} ${value}`);
  return typedThere(
    `study ${name} --scale ${settings.scale}${given.join("")}${sets.join("")}`,
  );
}

/** Refuses settings with which a trial could not begin, before the first one does. */
function check(settings: StudySettings): void {
  const { spaces, datasets, seeds: [seed] } = settings;
  try {
    for (const space of spaces) {
      for (const dataset of datasets) searchConfig(settings, { space, dataset, seed });
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(
      error.issues.map(({ message }) => message.replace(/^Expected /, "Expected --set ")).join(
        "\n",
      ),
      { cause: error },
    );
  }
}
