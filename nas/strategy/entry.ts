/**
 * What the registry knows of a strategy.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import type { MacroSearchConfig, MicroSearchConfig } from "../config/mod.ts";
import type { Strategy } from "./strategy.ts";

/** Name of a strategy: the value of `strategy.name`. */
export type StrategyName = MacroSearchConfig["strategy"]["name"];

/** A configuration of one space whose strategy has this name, as far as strategies read it. */
type Named<Config extends MacroSearchConfig | MicroSearchConfig, Child, Name> =
  & Pick<Config, "space">
  & { readonly child: Child; readonly strategy: Extract<Config["strategy"], { name: Name }> };

/** What a strategy reads of a configuration, which fits as it is. */
export type StrategyConfig<Name extends StrategyName = StrategyName> =
  | Named<MacroSearchConfig, { /** Number of layers L. */ readonly layers: number }, Name>
  | Named<MicroSearchConfig, { /** Nodes B of each cell. */ readonly nodes: number }, Name>;

/** One strategy in the registry. */
export interface StrategyEntry<Name extends StrategyName> {
  readonly name: Name;
  /** Its name in a sentence, without an article. */
  readonly label: string;
  /** What it does; a phrase. */
  readonly summary: string;
  /** Who had the idea. */
  readonly source: string;
  /** Whether it learns from what it is told. */
  readonly learns: boolean;
  /** Makes one that forks its streams of `random`. */
  create(config: StrategyConfig<Name>, random: Random): Strategy;
}
