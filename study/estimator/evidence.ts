/**
 * Evidence for the claims of `study estimator`.
 *
 * @module
 */
import {
  bcaInterval,
  type Evidence,
  powerOfTau,
  shuffled,
  spreadWithinGroups,
  type Uniform,
  varianceComponents,
} from "../../nas/stats/mod.ts";
import { normalCdf, normalQuantile } from "../../nas/stats/distributions.ts";
import type { ArmAnalysis } from "./analysis.ts";
import type { EstimatorData } from "./data.ts";
import {
  CLAIM_SAMPLES,
  correlationOf,
  difference,
  type Estimated,
  estimated,
  notBeyondTest,
  permutationOf,
  type Quantity,
} from "./inference.ts";
import type { Predictor } from "./predictors.ts";
import { TAU_MARGIN } from "../thesis/claims.ts";

/** What all evidence of a report is made with. */
export interface EvidenceTools {
  readonly uniform: Uniform;
  /** Architectures with which a tau of {@link TAU_MARGIN} is seen with a power of 0.8. */
  readonly nForTau: number | null;
}

/** Rank correlation of a predictor with final accuracies; null where there are too few results. */
export function correlationEvidence(
  predictor: Predictor,
  data: EstimatorData,
  { uniform, nForTau }: EvidenceTools,
): Evidence | null {
  const quantity = correlationOf(predictor);
  const found = estimated(quantity, data, [predictor], uniform, CLAIM_SAMPLES);
  if (found === null) return null;
  const test = permutationOf(quantity, data, [predictor], uniform)!;
  return {
    statistic: `Kendall's tau-b of estimate and final accuracy${over(found)}`,
    value: found.value,
    p: test.p,
    smallestP: test.smallestP,
    n: found.n,
    unit: "architectures",
    power: powerOfTau(found.n, TAU_MARGIN, uniform),
    nToDecide: nForTau,
    interval: (level) => notBeyondTest(found.interval(level), test.p),
  };
}

/** How much more one predictor correlates than another with the same final accuracies. */
export function differenceEvidence(
  better: Predictor,
  worse: Predictor,
  data: EstimatorData,
  { uniform }: EvidenceTools,
): Evidence | null {
  const quantity = difference(correlationOf(better), correlationOf(worse));
  const found = estimated(quantity, data, [better, worse], uniform, CLAIM_SAMPLES);
  if (found === null) return null;
  return {
    statistic: `difference of two Kendall's tau-b${over(found)}`,
    ...ofEstimated(found, TAU_MARGIN),
    p: found.p,
    smallestP: found.smallestP,
  };
}

/** A gain in points, tested by giving each architecture another's final accuracy. */
export function gainEvidence(
  statistic: string,
  quantity: Quantity,
  predictor: Predictor,
  data: EstimatorData,
  margin: number,
  { uniform }: EvidenceTools,
): Evidence | null {
  const found = estimated(quantity, data, [predictor], uniform, CLAIM_SAMPLES);
  if (found === null) return null;
  const test = permutationOf(quantity, data, [predictor], uniform)!;
  return {
    statistic: `${statistic}${over(found)}`,
    ...ofEstimated(found, margin),
    p: test.p,
    smallestP: test.smallestP,
    interval: (level) => notBeyondTest(found.interval(level), test.p),
  };
}

/** Deviation of final accuracies between architectures, in points, beyond seeds; null with one seed. */
export function rangeEvidence(
  { replicates }: EstimatorData,
  { uniform }: EvidenceTools,
): Evidence | null {
  const seeds = replicates[0]?.length ?? 0;
  if (seeds < 2 || replicates.length < 3) return null;
  const deviation = (units: readonly (readonly number[])[]) =>
    100 * Math.sqrt(varianceComponents(units).between);
  const value = deviation(replicates);
  // Without differences between architectures, each training could be that of any of them.
  const arrangements = 2000;
  let asLarge = 1;
  for (let i = 0; i < arrangements; i++) {
    const columns = Array.from(
      { length: seeds },
      (_, seed) => shuffled(replicates.map((values) => values[seed]), uniform),
    );
    const rows = replicates.map((_, place) => columns.map((column) => column[place]));
    if (deviation(rows) >= value - 1e-12) asLarge++;
  }
  return {
    statistic: `deviation of final accuracies beyond that of ${seeds} seeds, in points`,
    value,
    p: asLarge / (arrangements + 1),
    smallestP: 1 / (arrangements + 1),
    n: replicates.length,
    unit: "architectures",
    power: null,
    nToDecide: null,
    interval: (level) =>
      bcaInterval(replicates, deviation, { level, samples: CLAIM_SAMPLES, uniform }),
  };
}

/**
 * Deviation of the estimates of architectures that the controllers drew at an epoch, in points, beyond
 * that of images; null where fewer than two different ones were drawn.
 */
export function drawnSpreadEvidence({ data, thesis }: ArmAnalysis): Evidence | null {
  const { groups, images } = drawnEstimates(data, thesis);
  if (groups.length === 0 || images === null) return null;
  const { deviation, noise, p } = spreadWithinGroups(groups, images);
  return {
    statistic: `deviation of estimates beyond that of ${images} images (${
      (100 * noise).toFixed(2)
    } points)`,
    value: 100 * deviation,
    p,
    smallestP: NaN,
    n: groups.flat().length,
    unit: "architectures",
    power: null,
    nToDecide: null,
    interval(level) {
      const { interval: { low, high } } = spreadWithinGroups(groups, images, level);
      return { low: 100 * low, high: 100 * high, level };
    },
  };
}

/** Estimates of the different architectures that each search drew at an epoch, and their images. */
export function drawnEstimates(
  { supernets }: EstimatorData,
  epoch: number,
): { readonly groups: readonly (readonly number[])[]; readonly images: number | null } {
  const groups = supernets.flatMap((search) => {
    const mark = search?.marks.find((one) => one.epoch === epoch);
    if (mark === undefined) return [];
    const byText = new Map(mark.arcs.map((text, i) => [text, mark.estimates[i]]));
    return byText.size < 2 ? [] : [[...byText.values()]];
  });
  return { groups, images: supernets.find((one) => one !== null)?.validationImages ?? null };
}

function ofEstimated(
  found: Estimated,
  margin: number,
): Omit<Evidence, "statistic" | "p" | "smallestP"> {
  const { value, n, error, interval } = found;
  const [critical, wanted] = [normalQuantile(0.975), normalQuantile(0.8)];
  const shift = margin / error;
  const known = error > 0;
  return {
    value,
    n,
    unit: "architectures",
    power: known ? normalCdf(shift - critical) + normalCdf(-shift - critical) : null,
    nToDecide: known ? Math.max(4, Math.ceil(n * ((critical + wanted) / shift) ** 2)) : null,
    interval,
  };
}

/** Says over how many supernets a mean was taken. */
function over({ supernets }: Estimated): string {
  return supernets === 1 ? "" : `, mean over ${supernets} supernets`;
}
