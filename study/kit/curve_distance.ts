/**
 * Do all architectures learn along one curve? Distances between the curves of two architectures, held
 * against the distance between two trainings of one.
 *
 * @module
 */
import { mean } from "../../nas/stats/mod.ts";
import type { CurveData } from "./curve_data.ts";
import { type CurveRun, markOf, type Pick, pickedArc, trainingId } from "./curve_plan.ts";

/** Mean absolute difference of two accuracies, epoch by epoch, in points. */
export function curveDistance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `Expected two learning curves of the same epochs but found ${a.length} and ${b.length}`,
    );
  }
  return 100 * mean(a.map((value, epoch) => Math.abs(value - b[epoch])));
}

/** Distances of the learning curves of one run. */
export interface CurveDistances {
  /** Between two trainings of one architecture with different seeds. */
  readonly seeds: number;
  /** Between trainings of different architectures with those two seeds; mean over architectures. */
  readonly architectures: number;
}

/**
 * Distances within a run: the architecture that was trained twice, against the same with another seed,
 * and against every other architecture of the run. Both with the same two seeds, so that only the
 * architecture tells them apart. Null where trainings are missing or all picks are one architecture.
 */
export function curveDistances(
  { results }: CurveData,
  run: CurveRun,
): CurveDistances | null {
  const search = results.of("supernet", run.id);
  const anchor = run.picks.find(({ twice }) => twice);
  if (search === null || anchor === undefined) return null;
  const arcOf = (pick: Pick) => {
    const mark = markOf(search, pick.moment);
    return mark === null ? null : pickedArc(mark, pick);
  };
  const curve = (pick: Pick, repeat: number) =>
    results.of("train", trainingId(run, pick, repeat))?.curve ?? null;
  const [first, second] = [curve(anchor, 0), curve(anchor, 1)];
  if (first === null || second === null) return null;
  const others = run.picks
    .filter((pick) => arcOf(pick) !== arcOf(anchor))
    .map((pick) => curve(pick, 0))
    .filter((found) => found !== null);
  if (others.length === 0) return null;
  return {
    seeds: curveDistance(first, second),
    architectures: mean(others.map((other) => curveDistance(other, second))),
  };
}
