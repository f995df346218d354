/**
 * A study report with a figure of every kind as a study makes it, and one of every kind at its limits:
 * no rows, one point, nulls, many series, very long and hostile texts.
 *
 * @module
 */
import {
  STUDY_REPORT_VERSION,
  type StudyFigure,
  type StudyReport,
} from "../../nas/stats/study_report.ts";
import { seeded } from "../nas/stats/helpers.ts";

/** Text that means harm, and does not end soon. */
export const LONG = `<script>canary=1</script>"'><img src=x onerror=canary=1> ${
  "a label that goes on and on ".repeat(8)
}`;

const uniform = seeded();
const noise = (size: number): number => size * (uniform() - 0.5);
const plain = (title: string) => ({ title, percent: false });
const percent = (title: string) => ({ title, percent: true });
const EPOCHS = Array.from({ length: 31 }, (_, i) => i);

/** Cosine with restarts at 3, 9 and 21, as in a search of 31 epochs. */
function rate(epoch: number): number {
  const starts = [0, 3, 9, 21, 45];
  const at = starts.findLastIndex((start) => start <= epoch);
  const part = (epoch - starts[at]) / (starts[at + 1] - starts[at]);
  return 0.0005 + 0.02475 * (1 + Math.cos(Math.PI * part));
}

/** Figures as studies make them. */
export const USUAL: readonly StudyFigure[] = [
  {
    id: "tau-by-epoch",
    kind: "lines",
    title: "Rank correlation by epoch",
    caption:
      "Kendall's tau of estimate and final accuracy at each marked epoch; the learning rate " +
      "below. Bands: 95 % interval over architectures.",
    x: plain("epoch of the search"),
    y: plain("Kendall's tau"),
    series: ["moving averages", "batch statistics", "recalibrated"].map((label, s) => ({
      label,
      dashed: s === 0,
      points: [1, 2, 3, 8, 9, 10, 15, 20, 21, 22, 30].map((x) => {
        const y = 0.1 * s + 0.4 * (1 - Math.exp(-x / 9)) - 3 * rate(x) + noise(0.1);
        return { x, y, low: y - 0.13, high: y + 0.12 };
      }),
    })),
    under: {
      y: plain("learning rate"),
      series: [{
        label: "learning rate",
        dashed: false,
        points: EPOCHS.map((x) => ({ x, y: rate(x), low: null, high: null })),
      }],
    },
  },
  {
    id: "anytime",
    kind: "lines",
    title: "Best so far by time",
    caption: "Best estimate so far, mean over seeds. Bands: 95 % interval of the mean.",
    x: { ...plain("seconds of searching"), logarithmic: true },
    y: percent("best estimate so far"),
    series: ["ENAS", "random sampler", "random search"].map((label, s) => ({
      label,
      dashed: s > 0,
      points: Array.from({ length: 25 }, (_, i) => {
        const x = 5 * 1.25 ** i;
        const y = 0.75 - 0.5 / (1 + (i / (6 + 2 * s)) ** 2);
        return { x, y, low: y - 0.03, high: y + 0.02 };
      }),
    })),
  },
  {
    id: "scatter",
    kind: "scatter",
    title: "Estimate against final accuracy",
    caption: "Bars: 95 % intervals; 24 architectures.",
    x: percent("estimate under shared weights"),
    y: percent("accuracy from scratch"),
    groups: ["drawn by the controller", "drawn uniformly"].map((label, g) => ({
      label,
      points: Array.from({ length: 12 }, (_, i) => {
        const x = 0.3 + 0.03 * i + 0.05 * g + noise(0.1);
        const y = 0.7 + 0.2 * x + noise(0.05);
        return {
          label: `architecture ${12 * g + i + 1}`,
          ...{ x, y, xLow: x - 0.02, xHigh: x + 0.02, yLow: y - 0.008, yHigh: y + 0.008 },
        };
      }),
    })),
  },
  {
    id: "strips",
    kind: "strips",
    title: "Final accuracy by arm",
    caption: "Every run, and the mean with its interval.",
    y: percent("test accuracy"),
    arms: [
      "first epoch",
      "last epoch",
      "random sampler",
      "shuffled reward",
      "one run",
      "not run yet",
    ]
      .map((label, arm) => ({
        label,
        values: Array.from(
          { length: [6, 6, 6, 6, 1, 0][arm] },
          () => 0.8 + 0.01 * arm + noise(0.04),
        ),
      })),
  },
  {
    id: "ops",
    kind: "shares",
    title: "Which ops are sampled",
    caption: "Mean over seeds.",
    bars: ["epoch 1", "epoch 10", "epoch 15", "epoch 31", "epoch 31 of the shuffled reward"],
    parts: [
      "3×3 conv",
      "5×5 conv",
      "3×3 separable",
      "5×5 separable",
      "average pool",
      "max pool",
    ].map((label, p) => ({
      label,
      shares: [1 / 6, 1 / 6 + (p - 2.5) / 30, 1 / 6 + (p - 2.5) / 20, 1 / 6 + (p - 2.5) / 17, null],
    })),
  },
  {
    id: "bump",
    kind: "bump",
    title: "Ranks of the architectures by epoch",
    caption: "Rank 1 is the highest estimate; the last column is the accuracy from scratch.",
    orders: ["epoch 9", "epoch 10", "epoch 21", "epoch 22", "from scratch"],
    lines: Array.from({ length: 16 }, (_, i) => ({
      label: `architecture ${i + 1}`,
      ranks: [1, 7, 3, 11, 5].map((step) => (i * step + step) % 17),
    })),
  },
  {
    id: "heat",
    kind: "heat",
    title: "Rank correlation by seed and epoch",
    caption: "Kendall's tau of estimate and accuracy from scratch.",
    value: plain("Kendall's tau"),
    columns: [
      "epoch 1",
      "epoch 2",
      "epoch 3",
      "epoch 9",
      "epoch 10",
      "epoch 21",
      "epoch 22",
      "epoch 31",
    ],
    rows: [0, 1, 2, 3].map((seed) => ({
      label: `seed ${seed}`,
      values: EPOCHS.slice(0, 8).map((e) =>
        seed === 3 && e > 4 ? null : -0.2 + 0.11 * e + noise(0.2)
      ),
    })),
    range: [-0.4, 0.8],
  },
  {
    id: "effects",
    kind: "intervals",
    title: "Last epoch minus first epoch",
    caption: "95 % intervals.",
    axis: plain("points of accuracy"),
    margin: 0.3,
    rows: [
      ["macro space, Fashion-MNIST", 0.31, -0.2, 0.8],
      ["micro space, Fashion-MNIST", -0.1, -0.28, 0.09],
      ["random sampler in the macro space, with weights shared", 0.9, 0.2, 1.7],
      ["shuffled reward", 0.02, -6, 6],
      ["not run yet", null, null, null],
    ].map(([label, value, low, high]) => ({ label, value, low, high })) as {
      label: string;
      value: number | null;
      low: number | null;
      high: number | null;
    }[],
  },
  {
    id: "way",
    kind: "diagram",
    title: "The way of the controller",
    caption: "What was trained where, and what was carried over.",
    direction: "right",
    boxes: [
      {
        id: "a",
        title: "Fashion-MNIST",
        lines: ["search of 31 epochs", "seeds 0 to 5"],
        tone: "plain",
      },
      { id: "b", title: "Controller", lines: ["6 tensors", "SHA-256 1f0a…"], tone: "strong" },
      { id: "c", title: "MNIST", lines: ["sampled at 10, 15 and 31"], tone: "plain" },
      { id: "d", title: "Fresh controller", lines: [], tone: "muted" },
    ],
    arrows: [
      { from: "a", to: "b", label: "after the last epoch" },
      { from: "b", to: "c", label: "with transfer" },
      { from: "d", to: "c", label: "without" },
    ],
  },
];

