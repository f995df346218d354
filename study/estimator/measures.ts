/**
 * Tables of `study estimator` by predictor: how well each goes with the final accuracies, and what choosing
 * by it is worth.
 *
 * @module
 */
import {
  attenuationCorrected,
  type Correlation,
  countPairs,
  kendallTau,
  mean,
  median,
  partial,
  pearson,
  relativeImprovement,
  sparseTau,
  spearman,
  topK,
  type Uniform,
  weightedTau,
} from "../../nas/stats/mod.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import { type ArmAnalysis, imageReliability, type Judged } from "./analysis.ts";
import { beatsRandom, choicesAmong, gainOf, perfectGain } from "./choice.ts";
import type { EstimatorData } from "./data.ts";
import {
  correlationOf,
  estimated,
  meanDefined,
  permutationOf,
  type Quantity,
} from "./inference.ts";
import { commonSupernets, type Predictor, PROXIES } from "./predictors.ts";
import { finiteOrNull } from "./tables.ts";

/** Everything that predicts, in the order of the tables. */
export function allPredictors(analysis: ArmAnalysis): Judged[] {
  const { estimates, mode, thesis, last, replay, proxies } = analysis;
  return [
    ...estimates.filter((one) => one.mode === mode),
    ...estimates.filter((one) => one.mode !== mode && [thesis, last].includes(one.epoch)),
    replay,
    ...proxies,
  ];
}

/** Rank correlations with intervals and tests. */
export function correlationsTable(analysis: ArmAnalysis, uniform: Uniform): StudyTable {
  const { data, ceiling } = analysis;
  const step = ceiling === null ? 0 : ceiling.within / 100;
  return {
    id: "correlations",
    title: "Who predicts final accuracy?",
    caption:
      "Kendall's tau-b of each predictor with the final accuracies, mean over supernets, with its " +
      "95 % interval (the outer ends of one over architectures, and one over architectures, supernets " +
      "and trainings; not widened for the number of rows), p by permutation and the smallest p that this " +
      "size can give. Tied: pairs of architectures with equal scores. Sparse tau counts final accuracies " +
      `as equal that differ by less than the deviation of one training (${
        (100 * step).toFixed(2)
      } points); weighted tau counts exchanges among the best most.`,
    columns: [
      "Predictor",
      "Architectures",
      "Supernets",
      "tau-b",
      "Low",
      "High",
      "p",
      "Smallest p",
      "Tied pairs",
      "Sparse tau",
      "Weighted tau",
    ],
    rows: allPredictors(analysis).map(({ predictor, tau }) => {
      if (tau === null) return [predictor.label, ...new Array<null>(10).fill(null)];
      const test = permutationOf(correlationOf(predictor), data, [predictor], uniform, 4000)!;
      const { low, high } = tau.interval(0.95);
      const of = (correlation: Correlation) => plain(predictor, data, correlation);
      return [
        predictor.label,
        tau.n,
        tau.supernets,
        finiteOrNull(tau.value),
        finiteOrNull(low),
        finiteOrNull(high),
        finiteOrNull(test.p),
        finiteOrNull(test.smallestP),
        of((x, y) => countPairs(x, y).tiedX),
        step > 0 ? of((x, y) => sparseTau(x, y, step)) : null,
        of(weightedTau),
      ];
    }),
    thesisColumns: [],
    digits: [null, 0, 0, 2, 2, 2, 4, 4, 1, 2, 2],
  };
}

/** Other measures of the same predictors. */
export function companionsTable(analysis: ArmAnalysis): StudyTable {
  const { data, ceiling } = analysis;
  const { truths, proxies } = data;
  const better = truths.flatMap((truth, place) => truth >= median(truths) ? [place] : []);
  return {
    id: "companions",
    title: "The same by other measures",
    caption:
      "Correlations with sign, mean over supernets. Without noise: Spearman's, divided by the root of " +
      "the reliabilities of the final accuracies and of the estimate's images; what a noiseless " +
      "measurement would show, and it may exceed 1 by chance. Given parameters: Kendall's partial tau. " +
      `Better half: tau among the ${better.length} architectures with the best final accuracies, ` +
      "which is where a search ends.",
    columns: [
      "Predictor",
      "Spearman",
      "Pearson",
      "Spearman without noise",
      "tau given parameters",
      "tau in the better half",
    ],
    rows: allPredictors(analysis).map(({ predictor }) => {
      if (truths.length < 3) return [predictor.label, ...new Array<null>(5).fill(null)];
      const images = imagesOf(analysis, predictor);
      const ranks = plain(predictor, data, spearman);
      return [
        predictor.label,
        ranks,
        plain(predictor, data, pearson),
        images === null
          ? "–"
          : ceiling === null || ranks === null
          ? null
          : finiteOrNull(attenuationCorrected(ranks, images, ceiling.reliability)),
        predictor.label === PROXIES.parameters
          ? "–"
          : proxies === null
          ? null
          : plain(predictor, data, (x, y) => partial(kendallTau, x, y, proxies.parameters)),
        plain(
          predictor,
          data,
          (x, y) =>
            better.length < 3
              ? NaN
              : kendallTau(better.map((place) => x[place]), better.map((place) => y[place])),
        ),
      ];
    }),
    thesisColumns: [],
    digits: [null, 2, 2, 2, 2, 2],
  };
}

