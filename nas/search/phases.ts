/**
 * The phases of one epoch of a search, and the choice of the best arc after the last: each is the
 * rest of its work from where the search stands, and ends with the next phase as the present one. One
 * that is aborted stays the present one.
 *
 * @module
 */
import type { SampledArcs, SamplerState, SamplerUpdate } from "../strategy/sampler.ts";
import { trainEpochSteps } from "../child/epoch_steps.ts";
import { spaceOf } from "../space/registry.ts";
import { bestEvent, scoredEvents, stepEvent, updateEvent } from "./events.ts";
import { learningRateIn, samplerLearns, type SearchOptions, stepsInEpoch } from "./options.ts";
import type { SearchParts } from "./parts.ts";
import { beginningOf, type BestSoFar, betterOf, type Position, summaryOf } from "./position.ts";
import type { ArcScored, BestArc, RunEvent } from "../run/events.ts";

/** Most `child_step` events of one epoch; longer epochs are logged every few steps. */
const LOGGED_STEPS = 50;

/** A search at work: what it is made of and where it stands. */
export interface SearchState extends SearchParts {
  readonly options: SearchOptions;
  /** Seconds that the search has run. */
  readonly clock: () => number;
  position: Position;
  best: BestSoFar | null;
  /** Arcs of the next update, drawn early, and the sampler as it was before. */
  drawn: { readonly arcs: SampledArcs; readonly before: SamplerState } | null;
}

/**
 * Trains the shared weights, a new arc at every step. The policy stays as it is until the first
 * update of the sampler: its arcs are drawn while the device works on the last steps.
 */
export async function* trainWeights(state: SearchState): AsyncGenerator<RunEvent> {
  const { options: { config, signal, onWork, checkpoints }, trainer, sampler, position } = state;
  const { epoch, results } = position;
  const learningRate = learningRateIn(config, epoch);
  const steps = stepsInEpoch(config, trainer.stepsPerEpoch, epoch);
  const every = Math.ceil(steps / LOGGED_STEPS);
  const learns = samplerLearns(config, epoch);
  // The policy is fixed during this phase, so all its arcs are drawn at once.
  const arcs = position.ahead ??= steps === 0 ? [] : [...sampler.sample(steps).arcs];
  let complete = false;
  yield* trainEpochSteps<RunEvent>({
    trainer,
    learningRate,
    steps,
    results,
    divergenceLimit: config.child.divergenceLimit,
    signal,
    checkpoints,
    arcOf: (step) => arcs[step],
    onStep(arc) {
      position.sampled.push(arc);
      onWork?.("child_step");
    },
    eventOf(result, arc) {
      position.steps++;
      const place = { epoch, step: position.steps, seconds: state.clock() };
      return stepEvent(result, arc, place, learningRate, results.length % every === 0);
    },
    whileWaiting() {
      complete = true;
      if (learns) state.drawn = { before: sampler.state(), arcs: drawUpdate(state) };
    },
  });
  if (complete) position.phase = learns ? "rewards" : "scores";
}

/** Updates the sampler, as often as this epoch's settings say. */
export async function* trainSampler(state: SearchState): AsyncGenerator<RunEvent> {
  const { options: { config, signal, checkpoints }, position } = state;
  const { epoch, updates } = position;
  while (updates.length < config.controller.updatesPerEpoch && !signal?.aborted) {
    const arcs = state.drawn?.arcs ?? drawUpdate(state);
    state.drawn = null;
    const update = await updateSampler(state, arcs);
    updates.push(update);
    yield updateEvent(update, { epoch, seconds: state.clock() }, spaceOf(config).hasSkips);
    if (checkpoints?.due()) await checkpoints.save();
  }
  if (updates.length === config.controller.updatesPerEpoch) position.phase = "scores";
}

/** Scores new arcs and ends the epoch, as one unit of work. */
export async function* scoreArcs(state: SearchState): AsyncGenerator<RunEvent> {
  const { options: { config }, scorer, sampler, position } = state;
  const { epoch } = position;
  const scored = await scoreDrawn(state);
  yield* scored;
  const policyAccuracy = await scorer.policy((count) => sampler.sample(count).arcs);
  yield {
    ...summaryOf(position, scored),
    learningRate: learningRateIn(config, epoch),
    policyAccuracy,
    seconds: state.clock(),
  };
  const last = epoch === config.search.epochs;
  state.position = beginningOf(last ? "best" : "weights", epoch + 1, position.steps);
}

/** Scores the best arc of the run on the whole validation split with the present weights. */
export async function scoreBest(state: SearchState): Promise<BestArc> {
  const { options: { config, onWork }, scorer, data, position } = state;
  const { arc, epoch } = state.best!;
  const estimate = await scorer.validation(arc);
  state.best = { arc, epoch, estimate };
  onWork?.("score");
  position.phase = "final";
  return bestEvent(state.best, {
    images: data.split.validation.length,
    batchNorm: config.controller.rewardBatchNorm,
    seconds: state.clock(),
  });
}

/** Draws the arcs of one update. */
function drawUpdate({ options: { config }, sampler }: SearchState): SampledArcs {
  return sampler.sample(config.controller.arcsPerUpdate);
}

/** Rewards each drawn arc with its accuracy on a validation batch of its own, and learns. */
async function updateSampler(state: SearchState, drawn: SampledArcs): Promise<SamplerUpdate> {
  const { options: { onWork }, scorer, sampler, rewards, position } = state;
  position.sampled.push(...drawn.arcs);
  const accuracies = await scorer.rewards(drawn.arcs);
  for (const _ of accuracies) onWork?.("reward");
  return sampler.update(drawn, rewards.deal(accuracies));
}

async function scoreDrawn(state: SearchState): Promise<ArcScored[]> {
  const { options: { config, onWork }, scorer, sampler, position } = state;
  const { epoch, sampled } = position;
  const { arcs } = sampler.sample(config.search.scoredArcs);
  sampled.push(...arcs);
  const estimates = await scorer.scores(arcs, () => onWork?.("score"));
  state.best = betterOf(state.best, arcs, estimates, epoch);
  return scoredEvents(arcs, estimates, {
    epoch,
    images: scorer.scoreImages,
    batchNorm: config.controller.rewardBatchNorm,
  });
}
