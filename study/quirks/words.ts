/**
 * What the levels of `study quirks` are called, and how its numbers are written.
 *
 * @module
 */
import type { Interval } from "../../nas/stats/mod.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import type { QuirkCell, Retrained } from "./cells.ts";
import type { OpMode, RetrainGraph, RewardNorm } from "./design.ts";
import type { QuirkArm } from "./policies.ts";

/** The levels of the factors in words. */
export const LEVELS: {
  readonly opMode: Readonly<Record<OpMode, string>>;
  readonly norm: Readonly<Record<RewardNorm, string>>;
  readonly graph: Readonly<Record<RetrainGraph, string>>;
} = {
  opMode: { correct: "sampled op runs", released: "closure bug" },
  norm: { batch: "batch statistics", moving: "moving averages" },
  graph: { search: "as searched", released: "released" },
};

/** A cell in a few words. */
export function cellLabel(
  { opMode, norm, graph }: Pick<QuirkCell, "opMode" | "norm" | "graph">,
): string {
  return `${armLabel({ opMode, norm })}; retrained ${LEVELS.graph[graph]}`;
}

/** The searches of two factors in two or three words, for the axis of a chart. */
export function shortLabel({ opMode, norm }: Pick<QuirkArm, "opMode" | "norm">): string {
  return `${opMode === "correct" ? "ops run" : "bug"}, ${norm}`;
}

/** The searches of two factors in a few words. */
export function armLabel({ opMode, norm }: Pick<QuirkArm, "opMode" | "norm">): string {
  return `${LEVELS.opMode[opMode]}, ${LEVELS.norm[norm]}`;
}

/** A kind of trained network in a few words. */
export function networkLabel({ graph, opMode }: Retrained): string {
  return graph === "released" ? "released graph" : `searched graph, ${LEVELS.opMode[opMode]}`;
}

/** `0.12 to 0.60`; null where an end is not defined. */
export function intervalText(
  { low, high }: Pick<Interval, "low" | "high">,
  digits: number,
): string | null {
  return Number.isNaN(low) || Number.isNaN(high)
    ? null
    : `${fixedNumber(low, digits)} to ${fixedNumber(high, digits)}`;
}
