/**
 * What the results of `study depth` say.
 *
 * @module
 */
import {
  judgeClaims,
  type JudgedClaim,
  mean,
  standardDeviation,
  type Uniform,
} from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyTable } from "../../nas/stats/study_report.ts";
import { claimWords, countWords } from "../kit/claim_words.ts";
import {
  accuracyAt,
  type Cell,
  type CurveData,
  datasetLabel,
  pairsOf,
  progressWords,
  type Side,
  valuesOf,
} from "../kit/curve_data.ts";
import {
  type CellView,
  estimateFigure,
  finalStrips,
  MOMENT_LABELS,
  policyView,
  trainingFigure,
} from "../kit/curve_figures.ts";
import { Judge } from "../kit/curve_judge.ts";
import { configOf, curveForecast } from "../kit/curve_plan.ts";
import { POINTS } from "../kit/evidence.ts";
import { depthClaims, type DepthLabels, gainOf } from "./claims.ts";
import { equivalenceFigure, type PairedComparison, pairedTable } from "../kit/paired_table.ts";
import { policyFigures, policyTable } from "../kit/policy_figures.ts";
import { scaleOf } from "../kit/scales.ts";
import type { StudyFindings } from "../study.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";
import { TABLE_2 } from "../thesis/tables.ts";

const DEPTHS = ["shallow", "deep"] as const;

/** Judges the finished trials of the runs. `uniform` draws the resamples. */
export function analyseDepth(
  data: CurveData,
  labels: DepthLabels,
  uniform: Uniform,
): StudyFindings {
  const judge = new Judge(data, uniform);
  const { cells } = judge;
  const claims = judgeClaims(depthClaims(judge, labels));
  const compared = cells.map((cell) => ({ cell, comparisons: comparisonsOf(judge, cell, labels) }));
  const views = cells.map((cell) => ({ data, cell, ...labelsOf(labels) }));
  const margin = ACCURACY_MARGIN;
  return {
    title: "Does depth hide what the controller learns?",
    asked: ASKED,
    done: done(data, cells, labels),
    found: [...found(claims, labels)],
    caveats: CAVEATS,
    scale: scaleOf(data.settings, [
      configOf(data.settings, data.runs.find(({ arm }) => arm === "deep")!),
    ]),
    claims,
    tables: [
      accuracyTable(data, cells, labels),
      ...compared.map(({ cell, comparisons }) =>
        pairedTable(comparisons, {
          id: `${cell.id}-comparisons`,
          title: `All comparisons, pair by pair: ${cell.label}`,
          caption: "Each pair is two searches of one seed, or two architectures of one search.",
          margin,
          uniform,
        })
      ),
      ...views.map((view) => policyTable(policyView(view))),
    ],
    figures: [
      ...compared.map(({ cell, comparisons }) =>
        equivalenceFigure(comparisons, {
          id: `${cell.id}-equivalence`,
          title: `Does the gain depend on depth? ${cell.label}`,
          caption: "Right of 0, what stands left of the minus sign is better.",
          margin,
        })
      ),
      ...views.flatMap(figuresOf),
    ],
  };
}

function labelsOf(labels: DepthLabels): Pick<CellView, "labelOf" | "shortLabelOf"> {
  const labelOf = (arm: string) => labels[arm as keyof DepthLabels];
  return { labelOf, shortLabelOf: labelOf };
}

const ASKED = [
  "ENAS looks for a good network architecture with a controller that is rewarded with the accuracy of " +
  "what it proposes. The thesis found that the controller's last architectures were no better than its " +
  "first ones, and asked itself whether a network of 24 layers is so large for these images that any " +
  "architecture does. It tried 12 layers, noticed some decrease in accuracy and the same behaviour, and " +
  "printed no number.",
  "This study makes that comparison: how much does the controller gain with all layers, with half of " +
  "them, and do the two gains differ?",
];

function done({ settings, ...data }: CurveData, cells: readonly Cell[], labels: DepthLabels) {
  return [
    `On ${
      cells.map(({ dataset }) => datasetLabel(dataset)).join(" and ")
    }, macro space, the same ` +
    `search ran with ${labels.shallow} and with ${labels.deep}, ${settings.seeds.length} times each. Of ` +
    `each search three architectures were trained from scratch: one of the untrained policy, and the ` +
    `best by estimate of the ${settings.arcs} that were sampled after the first epoch and after the ` +
    "last. Searches of one seed have the same images and training seeds and are compared as pairs.",
    "A claim is supported where the interval of its quantity excludes the opposite, contradicted where " +
    "it excludes an effect that matters (0.3 points of accuracy, 0.05 of a share), and undecidable " +
    "otherwise. Intervals are widened for the number of claims (Holm).",
    ...progressWords({ settings, ...data }, curveForecast(settings, data.runs)),
  ];
}

