/**
 * The methods by name: which strategy with which evaluator, and what else of a preset they change.
 *
 * @module
 */

import { ConfigError, showValue } from "./errors.ts";
import type { SearchConfig } from "./schema.ts";
import { type ConfigValue, withSettings } from "./search.ts";

/** A named pair of strategy and evaluator. */
export interface Method {
  readonly strategy: SearchConfig["strategy"]["name"];
  readonly evaluator: SearchConfig["evaluator"]["name"];
  /** What it does; one phrase. */
  readonly summary: string;
  /** Who had the idea. */
  readonly source: string;
  /** Settings in which it differs from any preset, by path. */
  readonly settings: Readonly<Record<string, ConfigValue>>;
}

/**
 * 32 architectures, of which each costs a training, in four epochs of eight: as many as Zoph & Le (2017)
 * have one copy of their controller draw for an update.
 */
const TRAINED = {
  "search.epochs": 4,
  "search.trainEvery": 1,
  "search.updatesPerEpoch": 1,
  "search.arcsPerUpdate": 8,
};

const TABLE = {
  "enas": {
    strategy: "controller",
    evaluator: "shared-weights",
    summary: "a controller learns from accuracies under shared weights",
    source: "Pham 2018",
    settings: {},
  },
  "random-sharing": {
    strategy: "random",
    evaluator: "shared-weights",
    summary: "random architectures train and are scored under shared weights",
    source: "Li & Talwalkar 2019",
    settings: {},
  },
  "nas": {
    strategy: "controller",
    evaluator: "from-scratch",
    summary: "a controller learns from accuracies after short trainings from scratch",
    source: "Zoph & Le 2017",
    settings: TRAINED,
  },
  "random": {
    strategy: "random",
    evaluator: "from-scratch",
    summary: "the best of random architectures after short trainings from scratch",
    source: "Li & Talwalkar 2019",
    settings: TRAINED,
  },
} as const satisfies Readonly<Record<string, Method>>;

/** Name of a method. */
export type MethodName = keyof typeof TABLE;

/** The methods by name. */
export const METHODS: Readonly<Record<MethodName, Method>> = TABLE;

/** Their names. */
export const METHOD_NAMES: readonly MethodName[] = Object.keys(TABLE) as MethodName[];

/**
 * A preset's configuration with another method.
 *
 * @param config A valid configuration.
 * @param name For example the value of `--method`.
 * @throws {ConfigError} If there is no such method.
 */
export function withMethod<Config extends SearchConfig>(config: Config, name: string): Config {
  if (!Object.hasOwn(TABLE, name)) {
    throw new ConfigError([{
      path: "method",
      message: `Expected the method to be one of ${METHOD_NAMES.join(", ")} but found ` +
        showValue(name),
    }]);
  }
  const { strategy, evaluator, settings } = METHODS[name as MethodName];
  return withSettings(config, [
    ["strategy.name", strategy],
    ["evaluator.name", evaluator],
    ...Object.entries(settings),
  ]);
}

/** The method whose pair a configuration has; null where the pair has no name. */
export function methodOf(
  { strategy, evaluator }: Pick<SearchConfig, "strategy" | "evaluator">,
): MethodName | null {
  const isPair = (method: Method) =>
    method.strategy === strategy.name && method.evaluator === evaluator.name;
  return METHOD_NAMES.find((name) => isPair(METHODS[name])) ?? null;
}
