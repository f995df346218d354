/**
 * Tables of `study estimator` by architecture: table 3 of the thesis beside ours, and all of them.
 *
 * @module
 */
import { kendallTau, mean, standardDeviation } from "../../nas/stats/mod.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import { type ArmAnalysis, estimateOf, type Judged } from "./analysis.ts";
import type { EstimatorData } from "./data.ts";
import { commonSupernets, type Predictor } from "./predictors.ts";
import { TABLE_3 } from "../thesis/tables.ts";

/** A number for JSON: null where it is not defined. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Mean of a predictor's scores over supernets, by architecture; empty where there are none. */
export function meanScores(predictor: Predictor): number[] {
  const lists = commonSupernets(predictor).map((place) => predictor.bySupernet[place]!);
  return lists.length === 0 ? [] : lists[0].map((_, arc) => mean(lists.map((list) => list[arc])));
}

/** Table 3 in the thesis's layout, its numbers beside ours. */
export function table3(analysis: ArmAnalysis): StudyTable {
  const { data, thesis, mode, replay } = analysis;
  const main = estimateOf(analysis, thesis, mode);
  const estimates = meanScores(main.predictor);
  const replays = meanScores(replay.predictor);
  const chosen = spreadOut(data, estimates, TABLE_3.length);
  const printed = [...TABLE_3].sort((a, b) => b.estimate - a.estimate);
  const percent = (value: number | undefined) => value === undefined ? null : 100 * value;
  const rows: StudyTable["rows"] = printed.map(({ estimate, final }, i) => {
    const place: number | undefined = chosen[i];
    return [
      `${i + 1}`,
      155,
      estimate,
      final,
      place === undefined ? null : thesis,
      percent(estimates[place]),
      percent(replays[place]),
      percent(data.truths[place]),
    ];
  });
  const ofThesis = kendallTau(
    printed.map(({ estimate }) => estimate),
    printed.map(({ final }) => final),
  );
  const tauOf = ({ tau }: Judged) => tau === null ? null : finiteOrNull(tau.value);
  const [full, batch] = [tauOf(main), tauOf(replay)];
  return {
    id: "table-3",
    title: "Table 3: estimator",
    caption:
      "In the thesis's layout: accuracy under shared weights (estimate) and after training from " +
      "scratch, in per cent. The thesis chose five architectures with various estimates, one training " +
      `each; ours are ${chosen.length} of ${data.truths.length}, from the best estimate to the worst, ` +
      `means over ${data.seeds.length} supernets and ${
        data.replicates[0]?.length ?? 0
      } trainings. The ` +
      "last row is Kendall's tau of estimates and final accuracies, ours over all architectures.",
    columns: [
      "",
      "Thesis: epoch",
      "Thesis: estimate (128 images)",
      "Thesis: final accuracy",
      "Epoch",
      "Estimate (all images)",
      "Estimate (thesis's way)",
      "Final accuracy",
    ],
    rows: [...rows, ["tau", "", ofThesis, "", "", full, batch, ""]],
    thesisColumns: [1, 2, 3],
    digits: [null, 0, 2, 2, 0, 2, 2, 2],
  };
}

/** Places of `count` architectures of controllers (of all, if too few) spread over the estimates' order. */
function spreadOut({ arcs }: EstimatorData, estimates: readonly number[], count: number): number[] {
  if (estimates.length === 0) return [];
  const all = arcs.map((_, place) => place);
  const drawn = all.filter((place) => arcs[place].source === "controller");
  const order = (drawn.length >= count ? drawn : all).sort((a, b) => estimates[b] - estimates[a]);
  const steps = Math.min(count, order.length);
  return Array.from(
    { length: steps },
    (_, i) => order[Math.round(i * (order.length - 1) / Math.max(1, steps - 1))],
  );
}

/** Every architecture with all that was measured of it. */
export function architecturesTable(analysis: ArmAnalysis): StudyTable {
  const { data, thesis, mode } = analysis;
  const { arcs, truths, replicates, proxies } = data;
  const { predictor } = estimateOf(analysis, thesis, mode);
  const lists = commonSupernets(predictor).map((place) => predictor.bySupernet[place]!);
  const deviation = (values: readonly number[]) =>
    values.length < 2 ? null : 100 * standardDeviation(values);
  const order = truths.map((_, place) => place).sort((a, b) => truths[b] - truths[a]);
  return {
    id: "architectures",
    title: "The architectures",
    caption:
      `By falling final accuracy. Estimates at epoch ${thesis}; deviations are those between ` +
      "supernets and between trainings of one architecture. Accuracies in per cent.",
    columns: [
      "",
      "Architecture",
      "Drawn by",
      "Parameters",
      "FLOPs",
      "Gradient norm",
      "Estimate",
      "its deviation",
      "Final accuracy",
      "its deviation",
    ],
    rows: order.map((place) => {
      const scores = lists.map((list) => list[place]);
      return [
        arcs[place].name,
        arcs[place].text,
        arcs[place].source,
        proxies?.parameters[place] ?? null,
        proxies?.flops[place] ?? null,
        proxies?.gradientNorm[place] ?? null,
        scores.length === 0 ? null : 100 * mean(scores),
        deviation(scores),
        100 * truths[place],
        deviation(replicates[place]),
      ];
    }),
    thesisColumns: [],
    digits: [null, null, null, 0, 0, 3, 2, 2, 2, 2],
  };
}

/** What each way of judging costs, beside how well it orders the architectures (White et al. 2021). */
export function costTable(analysis: ArmAnalysis): StudyTable {
  const { data, thesis, mode, proxies, ceiling } = analysis;
  const { supernets, scores, arcs, trainingSeconds } = data;
  const searches = supernets.flatMap((one) => one === null ? [] : [one.seconds]);
  const scored = scores.flat().flatMap((one) => one === null ? [] : [one.seconds]);
  const value = (of: { tau: Judged["tau"] } | undefined) =>
    of?.tau ? finiteOrNull(of.tau.value) : null;
  const each = (seconds: number) => arcs.length === 0 ? null : seconds / arcs.length;
  return {
    id: "cost",
    title: "What does judging cost?",
    caption:
      "Seconds once for all architectures, seconds for each of them, and Kendall's tau with the mean " +
      "final accuracy. Estimates were taken in three batch-norm modes and on halves of the images too, " +
      "and the time is that of all of it. Of training itself, tau is between halves of the trainings.",
    columns: ["Judged by", "Seconds once", "Seconds for each", "tau-b"],
    rows: [
      [
        "estimate under shared weights",
        searches.length === 0 ? null : mean(searches),
        scored.length === 0 ? null : each(mean(scored)),
        value(estimateOf(analysis, thesis, mode)),
      ],
      ["number of parameters", 0, 0, value(proxies.find(({ proxy }) => proxy === "parameters"))],
      [
        "gradient norm before training",
        0,
        data.proxies === null ? null : each(data.proxies.seconds),
        value(proxies.find(({ proxy }) => proxy === "gradientNorm")),
      ],
      [
        "training from scratch",
        0,
        trainingSeconds,
        ceiling === null ? null : finiteOrNull(ceiling.half),
      ],
    ],
    thesisColumns: [],
    digits: [null, 1, 2, 2],
  };
}
