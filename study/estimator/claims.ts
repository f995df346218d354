/**
 * The claims of `study estimator`: the thesis's sentences about its estimator, judged by our data, and
 * what else may decide whether an estimator works.
 *
 * @module
 */
import type { Claim, Evidence } from "../../nas/stats/mod.ts";
import { type ArmAnalysis, estimateOf } from "./analysis.ts";
import { choicesAmong, gainOf } from "./choice.ts";
import {
  correlationEvidence,
  differenceEvidence,
  drawnSpreadEvidence,
  type EvidenceTools,
  gainEvidence,
  rangeEvidence,
} from "./evidence.ts";
import { BATCH_NORM_WORDS, proxyOf, replayImages } from "./predictors.ts";
import { ACCURACY_MARGIN, TAU_MARGIN } from "../thesis/claims.ts";
import { THESIS_QUOTES } from "../thesis/quotes.ts";

/** The claims of one arm; all are judged together. */
export interface EstimatorClaims {
  /** Those that the thesis makes. */
  readonly primary: readonly Claim[];
  /** Those that ask why. */
  readonly secondary: readonly Claim[];
}

/** How many claims an arm has of each kind. */
export const CLAIM_COUNTS = { primary: 4, secondary: 5 } as const;

/**
 * The claims of an arm.
 *
 * @param suffix Added to their ids where there are several arms; else empty.
 */
export function estimatorClaims(
  analysis: ArmAnalysis,
  tools: EvidenceTools,
  suffix = "",
): EstimatorClaims {
  const named = (claim: Claim): Claim => ({ ...claim, id: `${claim.id}${suffix}` });
  return {
    primary: primaryClaims(analysis, tools).map(named),
    secondary: secondaryClaims(analysis, tools).map(named),
  };
}

function primaryClaims(analysis: ArmAnalysis, tools: EvidenceTools): Claim[] {
  const { data, mode, thesis, last } = analysis;
  const main = estimateOf(analysis, thesis, mode);
  const k = choicesAmong(data.truths.length);
  return [
    {
      id: "T3.estimator",
      ...THESIS_QUOTES["T3.estimator"],
      question: "Does accuracy under shared weights say nothing about accuracy from scratch?",
      side: "not positive",
      margin: TAU_MARGIN,
      ...behindCeiling(analysis, correlationEvidence(main.predictor, data, tools)),
      remark: remarkOf(
        analysis,
        `At epoch ${thesis} of ${last}, which stands for the thesis's 155 of 310, on all validation ` +
          `images, with ${BATCH_NORM_WORDS[mode]} in batch norm, as the search's own rewards are.`,
      ),
    },
    {
      id: "T3.useful",
      ...THESIS_QUOTES["T3.useful"],
      question: "Is choosing by the estimate no better than choosing at random?",
      side: "not positive",
      margin: ACCURACY_MARGIN,
      ...behindCeiling(
        analysis,
        gainEvidence(
          `gain of the best-scored of ${k} over one at random, in points`,
          gainOf(main.predictor, k),
          main.predictor,
          data,
          ACCURACY_MARGIN,
          tools,
        ),
      ),
      remark: remarkOf(
        analysis,
        `Final accuracy of the architecture with the best estimate of ${k} random ones, less the mean ` +
          "of all: what a search gains by looking at estimates. A controller that learns from them " +
          "may gain more or less; the study learning-curve asks that.",
      ),
    },
    {
      id: "T3.same-final",
      ...THESIS_QUOTES["T3.same-final"],
      question: "Do architectures differ in final accuracy by less than matters?",
      side: "none",
      margin: ACCURACY_MARGIN,
      evidence: rangeEvidence(data, tools),
      remark: "Deviation between architectures with the noise of training seeds and test images " +
        "taken out, which needs at least two trainings of each. The p is for no difference at all.",
    },
    {
      id: "T3.spread",
      ...THESIS_QUOTES["T3.spread"],
      question: `Do estimates at epoch ${thesis} differ by more than the noise of their images?`,
      side: "positive",
      margin: 1,
      evidence: drawnSpreadEvidence(analysis),
      remark: `Architectures that the controllers drew at epoch ${thesis}, each once, on all ` +
        "validation images. The table of spreads has the other epochs.",
    },
  ];
}

function secondaryClaims(analysis: ArmAnalysis, tools: EvidenceTools): Claim[] {
  const { data, mode, thesis, last, restart, replay } = analysis;
  const at = (epoch: number, norm = mode) => estimateOf(analysis, epoch, norm).predictor;
  const compare = (better: Parameters<typeof differenceEvidence>[0], worse: typeof better) =>
    behindCeiling(analysis, differenceEvidence(better, worse, data, tools));
  const ours = { quote: "", where: "", side: "positive", margin: TAU_MARGIN } as const;
  return [
    {
      id: "E3.last-epoch",
      ...ours,
      question: "Does the estimate at the last epoch, when weights are calmest, predict?",
      ...behindCeiling(
        analysis,
        correlationEvidence(at(last), data, tools),
      ),
      remark: remarkOf(
        analysis,
        `Epoch ${last} ends a cycle of the learning rate; a search chooses its result there.`,
      ),
    },
    {
      id: "E3.batch-norm",
      ...ours,
      question:
        "Does the estimate get better if batch norm is measured anew for each architecture?",
      ...compare(at(thesis, "recalibrated"), at(thesis, "moving")),
      remark: remarkOf(
        analysis,
        `At epoch ${thesis}: recalibrated statistics against moving averages over all architectures, ` +
          "which the released macro search takes.",
      ),
    },
    {
      id: "E3.restart",
      ...ours,
      question:
        "Is the estimate better just before a restart of the learning rate than just after?",
      ...(restart === null ? { evidence: null } : compare(at(restart.before), at(restart.after))),
      remark: restart === null ? "The learning rate of this search does not restart." : remarkOf(
        analysis,
        `Epoch ${restart.before} against ${restart.after}. The thesis's epoch 155 comes five epochs ` +
          "after such a restart.",
      ),
    },
    {
      id: "E3.parameters",
      ...ours,
      question: "Does the estimate predict better than the number of parameters alone?",
      ...compare(at(thesis), proxyOf(data, "parameters")),
      remark: remarkOf(
        analysis,
        "Larger networks are often better, and their number of parameters costs nothing to know.",
      ),
    },
    {
      id: "E3.replay",
      ...ours,
      question: "Does the estimate on all images predict better than on the thesis's one batch?",
      ...compare(at(thesis), replay.predictor),
      remark: remarkOf(
        analysis,
        `At epoch ${thesis}: all validation images, the same for every architecture, against one batch ` +
          `of ${replayImages(data, thesis)}, another one for each.`,
      ),
    },
  ];
}

/**
 * The evidence as far as the ceiling lets it count: where seeds alone can explain all differences between
 * architectures, no correlation with them can be seen, and its absence means nothing.
 */
function behindCeiling(
  { ceiling }: ArmAnalysis,
  evidence: Evidence | null,
): { readonly evidence: Evidence | null } {
  if (evidence === null || ceiling?.wideEnough) return { evidence };
  const interval = (level: number) => ({ low: NaN, high: NaN, level });
  return { evidence: { ...evidence, interval } };
}

function remarkOf({ ceiling, data }: ArmAnalysis, text: string): string {
  if (ceiling?.wideEnough) return text;
  if (ceiling !== null) {
    return `Range too narrow: final accuracies differ no more than seeds explain, so no verdict. ${text}`;
  }
  return data.truths.length === 0
    ? text
    : `No verdict before each architecture is trained at least twice. ${text}`;
}
