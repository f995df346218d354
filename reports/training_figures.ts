/**
 * The charts of training from scratch.
 *
 * @module
 */

import type { ChartFigure, LineSeries } from "./charts.ts";
import { figure, line, present } from "./figure_parts.ts";
import { SERIES_COLOURS } from "./palette.ts";
import type { RunSummary } from "./run_summary.ts";

/** Figures of training from scratch; none when no run was trained. */
export function trainingFigures(runs: readonly RunSummary[]): ChartFigure[] {
  const several = runs.length > 1;
  // The legend of many runs needs the whole width.
  const wide = runs.length > 2;
  const second = several ? {} : { colour: SERIES_COLOURS.second };
  return present([
    figure(
      "training_loss",
      "Loss while training from scratch",
      "Mean cross-entropy on training images in each epoch, with fresh weights.",
      { x: "Epoch", y: "Cross-entropy (nats)", whole: true },
      runs.map((run, r) =>
        line(run, r, several, "Training loss", run.training, "epoch", "loss", "marked")
      ),
    ),
    figure(
      "training_accuracy",
      "Accuracy while training from scratch",
      accuracyCaption(runs),
      { x: "Epoch", y: "Accuracy", percent: true, whole: true },
      runs.flatMap((run, r): LineSeries[] => [
        line(run, r, several, "Training", run.training, "epoch", "trainAccuracy", "dashed"),
        {
          ...line(
            run,
            r,
            several,
            "Validation",
            run.training,
            "epoch",
            "validationAccuracy",
            "marked",
          ),
          ...second,
        },
        ...(several ? [] : bestEpoch(run)),
      ]),
      wide,
    ),
    figure(
      "training_learning_rate",
      "Learning rate of training from scratch",
      "Step size in each epoch.",
      { x: "Epoch", y: "Learning rate", whole: true, fromZero: true },
      runs.map((run, r) =>
        line(run, r, several, "Learning rate", run.training, "epoch", "learningRate")
      ),
    ),
  ]);
}

/** A dot at the epoch with the best validation accuracy, where it is not the last one. */
function bestEpoch(run: RunSummary): LineSeries[] {
  const last = run.training[run.training.length - 1];
  if (run.final === null || last === undefined || run.final.bestEpoch === last.epoch) return [];
  const { bestEpoch: x, bestValidationAccuracy: y } = run.final;
  if (x === null || y === null) return [];
  return [{
    label: "Best epoch",
    points: [{ x, y }],
    colour: SERIES_COLOURS.third,
    look: "points",
  }];
}

function accuracyCaption(runs: readonly RunSummary[]): string {
  const trained = runs.filter(({ training }) => training.length > 0);
  const blind = trained.filter(validatesNothing);
  if (blind.length === trained.length) {
    return "Share of right answers on training images after each epoch. Training used all images, so " +
      "there is no validation accuracy. The test images are not used here.";
  }
  const without = blind.length === 0
    ? ""
    : ` ${
      blind.map(({ label }) => label).join(", ")
    } trained on all images and has no validation ` +
      "accuracy.";
  return "Share of right answers on training and on validation images after each epoch. A widening " +
    "gap means that the network memorises. No epoch is chosen by it. The test images are not used " +
    `here.${without}`;
}

/** Whether training used all images, so that no validation accuracy was measured. */
export function validatesNothing(run: Pick<RunSummary, "training">): boolean {
  return run.training.length > 0 &&
    run.training.every(({ validationAccuracy }) => validationAccuracy === null);
}
