/**
 * The charts of the search: from summaries to figures with caption and table.
 *
 * @module
 */

import { estimatedHow } from "./explanation.ts";
import { batchNormCaption } from "./batch_norm.ts";
import type { ChartFigure, LineSeries, Point } from "./charts.ts";
import { figure, line, name, present } from "./figure_parts.ts";
import { formatCount, formatPercent } from "./format.ts";
import { opShareFigure } from "./op_figures.ts";
import { runColour, SERIES_COLOURS } from "./palette.ts";
import { downsampleRows } from "./rows.ts";
import { findSettingText } from "./settings.ts";
import { type RunSummary, sharesWeights } from "./run_summary.ts";

/** Most dots that a run's scored arcs may take; of more, every second, third … is drawn. */
const MAX_DOTS = 2000;

/** Figures of the search, in the order of the page; charts without any data are left out. */
export function searchFigures(runs: readonly RunSummary[]): ChartFigure[] {
  const child = runs.map((run) =>
    downsampleRows(run.childSteps, "step", ["loss", "accuracy", "learningRate", "gradientNorm"])
  );
  const controller = runs.map((run) =>
    downsampleRows(run.controllerSteps, "step", ["reward", "entropy", "skipRate"])
  );
  const several = runs.length > 1;
  const classes = new Set(runs.map((run) => run.config.dataset.classes));
  const chance = classes.size > 1
    ? ""
    : ` Guessing would give ${formatPercent(1 / runs[0].config.dataset.classes)}.`;
  const step = "Step of the shared weights";
  const update = "Update of the controller";

  const estimates = figure(
    "estimates",
    "Estimated accuracy of sampled arcs",
    `Each dot is one sampled arc, scored on validation images ${estimatedHow(runs)}${
      runs.every(sharesWeights) ? " at the end of an epoch" : ""
    }; the lines follow their mean and the best of them.` + estimateNoise(runs) +
      batchNormCaption(runs) +
      (several
        ? ""
        : sharesWeights(runs[0])
        ? " A rising mean says that shared weights or sampler, or both, improve."
        : " A rising mean says that the sampler improves."),
    {
      x: "Epoch",
      y: "Estimate (validation accuracy)",
      percent: true,
      whole: true,
      range: epochRange(runs),
    },
    runs.flatMap((run, r): LineSeries[] => [
      {
        label: name(run, several, several ? "arcs" : "Sampled arcs"),
        points: spreadArcs(run, r, runs.length),
        colour: several ? runColour(r) : SERIES_COLOURS.quiet,
        look: "points",
      },
      line(run, r, several, "Mean", run.epochs, "epoch", "meanEstimate", "marked"),
      {
        ...line(run, r, several, "Best", run.epochs, "epoch", "bestEstimate", "dashed"),
        ...(several ? {} : { colour: SERIES_COLOURS.second, look: "marked" as const }),
      },
    ]),
    true,
  );

  return present([
    estimates === null ? null : {
      ...estimates,
      // The dots are moved apart sideways; the table names epoch and arc instead.
      table: arcTable(runs),
    },
    figure(
      "policy_accuracy",
      "Accuracy of the policy",
      `Accuracy on the whole validation split after each epoch, under the shared weights, with ${
        policyArcs(runs)
      }. It tells how good the sampler's proposals are on average.`,
      { x: "Epoch", y: "Validation accuracy", percent: true, whole: true },
      runs.map((run, r) =>
        line(run, r, several, "Policy", run.epochs, "epoch", "policyAccuracy", "marked")
      ),
    ),
    figure(
      "child_loss",
      "Loss of the shared weights",
      "Cross-entropy on each logged minibatch of training images (pale) and its mean over the epoch " +
        "(bold). It jumps from step to step because every step trains another sampled arc.",
      { x: step, y: "Cross-entropy (nats)" },
      runs.flatMap((run, r) => [
        line(run, r, several, "Minibatch", child[r], "step", "loss", "noise"),
        line(run, r, several, "Epoch mean", run.epochs, "lastStep", "trainLoss", "marked"),
      ]),
    ),
    figure(
      "child_accuracy",
      "Training accuracy of the shared weights",
      "Share of right answers on each logged minibatch of training images (pale) and over the epoch " +
        "(bold)." + chance,
      { x: step, y: "Training accuracy", percent: true },
      runs.flatMap((run, r) => [
        line(run, r, several, "Minibatch", child[r], "step", "accuracy", "noise"),
        line(run, r, several, "Epoch mean", run.epochs, "lastStep", "trainAccuracy", "marked"),
      ]),
    ),
    figure(
      "reward",
      "Reward and baseline",
      "Mean reward of the arcs sampled for each update (validation accuracy, plus the entropy bonus " +
        "where one is set) and the moving average it is compared with. Arcs above the baseline " +
        "become more likely, arcs below it less.",
      { x: update, y: "Reward" },
      runs.flatMap((run, r) => [
        line(run, r, several, "Reward", controller[r], "step", "reward", "thin"),
        {
          ...line(run, r, several, "Baseline", controller[r], "step", "baseline", "line"),
          ...(several ? {} : { colour: SERIES_COLOURS.second }),
        },
      ]),
    ),
    figure(
      "entropy",
      "Entropy of the sampler",
      "How undecided the sampler is, summed over the choices of one arc. It falls as the controller " +
        "commits itself; near zero it proposes the same arc every time.",
      { x: update, y: "Entropy (nats)", fromZero: true },
      runs.map((run, r) => line(run, r, several, "Entropy", controller[r], "step", "entropy")),
    ),
    figure(
      "skip_rate",
      "Share of skip connections",
      "Share of all possible skip connections that the sampled arcs use.",
      { x: update, y: "Skip connections set", percent: true },
      runs.map((run, r) => line(run, r, several, "Skip rate", controller[r], "step", "skipRate")),
    ) ?? figure(
      "skip_rate",
      "Share of skip connections",
      "Share of all possible skip connections that the sampled arcs of each epoch use.",
      { x: "Epoch", y: "Skip connections set", percent: true, whole: true },
      runs.map((run, r) =>
        line(run, r, several, "Skip rate", run.epochs, "epoch", "skipRate", "marked")
      ),
    ),
    ...runs.map((run, r) => opShareFigure(run, r, several)),
    figure(
      "learning_rate",
      "Learning rate",
      "Step size of the shared weights over the search.",
      { x: step, y: "Learning rate" },
      runs.map((run, r) =>
        line(run, r, several, "Learning rate", child[r], "step", "learningRate")
      ),
    ),
    figure(
      "gradient_norm",
      "Size of the gradient",
      "Length of the gradient over the weights of the sampled arc, before clipping, on a logarithmic " +
        "scale. Steady is healthy; growth without end is not.",
      { x: step, y: "L2 norm", logarithmic: true },
      runs.map((run, r) =>
        line(run, r, several, "Gradient norm", child[r], "step", "gradientNorm", "thin")
      ),
    ),
  ]);
}

