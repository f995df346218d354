/**
 * The top of the page: title, notes, headline numbers, and how to read them.
 *
 * @module
 */

import type { RunConfig } from "../nas/store/events.ts";
import { arcFacts, tryParseArc } from "./arc_text.ts";
import {
  escapeHtml,
  formatCount,
  formatDuration,
  formatLarge,
  formatPercent,
  formatWithError,
  NBSP,
} from "./format.ts";
import { notice } from "./fragments.ts";
import type { RunSummary, ScoredArc } from "./summary.ts";

const DATASETS: Readonly<Record<string, string>> = {
  mnist: "MNIST",
  fashion_mnist: "Fashion-MNIST",
  "fashion-mnist": "Fashion-MNIST",
  cifar10: "CIFAR-10",
  cifar100: "CIFAR-100",
};

/** Name of a data set as people write it. */
export function datasetName(config: RunConfig): string {
  return DATASETS[config.dataset.name] ?? config.dataset.name;
}

/** The sampler in words. */
export function samplerName(run: RunSummary): string {
  if (run.sampler === "controller") return "learning controller";
  if (run.sampler === "random") return "random sampling";
  return run.sampler ?? "unknown";
}

/** The adapter in words; a software adapter is named as such. */
export function adapterName(config: RunConfig): string {
  const { description, vendor, fallback } = config.adapter;
  if (/^cpu$/i.test(description)) return "CPU reference backend (64-bit, no GPU)";
  // Some drivers give a number in place of the vendor's name.
  const name = /^\d*$/.test(vendor) || description.includes(vendor)
    ? description
    : `${description}, ${vendor}`;
  return fallback ? `${name}: a software adapter, not a GPU` : name;
}

/** Title, tags and notes about runs that did not end as planned. */
export function titleBlock(runs: readonly RunSummary[]): string {
  const first = runs[0];
  const title = runs.length === 1 ? first.label : `Comparison of ${runs.length} runs`;
  const shared = (text: (run: RunSummary) => string): string[] => [...new Set(runs.map(text))];
  const tags = [
    ...shared((run) => `Data: ${datasetName(run.config)}`),
    ...shared((run) => `Sampler: ${samplerName(run)}`),
    ...shared((run) => run.space === null ? "" : `Space: ${run.space}`),
    ...shared((run) => `Preset: ${run.config.preset}`),
    ...shared((run) => run.seed === null ? "" : `Seed: ${run.seed}`),
    ...shared((run) => `Computed on: ${adapterName(run.config)}`),
  ].filter((tag) => tag !== "").map((tag) => `<li>${escapeHtml(tag)}</li>`);
  return `<header><p class="eyebrow">enaslab · efficient neural architecture search</p>
<h1>${escapeHtml(title)}</h1>
<ul class="tags">${tags.join("")}</ul></header>
${runs.map((run) => runNotice(run, runs.length > 1)).join("")}`;
}

/** The box with what matters most: the numbers of a run, or one sentence a run. */
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

/** What was done, and how to read the numbers. */
export function explanation(runs: readonly RunSummary[]): string {
  const trained = runs.some((run) => run.final !== null || run.training.length > 0);
  const searched = runs.some((run) => run.searchSeconds !== null || run.arcs.length > 0);
  const samplers = new Set(runs.map((run) => run.sampler));
  const scored = runs.flatMap((run) => run.arcs).length > 0;
  const learned = runs.some((run) => run.controllerSteps.length > 0 || run.epochs.length > 0);
  const teach = !learned
    ? ""
    : samplers.has("controller") && samplers.has("random")
    ? "In one kind of run a small recurrent network, the controller, learned from those scores which " +
      "arcs to propose; in the other kind arcs were drawn by chance, for comparison. "
    : samplers.has("random")
    ? "Arcs were drawn by chance, without learning: this is the baseline that a learning controller " +
      "has to beat. "
    : "Between the epochs a small recurrent network, the controller, learned to propose arcs that " +
      "score well on validation images. ";
  const search = !searched ? "" : "One large network holds the weights of every candidate " +
    "architecture (“arc”). These shared weights were trained on the training images, each step on " +
    `another sampled arc. ${teach}` +
    (scored ? "At the end of every epoch a few arcs were sampled and scored. " : "");
  const scratch = trained
    ? `${
      searched ? "The chosen arc was then" : "One arc was"
    } trained from scratch with fresh weights.`
    : "";
  return `<section><h2>What was done, and how to read it</h2>
<div class="prose"><p>${search}${scratch}</p>
${
    searched
      ? "<p>The <strong>estimate</strong> is the accuracy of an arc under the shared weights on " +
        "validation images. It serves to rank arcs; it is not the accuracy of the finished network, " +
        "and for the chosen arc it is slightly optimistic, since the arc was chosen by such scores.</p>"
      : ""
  }
${
    trained
      ? "<p>The <strong>test accuracy</strong> comes from images that played no part in any choice; " +
        "they were read once, after training from scratch.</p>"
      : ""
  }
<p>“±” is one binomial standard error, brackets are a 95${NBSP}% Wilson interval. Both tell how much the
finite number of images blurs an accuracy; neither covers the spread between seeds.</p></div></section>`;
}

