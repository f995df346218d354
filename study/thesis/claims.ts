/**
 * What the thesis claims, sentence by sentence, and the evidence that its own tables give. Nothing is
 * trained here: the question is what these few numbers can show.
 *
 * @module
 */
import { MACRO } from "../../nas/space/macro/space.ts";
import { MICRO } from "../../nas/space/micro/space.ts";
import { thesisMicroArcCount } from "../../nas/space/micro/thesis_count.ts";
import type { Claim, Uniform } from "../../nas/stats/mod.ts";
import {
  countEvidence,
  differenceEvidence,
  pairedEvidence,
  POINTS,
  spreadEvidence,
  tauEvidence,
} from "../kit/evidence.ts";
import { THESIS_QUOTES } from "./quotes.ts";
import { ESTIMATE_IMAGES, TABLE_1, TABLE_2, TABLE_3, TEST_IMAGES } from "./tables.ts";

/** Smallest tau that matters to a search. */
export const TAU_MARGIN = 0.2;
/** Smallest difference of final accuracies that matters, in points. */
export const ACCURACY_MARGIN = 0.3;

const NO_NUMBERS = "The thesis prints no number for this.";

/** All claims, in the order of the text. `uniform` draws the resamples. */
export function thesisClaims(uniform: Uniform): Claim[] {
  return [
    ...spaceClaims(),
    ...transferClaims(uniform),
    ...learningCurveClaims(uniform),
    ...estimatorClaims(uniform),
    ...samplingClaims(),
  ];
}

function spaceClaims(): Claim[] {
  return [
    {
      id: "space.macro",
      ...THESIS_QUOTES["space.macro"],
      question: "Is that the number of macro architectures of 12 layers?",
      side: "none",
      margin: 0.01,
      evidence: countEvidence(6n ** 12n * 2n ** 66n, MACRO.count(12)),
      remark:
        "The formula, 6^L · 2^(L(L−1)/2), against the number of strings that the controller " +
        "can write. No statistics.",
    },
    {
      id: "space.micro",
      ...THESIS_QUOTES["space.micro"],
      question: "Is that the number of micro architectures with 5 free nodes (B = 7)?",
      side: "none",
      margin: 0.01,
      evidence: countEvidence(thesisMicroArcCount(5), MICRO.count(5)),
      remark:
        "The formula gives 1.3e11; the controller can write 5.1e12 strings for one cell and " +
        "2.6e25 for both. No statistics.",
    },
  ];
}

function transferClaims(uniform: Uniform): Claim[] {
  const accuracy = (epoch: number, transferred: boolean) =>
    TABLE_1.find((row) => row.epoch === epoch && row.transferred === transferred)!.accuracy;
  const epochs = [100, 155, 310];
  const gains = epochs.map((epoch) => accuracy(epoch, true) - accuracy(epoch, false));
  const earlier = [false, true].map((transferred) =>
    accuracy(310, transferred) - (accuracy(100, transferred) + accuracy(155, transferred)) / 2
  );
  return [
    {
      id: "T1.transfer",
      ...THESIS_QUOTES["T1.transfer"],
      question:
        "Does a controller that comes from CIFAR-10 find better architectures on CIFAR-100?",
      side: "positive",
      margin: ACCURACY_MARGIN,
      evidence: pairedEvidence(gains, ACCURACY_MARGIN, uniform, POINTS),
      remark:
        "Three pairs of single runs. The thesis concludes from the ops that were sampled; in " +
        "the code it used, the sampled op of the macro space had no effect.",
    },
    {
      id: "T1.epochs",
      ...THESIS_QUOTES["T1.epochs"],
      question: "Are architectures of epochs 100 and 155 as good as those of epoch 310?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: pairedEvidence(earlier, ACCURACY_MARGIN, uniform, POINTS),
      remark: "One architecture and one run each: two differences.",
    },
    {
      id: "T1.curves",
      ...THESIS_QUOTES["T1.curves"],
      question: "Do all sampled architectures learn along one curve?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: null,
      remark: `${NO_NUMBERS} The figures show two curves each, without a band for seeds.`,
    },
  ];
}

