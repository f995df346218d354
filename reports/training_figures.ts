/**
 * The charts of training from scratch.
 *
 * @module
 */

import type { ChartFigure } from "./charts.ts";
import { figure, line, present } from "./figure_parts.ts";
import { SERIES_COLOURS } from "./palette.ts";
import type { RunSummary } from "./summary.ts";

/** Figures of training from scratch; none when no run was trained. */
export function trainingFigures(runs: readonly RunSummary[]): ChartFigure[] {
  const several = runs.length > 1;
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
      "Share of right answers on training and on validation images after each epoch. A widening gap " +
        "means that the network memorises. The test images are not used here.",
      { x: "Epoch", y: "Accuracy", percent: true, whole: true },
      runs.flatMap((run, r) => [
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
          ...(several ? {} : { colour: SERIES_COLOURS.second }),
        },
      ]),
    ),
  ]);
}
