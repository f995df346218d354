/**
 * What `study transfer` judges: the thesis's sentences on transfer, and the controls that it lacks.
 * The seeds of the study are the independent repeats; what belongs to one seed is averaged first.
 *
 * @module
 */
import { type Claim, type Evidence, mean, type Uniform } from "../../nas/stats/mod.ts";
import { pairedEvidence, POINTS, SHARES } from "../kit/evidence.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";
import { THESIS_QUOTES } from "../thesis/quotes.ts";
import {
  accuracies,
  type BySeed,
  curveDistances,
  meanAccuracies,
  ofMarks,
  pairsOf,
  poolingOf,
  present,
  startEpochs,
  startingEstimates,
  type TransferData,
} from "./data.ts";

/** Smallest difference of the share of an op that matters. */
export const SHARE_MARGIN = 0.05;

const NOT_YET = "No seed of the study has come that far.";
const OURS = { quote: "", where: "a control that the thesis lacks" };

/** All claims, in the order in which they are asked. `uniform` draws the resamples. */
export function transferClaims(data: TransferData, uniform: Uniform): Claim[] {
  return [
    transferClaim(data, uniform),
    wrongDonorClaim(data, uniform),
    zeroShotClaim(data, uniform),
    startClaim(data, uniform),
    epochsClaim(data, uniform),
    ...opClaims(data, uniform),
    curvesClaim(data, uniform),
  ];
}

function transferClaim(data: TransferData, uniform: Uniform): Claim {
  const { first, second } = data;
  const [without, transferred] = [meanAccuracies(data, "without"), meanAccuracies(data, "with")];
  return {
    id: "T1.transfer",
    ...THESIS_QUOTES["T1.transfer"],
    question: `Does a controller that comes from ${first} find better architectures on ${second}?`,
    side: "positive",
    margin: ACCURACY_MARGIN,
    ...judged(
      pairsOf(without, transferred).differences,
      ACCURACY_MARGIN,
      uniform,
      `Points of accuracy with transfer, less those without, same seed; ${epochsText(data)}.`,
    ),
  };
}

function wrongDonorClaim(data: TransferData, uniform: Uniform): Claim {
  const [wrong, transferred] = [meanAccuracies(data, "wrong"), meanAccuracies(data, "with")];
  return {
    id: "control.wrong-donor",
    ...OURS,
    question: "Is a donor that learned from shuffled rewards, and so knows nothing, as good?",
    side: "not positive",
    margin: ACCURACY_MARGIN,
    ...judged(
      pairsOf(wrong, transferred).differences,
      ACCURACY_MARGIN,
      uniform,
      `Points of accuracy with the right donor, less those with the wrong one; ${
        epochsText(data)
      }. If the wrong donor is as good, a gain over a new controller is no knowledge of ` +
        `${data.first}.`,
    ),
  };
}

function zeroShotClaim(data: TransferData, uniform: Uniform): Claim {
  const { first, second, last } = data;
  const zeroShot = accuracies(data, { arm: "zero-shot", epoch: last });
  const searched = accuracies(data, { arm: "without", epoch: last });
  return {
    id: "control.zero-shot",
    ...OURS,
    question:
      `Is an architecture that was chosen on ${first} as good on ${second} as one searched there?`,
    side: "not positive",
    margin: ACCURACY_MARGIN,
    ...judged(
      pairsOf(zeroShot, searched).differences,
      ACCURACY_MARGIN,
      uniform,
      `Points of accuracy of the last epoch's architecture of a search on ${second} without ` +
        `transfer, less those of the donor's own, trained on ${second} without any search there. ` +
        `If searching on ${second} brings nothing, there is nothing that transfer could improve.`,
    ),
  };
}

function startClaim(data: TransferData, uniform: Uniform): Claim {
  const [without, transferred] = [
    startingEstimates(data, "without"),
    startingEstimates(data, "with"),
  ];
  return {
    id: "T1.warm-start",
    ...THESIS_QUOTES["T1.warm-start"],
    question: `Does a search on ${data.second} start higher with a transferred controller?`,
    side: "positive",
    margin: ACCURACY_MARGIN,
    ...judged(
      pairsOf(without, transferred).differences,
      ACCURACY_MARGIN,
      uniform,
      "Points of the mean estimate, under shared weights, of the architectures that the search " +
        `samples in its first ${startEpochs(data)} epochs: with transfer, less without.`,
    ),
  };
}

