/**
 * The top of the page: title, tags and notes; and the names that the whole page uses.
 *
 * @module
 */

import { datasetFacts } from "../nas/data/facts.ts";
import type { RunConfig } from "../nas/run/events.ts";
import { escapeHtml, formatDuration, NBSP } from "./format.ts";
import { notice } from "./fragments.ts";
import { type RunSummary, sharesWeights } from "./run_summary.ts";

/** Name of a data set as people write it. */
export function datasetName({ dataset: { name } }: RunConfig): string {
  return datasetFacts(name)?.label ?? name;
}

/** A data set before a noun: `MNIST` images, `own` validation images. */
export function datasetKind({ dataset: { name } }: RunConfig): string {
  return datasetFacts(name)?.kind ?? name;
}

/** The sampler in words. */
export function samplerName(run: RunSummary): string {
  const name = run.sampler === "controller"
    ? "learning controller"
    : run.sampler === "random"
    ? "random sampling"
    : run.sampler ?? "unknown";
  return sharesWeights(run) ? name : `${name}, each arc trained from scratch`;
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
    ...shared((run) => run.kind === "train" ? "Training from scratch" : ""),
    ...shared((run) => run.kind === "train" ? "" : `Sampler: ${samplerName(run)}`),
    ...shared((run) => run.space === null ? "" : `Space: ${run.space}`),
    ...shared((run) => `Preset: ${run.config.preset}`),
    ...shared((run) => run.seed === null ? "" : `Seed: ${run.seed}`),
    ...shared((run) => `Computed on: ${adapterName(run.config)}`),
  ].filter((tag) => tag !== "").map((tag) => `<li>${escapeHtml(tag)}</li>`);
  return `<header><p class="eyebrow">enaslab · efficient neural architecture search</p>
<h1>${escapeHtml(title)}</h1>
<ul class="tags">${tags.join("")}</ul></header>
${syntheticNotice(runs)}${
    runs.map((run) => runNotice(run, runs.length > 1) + divergedNotice(run, runs.length > 1)).join(
      "",
    )
  }`;
}

/** Numbers on computed images say nothing about networks in the world; no page leaves that out. */
function syntheticNotice(runs: readonly RunSummary[]): string {
  const synthetic = runs.filter(({ config }) => config.dataset.name === "synthetic");
  if (synthetic.length === 0) return "";
  const which = synthetic.length < runs.length
    ? synthetic.map(({ label }) => `Run <strong>${escapeHtml(label)}</strong>`).join(", ")
    : runs.length === 1
    ? "This run"
    : "All runs";
  return notice(
    `${which} used synthetic images, computed to try the program out, not photographs or drawings. ` +
      "Its accuracies compare with nothing.",
    [],
  );
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

/** Skipped steps that are named one by one. */
const NAMED_STEPS = 3;

/** Says which training steps changed no weight. */
function divergedNotice({ label, diverged }: RunSummary, several: boolean): string {
  if (diverged.length === 0) return "";
  const of = several ? ` of run <strong>${escapeHtml(label)}</strong>` : "";
  const steps = diverged.length === 1
    ? `One training step${of} had a loss or gradient that was not finite; it changed no weight.`
    : `${diverged.length} training steps${of} had a loss or gradient that was not finite; they ` +
      "changed no weight.";
  const points = diverged.slice(0, NAMED_STEPS).map((event) =>
    `Epoch ${event.epoch}, step ${event.step} of ` +
    `${event.weights === "shared" ? "the shared weights" : "training from scratch"}: loss ` +
    `${event.loss}, gradient norm ${event.gradientNorm}, architecture ${event.arc}.`
  );
  const rest = diverged.length - points.length;
  return notice(steps, rest > 0 ? [...points, `And ${rest} more.`] : points);
}

/** A 95 % interval in brackets. */
export function intervalText([low, high]: readonly [number, number]): string {
  return `[${(low * 100).toFixed(1)}, ${(high * 100).toFixed(1)}]${NBSP}%`;
}