function learningCurveClaims(uniform: Uniform): Claim[] {
  const strata = TABLE_2.map(({ first, last }) => ({ a: first, b: last }));
  const cells = TABLE_2.map(({ dataset, space }, i): Claim => ({
    id: `T2.${dataset}.${space}`,
    ...THESIS_QUOTES["T2.cell"],
    question:
      `On ${dataset}, ${space} space: are first and last epoch's architectures equally good?`,
    side: "none",
    margin: ACCURACY_MARGIN,
    evidence: differenceEvidence([strata[i]], ACCURACY_MARGIN, uniform, POINTS),
    remark:
      `${strata[i].a.length} runs against ${strata[i].b.length}: no outcome could have been ` +
      "significant. A difference that is not significant is not a difference of zero.",
  }));
  return [
    ...cells,
    {
      id: "T2.all",
      ...THESIS_QUOTES["T2.all"],
      question: "Over all three settings: are first and last epoch's architectures equally good?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: differenceEvidence(strata, ACCURACY_MARGIN, uniform, POINTS),
      remark: "The mean of three differences, each of its own data set and space.",
    },
    {
      id: "T2.no-better",
      ...THESIS_QUOTES["T2.no-better"],
      question: "Does training the controller bring no gain that matters?",
      side: "not positive",
      margin: ACCURACY_MARGIN,
      evidence: differenceEvidence(strata, ACCURACY_MARGIN, uniform, POINTS),
      remark: "Supported only if a gain of 0.3 points can be ruled out.",
    },
    {
      id: "T2.untrained",
      ...THESIS_QUOTES["T2.untrained"],
      question: "Are first-epoch architectures within 2 points of those of the last epoch?",
      side: "not positive",
      margin: 2,
      evidence: differenceEvidence(strata, 2, uniform, POINTS),
      remark: '"Good" is read as within 2 points of the trained controller\'s architectures.',
    },
    {
      id: "T2.depth",
      ...THESIS_QUOTES["T2.depth"],
      question: "Does the answer stay the same with 12 layers?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: null,
      remark: NO_NUMBERS,
    },
  ];
}

function estimatorClaims(uniform: Uniform): Claim[] {
  const estimates = TABLE_3.map(({ estimate }) => estimate);
  const finals = TABLE_3.map((row) => row.final);
  const fractions = (values: readonly number[]) => values.map((value) => value / 100);
  return [
    {
      id: "T3.estimator",
      ...THESIS_QUOTES["T3.estimator"],
      question: "Does accuracy under shared weights say nothing about accuracy from scratch?",
      side: "not positive",
      margin: TAU_MARGIN,
      evidence: tauEvidence(estimates, finals, TAU_MARGIN, uniform),
      remark:
        "Each estimate is one batch of 128 images (standard error 3.4 to 4.4 points), another " +
        "batch for each architecture; epoch 155 lies 5 epochs after the learning rate's restart; " +
        "with five architectures only |tau| = 1 reaches p < 0.05; and the five final accuracies " +
        "spread no more than one test of 10,000 images does.",
    },
    {
      id: "T3.same-final",
      ...THESIS_QUOTES["T3.same-final"],
      question: "Do the five architectures differ in final accuracy by less than matters?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: spreadEvidence(fractions(finals), TEST_IMAGES),
      remark:
        "The spread between architectures beyond the noise of 10,000 test images. Seeds were " +
        "not repeated, so theirs cannot be taken out.",
    },
    {
      id: "T3.spread",
      ...THESIS_QUOTES["T3.spread"],
      question: "Do estimates at epoch 155 differ by more than batches of 128 images do?",
      side: "positive",
      margin: 1,
      evidence: spreadEvidence(fractions(estimates), ESTIMATE_IMAGES),
      remark: "The five were chosen for their different estimates, so their spread is wider than " +
        "that of all. For epoch 310, which the sentence compares with, no number is printed.",
    },
    {
      id: "T3.useful",
      ...THESIS_QUOTES["T3.useful"],
      question: "Is choosing by the estimate no better than choosing at random?",
      side: "not positive",
      margin: TAU_MARGIN,
      evidence: null,
      remark:
        "The estimate's first choice came last of five, which happens by chance one time in " +
        "five. A test needs searches with and without the estimate at equal cost; none was made.",
    },
  ];
}

function samplingClaims(): Claim[] {
  return [
    {
      id: "ops.cifar10",
      ...THESIS_QUOTES["ops.cifar10"],
      question: "Does the controller learn other ops on other data?",
      side: "positive",
      margin: 0.05,
      evidence: null,
      remark:
        `${NO_NUMBERS} In the code that was used, every macro layer ran the same op whatever ` +
        "was sampled, so op choices could only drift.",
    },
    {
      id: "ops.diversity",
      ...THESIS_QUOTES["ops.diversity"],
      question: "Does training the controller reduce the diversity of what it samples?",
      side: "negative",
      margin: 0.05,
      evidence: null,
      remark: `${NO_NUMBERS} \`study learning-curve\` measures it.`,
    },
    {
      id: "search.overfit",
      ...THESIS_QUOTES["search.overfit"],
      question: "Is the reward split better than an untouched one by the end of the search?",
      side: "positive",
      margin: ACCURACY_MARGIN,
      evidence: null,
      remark: NO_NUMBERS,
    },
  ];
}
