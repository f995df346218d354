/**
 * The box with what matters most: the numbers of a run, or one sentence a run.
 *
 * @module
 */

import { counted } from "../nas/text/words.ts";
import { arcInWords } from "./arc_text.ts";
import { batchNormName } from "./batch_norm.ts";
import {
  escapeHtml,
  formatCount,
  formatDuration,
  formatLarge,
  formatPercent,
  formatWithError,
  NBSP,
} from "./format.ts";
import { datasetKind, datasetName, intervalText } from "./headline.ts";
import { readArc } from "./summary.ts";
import { type FinalResult, type RunSummary, type ScoredArc, sharesWeights } from "./run_summary.ts";
import { validatesNothing } from "./training_figures.ts";

/** The box below the title. */
export function headlineBox(runs: readonly RunSummary[]): string {
  const inside = runs.length === 1
    ? `<p>${headlineSentence(runs[0])}</p><dl class="numbers">${
      headlineNumbers(runs[0]).join("\n")
    }</dl>`
    : `<dl class="sentences">${
      runs.map((run) =>
        `<div><dt>${escapeHtml(run.label)}</dt><dd>${headlineSentence(run)}</dd></div>`
      ).join("")
    }</dl>`;
  return `<section class="card headline" aria-label="Results">${inside}</section>`;
}

function headlineSentence(run: RunSummary): string {
  return run.kind === "train" ? trainSentence(run) : searchSentence(run);
}

function trainSentence(run: RunSummary): string {
  const data = escapeHtml(datasetName(run.config));
  const { final, training } = run;
  if (final === null) {
    const epochs = training.length;
    return epochs === 0
      ? `The run was to train one arc from scratch on ${data}; it ended before the first epoch did.`
      : `One arc was being trained from scratch on ${data}; ${
        counted(epochs, "epoch")
      } finished. The test images were not read.`;
  }
  const network = arcInWords(readArc(run, final.arc));
  const graph = final.graph === "official" ? ", in the released code's retrain network," : "";
  const after = training.length === 0 ? "" : ` for ${counted(training.length, "epoch")}`;
  return `A given ${network}${graph} was trained from scratch on ${data}${after}. It classifies ` +
    `<strong>${formatPercent(final.testAccuracy)}</strong> of ${
      counted(final.testImages, "unseen image")
    } correctly.`;
}

function searchSentence(run: RunSummary): string {
  const kind = escapeHtml(datasetKind(run.config));
  const network = arcInWords(readArc(run, (run.final ?? run.best)?.arc ?? ""));
  const time = run.searchSeconds === null
    ? ""
    : ` after ${formatDuration(run.searchSeconds)} of search`;
  if (run.final !== null) {
    const { testAccuracy, testImages } = run.final;
    return `${run.best === null ? "The" : "The search chose a"} ${network}${time}. Trained from ` +
      `scratch, it classifies <strong>${formatPercent(testAccuracy)}</strong> of ` +
      `${counted(testImages, `unseen ${kind} image`)} correctly.`;
  }
  if (run.best !== null) {
    return `The search chose a ${network}${time}; ${weightsText(run)} it reaches ` +
      `<strong>${formatPercent(run.best.estimate)}</strong> on ` +
      `${counted(run.best.images, `${kind} validation image`)}. It was not trained from scratch.`;
  }
  if (run.arcs.length > 0) {
    const best = run.arcs.reduce((a, b) => b.estimate > a.estimate ? b : a);
    return `No arc was chosen. The best of ${counted(run.arcs.length, "arc")} scored so far ` +
      `reaches ${formatWithError(best.estimate, best.standardError)} on ${
        counted(best.images, `${kind} validation image`)
      } ${weightsText(run)}.`;
  }
  return `The run on ${escapeHtml(datasetName(run.config))} ended before any arc was scored.`;
}

function headlineNumbers(run: RunSummary): string[] {
  const { final, best } = run;
  const test = number(
    "Test accuracy",
    final && formatPercent(final.testAccuracy),
    final &&
      `95${NBSP}% interval ${intervalText(final.testInterval)}, n${NBSP}=${NBSP}${
        formatCount(final.testImages)
      }; ${run.kind === "train" ? "read once, after the last epoch" : "trained from scratch"}`,
  );
  const size = [
    number("Parameters", final && formatCount(final.parameters), final && "trainable, of this arc"),
    number(
      "FLOPs per image",
      final && `${formatLarge(final.flops)}`,
      final && "floating-point operations of a forward pass",
    ),
  ];
  if (run.kind === "train") {
    return [
      test,
      ...validationNumbers(run, final),
      ...size,
      number("Time", run.totalSeconds > 0 ? formatDuration(run.totalSeconds) : null, null),
    ];
  }
  return [
    test,
    number(
      "Estimate of the best arc",
      best && formatWithError(best.estimate, best.standardError),
      best && estimateNote(run, best),
    ),
    ...size,
    number(
      "Search time",
      run.searchSeconds === null ? null : formatDuration(run.searchSeconds),
      run.totalSeconds > 0 ? `whole run ${formatDuration(run.totalSeconds)}` : null,
    ),
  ];
}

/** Last and best epoch apart: the best one is chosen after the fact, so it flatters. */
function validationNumbers(run: RunSummary, final: FinalResult | null): string[] {
  if (validatesNothing(run)) {
    return [number("Validation accuracy", null, "training used all images, so none is left")];
  }
  const last = final?.validationAccuracy ?? null;
  const best = final?.bestValidationAccuracy ?? null;
  return [
    number(
      "Validation, last epoch",
      last === null ? null : formatPercent(last),
      last === null ? null : "of the weights that were tested",
    ),
    number(
      "Validation, best epoch",
      best === null ? null : formatPercent(best),
      best === null ? null : bestEpochNote(run, final?.bestEpoch ?? null),
    ),
  ];
}

function bestEpochNote({ training }: RunSummary, epoch: number | null): string {
  if (epoch === null) return "best of all epochs";
  const last = training[training.length - 1]?.epoch;
  return epoch === last
    ? `epoch ${formatCount(epoch)}, the last one`
    : `epoch ${formatCount(epoch)}; picked afterwards, so it flatters`;
}

/** With which weights the arcs of a run were scored. */
function weightsText(run: RunSummary): string {
  return sharesWeights(run) ? "under shared weights" : "after a short training of its own";
}

function estimateNote(run: RunSummary, best: ScoredArc): string {
  const weights = sharesWeights(run) ? "shared weights" : "trained for a short time";
  return `validation, ${weights}, n${NBSP}=${NBSP}${formatCount(best.images)}; batch norm by ` +
    escapeHtml(batchNormName(best.batchNorm));
}

function number(label: string, value: string | null, note: string | null): string {
  const shown = value === null
    ? '<span class="value none">not measured</span>'
    : `<span class="value">${value}</span>`;
  return `<div><dt>${label}</dt><dd>${shown}${
    note === null ? "" : `<span class="note">${note}</span>`
  }</dd></div>`;
}
