/**
 * Where a search stands between two units of work, in memory and in a checkpoint, and what an epoch
 * that has ended came to.
 *
 * @module
 */
import { type Arc, type ArcSpace, formatArc, opSharesOf, parseArc } from "./arc/arc.ts";
import { skipRate } from "./arc/macro_space.ts";
import type { StepResult } from "./child/trainer.ts";
import type { SamplerUpdate } from "./controller/sampler.ts";
import { takenSteps } from "./divergence.ts";
import type { ArcScored, EpochFinished } from "./store/events.ts";

/** The best arc of a run so far. */
export interface BestSoFar {
  readonly arc: Arc;
  readonly epoch: number;
  readonly estimate: number;
}

/**
 * What a search does next: train the shared weights, reward and update the sampler, score arcs; after
 * the last epoch score the best arc again, train it from scratch; nothing.
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
  /** This epoch's updates of the sampler. */
  updates: SamplerUpdate[];
}

/** A position as JSON: arcs are texts. */
export type StoredPosition = Omit<Position, "ahead" | "sampled"> & {
  readonly ahead: readonly string[] | null;
  readonly sampled: readonly string[];
};

/** The beginning of an epoch, or of what follows the last one, after `steps` training steps. */
export function beginningOf(phase: Phase, epoch: number, steps: number): Position {
  return { phase, epoch, steps, ahead: null, sampled: [], results: [], updates: [] };
}

/** A position in the form of a checkpoint. */
export function storedPosition({ ahead, sampled, ...rest }: Position): StoredPosition {
  return { ...rest, ahead: ahead?.map(formatArc) ?? null, sampled: sampled.map(formatArc) };
}

/** The position that {@link storedPosition} made; throws `ArcError` for arcs of another space. */
export function readPosition(stored: StoredPosition, space: ArcSpace): Position {
  const { ahead, sampled, ...rest } = stored;
  const arcsOf = (texts: readonly string[]) => texts.map((text) => parseArc(text, space));
  return { ...rest, ahead: ahead && arcsOf(ahead), sampled: arcsOf(sampled) };
}

/** What an epoch came to, at its end. */
export function summaryOf(
  { epoch, results, updates, sampled }: Position,
  scored: readonly ArcScored[],
): Omit<EpochFinished, "learningRate" | "policyAccuracy" | "seconds"> {
  const estimates = scored.map(({ estimate }) => estimate);
  const taken = takenSteps(results);
  return {
    type: "epoch_finished",
    epoch,
    trainLoss: mean(taken.map(({ loss }) => loss)),
    trainAccuracy: mean(taken.map(({ accuracy }) => accuracy)),
    meanEstimate: mean(estimates),
    bestEstimate: Math.max(...estimates),
    opShares: opSharesOf(sampled),
    skipRate: skipRateOf(sampled),
    reward: updates.length === 0 ? null : mean(updates.map(({ reward }) => reward)),
    baseline: updates.at(-1)?.baseline ?? null,
    entropy: updates.length === 0 ? null : mean(updates.map(({ entropy }) => entropy)),
  };
}

/** Mean share of skip bits set; null in a space without skips. */
function skipRateOf(arcs: readonly Arc[]): number | null {
  const rates = arcs.flatMap((arc) => arc.space === "macro" ? [skipRate(arc)] : []);
  return rates.length === 0 ? null : mean(rates);
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
