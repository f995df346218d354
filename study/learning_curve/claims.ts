/**
 * The claims that `study learning-curve` judges: the thesis's sentences asked of our own runs, the gain
 * of learning over chance, and the controls that tell whether the instrument works.
 *
 * @module
 */
import type { Claim } from "../../nas/stats/mod.ts";
import {
  datasetLabel,
  entropyShare,
  markValue,
  type RunValue,
  splitGap,
} from "../kit/curve_data.ts";
import { curveDistances } from "../kit/curve_distance.ts";
import { claim, type Judge } from "../kit/curve_judge.ts";
import { POINTS, SHARES } from "../kit/evidence.ts";
import { controlClaims, ESTIMATE_MARGIN, POLICY_MARGIN, policyClaims } from "./policy_claims.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";
import { THESIS_QUOTES } from "../thesis/quotes.ts";

/** "Good" accuracy, as in the thesis's claim T2.untrained: within as many points. */
const GOOD_MARGIN = 2;

/** All claims, in the order of the page. */
export function learningCurveClaims(judge: Judge): Claim[] {
  return [
    ...firstAgainstLast(judge),
    ...gains(judge),
    ...learning(judge),
    ...policyClaims(judge),
    ...controlClaims(judge),
  ];
}

function firstAgainstLast(judge: Judge): Claim[] {
  const [first, last] = [
    judge.accuracy("controller", "first"),
    judge.accuracy("controller", "last"),
  ];
  const cells = judge.cells.length < 2 ? [] : judge.cells.map((cell) =>
    claim({
      id: `T2.${datasetLabel(cell.dataset)}.${cell.space}`,
      ...THESIS_QUOTES["T2.cell"],
      question: `In the ${cell.label}: are first and last epoch's architectures equally good?`,
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(first, last, ACCURACY_MARGIN, POINTS, [cell]),
      remark:
        "Of each search the architecture with the best estimate, as in the thesis; both with the " +
        "same training seed.",
    })
  );
  return [
    ...cells,
    claim({
      id: "T2.all",
      ...THESIS_QUOTES["T2.all"],
      question: "Over everything: are first and last epoch's architectures equally good?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(first, last, ACCURACY_MARGIN),
      remark: "One pair a search, whatever its space and data set.",
    }),
    claim({
      id: "T2.no-better",
      ...THESIS_QUOTES["T2.no-better"],
      question: "Does training the controller bring no gain that matters?",
      side: "not positive",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(first, last, ACCURACY_MARGIN),
      remark:
        "The same pairs. Supported only if a gain of 0.3 points can be ruled out. A gain need not " +
        "come from the controller: estimates under trained weights also choose better than those of " +
        "the first epoch, which the claims gain.random and gain.shuffled take out.",
    }),
    claim({
      id: "T2.untrained",
      ...THESIS_QUOTES["T2.untrained"],
      question: "Are first-epoch architectures within 2 points of those of the last epoch?",
      side: "not positive",
      margin: GOOD_MARGIN,
      evidence: judge.paired(first, last, GOOD_MARGIN),
      remark: '"Good" is read as within 2 points of the trained controller\'s architectures.',
    }),
  ];
}

function gains(judge: Judge): Claim[] {
  const last = judge.accuracy("controller", "last");
  return [
    claim({
      id: "gain.random",
      question: "Does a trained controller find better architectures than a random sampler?",
      side: "positive",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(judge.accuracy("random", "last"), last, ACCURACY_MARGIN),
      remark:
        "Both searches have as many epochs and shared weights of their own, and both choose the " +
        `best of as many by estimate. The thesis has no such arm and supposes that "${
          THESIS_QUOTES["T2.random"].quote
        }" (${THESIS_QUOTES["T2.random"].where}).`,
    }),
    claim({
      id: "gain.shuffled",
      question: "Is it the rewards that make the difference, and not chance drift of the policy?",
      side: "positive",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(judge.accuracy("shuffled", "last"), last, ACCURACY_MARGIN),
      remark:
        "Against a controller that is trained alike but rewarded with the accuracy of another " +
        "architecture, so that it can learn nothing.",
    }),
    claim({
      id: "T1.curves",
      ...THESIS_QUOTES["T1.curves"],
      question: "Do different architectures learn along one curve, as two trainings of one do?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: judge.mean(
        judge.cells.flatMap(({ runs }) => runs).flatMap((run) => {
          const found = curveDistances(judge.data, run);
          return found === null ? [] : [found.architectures - found.seeds];
        }),
        ACCURACY_MARGIN,
      ),
      remark:
        "Mean distance of the learning curves of two architectures less that of two trainings of " +
        "one architecture, in points, epoch by epoch.",
    }),
  ];
}

function learning(judge: Judge): Claim[] {
  const entropy: RunValue = markValue(judge.data, "last", entropyShare);
  return [
    claim({
      id: "learns.estimate",
      ...THESIS_QUOTES["T2.learns"],
      question: "Are the controller's samples no better than random ones, by their estimates?",
      side: "not positive",
      margin: ESTIMATE_MARGIN,
      evidence: judge.paired(
        judge.estimate("random"),
        judge.estimate("controller"),
        ESTIMATE_MARGIN,
      ),
      remark:
        "Reward advantage: mean estimate of the last epoch's samples less that of the random arm's. " +
        "Each arm's shared weights train on its own samples, so an advantage may be theirs in part.",
    }),
    claim({
      id: "learns.policy",
      ...THESIS_QUOTES["T2.learns"],
      question: "Does the policy move no further than with shuffled rewards?",
      side: "none",
      margin: POLICY_MARGIN,
      evidence: judge.paired(
        { arm: "shuffled", value: entropy },
        { arm: "controller", value: entropy },
        POLICY_MARGIN,
        SHARES,
      ),
      remark:
        "Entropy of the last policy as a share of that of chance, less the same with shuffled " +
        "rewards. Below 0, rewards made the policy more sure of itself than drift does.",
    }),
    claim({
      id: "search.overfit",
      ...THESIS_QUOTES["search.overfit"],
      question: "Is the reward split better than an untouched one by the end of the search?",
      side: "positive",
      margin: ACCURACY_MARGIN,
      evidence: judge.paired(
        { arm: "random", value: markValue(judge.data, "last", splitGap) },
        { arm: "controller", value: markValue(judge.data, "last", splitGap) },
        ACCURACY_MARGIN,
        // A gap is a difference itself.
        2 * POINTS,
      ),
      remark:
        "Estimates on the images of the rewards less those on test images that the search never " +
        "saw, less the same of the random arm, which has the same images and no rewards: what is left " +
        "is not that one split is easier.",
    }),
  ];
}