const head = (id: string) => ({ id, title: LONG, caption: LONG });
const axis = { title: LONG, percent: false };
const longs = (count: number) => Array.from({ length: count }, (_, i) => `${LONG}${i % 2}`);

/** Figures of every kind at their limits. */
export const LIMITS: readonly StudyFigure[] = [
  { ...head("no-lines"), kind: "lines", x: axis, y: axis, series: [] },
  {
    ...head("no-points"),
    kind: "scatter",
    x: axis,
    y: axis,
    groups: [{ label: LONG, points: [] }],
  },
  { ...head("no-runs"), kind: "strips", y: axis, arms: [{ label: LONG, values: [] }] },
  { ...head("no-bars"), kind: "shares", bars: [], parts: [] },
  { ...head("no-ranks"), kind: "bump", orders: [], lines: [] },
  { ...head("no-cells"), kind: "heat", value: axis, columns: [], rows: [], range: [0, 1] },
  { ...head("no-intervals"), kind: "intervals", axis, margin: 0.2, rows: [] },
  {
    ...head("one-line"),
    kind: "lines",
    x: { ...axis, logarithmic: true },
    y: axis,
    series: [{
      label: LONG,
      dashed: true,
      points: [{ x: 3, y: 2, low: 1, high: 4 }, { x: 0, y: 1, low: null, high: null }],
    }],
  },
  {
    ...head("many-lines"),
    kind: "lines",
    x: axis,
    y: percent(LONG),
    series: Array.from({ length: 18 }, (_, i) => ({
      label: i === 17 ? LONG : `seed ${i} of the macro space`,
      dashed: i % 2 === 1,
      points: [0, 1, 2, 3, 4].map((x) => ({
        x,
        y: x === 2 && i === 3 ? null : 0.3 + 0.02 * i + 0.05 * x,
        low: i === 0 ? 0.2 + 0.05 * x : null,
        high: i === 0 ? 0.5 + 0.05 * x : null,
      })),
    })),
  },
  {
    ...head("one-point"),
    kind: "scatter",
    x: axis,
    y: axis,
    groups: [{
      label: LONG,
      points: [{ label: LONG, x: 1, y: 2, xLow: null, xHigh: null, yLow: 1.5, yHigh: 2.5 }],
    }],
  },
  {
    ...head("one-run"),
    kind: "strips",
    y: axis,
    arms: longs(8).map((label) => ({ label, values: [1] })),
  },
  {
    ...head("one-bar"),
    kind: "shares",
    bars: [LONG],
    parts: longs(14).map((label) => ({ label, shares: [1 / 14] })),
  },
  {
    ...head("one-rank"),
    kind: "bump",
    orders: longs(7),
    lines: longs(3).map((label) => ({ label, ranks: [2, null, 2] })),
  },
  {
    ...head("long-cells"),
    kind: "heat",
    value: percent(LONG),
    columns: longs(3),
    rows: longs(2).map((label) => ({ label, values: [-9, 0.5] })),
    range: [1, 0],
  },
  {
    ...head("long-intervals"),
    kind: "intervals",
    axis,
    margin: 0,
    rows: longs(3).map((label) => ({ label, value: 0.5, low: null, high: null })),
  },
  {
    ...head("long-boxes"),
    kind: "diagram",
    direction: "down",
    boxes: [
      { id: LONG, title: LONG, lines: [LONG], tone: "plain" },
      { id: "b", title: LONG, lines: [], tone: "muted" },
    ],
    arrows: [{ from: LONG, to: "b", label: LONG }],
  },
];

