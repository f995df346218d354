/**
 * Reads the configuration of a run for labels and tables, whatever hyper-parameters it holds.
 *
 * @module
 */

import type { RunConfig } from "../nas/store/events.ts";

/** One line of the configuration table: a value a run, undefined where a run lacks the setting. */
export interface Setting {
  /** First part of the path, such as `controller`. */
  readonly group: string;
  /** The rest of the path, joined with points. */
  readonly name: string;
  readonly values: readonly (string | undefined)[];
  /** Whether the runs differ in this setting. */
  readonly differs: boolean;
}

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
    level = level.flatMap((group) => Object.values(group).filter(isGroup));
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
 * Lists every setting of one or several runs, one line a setting.
 *
 * @param configs configurations of the runs, in the order of the columns
 * @returns the settings in the order in which the runs name them
 */
export function listSettings(configs: readonly RunConfig[]): Setting[] {
  const lines = new Map<string, { group: string; name: string; values: (string | undefined)[] }>();
  configs.forEach((config, column) => {
    const groups: [string, unknown][] = [
      ["run", {
        command: config.command,
        created: config.created,
        preset: config.preset,
        schemaVersion: config.schemaVersion,
      }],
      ["versions", config.versions],
      ["adapter", config.adapter],
      ["dataset", config.dataset],
      ...Object.entries(config.hyperparameters),
    ];
    for (const [group, value] of groups) {
      const named = isGroup(value) ? group : "hyper-parameters";
      for (const [name, text] of flatten(isGroup(value) ? value : { [group]: value })) {
        const key = JSON.stringify([named, name]);
        const line = lines.get(key) ?? { group: named, name, values: configs.map(() => undefined) };
        line.values[column] = text;
        lines.set(key, line);
      }
    }
  });
  const order = [...new Set([...lines.values()].map((line) => line.group))];
  return order.flatMap((group) => [...lines.values()].filter((line) => line.group === group))
    .map((line) => ({ ...line, differs: new Set(line.values).size > 1 }));
}

function flatten(group: Readonly<Record<string, unknown>>, path = ""): [string, string][] {
  return Object.entries(group).flatMap(([key, value]): [string, string][] => {
    const name = path === "" ? key : `${path}.${key}`;
    if (isGroup(value) && Object.keys(value).length > 0) return flatten(value, name);
    return [[name, typeof value === "string" ? value : JSON.stringify(value) ?? "undefined"]];
  });
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
