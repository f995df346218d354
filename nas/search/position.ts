/**
 * Where a search stands between two units of work, in memory and in a checkpoint, and what an epoch
 * that has ended came to.
 *
 * @module
 */
import { type Arc, type ArcSpace, formatArc, opSharesOf, parseArc } from "../space/arc.ts";
import { spaceOf } from "../space/registry.ts";
import type { StepResult } from "../child/trainer.ts";
import type { SamplerState, SamplerUpdate } from "../strategy/sampler.ts";
import { takenSteps } from "../child/divergence.ts";
import type { Snapshot } from "../run/snapshot.ts";
import type { ArcScored, EpochFinished } from "../run/events.ts";

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

/** The best arc as JSON. */
export type StoredBest = Omit<BestSoFar, "arc"> & { readonly arc: string };

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

/** The better of `best` and the scored arcs of an epoch; the later one of equals. */
export function betterOf(
  best: BestSoFar | null,
  arcs: readonly Arc[],
  estimates: readonly number[],
  epoch: number,
): BestSoFar | null {
  return estimates.reduce(
    (found, estimate, i) =>
      found === null || estimate >= found.estimate ? { arc: arcs[i], epoch, estimate } : found,
    best,
  );
}

/** The best arc in the form of a checkpoint. */
export function storedBest(best: BestSoFar | null): StoredBest | null {
  return best && { ...best, arc: formatArc(best.arc) };
}

/** The best arc that {@link storedBest} made; throws `ArcError` for one of another space. */
export function readBest(stored: StoredBest | null, space: ArcSpace): BestSoFar | null {
  return stored && { ...stored, arc: parseArc(stored.arc, space) };
}

/** Puts a sampler into a checkpoint. */
export function putSamplerState(snapshot: Snapshot, state: SamplerState): void {
  const { tensors, ...values } = state;
  snapshot.values.sampler = values;
  snapshot.putTensors("sampler", Object.entries(tensors));
}

/** The sampler that {@link putSamplerState} put there; throws `TypeError` where there is none. */
export function readSamplerState(snapshot: Snapshot): SamplerState {
  const tensors = [...snapshot.floats("sampler")].map(([name, { shape, data }]) => [
    name,
    { shape, data: Float64Array.from(data) },
  ]);
  const values = snapshot.value<Omit<SamplerState, "tensors">>("sampler");
  return { ...values, tensors: Object.fromEntries(tensors) };
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
