/**
 * The report of `study estimator` in words.
 *
 * @module
 */
import type { JudgedClaim } from "../../nas/stats/mod.ts";
import { counted, fixedNumber } from "../../nas/text/words.ts";
import { type ArmAnalysis, estimateOf } from "./analysis.ts";
import { choicesAmong } from "./choice.ts";
import type { BatchNorm } from "./data.ts";
import { BATCH_NORM_WORDS } from "./predictors.ts";
import type { StudySettings } from "../study.ts";
import { ACCURACY_MARGIN, TAU_MARGIN } from "../thesis/claims.ts";

/** What the study asks. */
export const ASKED: string[] = [
  "Training one network properly takes hours, so a search that looks at thousands of architectures " +
  "cannot train each. ENAS trains one large network instead, the supernet, of which every architecture " +
  "is a part. An architecture's estimate is its accuracy with the supernet's shared weights: it takes " +
  "seconds. This is worth something only if architectures with high estimates are also the better ones " +
  "after training from scratch.",
  'The thesis "Analysis of ENAS" compared the two for five architectures and saw no positive ' +
  "correlation. Five are too few to tell, its estimates came from 128 images each, and it trained every " +
  "architecture once. This study asks again, with all of that changed, and asks what an estimate's worth " +
  "depends on: the epoch, batch norm, the number of images, the supernet's seed.",
];

/** What the study did, with the rules that were fixed beforehand. */
export function doneOf(
  settings: StudySettings,
  arms: readonly ArmAnalysis[],
  counts: { readonly primary: number; readonly secondary: number },
): string[] {
  const { seeds, arcs, trainings } = settings;
  const where = `${settings.datasets.join(", ")}, in the ${
    settings.spaces.join(" and the ")
  } space`;
  const when = arms.map(({ data: { arm, epochs }, thesis, last }) => {
    const name = arms.length === 1 ? "" : `${arm.name}: `;
    return `${name}drawn at epoch ${thesis} of ${last}, estimates at epochs ${epochs.join(", ")}`;
  }).join("; ");
  const claims = counts.primary + counts.secondary;
  return [
    `On ${where}: ${seeds.length} supernets (seeds ${seeds.join(", ")}) were trained by ENAS. ` +
    `${arcs} different architectures were fixed, half drawn by the controllers at the epoch that ` +
    "stands for the thesis's 155 of 310, half uniformly; architectures that are the same network " +
    "count once. Each got an estimate on the same validation images from every supernet at several " +
    `epochs (${when}), in three modes of batch norm, and one in the thesis's way, on one batch of ` +
    `images; and each was trained from scratch with ${trainings} seeds. Its mean accuracy on test ` +
    "images is the truth here.",
    "First comes the ceiling: do two halves of the trainings agree on which architecture is better? Where " +
    "they do not, no estimator can be seen to work, and the report says that the range is too narrow " +
    "rather than that there is no correlation.",
    "Orders are compared by Kendall's tau: 1 for the same order, 0 for none, −1 for the opposite; 0.5 means " +
    "that of two architectures the estimate puts the better one first three times in four. Intervals " +
    "come from drawing again what may vary (architectures, supernets, training seeds), p from giving " +
    "each architecture the accuracy of another.",
    `There are ${counts.primary} primary claims, which are the thesis's, and ${counts.secondary} secondary ` +
    "ones, which ask why. All were fixed before the results and are judged together: intervals are " +
    `widened for ${claims} claims (Holm). A correlation below ${TAU_MARGIN} ` +
    `and a difference below ${ACCURACY_MARGIN} points count as too small to matter. Tables and figures ` +
    "beside the claims show plain 95 % intervals and are for looking, not for judging.",
  ];
}

/**
 * What came out, ceiling first.
 *
 * @param claimOf The judged claim of an id.
 * @param prefix Names the arm where there are several.
 */