function epochsClaim(data: TransferData, uniform: Uniform): Claim {
  const { thesisMarks, last, settings } = data;
  const earlier = thesisMarks.slice(0, -1);
  const gains = data.seeds.flatMap((_, i) => {
    const gainOf = (arm: "without" | "with") => {
      const values = earlier.map((epoch) => accuracies(data, { arm, epoch })[i]);
      const final = accuracies(data, { arm, epoch: last })[i];
      if (values.length === 0 || final === null || values.includes(null)) return null;
      return final - mean(values as number[]);
    };
    const [without, transferred] = [gainOf("without"), gainOf("with")];
    return without === null || transferred === null ? [] : [(without + transferred) / 2];
  });
  const found = judged(
    gains,
    ACCURACY_MARGIN,
    uniform,
    `Points of accuracy of the architecture of epoch ${last}, less the mean of those of epochs ` +
      `${earlier.join(" and ")}; mean of the searches with and without transfer.`,
  );
  return {
    id: "T1.epochs",
    ...THESIS_QUOTES["T1.epochs"],
    question: "Are architectures of the earlier sampled epochs as good as those of the last one?",
    side: "none",
    margin: ACCURACY_MARGIN,
    ...found,
    ...(settings.scale === "tiny"
      ? { remark: "A tiny study trains the architectures of the last epoch alone." }
      : {}),
  };
}

function opClaims(data: TransferData, uniform: Uniform): Claim[] {
  const { first, second, last } = data;
  const pooling = (search: "donor" | "without" | "with") => ofMarks(data, search, last, poolingOf);
  const released = data.config.child.opMode === "released"
    ? " In this study, as in the released code, the sampled op has no effect, so that shares only drift."
    : "";
  const share = (a: BySeed, b: BySeed, remark: string) =>
    judged(pairsOf(a, b).differences, SHARE_MARGIN, uniform, remark + released, SHARES);
  return [
    {
      id: "ops.cifar10",
      ...THESIS_QUOTES["ops.cifar10"],
      question: `Does the controller sample more pooling on ${second} than on ${first}?`,
      side: "positive",
      margin: SHARE_MARGIN,
      ...share(
        pooling("donor"),
        pooling("without"),
        `Share of pooling ops in the last epoch's policy on ${second}, less that on ${first}.`,
      ),
    },
    {
      id: "ops.transferred",
      ...THESIS_QUOTES["ops.transferred"],
      question: `Does the controller sample less pooling on ${second} when it comes from ${first}?`,
      side: "negative",
      margin: SHARE_MARGIN,
      ...share(
        pooling("without"),
        pooling("with"),
        "Share of pooling ops in the last epoch's policy with transfer, less that without. The " +
          "thesis concludes from it that transfer succeeded; it shows what the controller does, " +
          "not that this is better.",
      ),
    },
  ];
}

function curvesClaim(data: TransferData, uniform: Uniform): Claim {
  const apart = present(data.seeds.map((seed) => {
    const distances = curveDistances(seed);
    return distances === null ? null : distances.different - distances.same;
  }));
  return {
    id: "T1.curves",
    ...THESIS_QUOTES["T1.curves"],
    question: "Do all sampled architectures learn along one curve?",
    side: "none",
    margin: ACCURACY_MARGIN,
    ...judged(
      apart,
      ACCURACY_MARGIN,
      uniform,
      "How far the learning curves of two architectures are apart, in points (mean absolute " +
        "difference over the epochs), less how far two trainings of one architecture are. Each pair " +
        "has two training seeds.",
    ),
  };
}

/** Evidence of paired differences, and what is said of it. */
function judged(
  values: readonly number[],
  margin: number,
  uniform: Uniform,
  remark: string,
  limit: number = POINTS,
): { evidence: Evidence | null; remark: string } {
  if (values.length === 0) return { evidence: null, remark: NOT_YET };
  return { evidence: { ...pairedEvidence(values, margin, uniform, limit), unit: "seeds" }, remark };
}

function epochsText({ thesisMarks }: TransferData): string {
  return thesisMarks.length === 1
    ? `the architectures of epoch ${thesisMarks[0]}`
    : `mean of the architectures of epochs ${thesisMarks.join(", ")}`;
}