/** Claims of every verdict, and one without data. */
const CLAIMS: StudyReport["claims"] = (["supported", "contradicted", "undecidable"] as const).map(
  (verdict, i) => ({
    id: `G.${i}`,
    quote: "the best architecture is found by the end",
    where: "section 1",
    question: `Is this claim ${verdict}?`,
    side: "positive",
    margin: 0.3,
    statistic: "difference of means",
    value: 0.5 - 0.4 * i,
    ci: [0.1 - 0.6 * i, 0.9 - 0.7 * i],
    level: 0.975,
    p: 0.0004 + 0.2 * i,
    adjustedP: 0.0012 + 0.3 * i,
    smallestP: 0.0003,
    n: 6,
    unit: "runs an arm",
    power: 0.41,
    verdict,
    nToDecide: 19,
    remark: "One data set.",
  }),
);
const SILENT: StudyReport["claims"][number] = {
  ...CLAIMS[2],
  ...{ id: "G.none", question: "Is there anything to say?", statistic: "", value: null, ci: null },
  ...{ level: null, p: null, adjustedP: null, smallestP: null, n: 0, power: null, nToDecide: null },
};

/** A study with these figures, and with everything that a page can say. */
export function galleryStudy(figures: readonly StudyFigure[]): StudyReport {
  return {
    version: STUDY_REPORT_VERSION,
    study: "gallery",
    title: "A gallery of figures",
    asked: ["Does a page show what a study found, to a reader who sees it for the first time?"],
    done: ["Figures of every kind were drawn from made-up numbers.", "Nothing was trained."],
    found: ["Of 4 claims 1 is supported, 1 contradicted and 2 are undecidable."],
    caveats: ["Numbers that were made up say nothing of architectures.", "Nor do four claims."],
    claims: [...CLAIMS, SILENT],
    tables: [{
      id: "table-2",
      title: "Table 2: learning curve",
      caption: "Accuracy after training from scratch, in per cent",
      columns: ["Data set", "First", "Last", "Difference", "Thesis: first", "Thesis: last"],
      rows: [
        ["Fashion-MNIST", 88.123, 88.5, 0.377, null, null],
        ["CIFAR-10", null, null, null, "96.69, 95.80, 95.71", "95.38, 95.81, 95.76"],
        ["MNIST", 99.25, 99, -0.25, null, null],
      ],
      thesisColumns: [4, 5],
      digits: [null, 2, 2, 2],
    }],
    figures: [...figures],
    scale: {
      label: "scaled: 6 of 24 layers, 31 of 310 epochs",
      facts: [
        { name: "layers", value: "6", thesis: "24" },
        { name: "epochs", value: "31", thesis: "310" },
        { name: "validation share", value: "0.08333333333333333", thesis: "0.1" },
        { name: "batch size", value: "128", thesis: "128" },
      ],
    },
    cost: { seconds: 4210, trials: 58, adapter: "llvmpipe (LLVM 19.1.7, 256 bits)" },
    command: "deno task study estimator --scale small --seeds 0..2 --set child.layers=6",
    settings: [{ name: "scale", value: "small" }, { name: "seeds", value: "[0,1,2]" }],
    protocol: { text: "Each claim is a quantity with an interval.", hash: "0123abcd".repeat(8) },
    created: "2026-03-04T12:34:56.000Z",
    enaslab: "0.1.0",
  };
}