/** Dots of the scored arcs, moved apart sideways within their epoch so that none hides another. */
function spreadArcs(run: RunSummary, r: number, runs: number): Point[] {
  const most = Math.max(1, ...run.arcs.map(({ index }) => (index ?? 0) + 1));
  const lane = 0.5 / runs;
  const stride = Math.ceil(run.arcs.length / MAX_DOTS);
  return run.arcs.filter((_, i) => i % stride === 0).map(({ epoch, index, estimate }) => {
    const within = most === 1 ? 0.5 : (index ?? 0) / (most - 1);
    const shift = -0.25 + lane * (r + 0.1 + 0.8 * within);
    return { x: Math.round((epoch + shift) * 1000) / 1000, y: estimate };
  });
}

function epochRange(runs: readonly RunSummary[]): [number, number] {
  const epochs = runs.flatMap((run) => [...run.arcs, ...run.epochs]).map(({ epoch }) => epoch ?? 1);
  return [Math.min(...epochs) - 0.5, Math.max(...epochs) + 0.5];
}

function arcTable(runs: readonly RunSummary[]): ChartFigure["table"] {
  return {
    columns: ["Run", "Epoch", "Index", "Estimate", "Standard error", "Images", "Batch norm"],
    rows: runs.flatMap((run) =>
      run.arcs.map((
        { epoch, index, estimate, standardError, images, batchNorm },
      ) => [run.label, epoch, index, estimate, standardError, images, batchNorm])
    ),
  };
}

function policyArcs(runs: readonly RunSummary[]): string {
  const ways = new Set(
    runs.filter(({ epochs }) => epochs.some(({ policyAccuracy }) => policyAccuracy !== null))
      .map(({ config }) => findSettingText(config, "evaluation")),
  );
  const texts = [
    ...(ways.has("new-arc-per-batch") ? ["a newly sampled arc for every minibatch"] : []),
    ...(ways.has("one-arc") ? ["one sampled arc for all minibatches"] : []),
  ];
  return texts.length === 0 ? "arcs sampled from the policy" : texts.join(" or ");
}

function estimateNoise(runs: readonly RunSummary[]): string {
  const arcs = runs.flatMap(({ arcs }) => arcs).filter((arc) => Number.isFinite(arc.standardError));
  if (arcs.length === 0) return "";
  const mean = arcs.reduce((sum, arc) => sum + arc.standardError, 0) / arcs.length;
  const images = [...new Set(arcs.map((arc) => arc.images))].sort((a, b) => a - b);
  const many = images.length === 1
    ? formatCount(images[0])
    : `${formatCount(images[0])} to ${formatCount(images[images.length - 1])}`;
  return ` Each dot rests on ${many} images and is uncertain by about ` +
    `±${(mean * 100).toFixed(1)} points (standard error).`;
}
