/**
 * What `study quirks` claims, fixed before any result.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import {
  architecturesForTau,
  type Claim,
  type Evidence,
  type Interval,
  type NoiseCeiling,
  powerOfTau,
  type Uniform,
} from "../../nas/stats/mod.ts";
import { signedNumber } from "../../nas/text/words.ts";
import { differenceEvidence, POINTS } from "../kit/evidence.ts";
import type { QuirkCell, Retrained } from "./cells.ts";
import { type QuirkArm, valuesOf } from "./policies.ts";
import {
  type CellTau,
  type Effect,
  powerOfError,
  type QuirkTaus,
  sizeForError,
  SMALLEST_P,
} from "./taus.ts";
import { TAU_MARGIN } from "../thesis/claims.ts";
import { THESIS_QUOTES } from "../thesis/quotes.ts";

/** Smallest drift of op shares that counts as learning, in points. */
export const DRIFT_MARGIN = 5;

/** Noise ceilings by kind of trained network; null where they are not known. */
export type Ceilings = ReadonlyMap<Retrained, NoiseCeiling | null>;

/** {@link enoughArchitectures}, once it is known. */
let enough: number | null | undefined;

/** Architectures with which a tau of the margin is seen with a power of 0.8; null for very many. */
function enoughArchitectures(): number | null {
  if (enough === undefined) {
    const random = new Random(0).fork("architectures");
    enough = architecturesForTau(TAU_MARGIN, () => random.uniform(), { trials: 1000 });
  }
  return enough;
}

/** Stands in for a verbatim quote where nobody has made the claim. */
const OWN = { quote: "", where: "this study" };

/** The claims, in the order of the page. */
export function quirkClaims(
  taus: QuirkTaus,
  ceilings: Ceilings,
  arms: readonly QuirkArm[],
  uniform: Uniform,
): Claim[] {
  const [thesisCell, saneCell] = [thesisCellOf(taus), saneCellOf(taus)];
  const effect = (id: string) => taus.effects.find(({ contrast }) => contrast.id === id)!;
  return [
    {
      id: "quirks.as-released",
      ...THESIS_QUOTES["T3.estimator"],
      question: "As the thesis's code has it (only max pooling runs in the search, rewards by " +
        "moving averages, another network retrained): do estimates say nothing of final accuracy?",
      side: "not positive",
      margin: TAU_MARGIN,
      evidence: cellEvidence(thesisCell, ceilings, uniform),
      remark: cellRemark(thesisCell, ceilings),
    },
    {
      id: "quirks.repaired",
      ...THESIS_QUOTES["T3.estimator"],
      question: "With all three repaired (the sampled op runs, rewards by batch statistics, the " +
        "searched network retrained): do estimates still say nothing of final accuracy?",
      side: "not positive",
      margin: TAU_MARGIN,
      evidence: cellEvidence(saneCell, ceilings, uniform),
      remark: cellRemark(saneCell, ceilings),
    },
    {
      id: "quirks.ops",
      ...OWN,
      question: "Do estimates rank better when the sampled op really runs in the search?",
      side: "positive",
      margin: TAU_MARGIN,
      ...effectEvidence(effect("ops.same-truths"), taus, ceilings),
      remark: "Judged in the released graph, where both searches are held against the very same " +
        `final accuracies; the mean over both graphs is ${signed(effect("ops"))}. ` +
        effectRemark(effect("ops.same-truths")),
    },
    {
      id: "quirks.norm",
      ...OWN,
      question: "Do estimates rank better with rewards, and estimates, by batch statistics in " +
        "place of moving averages?",
      side: "positive",
      margin: TAU_MARGIN,
      ...effectEvidence(effect("norm"), taus, ceilings),
      remark: `Mean over the four pairs of cells. ${effectRemark(effect("norm"))}`,
    },
    {
      id: "quirks.graph",
      ...OWN,
      question: "Does it make no difference to the ranking which network is retrained?",
      side: "none",
      margin: TAU_MARGIN,
      ...effectEvidence(effect("graph.same-estimates"), taus, ceilings),
      remark:
        "Judged where the sampled op runs, so that the very same estimates are held against " +
        `either network's accuracies; the mean over both op modes is ${signed(effect("graph"))}. ` +
        effectRemark(effect("graph.same-estimates")),
    },
    driftClaim(arms, uniform),
  ];
}

/** The cell with the released code's level of every factor. */
export function thesisCellOf({ cells }: QuirkTaus): CellTau {
  return cellOf(cells, { opMode: "released", norm: "moving", graph: "released" });
}

/** The cell with none of the released code's levels. */
export function saneCellOf({ cells }: QuirkTaus): CellTau {
  return cellOf(cells, { opMode: "correct", norm: "batch", graph: "search" });
}

