/**
 * What a search is made of: data, shared network, trainer, sampler, scorer.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import { createNetwork, type NetworkSpec, sharedNetworkSpec } from "../child/create_network.ts";
import { type ChildData, prepareChildData } from "../data/resident.ts";
import type { ChildNetwork } from "../child/network.ts";
import { ChildTrainer } from "../child/trainer.ts";
import { compileNetwork } from "../child/compile_ahead.ts";
import { createSampler } from "../strategy/create_sampler.ts";
import type { ArcSampler } from "../strategy/sampler.ts";
import { RewardDealer } from "../evaluator/rewards.ts";
import { spaceOf } from "../space/registry.ts";
import { arcSize } from "../config/mod.ts";
import { rehearsedScoring, Scorer } from "../evaluator/shared_weights.ts";
import { requireTrainable, type SearchOptions } from "./options.ts";
import { sharedTrainerOptions } from "../child/training_options.ts";

/** The parts of a search. */
export interface SearchParts {
  readonly data: ChildData;
  readonly spec: NetworkSpec;
  readonly network: ChildNetwork;
  readonly trainer: ChildTrainer;
  readonly sampler: ArcSampler;
  readonly scorer: Scorer;
  readonly rewards: RewardDealer;
}

/**
 * Uploads the images, splits them and draws initial weights, each part from a stream of its own that
 * is forked from `random`. Throws `ConfigError` where there are too few images, or where the best arc
 * could turn out to be untrainable.
 */
export function prepareParts(
  { backend, dataset, config }: SearchOptions,
  random: Random,
): SearchParts {
  requireTrainable(config);
  const data = prepareChildData(backend, dataset, config, random);
  const spec = sharedNetworkSpec(config, {
    shape: data.shape,
    classes: data.classNames.length,
  });
  const network = createNetwork(backend, spec, random.fork("shared weights"), null);
  const trainer = new ChildTrainer(
    network,
    data.pool,
    data.split.train,
    sharedTrainerOptions(config),
    random.fork("child training"),
  );
  const sampler = createSampler(config, random.fork("sampler"));
  const scorer = new Scorer({ backend, network, data, config, random });
  const rewards = new RewardDealer(config.controller.rewards, random.fork("shuffled rewards"));
  return { data, spec, network, trainer, sampler, scorer, rewards };
}

/** Compiles what training and scoring of the shared weights will use. */
export async function compileParts(
  { backend, config }: SearchOptions,
  { spec, data }: Pick<SearchParts, "spec" | "data">,
): Promise<void> {
  await compileNetwork(backend, {
    spec,
    arcs: spaceOf(config).variedArcs(arcSize(config)),
    alone: false,
    images: data.shape,
    training: sharedTrainerOptions(config),
    scoring: rehearsedScoring(config, data.split.validation.length),
  });
}
