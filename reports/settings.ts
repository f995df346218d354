/**
 * Reads the configuration of a run for labels and tables, whatever hyper-parameters it holds.
 *
 * @module
 */

import type { RunConfig } from "../nas/run/events.ts";
import { isRecord } from "../nas/space/values.ts";

/** The value of one setting in one run. */
export interface SettingValue {
  readonly text: string;
  /** The preset's value where the run differs from it, else null. */
  readonly preset: string | null;
}

/** One line of the configuration table: a value a run, undefined where a run lacks the setting. */
export interface Setting {
  /** First part of the path, such as `controller`. */
  readonly group: string;
  /** The rest of the path, joined with points. */
  readonly name: string;
  readonly values: readonly (SettingValue | undefined)[];
  /** Whether the runs that use this setting differ in it. */
  readonly differs: boolean;
}

/** What {@linkcode listSettings} needs of a run. */
export interface ConfiguredRun {
  readonly config: RunConfig;
  /** Of a run that only trains, the settings that only a search reads are left out. */
  readonly kind: "search" | "train";
  /** Every value of its preset, nested as its hyper-parameters; null where they are not known. */
  readonly presetValues: Readonly<Record<string, unknown>> | null;
}

/** Name of the group for values that stand outside groups, such as the seed. */
export const UNGROUPED = "hyper-parameters";

/** Groups of hyper-parameters that matter to a run which only trains. */
const TRAIN_GROUPS: readonly string[] = ["dataset", "finalTraining", UNGROUPED];

/** Settings of the group `child` that decide what an arc means, so that training reads them too. */
export const CHILD_SETTINGS_OF_TRAINING: readonly string[] = [
  "opMode",
  "skipIndex",
  "reductionPrev",
];

/**
 * Finds a setting by its name at any depth, outermost first.
 *
 * @param settings nested hyper-parameters
 * @param name key to look for
 * @returns the value, or undefined when no group has the key
 */
export function findSetting(settings: Readonly<Record<string, unknown>>, name: string): unknown {
  let level: Readonly<Record<string, unknown>>[] = [settings];
  while (level.length > 0) {
    for (const group of level) if (Object.hasOwn(group, name)) return group[name];
    level = level.flatMap((group) => Object.values(group).filter(isRecord));
  }
  return undefined;
}

/**
 * Finds a setting and gives it back as text when it is a plain string, number or boolean.
 *
 * @param config configuration of a run
 * @param name key to look for among the hyper-parameters
 * @returns the text, or undefined
 */
export function findSettingText(config: RunConfig, name: string): string | undefined {
  const value = findSetting(config.hyperparameters, name);
  const plain = typeof value === "string" || typeof value === "number" ||
    typeof value === "boolean" || typeof value === "bigint";
  return plain ? String(value) : undefined;
}

/**
 * Finds which of several kinds a part of a run was, such as its strategy.
 *
 * @param config configuration of a run
 * @param group group of hyper-parameters
 * @returns the name that the group gives, or null
 */
export function findNameText(config: RunConfig, group: string): string | null {
  const settings = config.hyperparameters[group];
  return isRecord(settings) && typeof settings.name === "string" ? settings.name : null;
}

/**
 * Lists every setting that mattered to one or several runs, one line a setting.
 *
 * @param runs the runs, in the order of the columns
 * @returns the settings in the order in which the runs name them
 */
export function listSettings(runs: readonly ConfiguredRun[]): Setting[] {
  type Line = { group: string; name: string; values: (SettingValue | undefined)[] };
  const lines = new Map<string, Line>();
  const add = (column: number, groups: readonly Group[], preset: Map<string, string>): void => {
    for (const [group, values] of groups) {
      for (const [name, text] of flatten(values)) {
        const key = JSON.stringify([group, name]);
        const line = lines.get(key) ?? { group, name, values: runs.map(() => undefined) };
        const usual = preset.get(key);
        line.values[column] = {
          text,
          preset: usual === undefined || usual === text ? null : usual,
        };
        lines.set(key, line);
      }
    }
  };
  runs.forEach(({ config, kind, presetValues }, column) => {
    const { command, created, preset, schemaVersion, versions, adapter, dataset } = config;
    const { controllerFrom } = config;
    const run = { command, created, preset, schemaVersion };
    const facts: Group[] = [
      ["run", controllerFrom === undefined ? run : { ...run, controllerFrom }],
      ["versions", versions],
      ["adapter", adapter],
      ["dataset", dataset],
    ];
    add(column, facts, new Map());
    const usual = new Map(
      toGroups(presetValues ?? {}).flatMap(([group, values]) =>
        flatten(values).map(([name, text]) => [JSON.stringify([group, name]), text])
      ),
    );
    const groups = toGroups(config.hyperparameters);
    add(column, kind === "search" ? groups : groups.map(readByTraining), usual);
  });
  const order = [...new Set([...lines.values()].map((line) => line.group))];
  return order.flatMap((group) => [...lines.values()].filter((line) => line.group === group))
    .map((line) => ({ ...line, differs: differs(line, runs) }));
}

type Group = readonly [name: string, values: Readonly<Record<string, unknown>>];

/** Hyper-parameters by group; values outside groups come last, in a group of their own. */
function toGroups(settings: Readonly<Record<string, unknown>>): Group[] {
  const entries = Object.entries(settings);
  const single = entries.filter(([, value]) => !isRecord(value));
  const groups = entries.flatMap(([name, value]): Group[] =>
    isRecord(value) ? [[name, value]] : []
  );
  return single.length === 0 ? groups : [...groups, [UNGROUPED, Object.fromEntries(single)]];
}

/** The settings of a group that training from scratch reads. */
function readByTraining([group, values]: Group): Group {
  if (TRAIN_GROUPS.includes(group)) return [group, values];
  const read = Object.entries(values)
    .filter(([name]) => group === "child" && CHILD_SETTINGS_OF_TRAINING.includes(name));
  return [group, Object.fromEntries(read)];
}

/** A run that only trains has no say in the settings that only a search reads. */
function differs(
  { group, name, values }: Omit<Setting, "differs">,
  runs: readonly ConfiguredRun[],
): boolean {
  const shared = ["run", "versions", "adapter", ...TRAIN_GROUPS].includes(group) ||
    (group === "child" && CHILD_SETTINGS_OF_TRAINING.includes(name));
  const counted = values.filter((_, column) => shared || runs[column].kind === "search");
  return new Set(counted.map((value) => value?.text)).size > 1;
}

function flatten(group: Readonly<Record<string, unknown>>, path = ""): [string, string][] {
  return Object.entries(group).flatMap(([key, value]): [string, string][] => {
    const name = path === "" ? key : `${path}.${key}`;
    if (isRecord(value) && Object.keys(value).length > 0) return flatten(value, name);
    return [[name, typeof value === "string" ? value : JSON.stringify(value) ?? "undefined"]];
  });
}
