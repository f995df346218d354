/**
 * What was done in the runs, and how to read their numbers.
 *
 * @module
 */

import { DEFAULT_SPACE, spaceOf, SPACES } from "../nas/space/registry.ts";
import { batchNormSentences } from "./batch_norm.ts";
import { escapeHtml, formatBig, formatCount, NBSP } from "./format.ts";
import { findSettingText } from "./settings.ts";
import { arcToDraw, readArc } from "./summary.ts";
import { type RunSummary, sharesWeights } from "./run_summary.ts";
import { validatesNothing } from "./training_figures.ts";

/** What was done, and how to read the numbers. */
export function explanation(runs: readonly RunSummary[]): string {
  const searches = runs.filter(({ kind }) => kind === "search");
  const paragraphs = [
    searches.length === 0
      ? ""
      : searchText(searches) + transferText(searches) + chosenText(searches),
    trainText(runs.filter(({ kind }) => kind === "train"), searches.length > 0),
    spaceText(searches),
    searches.every((run) => run.searchSeconds === null && run.arcs.length === 0)
      ? ""
      : `The <strong>estimate</strong> is the accuracy of an arc ${estimatedHow(searches)} on ` +
        "validation images. It serves to rank arcs; it is not the accuracy of the finished network, " +
        "and for the chosen arc it is slightly optimistic, since the arc was chosen by such scores.",
    batchNormSentences(runs).map(escapeHtml).join(" "),
    releasedText(searches),
    releasedTrainText(runs.filter(({ kind }) => kind === "train")),
    testText(runs),
    `“±” is one binomial standard error, brackets are a 95${NBSP}% Wilson interval. Both tell how ` +
    "much the finite number of images blurs an accuracy; neither covers the spread between seeds.",
  ];
  return `<section><h2>What was done, and how to read it</h2>
<div class="prose">${
    paragraphs.filter((text) => text !== "").map((text) => `<p>${text}</p>`).join("\n")
  }</div></section>`;
}

/** With which weights arcs were scored. */
export function estimatedHow(runs: readonly RunSummary[]): string {
  const shared = runs.filter(sharesWeights).length;
  if (shared === runs.length) return "under the shared weights";
  const own = "after a short training of its own";
  return shared === 0 ? own : `under the shared weights, or ${own},`;
}

/**
 * The number of arcs in the space of a run.
 *
 * @param run the run
 * @returns the exact number, or null where the log does not tell the size of its arcs
 */
export function spaceSize(run: RunSummary): bigint | null {
  const shown = arcToDraw(run);
  const arc = shown === null ? null : readArc(run, shown.arc);
  if (arc === null) return null;
  return spaceOf(arc).count(spaceOf(arc).sizeOf(arc));
}

function searchText(runs: readonly RunSummary[]): string {
  const samplers = new Set(runs.map((run) => run.sampler));
  const scored = runs.some((run) => run.arcs.length > 0);
  const learned = runs.some((run) => run.controllerSteps.length > 0 || run.epochs.length > 0);
  const searched = scored || runs.some((run) => run.searchSeconds !== null);
  if (!searched) return "";
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
  const alone = runs.filter((run) => !sharesWeights(run));
  const scratch = alone.length === 0
    ? ""
    : `${
      alone.length === runs.length
        ? "E"
        : `In ${alone.map(({ label }) => escapeHtml(label)).join(", ")} e`
    }ach ` +
      "candidate architecture (“arc”) was trained for a short time with weights of its own; its " +
      "estimate is its accuracy on validation images then. ";
  if (alone.length === runs.length) return scratch + teach;
  return scratch +
    "One large network holds the weights of every candidate architecture (“arc”). These shared " +
    `weights were trained on the training images, each step on another sampled arc. ${teach}` +
    (scored ? "At the end of every epoch a few arcs were sampled and scored. " : "");
}

/** A controller that has learned elsewhere is no controller that began by chance. */
function transferText(runs: readonly RunSummary[]): string {
  const begun = runs.filter(({ config }) => config.controllerFrom !== undefined);
  if (begun.length === 0) return "";
  return `The controller${
    whereText(begun, runs)
  } did not begin untrained, but with the parameters ` +
    "that it had learned in another run; the configuration names it. ";
}

function chosenText(runs: readonly RunSummary[]): string {
  return runs.some(wasTrained)
    ? "The chosen arc was then trained from scratch with fresh weights."
    : "";
}

function trainText(runs: readonly RunSummary[], searched: boolean): string {
  if (!runs.some(wasTrained)) return "";
  const what = searched
    ? `${
      runs.length === 1 ? "One run" : `${runs.length} runs`
    } searched nothing: one given arc was ` +
      "trained from scratch with fresh weights."
    : "One given arc was trained from scratch with fresh weights; nothing was searched.";
  const all = runs.filter(validatesNothing);
  const blind = all.length === 0
    ? ""
    : ` Training used all images, the validation images too${
      all.length === runs.length
        ? ""
        : `, in ${all.map(({ label }) => escapeHtml(label)).join(", ")}`
    }: there is no validation accuracy, and nothing but the test tells how well it went.`;
  return what + blind;
}

function spaceText(runs: readonly RunSummary[]): string {
  const texts = runs.flatMap((run) => {
    const size = spaceSize(run);
    if (size === null || run.arcs.length === 0) return [];
    const { words } = SPACES[run.space ?? DEFAULT_SPACE];
    return [`${words.builds}; it holds ${formatBig(size)} arcs`];
  });
  const distinct = [...new Set(texts)];
  const count = new Set(runs.flatMap(({ arcs }) => arcs.map(({ arc }) => arc))).size;
  const scored = runs.length === 1 ? `, of which ${formatCount(count)} were scored` : "";
  return distinct.map((text) => `${text}${scored}.`).join(" ");
}

/** The released macro search has a fault that a setting reproduces; who reads the ops must know. */
function releasedText(runs: readonly RunSummary[]): string {
  const released = runs.filter(isReleased);
  if (released.length === 0) return "";
  const where = whereText(released, runs);
  return `<strong>The ops had no effect in the search${where}</strong>: as in the released code ` +
    "(setting <code>opMode released</code>), max pooling ran whatever op was sampled, so estimates " +
    "depend on skip connections alone.";
}

/** The searched graph has the fault in training from scratch too. */
function releasedTrainText(runs: readonly RunSummary[]): string {
  const released = runs.filter((run) =>
    isReleased(run) && findSettingText(run.config, "graph") === "faithful"
  );
  if (released.length === 0) return "";
  return `<strong>The ops had no effect in training${
    whereText(released, runs)
  }</strong>: with the ` +
    "setting <code>opMode released</code>, max pooling runs in every layer of the searched graph.";
}

function isReleased(run: RunSummary): boolean {
  return run.space !== null && "opMode" in SPACES[run.space].readings &&
    findSettingText(run.config, "opMode") === "released";
}

/** Names the runs that a sentence is about, unless it is about all. */
function whereText(some: readonly RunSummary[], all: readonly RunSummary[]): string {
  if (some.length === all.length) return "";
  return ` in ${some.map(({ label }) => escapeHtml(label)).join(", ")}`;
}

function testText(runs: readonly RunSummary[]): string {
  return runs.some(wasTrained)
    ? "The <strong>test accuracy</strong> comes from images that played no part in any choice; " +
      "they were read once, after training from scratch."
    : "";
}

function wasTrained(run: RunSummary): boolean {
  return run.final !== null || run.training.length > 0;
}
