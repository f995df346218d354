/**
 * What the drawings of a search read from its summary, checked: a log may come from anywhere.
 *
 * @module
 */

import { type Arc, arcText, spaceOf } from "../../nas/space/mod.ts";
import type { OpMode, SkipIndex } from "../../nas/space/macro/structure.ts";
import type { Choice } from "../../nas/space/space.ts";
import type { ReductionPrev } from "../../nas/space/micro/structure.ts";
import type { ArcDecision, ArcTraced } from "../../nas/run/events.ts";
import { findSetting, findSettingText } from "../settings.ts";
import { arcToDraw, readArc } from "../summary.ts";
import type { RunSummary } from "../run_summary.ts";

/** Layers and nodes beyond which nothing is drawn. */
const MOST = 60;

/** What is drawn of a search. */
export interface SearchFacts<A extends Arc = Arc> {
  readonly run: RunSummary;
  /** The chosen arc, else the best one scored so far. */
  readonly arc: A;
  /** Another arc of its space and size, scored in the last epoch, the best of those that differ; null where none does. */
  readonly other: A | null;
  /** The arc's decisions with their probabilities; null where the log does not tell. */
  readonly trace: TracedArc | null;
  readonly child: ChildSettings;
}

/** Settings of the child networks of a search; undefined where the log does not name them. */
export interface ChildSettings {
  readonly layers: number | undefined;
  readonly filters: number | undefined;
  readonly skipIndex: SkipIndex;
  readonly opMode: OpMode;
  readonly reductionPrev: ReductionPrev;
  /** Whether an auxiliary head trains. */
  readonly auxiliaryHead: boolean;
}

/** What a decision is about. */
type DecisionPlace = Pick<Choice, "kind" | "cell" | "place" | "slot">;

/** Decisions of one arc by what they decide. */
export interface TracedArc {
  readonly event: ArcTraced;
  /** @throws {RangeError} For a decision that the arc has not. */
  decision(
    kind: ArcDecision["kind"],
    cell: ArcDecision["cell"],
    place: number,
    slot: number | null,
  ): ArcDecision;
}

/**
 * Gathers what can be drawn of a search.
 *
 * @param run summary of a search
 * @returns the facts, or null where there is no arc that can be drawn
 */
export function searchFacts(run: RunSummary): SearchFacts | null {
  const shown = arcToDraw(run);
  const arc = shown === null ? null : readArc(run, shown.arc);
  if (arc === null || sizeOf(arc) > MOST) return null;
  return {
    run,
    arc,
    other: otherArc(run, arc),
    trace: run.trace === null ? null : readTrace(run.trace, arc),
    child: childSettings(run),
  };
}

/** Layers of a macro arc, nodes of a micro arc's cell. */
function sizeOf(arc: Arc): number {
  return spaceOf(arc).sizeOf(arc);
}

function otherArc(run: RunSummary, arc: Arc): Arc | null {
  const last = Math.max(...run.arcs.map(({ epoch }) => epoch));
  const text = arcText(arc, "flat");
  const candidates = run.arcs.filter(({ epoch }) => epoch === last)
    .toSorted((a, b) => b.estimate - a.estimate);
  for (const candidate of candidates) {
    const other = readArc(run, candidate.arc);
    if (
      other !== null && other.space === arc.space && sizeOf(other) === sizeOf(arc) &&
      arcText(other, "flat") !== text
    ) return other;
  }
  return null;
}

/**
 * Holds a trace against its arc.
 *
 * @param event what the log says
 * @param arc the arc that is drawn
 * @returns the decisions, or null where they are not those of the arc
 */
export function readTrace(event: ArcTraced, arc: Arc): TracedArc | null {
  const key = (d: DecisionPlace) => `${d.kind} ${d.cell} ${d.place} ${d.slot}`;
  const decisions = new Map(event.decisions.map((decision) => [key(decision), decision]));
  const space = spaceOf(arc);
  const chosen = space.toDecisions(arc);
  const expected = space.choices(space.sizeOf(arc));
  const fits = decisions.size === expected.length && expected.every((choice, i) => {
    const found = decisions.get(key(choice));
    return found !== undefined && found.chosen === chosen[i] &&
      found.probabilities.length === choice.count;
  });
  if (!fits) return null;
  return {
    event,
    decision: (kind, cell, place, slot) => {
      const found = decisions.get(key({ kind, cell, place, slot }));
      if (found === undefined) {
        throw new RangeError(`Expected a decision ${key({ kind, cell, place, slot })} of the arc`);
      }
      return found;
    },
  };
}

function childSettings({ config }: RunSummary): ChildSettings {
  const group = findSetting(config.hyperparameters, "child");
  const child = (typeof group === "object" && group !== null ? group : {}) as Readonly<
    Record<string, unknown>
  >;
  const count = (value: unknown): number | undefined =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 4096
      ? value
      : undefined;
  const layers = count(child.layers);
  return {
    layers: layers !== undefined && layers <= MOST ? layers : undefined,
    filters: count(child.filters),
    skipIndex: findSettingText(config, "skipIndex") === "layer-output"
      ? "layer-output"
      : "stem-first",
    opMode: findSettingText(config, "opMode") === "released" ? "released" : "correct",
    reductionPrev: child.reductionPrev === "earlier" ? "earlier" : "reduced",
    auxiliaryHead: child.auxiliaryHead === true && child.auxiliaryTrainable === true,
  };
}