function runNotice(run: RunSummary, several: boolean): string {
  const name = several ? `Run <strong>${escapeHtml(run.label)}</strong>` : "This run";
  const message = run.message === null ? "" : ` It said: <code>${escapeHtml(run.message)}</code>`;
  const resumed = run.resumed === 0
    ? ""
    : ` It had been taken up again ${run.resumed === 1 ? "once" : `${run.resumed} times`}.`;
  const after = ` after ${formatDuration(run.totalSeconds)}.`;
  switch (run.status) {
    case "failed":
      return notice(`${name} failed${after}${message}${resumed}`, run.missing, true);
    case "interrupted":
      return notice(`${name} was interrupted${after}${message}${resumed}`, run.missing);
    case "unfinished":
      return notice(
        `${name} has no end in its log: it is still going on or was stopped by force` +
          `${after}${resumed}`,
        run.missing,
      );
    default:
      return run.missing.length === 0
        ? ""
        : notice(`${name} ended in an orderly way, yet not every part is here.`, run.missing);
  }
}

function headlineSentence(run: RunSummary): string {
  const data = escapeHtml(datasetName(run.config));
  const arc = tryParseArc((run.final ?? run.best)?.arc ?? "");
  const layers = arc === null ? "network" : `${arc.layers.length}-layer network`;
  const skips = arc === null ? "" : ` with ${arcFacts(arc).skips} skip connections`;
  const time = run.searchSeconds === null
    ? ""
    : ` after ${formatDuration(run.searchSeconds)} of search`;
  if (run.final !== null) {
    const { testAccuracy, testImages } = run.final;
    return `${
      run.best === null ? "The" : "The search chose a"
    } ${layers}${skips}${time}. Trained from ` +
      `scratch, it classifies <strong>${formatPercent(testAccuracy)}</strong> of ` +
      `${formatCount(testImages)} unseen ${data} images correctly.`;
  }
  if (run.best !== null) {
    return `The search chose a ${layers}${skips}${time}; under shared weights it reaches ` +
      `<strong>${formatPercent(run.best.estimate)}</strong> on ${formatCount(run.best.images)} ` +
      `${data} validation images. It was not trained from scratch.`;
  }
  if (run.arcs.length > 0) {
    const best = run.arcs.reduce((a, b) => b.estimate > a.estimate ? b : a);
    return `No arc was chosen. The best of ${
      formatCount(run.arcs.length)
    } arcs scored so far reaches ` +
      `${formatWithError(best.estimate, best.standardError)} on ${
        formatCount(best.images)
      } ${data} ` +
      "validation images under shared weights.";
  }
  return `The run on ${data} ended before any arc was scored.`;
}

function headlineNumbers(run: RunSummary): string[] {
  const { final, best } = run;
  const numbers = [
    number(
      "Test accuracy",
      final && formatPercent(final.testAccuracy),
      final &&
        `95${NBSP}% interval ${intervalText(final.testInterval)}, n${NBSP}=${NBSP}${
          formatCount(final.testImages)
        }; trained from scratch`,
    ),
    number(
      "Estimate of the best arc",
      best && formatWithError(best.estimate, best.standardError),
      best && estimateNote(best),
    ),
    number("Parameters", final && formatCount(final.parameters), final && "trainable, of this arc"),
    number(
      "FLOPs per image",
      final && `${formatLarge(final.flops)}`,
      final && "floating-point operations of a forward pass",
    ),
    number(
      "Search time",
      run.searchSeconds === null ? null : formatDuration(run.searchSeconds),
      run.totalSeconds > 0 ? `whole run ${formatDuration(run.totalSeconds)}` : null,
    ),
  ];
  return numbers;
}

/** A 95 % interval in brackets. */
export function intervalText([low, high]: readonly [number, number]): string {
  return `[${(low * 100).toFixed(1)}, ${(high * 100).toFixed(1)}]${NBSP}%`;
}

function estimateNote(best: ScoredArc): string {
  const norm = best.batchNorm === "batch" ? "minibatch" : "moving";
  return `validation, shared weights, n${NBSP}=${NBSP}${formatCount(best.images)}; batch norm by ` +
    `${norm} statistics`;
}

function number(label: string, value: string | null, note: string | null): string {
  const shown = value === null
    ? '<span class="value none">not measured</span>'
    : `<span class="value">${value}</span>`;
  return `<div><dt>${label}</dt><dd>${shown}${
    note === null ? "" : `<span class="note">${note}</span>`
  }</dd></div>`;
}