function* found(claims: readonly JudgedClaim[], labels: DepthLabels): Generator<string> {
  const { numbers, verdict } = claimWords(claims);
  const gain = (depth: "shallow" | "deep") =>
    `With ${labels[depth]}, architectures of the last epoch are better than those of the first by ${
      numbers(`depth.no-better.${depth}`)
    }: that there is no gain that matters is ${verdict(`depth.no-better.${depth}`)}.`;
  yield countWords(claims);
  yield `${gain("shallow")} ${gain("deep")}`;
  yield `The gain with ${labels.deep} less that with ${labels.shallow} is ${
    numbers("T2.depth")
  }: that both are the same is ${verdict("T2.depth")}.`;
  yield `The last architectures with ${labels.deep} are better than those with ${labels.shallow} by ${
    numbers("depth.drop")
  }: that fewer layers cost accuracy is ${verdict("depth.drop")}.`;
}

const CAVEATS = [
  "A verdict of undecidable says nothing against a claim: it may well be true.",
  "A gain from first to last epoch need not be the controller's: estimates under trained weights choose " +
  "better than those under barely trained ones. Study learning-curve has the arms that tell the two " +
  "apart.",
  "A difference of two gains is noisier than either: it takes about twice as many pairs.",
];

/** Table 2 by depth, every run. */
function accuracyTable(
  data: CurveData,
  cells: readonly Cell[],
  labels: DepthLabels,
): StudyTable {
  const list = (values: readonly number[]) =>
    values.length === 0 ? null : values.map((value) => value.toFixed(2)).join(", ");
  const printed = (
    cell: Cell,
    depth: keyof DepthLabels,
    moment: "untrained" | "first" | "last",
  ) => {
    const row = TABLE_2.find((one) =>
      one.dataset === datasetLabel(cell.dataset) && one.space === cell.space
    );
    if (row === undefined || moment === "untrained") return null;
    return depth === "shallow" ? "no number printed" : list(row[moment]);
  };
  return {
    id: "table-2-depth",
    title: "Table 2 by depth",
    caption:
      "Accuracy on the test split after training from scratch, every run in the order of the " +
      "seeds, in per cent. Untrained: the first sample of the untrained policy; first and last epoch: " +
      "the best of the epoch's samples by estimate.",
    columns: [
      "Data set",
      "Depth",
      "Sampled",
      "Thesis",
      "Ours",
      "Our runs",
      "Our mean",
      "Deviation",
    ],
    rows: cells.flatMap((cell) =>
      DEPTHS.flatMap((depth) =>
        (["untrained", "first", "last"] as const).map((moment) => {
          const how = moment === "untrained" ? "drawn" : "chosen";
          const values = valuesOf(cell, depth, accuracyAt(data, moment, how));
          return [
            datasetLabel(cell.dataset),
            labels[depth],
            MOMENT_LABELS[moment],
            printed(cell, depth, moment),
            list(values),
            values.length,
            values.length === 0 ? null : mean(values),
            values.length < 2 ? null : standardDeviation(values),
          ];
        })
      )
    ),
    thesisColumns: [3],
    digits: [null, null, null, null, null, 0, 2, 2],
  };
}

function comparisonsOf(judge: Judge, cell: Cell, labels: DepthLabels): PairedComparison[] {
  const depths = `${labels.deep} − ${labels.shallow}`;
  const list: { what: string; a: Side; b: Side; limit?: number }[] = [
    ...DEPTHS.map((depth) => ({
      what: `${labels[depth]}: last − first epoch`,
      a: judge.accuracy(depth, "first"),
      b: judge.accuracy(depth, "last"),
    })),
    {
      what: `gain: ${depths}`,
      a: gainOf(judge, "shallow"),
      b: gainOf(judge, "deep"),
      limit: 2 * POINTS,
    },
    ...(["first", "last"] as const).map((moment) => ({
      what: `${MOMENT_LABELS[moment]}: ${depths}`,
      a: judge.accuracy("shallow", moment),
      b: judge.accuracy("deep", moment),
    })),
    {
      what: `untrained, not chosen: ${depths}`,
      a: judge.accuracy("shallow", "untrained", "drawn"),
      b: judge.accuracy("deep", "untrained", "drawn"),
    },
  ];
  return list.map(({ what, a, b, limit = POINTS }) => ({
    what,
    pairs: pairsOf(cell, a, b),
    limit,
    thesis: null,
  }));
}

function figuresOf(view: CellView): StudyFigure[] {
  return [
    ...finalStrips(view),
    ...estimateFigure(view),
    ...trainingFigure(
      view,
      DEPTHS.flatMap((arm) => (["first", "last"] as const).map((moment) => ({ arm, moment }))),
    ),
    ...policyFigures(policyView(view)),
  ];
}
