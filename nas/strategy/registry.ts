/**
 * The strategies. A new one is a file or folder with its own {@link StrategyEntry}, its settings in
 * nas/config/strategy_fields.ts, and one line here.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import type { SearchConfig } from "../config/mod.ts";
import { CONTROLLER } from "./controller/entry.ts";
import { RANDOM } from "./random.ts";
import type { StrategyConfig, StrategyEntry, StrategyName } from "./entry.ts";
import type { ArcSampler, Strategy } from "./strategy.ts";

/** The strategies by name. */
export const STRATEGIES: { readonly [Name in StrategyName]: StrategyEntry<Name> } = {
  "controller": CONTROLLER,
  "random": RANDOM,
};

/** Their names. */
export const STRATEGY_NAMES: readonly StrategyName[] = Object.keys(STRATEGIES) as StrategyName[];

/** The entry of the strategy that a configuration names. */
export function strategyOf(
  { strategy }: Pick<SearchConfig, "strategy">,
): Omit<StrategyEntry<StrategyName>, "create"> {
  return STRATEGIES[strategy.name];
}

/**
 * Makes the strategy that a configuration asks for.
 *
 * @param config A search's configuration, or these parts of it.
 * @param random The strategy forks its streams of it.
 * @returns One that has proposed and learned nothing yet.
 * @throws {RangeError} If a size is not a positive integer or a probability not in (0, 1).
 */
export function createStrategy(config: StrategyConfig, random: Random): Strategy {
  // The entry of a name takes the configurations of that name.
  const { create } = STRATEGIES[config.strategy.name] as StrategyEntry<StrategyName>;
  return create(config, random);
}

/**
 * The same as {@link createStrategy}, where probabilities are needed.
 *
 * @throws {TypeError} If the strategy draws from no distribution.
 */
export function createSampler(config: StrategyConfig, random: Random): ArcSampler {
  return requireSampler(createStrategy(config, random));
}

/**
 * A strategy as the distribution that it draws from.
 *
 * @throws {TypeError} If it draws from none.
 */
export function requireSampler({ kind, sampler }: Strategy): ArcSampler {
  if (sampler !== null) return sampler;
  throw new TypeError(
    `Expected a strategy that draws from a distribution but found ${kind}, which has none; choose ` +
      "another strategy",
  );
}
