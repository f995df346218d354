/**
 * The claims that `study depth` judges.
 *
 * @module
 */
import type { Claim } from "../../nas/stats/mod.ts";
import {
  accuracyAt,
  type Cell,
  entropyShare,
  markValue,
  type RunValue,
  type Side,
} from "../kit/curve_data.ts";
import { claim, type Judge } from "../kit/curve_judge.ts";
import { trainedResults } from "../kit/curve_plan.ts";
import { POINTS, SHARES, spreadEvidence } from "../kit/evidence.ts";
import { POLICY_MARGIN } from "../learning_curve/policy_claims.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";
import { THESIS_QUOTES } from "../thesis/quotes.ts";

/** Names the two depths for people, such as `12 layers`. */
export type DepthLabels = Readonly<Record<"shallow" | "deep", string>>;

/** Gain of a run from the first epoch's architecture to the last one's, in points. */
export function gainOf(judge: Judge, arm: string): Side {
  const [first, last] = (["first", "last"] as const)
    .map((moment) => accuracyAt(judge.data, moment, "chosen"));
  const value: RunValue = (run) => {
    const [a, b] = [first(run), last(run)];
    return a === null || b === null ? null : b - a;
  };
  return { arm, value };
}

/** All claims, in the order of the page. */
export function depthClaims(judge: Judge, labels: DepthLabels): Claim[] {
  const paired = (a: Side, b: Side) => judge.paired(a, b, ACCURACY_MARGIN);
  const entropy: RunValue = markValue(judge.data, "last", entropyShare);
  return [
    claim({
      id: "T2.depth",
      ...THESIS_QUOTES["T2.depth"],
      question: `Is the gain from first to last epoch the same with ${labels.shallow} as with ` +
        `${labels.deep}?`,
      side: "none",
      margin: ACCURACY_MARGIN,
      // A gain is a difference itself.
      evidence: judge.paired(
        gainOf(judge, "shallow"),
        gainOf(judge, "deep"),
        ACCURACY_MARGIN,
        2 * POINTS,
      ),
      remark:
        "Difference of differences: the gain of the deep child less that of the shallow one, in " +
        "pairs of searches with the same seed.",
    }),
    claim({
      id: "depth.drop",
      ...THESIS_QUOTES["T2.depth"],
      question: `Are architectures with ${labels.shallow} less accurate than those with ` +
        `${labels.deep}?`,
      side: "positive",
      margin: ACCURACY_MARGIN,
      evidence: paired(judge.accuracy("shallow", "last"), judge.accuracy("deep", "last")),
      remark:
        "Deep less shallow, of the last epoch's chosen architectures. The thesis prints no number " +
        "for its decrease.",
    }),
    ...(["shallow", "deep"] as const).map((depth) =>
      claim({
        id: `depth.no-better.${depth}`,
        ...THESIS_QUOTES["T2.no-better"],
        question: `With ${labels[depth]}: does training the controller bring no gain that matters?`,
        side: "not positive",
        margin: ACCURACY_MARGIN,
        evidence: paired(judge.accuracy(depth, "first"), judge.accuracy(depth, "last")),
        remark:
          "As T2.no-better of study learning-curve, for this depth alone. The conclusion depends " +
          "on depth if the two verdicts differ and T2.depth is contradicted.",
      })
    ),
    claim({
      id: "depth.policy",
      ...THESIS_QUOTES["T2.depth"],
      question: "Does the policy get as sure of itself with either depth?",
      side: "none",
      margin: POLICY_MARGIN,
      evidence: judge.paired(
        { arm: "shallow", value: entropy },
        { arm: "deep", value: entropy },
        POLICY_MARGIN,
        SHARES,
      ),
      remark: "Entropy of the last policy as a share of that of chance, deep less shallow.",
    }),
    ...judge.cells.flatMap((cell) =>
      (["shallow", "deep"] as const).map((depth) => alike(judge, cell, depth, labels))
    ),
  ];
}

/** Do untrained architectures of a depth differ by more than their test images explain? */
function alike(
  { data }: Judge,
  cell: Cell,
  depth: "shallow" | "deep",
  labels: DepthLabels,
): Claim {
  const trained = cell.runs.filter(({ arm }) => arm === depth).flatMap((run) =>
    trainedResults(data.settings, run, { moment: "untrained", how: "drawn" }, data.results)
      .slice(0, 1)
  );
  return claim({
    id: `depth.alike.${cell.dataset}.${depth}`,
    ...THESIS_QUOTES["T2.alike"],
    question:
      `With ${labels[depth]}, ${cell.label}: do architectures of the untrained policy perform ` +
      "equally well?",
    side: "none",
    margin: ACCURACY_MARGIN,
    evidence: trained.length < 2
      ? null
      : spreadEvidence(trained.map(({ testAccuracy }) => testAccuracy), trained[0].testImages),
    remark:
      "Deviation of their accuracies from scratch beyond the noise of the test images, in points. " +
      "Each is another architecture with another training seed, so the seeds' noise is part of it.",
  });
}
