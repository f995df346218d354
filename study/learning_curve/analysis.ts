/**
 * What the results of `study learning-curve` say.
 *
 * @module
 */
import { judgeClaims, type JudgedClaim, mean, type Uniform } from "../../nas/stats/mod.ts";
import { claimWords, countWords } from "../kit/claim_words.ts";
import {
  type Cell,
  type CurveData,
  markValue,
  progressWords,
  valuesOf,
} from "../kit/curve_data.ts";
import { policyView } from "../kit/curve_figures.ts";
import { Judge } from "../kit/curve_judge.ts";
import { configOf, curveForecast, type Moment } from "../kit/curve_plan.ts";
import { learningCurveClaims } from "./claims.ts";
import { cellFigures, distanceFigure, viewOf } from "./figures.ts";
import { comparisonsOf, randomTable, table2 } from "./tables.ts";
import { equivalenceFigure, pairedTable } from "../kit/paired_table.ts";
import { policyTable, poolingShare } from "../kit/policy_figures.ts";
import type { Mark } from "../../nas/trials/kinds/supernet.ts";
import { scaleOf } from "../kit/scales.ts";
import type { StudyFindings } from "../study.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";

/** Judges the finished trials of the runs. `uniform` draws the resamples. */
export function analyseLearningCurve(data: CurveData, uniform: Uniform): StudyFindings {
  const judge = new Judge(data, uniform);
  const { cells } = judge;
  const claims = judgeClaims(learningCurveClaims(judge));
  const compared = cells.map((cell) => ({ cell, comparisons: comparisonsOf(judge, cell) }));
  const margin = ACCURACY_MARGIN;
  return {
    title: "Does the controller get better with training?",
    asked: ASKED,
    done: done(data, cells),
    found: [...found(data, cells, claims)],
    caveats: CAVEATS,
    scale: scaleOf(
      data.settings,
      data.settings.spaces.map((space) =>
        configOf(data.settings, data.runs.find((run) => run.space === space)!)
      ),
    ),
    claims,
    tables: [
      table2(data, cells),
      ...compared.map(({ cell, comparisons }) =>
        pairedTable(comparisons, {
          id: `${cell.id}-comparisons`,
          title: `All comparisons, pair by pair: ${cell.label}`,
          caption:
            "Each pair is two architectures of searches with the same seed, trained from scratch.",
          margin,
          uniform,
        })
      ),
      randomTable(data, cells, uniform),
      ...cells.map((cell) => policyTable(policyView(viewOf(data, cell)))),
    ],
    figures: [
      ...compared.map(({ cell, comparisons }) =>
        equivalenceFigure(comparisons, {
          id: `${cell.id}-equivalence`,
          title: `Which differences are shown, which are shown not to matter? ${cell.label}`,
          caption: "Right of 0, what stands left of the minus sign is better.",
          margin,
        })
      ),
      ...cellFigures(data, cells),
      distanceFigure(data, cells),
    ],
  };
}

const ASKED = [
  "ENAS looks for a good network architecture with two learners that take turns. Shared weights hold " +
  "every architecture at once. A controller proposes architectures and is rewarded with their accuracy " +
  "under these weights, which is called the estimate. If that works, what the controller proposes at the " +
  "end of the search must be better than what it proposes at the start.",
  'The thesis "Analysis of ENAS" trained both from scratch, three runs against three and two against ' +
  "two, saw no significant difference and concluded that the controller does not learn. No outcome of " +
  "so few runs could have been significant. This study asks again with more runs, and with arms that " +
  "tell what a difference would be due to.",
];

function done(data: CurveData, cells: readonly Cell[]): string[] {
  const { settings } = data;
  const runs = settings.seeds.length;
  return [
    `In each of these settings (${
      cells.map(({ label }) => label).join("; ")
    }) every arm searched ` +
    `${runs} times, each time with another seed. Of each search, ${settings.arcs} architectures were ` +
    "sampled after the first epoch and after the last. The one with the best estimate (chosen, as in " +
    "the thesis) and the first one (not chosen: what the policy is worth by itself) were trained from " +
    "scratch. Searches of one seed have the same images and training seeds, so that they are compared " +
    "pair by pair.",
    "The arms: the controller as it is; a random sampler, which proposes by chance; shuffled rewards, " +
    "where the controller is rewarded with the accuracy of another architecture and so can learn " +
    "nothing; and frozen weights (macro space, not at the smallest scale), where the shared weights " +
    "stop training half way, so that a rise afterwards is the controller's alone.",
    "A claim is supported where the interval of its quantity excludes the opposite, contradicted where " +
    "it excludes an effect that matters (0.3 points of accuracy, 1 point of a mean estimate, 0.05 of a " +
    "share), and undecidable otherwise. Intervals are widened for the number of claims (Holm).",
    ...progressWords(data, curveForecast(settings, data.runs)),
  ];
}

