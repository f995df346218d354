/**
 * What a policy is like, by arcs drawn from it.
 *
 * @module
 */
import { z } from "zod";
import { Random } from "../../engine/random.ts";
import { type Arc, arcDecisions, arcOps, formatArc, opSharesOf } from "../space/arc.ts";
import { spaceOf } from "../space/registry.ts";
import { mergeConfig, type SearchConfig } from "../config/mod.ts";
import { createSampler } from "../strategy/registry.ts";
import type { ArcSampler } from "../strategy/strategy.ts";

const share = z.number().min(0).max(1);

/** A policy, described. */
export const policySchema = z.object({
  /** Share of each op, by op id. */
  opShares: z.array(share),
  skipRate: share.nullable(),
  /** Mean entropy of an arc, in nats, and that of the uniform random sampler. */
  entropy: z.number(),
  uniformEntropy: z.number(),
  /** Distinct arcs among them, as a share. */
  distinct: share,
  /** Mean share of decisions in which two of them differ. */
  distance: share,
  /** Mutual information of an op with the op decided before it, in nats; bias taken out. */
  successiveInformation: z.number(),
});
/** What a policy is like. */
export type Policy = z.infer<typeof policySchema>;

/** Arcs that describe a policy. */
export const POLICY_ARCS = 200;

/** Runs `body` with the sampler reading `random`; its own stream stays where it is. */
export function withStream<T>(sampler: ArcSampler, random: Random, body: () => T): T {
  const state = sampler.state();
  const at = (stream: Random) => ({
    ...state,
    scalars: { ...state.scalars, random: stream.state() },
  });
  sampler.restore(at(random));
  try {
    return body();
  } finally {
    sampler.restore(state);
  }
}

/** Describes the policy of a sampler by {@link POLICY_ARCS} arcs; draws them from its stream. */
export function describePolicy(sampler: ArcSampler, config: SearchConfig): Policy {
  const { arcs, entropy } = sampler.sample(POLICY_ARCS);
  const skips = arcs.map((arc) => spaceOf(arc).skipRate(arc)).filter((rate) => rate !== null);
  return {
    opShares: opSharesOf(arcs),
    skipRate: skips.length === 0 ? null : mean(skips),
    entropy: mean([...entropy]),
    uniformEntropy: uniformEntropy(config),
    distinct: new Set(arcs.map(formatArc)).size / arcs.length,
    distance: meanDistance(arcs),
    successiveInformation: successiveInformation(arcs),
  };
}

/** Entropy of the random sampler, in nats. */
function uniformEntropy(config: SearchConfig): number {
  const random = createSampler(
    mergeConfig<SearchConfig>(config, { strategy: { name: "random" } }),
    new Random(0),
  );
  return random.sample(1).entropy[0];
}

/** Mean share of decisions in which two different ones of the arcs differ. */
export function meanDistance(arcs: readonly Arc[]): number {
  const rows = arcs.map(arcDecisions);
  const n = rows.length;
  const places = rows[0].map((_, place) => {
    const same = counts(rows.map((row) => row[place])).values()
      .reduce((sum, count) => sum + count * (count - 1), 0);
    return 1 - same / (n * (n - 1));
  });
  return mean(places);
}

/**
 * Mutual information of an op with the one that is decided before it, in nats, mean over the pairs of
 * neighbours; the bias of few samples, (K − 1)² / 2n with K ops, is taken out. 0 of a policy that
 * decides ops independently, and of arcs with one op.
 */
export function successiveInformation(arcs: readonly Arc[]): number {
  const rows = arcs.map((arc) => spaceOf(arc).opsOf(arc));
  const kinds = arcOps(arcs[0].space).length;
  const pairs = rows[0].length - 1;
  if (pairs < 1) return 0;
  const bias = (kinds - 1) ** 2 / (2 * rows.length);
  return mean(Array.from({ length: pairs }, (_, place) => {
    const joint = entropyOf(rows.map((row) => row[place] * kinds + row[place + 1]));
    const [first, second] = [place, place + 1].map((at) => entropyOf(rows.map((row) => row[at])));
    return first + second - joint - bias;
  }));
}

/** Entropy of the observed frequencies, in nats. */
function entropyOf(values: readonly number[]): number {
  return -counts(values).values().reduce(
    (sum, count) => sum + count / values.length * Math.log(count / values.length),
    0,
  );
}

function counts(values: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