export function armFindings(
  analysis: ArmAnalysis,
  claimOf: (id: string) => JudgedClaim,
  prefix: string,
): string[] {
  const { data } = analysis;
  const { done, all } = data.trained;
  const unfinished = done < all
    ? [`${prefix}The study is not finished: ${done} of ${all} trainings from scratch are done.`]
    : [];
  if (data.truths.length < 3) return unfinished;
  return [
    ...unfinished,
    `${prefix}${ceilingWords(analysis)}`,
    ...(analysis.ceiling?.wideEnough === false ? [] : [
      mainWords(analysis, claimOf("T3.estimator")),
      choiceWords(analysis, claimOf("T3.useful")),
      reasonWords(analysis, claimOf),
    ]),
    rangeWords(claimOf("T3.same-final"), claimOf("T3.spread")),
  ];
}

function ceilingWords({ ceiling, data }: ArmAnalysis): string {
  const n = data.truths.length;
  if (ceiling === null) {
    return `The ceiling is not known yet: ${n} architectures are trained once each, and a second training ` +
      "of each is needed to tell architectures from chance. Until then nothing is judged.";
  }
  const { half, interval, seeds, between, within, wideEnough } = ceiling;
  const ends = range([interval.low, interval.high]);
  const [apart, noise] = [number(between), number(within)];
  const numbers =
    `two halves of the trainings of ${n} architectures (${seeds} each) order them alike ` +
    `with a tau of ${
      number(half)
    } (95 % interval ${ends}); final accuracies differ by ${apart} points ` +
    `between architectures and by ${noise} between trainings of one`;
  return wideEnough
    ? `The range is wide enough to see a correlation: ${numbers}.`
    : `Range too narrow: ${numbers}. The interval reaches 0, so seeds alone may explain all differences ` +
      "between these architectures. No estimator could be seen to work here, and that none does would " +
      "prove nothing: no claim about the estimate is judged.";
}

function mainWords({ thesis, last, mode }: ArmAnalysis, claim: JudgedClaim): string {
  if (claim.value === null) return "There are no estimates yet.";
  const verdict = {
    supported:
      "the thesis's sentence that there is no positive correlation is supported: one that " +
      "matters can be ruled out",
    contradicted: "the thesis's sentence that there is no positive correlation is contradicted",
    undecidable: "whether there is a positive correlation stays undecidable",
  }[claim.verdict];
  const found = `${number(claim.value)}${interval(claim)}, ${chance(claim)}`;
  return `At epoch ${thesis} of ${last}, where the thesis looked, the estimate (with ` +
    `${BATCH_NORM_WORDS[mode]}) goes with final accuracy by a tau of ${found}: ${verdict}.` +
    toDecide(claim);
}

function choiceWords({ data }: ArmAnalysis, claim: JudgedClaim): string {
  if (claim.value === null) return "What choosing by the estimate gains is not known yet.";
  const verdict = {
    supported: `so choosing by the estimate gains less than ${ACCURACY_MARGIN} points`,
    contradicted: "so choosing by the estimate is better than choosing at random",
    undecidable: "which does not decide whether it is better than choosing at random",
  }[claim.verdict];
  const gain = `${number(Math.abs(claim.value))} points ${claim.value < 0 ? "below" : "above"}`;
  return `The best-scored of ${
    choicesAmong(data.truths.length)
  } architectures ends ${gain} a random one` +
    `${interval(claim)}, ${verdict}.${toDecide(claim)}`;
}

function reasonWords(analysis: ArmAnalysis, claimOf: (id: string) => JudgedClaim): string {
  const { thesis, last, mode, restart, replay, proxies } = analysis;
  const tau = (epoch: number, norm: BatchNorm) =>
    estimateOf(analysis, epoch, norm).tau?.value ?? null;
  const parameters = proxies.find(({ proxy }) => proxy === "parameters")?.tau?.value ?? null;
  const sentence = (numbers: string, claimed: string, id: string) =>
    `${numbers}; that ${claimed} is ${claimOf(id).verdict}.`;
  return [
    sentence(
      `What does it depend on? With batch norm measured anew for each architecture tau is ` +
        `${number(tau(thesis, "recalibrated"))}, with moving averages ${
          number(tau(thesis, "moving"))
        }`,
      "the former is better",
      "E3.batch-norm",
    ),
    ...(restart === null ? [] : [
      sentence(
        `Before the learning rate's restart it is ${number(tau(restart.before, mode))}, after it ` +
          number(tau(restart.after, mode)),
        "before is better",
        "E3.restart",
      ),
    ]),
    sentence(
      `On all images it is ${number(tau(thesis, mode))}, in the thesis's way ` +
        number(replay.tau?.value ?? null),
      "more images help",
      "E3.replay",
    ),
    sentence(
      `The number of parameters alone reaches ${number(parameters)}`,
      "the estimate is better",
      "E3.parameters",
    ),
    sentence(
      `At the last epoch the estimate reaches ${number(tau(last, mode))}`,
      "it predicts",
      "E3.last-epoch",
    ),
  ].join(" ");
}

