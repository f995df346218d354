/**
 * Claims of `study learning-curve` about policies: what they sample, how diverse it is, and whether the
 * controls behave.
 *
 * @module
 */
import type { Claim } from "../stats/mod.ts";
import { datasetLabel, markValue, meanEstimate, type RunValue, valuesOf } from "./curve_data.ts";
import { claim, type Judge } from "./curve_judge.ts";
import { frozenAfter } from "./curve_plan.ts";
import { differenceEvidence } from "./evidence.ts";
import { poolingShare } from "./policy_figures.ts";
import { ACCURACY_MARGIN } from "./thesis_claims.ts";
import { THESIS_QUOTES } from "./thesis_quotes.ts";

/** Smallest change of a policy that matters, as a share: of ops, of decisions, of entropy. */
export const POLICY_MARGIN = 0.05;

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
    evidence: strata.length === 0 ? null : differenceEvidence(strata, POLICY_MARGIN, uniform),
    remark: `Share of pooling ops after the search, second data set less first.${needs}`,
  });
}

/** Whether the instrument works: arms of which the answer is known. */
export function controlClaims(judge: Judge): Claim[] {
  const { data } = judge;
  const frozen = judge.cells.flatMap(({ runs }) => runs).filter(({ arm }) => arm === "frozen");
  const rises = frozen.flatMap((run) => {
    const search = data.results.supernet(run.id);
    if (search === null) return [];
    const from = search.marks.find(({ epoch }) => epoch === frozenAfter(search.epochs.length));
    const to = search.marks.at(-1);
    return from === undefined || to === undefined || to.epoch === from.epoch
      ? []
      : [meanEstimate(to) - meanEstimate(from)];
  });
  return [
    claim({
      id: "control.shuffled",
      question: "Do shuffled rewards teach nothing?",
      side: "not positive",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(
        judge.estimate("random"),
        judge.estimate("shuffled"),
        ACCURACY_MARGIN,
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
      margin: ACCURACY_MARGIN,
      evidence: judge.mean(rises, ACCURACY_MARGIN),
      remark: frozen.length === 0
        ? "At this scale there is no arm with frozen weights."
        : "Mean estimate at the end less that when the weights were frozen, under the same weights: it " +
          "rises if the rewards say something and the controller listens.",
    }),
  ];
}
