/**
 * What a search says of its work, as events of its log.
 *
 * @module
 */
import { type Arc, formatArc } from "../space/arc.ts";
import type { StepResult } from "../child/trainer.ts";
import type { ArcSampler, SamplerUpdate } from "../strategy/sampler.ts";
import type { BestSoFar } from "./position.ts";
import type { ArcScored, ArcTraced, BestArc, ControllerStep, RunEvent } from "../run/events.ts";

/**
 * The event of a training step of the shared weights on `arc`: of one that was passed over always, of
 * others where they are logged; null otherwise.
 */
export function stepEvent(
  result: StepResult,
  arc: string,
  place: { readonly epoch: number; readonly step: number; readonly seconds: number },
  learningRate: number,
  logged: boolean,
): RunEvent | null {
  if (result.skipped !== null) {
    return { type: "diverged", weights: "shared", arc, ...result.skipped, ...place };
  }
  const { loss, accuracy, gradientNorm } = result;
  return logged
    ? { type: "child_step", loss, accuracy, gradientNorm, learningRate, ...place }
    : null;
}

/** The event of an update of the sampler; `skips`: whether the space has skip bits. */
export function updateEvent(
  update: SamplerUpdate,
  place: { readonly epoch: number; readonly seconds: number },
  skips: boolean,
): ControllerStep {
  const { step, arcs, reward, accuracy, baseline, entropy, skipRate, loss } = update;
  return {
    ...{ type: "controller_step", step, arcs, reward, accuracy, baseline, entropy, loss },
    skipRate: skips ? skipRate : null,
    ...place,
  };
}

/** The events of the arcs that were scored at the end of an epoch, with their estimates. */
export function scoredEvents(
  arcs: readonly Arc[],
  estimates: readonly number[],
  how: Pick<ArcScored, "epoch" | "images" | "batchNorm">,
): ArcScored[] {
  return arcs.map((arc, index) => ({
    type: "arc_scored",
    index,
    arc: formatArc(arc),
    estimate: estimates[index],
    ...how,
  }));
}

/** The event of the best arc, scored again on the whole validation split. */
export function bestEvent(
  { arc, epoch, estimate }: BestSoFar,
  how: Pick<BestArc, "images" | "batchNorm" | "seconds">,
): BestArc {
  return { type: "best_arc", arc: formatArc(arc), epoch, estimate, ...how };
}

/** With which probabilities the sampler would now draw an arc; moves none of its streams. */
export function tracedEvent(sampler: ArcSampler, arc: Arc, seconds: number): ArcTraced {
  return {
    type: "arc_traced",
    arc: formatArc(arc),
    decisions: sampler.trace(arc),
    parameters: Object.entries(sampler.parameters()).map(([name, { shape }]) => ({ name, shape })),
    seconds,
  };
}