function rangeWords(final: JudgedClaim, drawn: JudgedClaim): string {
  const [beyond, apart] = [number(final.value), number(drawn.value)];
  const first = final.value === null
    ? "Whether architectures end alike is not known before each is trained twice."
    : `Architectures differ by ${beyond} points in final accuracy once the noise of seeds is taken out` +
      `${interval(final)}; that they end alike is ${final.verdict}.`;
  if (drawn.value === null) return first;
  return `${first} The estimates of what the controllers drew differ by ${apart} points beyond the noise ` +
    `of images; that they do is ${drawn.verdict}.`;
}

/** What these results cannot say. */
export function caveatsOf(settings: StudySettings, arms: readonly ArmAnalysis[]): string[] {
  const { seeds, scale } = settings;
  const single = arms.length === 1;
  const left = arms.reduce(
    (sum, { data }) => sum + (data.trained.done > 0 ? settings.arcs - data.truths.length : 0),
    0,
  );
  return [
    ...(scale === "thesis" ? [] : [
      "Networks, images and training are much smaller than the thesis's, and at another scale the answer " +
      "may be another. What carries over is how the answer depends on the way of measuring.",
    ]),
    `${
      single ? "One search space on one data set" : "A few settings"
    }: other spaces and data may differ.`,
    `${seeds.length} supernets say little of how supernets differ; intervals that draw them again are too ` +
    "narrow in that respect.",
    arms.every(({ data: { config } }) => config.finalTraining.graph === "faithful")
      ? "The network that is trained from scratch is the searched one. The thesis's was another: the " +
        "released code builds it differently, which the study quirks looks at."
      : "As in the released code, the network that is trained from scratch is built differently from the " +
        "searched one.",
    "Half of the architectures are uniform draws, of which a trained controller would draw few. The table " +
    "by who drew them has both halves, each with half the architectures.",
    ...(left > 0
      ? [
        `${counted(left, "architecture")} left out because trainings failed or are still missing.`,
      ]
      : []),
    "A verdict of undecidable says nothing against a claim. How many architectures would decide is " +
    "computed for as many more supernets as architectures; with the same few, more would be needed.",
  ];
}

function number(value: number | null): string {
  return value === null || Number.isNaN(value) ? "unknown" : fixedNumber(value, 2);
}

function range([low, high]: readonly [number, number]): string {
  return `${number(low)} to ${number(high)}`;
}

function interval({ ci, level }: JudgedClaim): string {
  return ci === null ? "" : ` (${(100 * level!).toFixed(1)} % interval ${range(ci)})`;
}

function chance({ p, n }: JudgedClaim): string {
  const text = p === null ? "" : p < 0.001 ? "p < 0.001, " : `p ${p.toFixed(3)}, `;
  return `${text}${counted(n, "architecture")}`;
}

/** With a space before it, for the end of a paragraph; empty where there is nothing to say. */
function toDecide({ verdict, nToDecide, power }: JudgedClaim): string {
  if (verdict !== "undecidable" || nToDecide === null) return "";
  if (power === null) return ` About ${counted(nToDecide, "architecture")} would decide.`;
  return " A study of this size sees an effect that just matters with a probability of " +
    `${(100 * power).toFixed(0)} %; about ${counted(nToDecide, "architecture")} would decide.`;
}
