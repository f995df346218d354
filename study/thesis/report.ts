/**
 * The report of `study thesis`: the thesis's own tables, judged by the rules that our studies follow.
 *
 * @module
 */
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import { getPreset } from "../../nas/config/mod.ts";
import {
  criticalTau,
  judgeClaims,
  type JudgedClaim,
  powerOfTau,
  stratifiedWelchTest,
  type Uniform,
  type Verdict,
} from "../../nas/stats/mod.ts";
import {
  STUDY_REPORT_VERSION,
  type StudyFigure,
  type StudyReport,
  type StudyTable,
} from "../../nas/stats/study_report.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import { ACCURACY_MARGIN, thesisClaims } from "./claims.ts";
import { ESTIMATE_IMAGES, TABLE_1, TABLE_2, TABLE_3, TEST_IMAGES } from "./tables.ts";

/** What a report says beside its contents. */
export interface ReportStamp {
  readonly seconds: number;
  readonly created: Date;
  readonly enaslab: string;
}

/** Judges the thesis by its tables; takes about a second. `uniform` draws the resamples. */
export function thesisReport(uniform: Uniform, stamp: () => ReportStamp): StudyReport {
  const claims = judgeClaims(thesisClaims(uniform));
  const figures = [
    intervals(),
    thesisFigure18(),
    powerCurve(uniform),
    learningRate(),
  ];
  const { seconds, created, enaslab } = stamp();
  return {
    version: STUDY_REPORT_VERSION,
    study: "thesis",
    title: 'What the numbers of "Analysis of ENAS" can show',
    asked: [
      'The thesis "Analysis of ENAS" asks whether efficient neural architecture search works: does ' +
      "its controller get better with training, does accuracy under shared weights predict " +
      "accuracy after training from scratch, does a trained controller transfer to other data? " +
      "It answers no three times.",
      "This page asks a question before that: could its experiments have told? Nothing is trained " +
      "here. Every claim is quoted and judged by the numbers that the thesis prints.",
    ],
    done: [
      "Each claim became a quantity with an interval and, where chance plays a part, an exact test. " +
      "A claim is supported where the interval excludes its opposite, contradicted where the " +
      "interval excludes an effect that matters (0.2 in rank correlation, 0.3 points of " +
      "accuracy), and undecidable otherwise. Intervals are widened for the number of claims (Holm).",
    ],
    found: [...findings(claims)],
    caveats: [
      "A verdict of undecidable says nothing against a claim: it may well be true.",
      "Where single runs stand behind a number, its noise over seeds is unknown and counted as none.",
      "How many runs it would take is computed from the spread in the thesis's own few runs, which " +
      "is itself uncertain; one outlier (77.12 %) multiplies it.",
    ],
    scale: { label: "the thesis's own numbers; nothing was trained", facts: [] },
    claims,
    tables: [table1(), table2(), table3()],
    figures,
    cost: { seconds, trials: 0, adapter: "none" },
    created: created.toISOString(),
    enaslab,
  };
}

function* findings(claims: readonly JudgedClaim[]): Generator<string> {
  const count = (verdict: Verdict) => claims.filter((claim) => claim.verdict === verdict).length;
  const silent = claims.filter(({ n }) => n === 0).length;
  yield `Of ${claims.length} claims ${count("undecidable")} are undecidable (${silent} of them ` +
    `because no number is printed), ${count("supported")} are supported and ` +
    `${count("contradicted")} contradicted.`;
  const { value, p, smallestP, power, nToDecide } = claims.find(({ id }) => id === "T3.estimator")!;
  yield `The central table 3 is undecidable: Kendall's tau is ${
    value!.toFixed(2)
  } with an exact p of ` +
    `${p!.toFixed(2)}. Five architectures can never give a p below ${smallestP!.toFixed(3)}, and ` +
    `only a perfect order reaches 0.05; a study of that size sees a correlation of 0.2 with a ` +
    `probability of ${
      (100 * power!).toFixed(0)
    } %. About ${nToDecide} architectures would decide. ` +
    "Each estimate is one batch of 128 images, off by 3.4 to 4.4 points, taken five epochs after a " +
    "restart of the learning rate, and the five final accuracies differ no more than two tests of " +
    "one network would.";
  yield "Table 2 compares three runs with three, and two with two: no outcome could have been " +
    "significant at 0.05.";
}

function table1(): StudyTable {
  return {
    id: "table-1",
    title: "Table 1: transfer",
    caption: "Accuracy on CIFAR-100 after training from scratch, by the epoch at which the " +
      "architecture was sampled; macro space, one run each, in per cent.",
    columns: ["Sampled epoch", "Without transfer", "With transfer", "Difference"],
    rows: [100, 155, 310].map((epoch) => {
      const [none, transferred] = [false, true].map((kind) =>
        TABLE_1.find((row) => row.epoch === epoch && row.transferred === kind)!.accuracy
      );
      return [epoch, none, transferred, transferred - none];
    }),
    thesisColumns: [1, 2],
    digits: [0, 2, 2, 2],
  };
}

