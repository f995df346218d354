/**
 * Claims of `study learning-curve` about policies: what they sample, how diverse it is, and whether the
 * controls behave.
 *
 * @module
 */
import type { Claim } from "../../nas/stats/mod.ts";
import { datasetLabel, markValue, type RunValue, valuesOf } from "../kit/curve_data.ts";
import { claim, type Judge } from "../kit/curve_judge.ts";
import { frozenAfter } from "../kit/curve_plan.ts";
import { differenceEvidence, SHARES } from "../kit/evidence.ts";
import { poolingShare } from "../kit/policy_figures.ts";
import type { SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import { THESIS_QUOTES } from "../thesis/quotes.ts";

/** Smallest change of a policy that matters, as a share: of ops, of decisions, of entropy. */
export const POLICY_MARGIN = 0.05;
/** Smallest difference of mean estimates that matters, in points: single samples differ by many. */
export const ESTIMATE_MARGIN = 1;

/** What the policies sample. */
export function policyClaims(judge: Judge): Claim[] {
  const distance = markValue(judge.data, "last", ({ policy }) => policy.distance);
  const pooling = (moment: "untrained" | "last"): RunValue => (run) =>
    markValue(judge.data, moment, ({ policy }) => poolingShare(run.space, policy.opShares))(run);
  return [
    claim({
      id: "ops.diversity",
      ...THESIS_QUOTES["ops.diversity"],
      question: "Are a trained controller's samples less diverse than random ones?",
      side: "negative",
      margin: POLICY_MARGIN,
      evidence: judge.paired(
        { arm: "random", value: distance },
        { arm: "controller", value: distance },
        POLICY_MARGIN,
        SHARES,
      ),
      remark:
        "Mean share of decisions in which two samples differ, less that of the random sampler.",
    }),
    claim({
      id: "ops.pooling",
      ...THESIS_QUOTES["ops.pooling"],
      question: "Does training the controller take pooling ops out of what it samples?",
      side: "negative",
      margin: POLICY_MARGIN,
      evidence: judge.paired(
        { arm: "controller", value: pooling("untrained") },
        { arm: "controller", value: pooling("last") },
        POLICY_MARGIN,
        SHARES,
      ),
      remark:
        "Share of pooling ops after the search less that before it. In the code that the thesis " +
        "used, every macro layer ran the same op whatever was sampled.",
    }),
    poolingByDataset(judge, pooling("last")),
  ];
}

/** E5: does the controller sample other ops on the second data set than on the first? */
function poolingByDataset({ data, cells, uniform }: Judge, pooling: RunValue): Claim {
  const [first, second] = data.settings.datasets;
  const strata = data.settings.spaces.map((space) => {
    const at = (dataset: string) =>
      cells.filter((cell) => cell.space === space && cell.dataset === dataset)
        .flatMap((cell) => valuesOf(cell, "controller", pooling));
    return { a: at(first), b: second === undefined ? [] : at(second) };
  }).filter(({ a, b }) => a.length > 0 && b.length > 0);
  const needs = second === undefined ? " It takes two data sets, and this study has one." : "";
  return claim({
    id: "ops.cifar10",
    ...THESIS_QUOTES["ops.cifar10"],
    question: second === undefined
      ? "Does the controller learn other ops on other data?"
      : `Does it sample more pooling on ${datasetLabel(second)} than on ${datasetLabel(first)}?`,
    side: "positive",
    margin: POLICY_MARGIN,
    evidence: strata.length === 0
      ? null
      : differenceEvidence(strata, POLICY_MARGIN, uniform, SHARES),
    remark: `Share of pooling ops after the search, second data set less first.${needs}`,
  });
}

/** Whether the instrument works: arms of which the answer is known. */
export function controlClaims(judge: Judge): Claim[] {
  const { data } = judge;
  const frozen = judge.cells.flatMap(({ runs }) => runs).filter(({ arm }) => arm === "frozen");
  const rises = frozen.map((run) => data.results.of("supernet", run.id))
    .filter((search) => search !== null).map(riseUnderFrozenWeights)
    .filter((rise) => rise !== null);
  return [
    claim({
      id: "control.shuffled",
      question: "Do shuffled rewards teach nothing?",
      side: "not positive",
      margin: ESTIMATE_MARGIN,
      evidence: judge.paired(
        judge.estimate("random"),
        judge.estimate("shuffled"),
        ESTIMATE_MARGIN,
      ),
      remark:
        "Mean estimate of the last epoch's samples with shuffled rewards less that of the random " +
        "arm. A policy that has drifted trains fewer weights more often, and may gain by that alone: " +
        "if this claim fails, estimates reward repetition.",
    }),
    claim({
      id: "control.frozen",
      question: "Does the controller learn when the shared weights stand still?",
      side: "positive",
      margin: ESTIMATE_MARGIN,
      evidence: judge.mean(rises, ESTIMATE_MARGIN, Infinity),
      remark: frozen.length === 0
        ? "At this scale there is no arm with frozen weights."
        : "Rise of the straight line through the mean estimates of all epochs with frozen weights, in " +
          "points: the weights are the same, so it rises if the rewards say something and the " +
          "controller listens.",
    }),
  ];
}

/**
 * By how many points the mean estimates rise from the first to the last epoch with frozen weights, along
 * the least-squares line; null where there are fewer than two such epochs.
 */
function riseUnderFrozenWeights({ epochs }: SupernetResult): number | null {
  const frozen = epochs.slice(frozenAfter(epochs.length));
  if (frozen.length < 2) return null;
  const centre = (frozen.length - 1) / 2;
  const [products, squares] = frozen.reduce(
    ([sum, square], { meanEstimate }, i) => [
      sum + (i - centre) * meanEstimate,
      square + (i - centre) ** 2,
    ],
    [0, 0],
  );
  return 100 * products / squares * (frozen.length - 1);
}
