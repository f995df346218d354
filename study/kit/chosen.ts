/**
 * What is taken of what was drawn and trained: the architecture with the best estimate, and as many
 * repeats as nearly all have.
 *
 * @module
 */
import type { Mark } from "../../nas/trials/kinds/supernet.ts";

/** Of the architectures drawn at a mark the one with the best estimate, the first of equals. */
export function bestEstimated({ arcs, estimates }: Pick<Mark, "arcs" | "estimates">): string {
  return arcs[estimates.indexOf(Math.max(...estimates))];
}

/** Least share of the trained architectures that must have as many trainings as are counted. */
const ENOUGH = 0.8;

/**
 * How many trainings of each architecture are compared: as many as four of five trained architectures
 * have. Where trainings fail or are still missing, a few architectures are left out rather than a seed
 * of all.
 *
 * @param counts finished trainings by architecture
 */
export function comparedTrainings(counts: readonly number[]): number {
  const withAtLeast = (least: number) => counts.filter((count) => count >= least).length;
  let trainings = Math.max(1, ...counts);
  while (trainings > 1 && withAtLeast(trainings) < ENOUGH * withAtLeast(1)) trainings--;
  return trainings;
}