function table2(): StudyTable {
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(2)).join(", ");
  return {
    id: "table-2",
    title: "Table 2: learning curve",
    caption:
      "Accuracy after training from scratch of architectures sampled in the first and in the " +
      "last epoch, every run, in per cent; difference of means with its 95 % interval (Welch).",
    columns: ["Data set", "Space", "First epoch", "Last epoch", "Difference", "Interval"],
    rows: [
      ...TABLE_2.map(({ dataset, space, first, last }) => {
        const { difference, interval } = stratifiedWelchTest([{ a: first, b: last }]);
        return [
          dataset,
          space,
          list(first),
          list(last),
          difference,
          `${fixedNumber(interval.low, 2)} to ${fixedNumber(interval.high, 2)}`,
        ];
      }),
      ["CIFAR-10", "micro", null, null, null, null],
    ],
    thesisColumns: [2, 3],
    digits: [null, null, null, null, 2, null],
  };
}

function table3(): StudyTable {
  return {
    id: "table-3",
    title: "Table 3: estimator",
    caption:
      `Estimate under shared weights on one batch of ${ESTIMATE_IMAGES} images, the images that ` +
      "were right, its standard error, and accuracy after training from scratch, in per cent.",
    columns: ["Estimate", "Right images", "Standard error", "Final accuracy"],
    rows: TABLE_3.map(({ estimate, final }) => [
      estimate,
      Math.round(estimate / 100 * ESTIMATE_IMAGES),
      100 * standardError(estimate, ESTIMATE_IMAGES),
      final,
    ]),
    thesisColumns: [0, 3],
    digits: [2, 0, 2, 2],
  };
}

/** Binomial standard error, as a fraction, of an accuracy in per cent. */
function standardError(accuracy: number, images: number): number {
  return Math.sqrt(accuracy / 100 * (1 - accuracy / 100) / images);
}

/** Figure 18 of the thesis, from its table 3. */
export function thesisFigure18(): StudyFigure {
  return {
    id: "figure-18",
    kind: "scatter",
    title: "Estimate against final accuracy",
    caption:
      "Figure 18 of the thesis with error bars of one standard error, from the number of images " +
      "alone; seeds would add to them.",
    x: { title: "estimate under shared weights", percent: true },
    y: { title: "accuracy from scratch", percent: true },
    groups: [{
      label: "sampled at epoch 155",
      points: TABLE_3.map(({ estimate, final }, i) => {
        const [x, y] = [estimate / 100, final / 100];
        const [dx, dy] = [
          standardError(estimate, ESTIMATE_IMAGES),
          standardError(final, TEST_IMAGES),
        ];
        return {
          label: `architecture ${i + 1}`,
          x,
          y,
          xLow: x - dx,
          xHigh: x + dx,
          yLow: y - dy,
          yHigh: y + dy,
        };
      }),
    }],
  };
}

function intervals(): StudyFigure {
  const cells = TABLE_2.map(({ dataset, space, first, last }) => ({
    label: `${dataset}, ${space}`,
    strata: [{ a: first, b: last }],
  }));
  const all = { label: "all three", strata: cells.flatMap(({ strata }) => strata) };
  return {
    id: "first-against-last",
    kind: "intervals",
    title: "Last epoch minus first epoch",
    caption:
      "Differences of mean accuracy with 95 % intervals (not yet widened for several claims). " +
      "An interval inside the band would show that the difference does not matter, one beyond 0 that " +
      "there is one. The interval of CIFAR-100 micro goes on beyond the chart.",
    axis: { title: "points of accuracy", percent: false },
    margin: ACCURACY_MARGIN,
    rows: [...cells, all].map(({ label, strata }) => {
      const { difference, interval } = stratifiedWelchTest(strata);
      return { label, value: difference, low: interval.low, high: interval.high };
    }),
  };
}

/** Sizes at which the power curve is computed. */
const SIZES = [4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100];

function powerCurve(uniform: Uniform): StudyFigure {
  return {
    id: "power",
    kind: "lines",
    title: "How many architectures does a correlation need?",
    caption:
      "Probability that the exact test of Kendall's tau is significant at 0.05, by the number of " +
      "architectures, for three true correlations (1,000 simulated studies a point). The thesis had 5.",
    x: { title: "architectures", percent: false },
    y: { title: "power", percent: true },
    series: [0.2, 0.4, 0.6].map((tau) => ({
      label: `true tau ${tau}`,
      dashed: false,
      points: SIZES.map((n) => ({
        x: n,
        y: criticalTau(n) === null ? 0 : powerOfTau(n, tau, uniform, { trials: 1000 }),
        low: null,
        high: null,
      })),
    })),
  };
}

function learningRate(): StudyFigure {
  const { child } = getPreset("thesis", "macro").config;
  const schedule = {
    max: child.learningRateMax,
    min: child.learningRateMin,
    period: child.restartPeriod,
    factor: child.restartFactor,
  };
  const points = Array.from({ length: 310 }, (_, epoch) => ({
    x: epoch,
    y: cosineLearningRate(epoch, schedule),
    low: null,
    high: null,
  }));
  return {
    id: "learning-rate",
    kind: "lines",
    title: "Where in the schedule was epoch 155?",
    caption: "Learning rate of the shared weights by epoch. Epoch 155 lies five epochs after the " +
      "restart at 150, near the highest rate and so near the noisiest weights; epoch 149 would have " +
      "been the calmest.",
    x: { title: "epoch", percent: false },
    y: { title: "learning rate", percent: false },
    series: [
      { label: "learning rate", dashed: false, points },
      {
        label: "epoch 155",
        dashed: true,
        points: [0, schedule.max].map((y) => ({ x: 155, y, low: null, high: null })),
      },
    ],
  };
}