function cellOf(
  cells: readonly CellTau[],
  wanted: Pick<QuirkCell, "opMode" | "norm" | "graph">,
): CellTau {
  return cells.find(({ cell: { opMode, norm, graph } }) =>
    opMode === wanted.opMode && norm === wanted.norm && graph === wanted.graph
  )!;
}

function cellEvidence(
  { cell, tau, test }: CellTau,
  ceilings: Ceilings,
  uniform: Uniform,
): Evidence | null {
  if (test === null || Number.isNaN(tau.value)) return null;
  const n = cell.places.length;
  return {
    statistic: "Kendall's tau-b of estimate and final accuracy, mean over searches",
    value: tau.value,
    p: test.p,
    smallestP: test.smallestP,
    n,
    unit: "architectures",
    power: powerOfTau(n, TAU_MARGIN, uniform),
    nToDecide: enoughArchitectures(),
    interval: guarded(tau.interval, ceilings.get(cell.retrained)?.wideEnough === true),
  };
}

/**
 * An interval that can show an effect but not its absence where the final accuracies do not differ by
 * more than their noise: then no estimate could have shown one (study-methods 2f).
 */
function guarded(interval: (level: number) => Interval, wide: boolean): typeof interval {
  return (level) => {
    const found = interval(level);
    const effect = found.low > 0 || found.high < 0;
    return wide || effect ? found : { low: NaN, high: NaN, level };
  };
}

function cellRemark({ cell, test }: CellTau, ceilings: Ceilings): string {
  if (test === null) return "Its estimates or its final accuracies are not there yet.";
  const searches = `${cell.searches.length} ${cell.searches.length === 1 ? "search" : "searches"}`;
  const ceiling = ceilings.get(cell.retrained) ?? null;
  const range = ceiling === null
    ? "The noise ceiling is not known with one training of each, so that no absence can be shown."
    : ceiling.wideEnough
    ? `Noise ceiling of the final accuracies: ${ceiling.full.toFixed(2)}.`
    : "Range too narrow: these final accuracies are not shown to repeat themselves from seed to " +
      "seed, so that a tau near 0 says nothing of the estimates, and no absence can be shown.";
  const { trainings } = cell.retrained;
  return `${searches}, ${trainings} ${
    trainings === 1 ? "training" : "trainings"
  } of each network. ` +
    range;
}

function effectEvidence(
  { contrast, difference, n }: Effect,
  { cells }: QuirkTaus,
  ceilings: Ceilings,
): { evidence: Evidence | null } {
  if (Number.isNaN(difference.value) || !(difference.error > 0)) return { evidence: null };
  const wide = cells.every(({ cell }) =>
    contrast.weight(cell) === 0 || ceilings.get(cell.retrained)?.wideEnough === true
  );
  return {
    evidence: {
      statistic: "difference of Kendall's tau-b",
      value: difference.value,
      p: difference.p,
      smallestP: SMALLEST_P,
      n,
      unit: "architectures",
      power: powerOfError(difference.error, TAU_MARGIN),
      nToDecide: sizeForError(difference.error, TAU_MARGIN, n),
      interval: guarded(difference.interval, wide),
    },
  };
}

function effectRemark({ difference }: Effect): string {
  return Number.isNaN(difference.value)
    ? "Some of its cells have no results yet."
    : "Interval and p from resampled architectures and searches, the same ones in all cells.";
}

function signed({ difference: { value } }: Effect): string {
  return Number.isNaN(value) ? "not known yet" : signedNumber(value, 2);
}

function driftClaim(arms: readonly QuirkArm[], uniform: Uniform): Claim {
  const norms = [...new Set(arms.map(({ norm }) => norm))];
  const strata = norms.flatMap((norm) => {
    const drifts = (opMode: QuirkArm["opMode"]) =>
      arms.filter((arm) => arm.opMode === opMode && arm.norm === norm)
        .flatMap((arm) => valuesOf(arm, ({ opDrift }) => opDrift));
    const [a, b] = [drifts("released"), drifts("correct")];
    return a.length === 0 || b.length === 0 ? [] : [{ a, b }];
  });
  return {
    id: "quirks.drift",
    ...OWN,
    question:
      "Does the controller move its ops further when the sampled op runs than when it does " +
      "not, and its ops can only drift by chance?",
    side: "positive",
    margin: DRIFT_MARGIN,
    evidence: strata.length === 0
      ? null
      : differenceEvidence(strata, DRIFT_MARGIN, uniform, POINTS),
    remark: strata.length === 0
      ? "No pair of searches is done yet."
      : "How far op shares moved between the untrained controller and the last epoch, in points " +
        "(about what one op gained), chance of the drawn architectures taken out; the margin is " +
        `${DRIFT_MARGIN} points.`,
  };
}