function* found(
  data: CurveData,
  cells: readonly Cell[],
  claims: readonly JudgedClaim[],
): Generator<string> {
  const { numbers, verdict } = claimWords(claims);
  yield countWords(claims);
  yield "Architectures of the last epoch less those of the first, after training from scratch: " +
    `${numbers("T2.all")}. That both are equally good is ${verdict("T2.all")}; that training the ` +
    `controller brings no gain that matters is ${verdict("T2.no-better")}.`;
  yield "Such a gain may come from better-trained shared weights, which choose better, or from chance. " +
    `Against a random sampler, which chooses alike, the trained controller gains ${
      numbers("gain.random")
    }: that it is better is ${
      verdict("gain.random")
    }. Against a controller with shuffled rewards it ` +
    `gains ${numbers("gain.shuffled")}: that the rewards make the difference is ${
      verdict("gain.shuffled")
    }.`;
  yield `By the estimates, the controller's last samples are better than random ones by ${
    numbers("learns.estimate")
  }: that they are no better is ${verdict("learns.estimate")}. ${policyWords(data, cells)}`;
  yield `On the images of the rewards, the controller's samples gain ${
    numbers("search.overfit")
  } that they lose on untouched images, beyond what random ones do: that the search overfits is ${
    verdict("search.overfit")
  }.`;
  yield `Learning curves of two architectures lie further apart than two trainings of one by ${
    numbers("T1.curves")
  }: that all learn along one curve is ${verdict("T1.curves")}.`;
  yield `The controls: with shuffled rewards the estimates of the last samples are above random ones by ${
    numbers("control.shuffled")
  }: that they teach nothing is ${
    verdict("control.shuffled")
  }. Under frozen weights the controller's samples gain ${
    numbers("control.frozen")
  }: that it learns then is ${verdict("control.frozen")}.`;
}

/** How the policies changed, in a sentence for each cell that has finished searches. */
function policyWords(data: CurveData, cells: readonly Cell[]): string {
  return cells.flatMap((cell) => {
    const percent = (arm: string, moment: Moment, of: (policy: Mark["policy"]) => number) => {
      const values = valuesOf(cell, arm, markValue(data, moment, ({ policy }) => of(policy)));
      return values.length === 0 ? "an unknown share" : `${(100 * mean(values)).toFixed(0)} %`;
    };
    if (valuesOf(cell, "controller", markValue(data, "last", () => 0)).length === 0) return [];
    const entropy = (policy: Mark["policy"]) => policy.entropy / policy.uniformEntropy;
    const pooling = ({ opShares }: Mark["policy"]) => poolingShare(cell.space, opShares);
    return `In the ${cell.label}, the policy's entropy went from ${
      percent("controller", "untrained", entropy)
    } of that of chance to ${percent("controller", "last", entropy)} (with shuffled rewards to ${
      percent("shuffled", "last", entropy)
    }), and pooling from ${percent("controller", "untrained", pooling)} of the ops to ${
      percent("controller", "last", pooling)
    } (${percent("shuffled", "last", pooling)}).`;
  }).join(" ");
}

const CAVEATS = [
  "A verdict of undecidable says nothing against a claim: it may well be true.",
  "Each arm's shared weights train on the architectures that the arm samples, so estimates of two arms " +
  "are under two sets of weights. Accuracy from scratch is free of that.",
  "At the start of a search, estimates choose under barely trained weights; at its end, under trained " +
  "ones. A gain from first to last epoch is therefore not yet the controller's; the random arm makes the " +
  "same choice.",
  "The untouched images are test images, of which the final accuracies are measured too; no weight, " +
  "policy or choice ever depends on them.",
  "Searches of one seed share their images and their split; what holds for these seeds is taken to hold " +
  "for others.",
];