/** Reliability of a predictor as far as its images go; 1 without images, null where it is not known. */
function imagesOf({ data, estimates, proxies }: ArmAnalysis, predictor: Predictor): number | null {
  if (proxies.some((one) => one.predictor === predictor)) return 1;
  const estimate = estimates.find((one) => one.predictor === predictor);
  return estimate === undefined
    ? null
    : imageReliability(data, estimate.epoch, estimate.mode, spearman).full;
}

/** A measure without an interval, mean over supernets. */
function plain(
  predictor: Predictor,
  { truths }: EstimatorData,
  correlation: Correlation,
): number | null {
  const found = commonSupernets(predictor)
    .map((place) => correlation(predictor.bySupernet[place]!, truths));
  return finiteOrNull(meanDefined(found.filter(Number.isFinite)));
}

/** What choosing by each predictor gains. */
export function choiceTable(analysis: ArmAnalysis, uniform: Uniform): StudyTable {
  const { data } = analysis;
  const { truths } = data;
  const n = truths.length;
  const [among, top] = [choicesAmong(n), Math.max(1, Math.round(n / 5))];
  const average = n === 0 ? NaN : mean(truths);
  const row = ({ predictor }: Judged) => {
    const gain = gainOf(predictor, among);
    const found = estimated(gain, data, [predictor], uniform);
    if (found === null) return [predictor.label, ...new Array<null>(10).fill(null)];
    const { low, high } = found.interval(0.95);
    const supernets = commonSupernets(predictor);
    const all = { places: truths.map((_, place) => place), supernets, truths };
    const chance = (of: Quantity) => finiteOrNull(of(all));
    const tops = supernets.map((place) => topK(predictor.bySupernet[place]!, truths, top));
    return [
      predictor.label,
      finiteOrNull(100 * average + found.value),
      finiteOrNull(found.value),
      finiteOrNull(low),
      finiteOrNull(high),
      finiteOrNull(relativeImprovement(average + found.value / 100, truths)),
      chance(beatsRandom(predictor, among)),
      mean(tops.map(({ precision }) => precision)),
      mean(tops.map(({ enrichment }) => enrichment)),
      mean(tops.map(({ bestRank }) => bestRank)),
      100 * mean(tops.map(({ regret }) => regret)),
    ];
  };
  const perfect = n === 0 ? NaN : perfectGain(truths, among);
  return {
    id: "choice",
    title: "What is choosing worth?",
    caption:
      `Final accuracy of the architecture with the best score of ${among} random ones, in per ` +
      "cent, its gain over a random one in points with a 95 % interval, the same as relative " +
      "improvement (RI) in per cent, and the probability to be better than a random one (chance: 0.5). " +
      `Then the ${top} best-scored of all: share that truly belong there, how many times chance that ` +
      "is, true rank of their best as a share of all, and points lost to the very best.",
    columns: [
      "Chosen by",
      "Final accuracy",
      "Gain",
      "Low",
      "High",
      "RI %",
      "Beats random",
      `Precision at ${top}`,
      "Over chance",
      `Best rank at ${top}`,
      `Regret at ${top}`,
    ],
    rows: [
      ["chance", finiteOrNull(100 * average), 0, "", "", 0, 0.5, finiteOrNull(top / n), 1, "", ""],
      ...allPredictors(analysis).map(row),
      [
        "final accuracy itself",
        finiteOrNull(100 * average + perfect),
        finiteOrNull(perfect),
        "",
        "",
        finiteOrNull(perfect / average),
        "",
        1,
        finiteOrNull(n / top),
        finiteOrNull(1 / n),
        0,
      ],
    ],
    thesisColumns: [],
    digits: [null, 2, 2, 2, 2, 2, 2, 2, 1, 2, 2],
  };
}
