/**
 * Where a search stands between two units of work, in memory and in a checkpoint, and what an epoch
 * that has ended came to.
 *
 * @module
 */
import { type Arc, type ArcSpace, formatArc, opSharesOf, parseArc } from "../space/arc.ts";
import { spaceOf } from "../space/registry.ts";
import type { StepResult } from "../child/trainer.ts";
import type { SamplerUpdate, StrategyState } from "../strategy/strategy.ts";
import { takenSteps } from "../child/divergence.ts";
import type { Snapshot } from "../run/snapshot.ts";
import type { ArcScored, EpochFinished } from "../run/events.ts";

/** An architecture whose estimate is known. */
export interface Scored {
  /** Text of the architecture. */
  readonly arc: string;
  readonly estimate: number;
  /** Why it could not be judged; null where it was. */
  readonly failure: string | null;
}

/** The best arc of a run so far. */
export interface BestSoFar {
  readonly arc: Arc;
  readonly epoch: number;
  readonly estimate: number;
}

/**
 * What a search does next: train the shared weights, judge proposals and tell the strategy, score
 * arcs; after the last epoch score the best arc again, train it from scratch; nothing.
 */
export type Phase = "weights" | "rewards" | "scores" | "best" | "final" | "done";

/** Where a search stands between two units of work. */
export interface Position {
  phase: Phase;
  /** 1-based. */
  epoch: number;
  /** Training steps since the run began. */
  steps: number;
  /** Arcs of this epoch's training steps, drawn at its beginning; null before. */
  ahead: Arc[] | null;
  /** Arcs of this epoch that were used. */
  sampled: Arc[];
  /** What this epoch's training steps measured; one for each step done. */
  results: StepResult[];
  /** This epoch's updates of the strategy, where it reports any. */
  updates: SamplerUpdate[];
  /** Proposals of this epoch that were judged for the strategy. */
  judged: number;
  /** The same since the run began. */
  judgedInAll: number;
  /** What is known of the batch that was asked for and is not told yet, in its order. */
  untold: Untold[];
  /** Estimates of this epoch among which the best is chosen, where they are final. */
  scored: Scored[];
}

/** The part of an outcome that its proposal does not tell; proposals are asked for again. */
export interface Untold {
  readonly estimate: number;
  readonly failure: string | null;
}

/** A position as JSON: arcs are texts. Those of earlier versions lack what came later. */
export type StoredPosition =
  & Omit<Position, "ahead" | "sampled" | Later>
  & Partial<Pick<Position, Later>>
  & { readonly ahead: readonly string[] | null; readonly sampled: readonly string[] };

type Later = "judged" | "judgedInAll" | "untold" | "scored";

/** The best arc as JSON. */
export type StoredBest = Omit<BestSoFar, "arc"> & { readonly arc: string };

/**
 * The beginning of an epoch, or of what follows the last one, after `steps` training steps of shared
 * weights and `judgedInAll` judged proposals.
 */
export function beginningOf(
  phase: Phase,
  epoch: number,
  steps: number,
  judgedInAll: number,
): Position {
  return {
    ...{ phase, epoch, steps, ahead: null, sampled: [], results: [], updates: [] },
    ...{ judged: 0, judgedInAll, untold: [], scored: [] },
  };
}

/** A position in the form of a checkpoint. */
export function storedPosition({ ahead, sampled, ...rest }: Position): StoredPosition {
  return { ...rest, ahead: ahead?.map(formatArc) ?? null, sampled: sampled.map(formatArc) };
}

/**
 * The position that {@link storedPosition} made; throws `ArcError` for arcs of another space.
 *
 * @param perUpdate Proposals of an update, by which checkpoints of earlier versions counted.
 */
export function readPosition(
  stored: StoredPosition,
  space: ArcSpace,
  perUpdate: number,
): Position {
  const { ahead, sampled, ...rest } = stored;
  const arcsOf = (texts: readonly string[]) => texts.map((text) => parseArc(text, space));
  const judged = rest.updates.length * perUpdate;
  return {
    ...{ judged, judgedInAll: judged, untold: [], scored: [] },
    ...rest,
    ahead: ahead && arcsOf(ahead),
    sampled: arcsOf(sampled),
  };
}

/** The better of two architectures; the later one of equals. */
export function betterOf(best: BestSoFar | null, other: BestSoFar): BestSoFar {
  return best === null || other.estimate >= best.estimate ? other : best;
}

/** The best arc in the form of a checkpoint. */
export function storedBest(best: BestSoFar | null): StoredBest | null {
  return best && { ...best, arc: formatArc(best.arc) };
}

/** The best arc that {@link storedBest} made; throws `ArcError` for one of another space. */
export function readBest(stored: StoredBest | null, space: ArcSpace): BestSoFar | null {
  return stored && { ...stored, arc: parseArc(stored.arc, space) };
}

/** Puts a strategy into a checkpoint. */
export function putStrategyState(snapshot: Snapshot, state: StrategyState): void {
  const { tensors, ...values } = state;
  snapshot.values.sampler = values;
  snapshot.putTensors("sampler", Object.entries(tensors));
}

/** The strategy that {@link putStrategyState} put there; throws `TypeError` where there is none. */
export function readStrategyState(snapshot: Snapshot): StrategyState {
  const tensors = [...snapshot.floats("sampler")].map(([name, { shape, data }]) => [
    name,
    { shape, data: Float64Array.from(data) },
  ]);
  const values = snapshot.value<Omit<StrategyState, "tensors">>("sampler");
  return { ...values, tensors: Object.fromEntries(tensors) };
}

/** What an epoch came to, at its end. */
export function summaryOf(
  { epoch, results, updates, sampled }: Position,
  scored: readonly Pick<ArcScored, "estimate">[],
): Omit<EpochFinished, "learningRate" | "policyAccuracy" | "seconds"> {
  const estimates = scored.map(({ estimate }) => estimate);
  const taken = takenSteps(results);
  return {
    type: "epoch_finished",
    epoch,
    trainLoss: meanOrNull(taken.map(({ loss }) => loss)),
    trainAccuracy: meanOrNull(taken.map(({ accuracy }) => accuracy)),
    meanEstimate: mean(estimates),
    bestEstimate: Math.max(...estimates),
    opShares: opSharesOf(sampled),
    skipRate: skipRateOf(sampled),
    reward: meanOrNull(updates.map(({ reward }) => reward)),
    baseline: updates.at(-1)?.baseline ?? null,
    entropy: meanOrNull(updates.map(({ entropy }) => entropy)),
  };
}

/** Mean share of skip bits set; null in a space without skips. */
function skipRateOf(arcs: readonly Arc[]): number | null {
  return meanOrNull(arcs.map((arc) => spaceOf(arc).skipRate(arc)).filter((rate) => rate !== null));
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values);
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
