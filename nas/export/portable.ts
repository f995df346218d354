/**
 * What of a run can be used elsewhere, and where it comes from.
 *
 * @module
 */
import { type ArcProvenance, readingOf } from "../space/arc_file.ts";
import { ArcError } from "../space/errors.ts";
import { type Arc, arcLabel, equalArcs, formatArc, parseArc } from "../space/arc.ts";
import { parseSearchConfig } from "../config/mod.ts";
import { type NetworkSpec, spaceOf } from "../space/registry.ts";
import type { BestArc, RunConfig, RunEvent, Trained } from "../run/events.ts";

/** A run read back from its folder, as `openRun` returns it. */
export interface FinishedRun {
  readonly config: RunConfig;
  readonly events: readonly RunEvent[];
}

/** The end of training from scratch; null where the run did not come so far. */
export function trainedOf({ events }: FinishedRun): Trained | null {
  return events.findLast((event): event is Trained => event.type === "trained") ?? null;
}

/** Where `arc` comes from, if it is the one that the run chose. */
export function arcProvenance({ config, events }: FinishedRun, arc: Arc): ArcProvenance {
  const search = parseSearchConfig(config.hyperparameters);
  const best = events.findLast((event): event is BestArc => event.type === "best_arc");
  const chosen = best !== undefined && equalArcs(parseArc(best.arc, search.space), arc);
  return {
    run: config.run,
    dataset: config.dataset.name,
    ...(chosen ? { epoch: best.epoch, estimate: best.estimate } : {}),
    ...readingOf(search.child, search.space),
  };
}

/**
 * The architecture that a file of weights is used with.
 *
 * @param spec Network of the weights.
 * @param own The architecture whose weights they are; null for shared weights.
 * @param asked The architecture that was asked for; null for the weights' own.
 * @throws {ArcError} Where there is none, they are two, or the weights have no such architecture.
 */
export function arcOfWeights(spec: NetworkSpec, own: Arc | null, asked: Arc | null): Arc {
  const arc = asked ?? own;
  if (arc === null) {
    throw new ArcError(
      "Expected weights of one architecture but found shared weights, which have those of every " +
        "one; export a file with the architecture, and name these weights with --weights-from",
    );
  }
  if (own !== null && !equalArcs(arc, own)) {
    throw new ArcError(
      `Expected weights of ${formatArc(arc)} but found those of ${formatArc(own)}; take its own ` +
        "weights, or shared ones",
    );
  }
  const space = spaceOf(spec);
  const wanted = space.sizeOfSpec(spec);
  if (arc.space !== spec.space || space.sizeOf(arc) !== wanted) {
    throw new ArcError(
      `Expected an architecture of the ${spec.space} space with ${space.sizeLabel(wanted)}, as ` +
        `these weights are for, but found another one (${arcLabel(arc)}); take weights of its own`,
    );
  }
  return arc;
}
