/**
 * The table that sets several runs side by side.
 *
 * @module
 */

import { batchNormModes, batchNormName } from "./batch_norm.ts";
import {
  escapeHtml,
  formatCount,
  formatDuration,
  formatLarge,
  formatPercent,
  formatWithError,
} from "./format.ts";
import { adapterName, datasetName, intervalText, samplerName } from "./headline.ts";
import type { FinalResult, RunSummary } from "./run_summary.ts";

/** One column of the comparison: a number to sort by, or text. */
interface Column {
  readonly name: string;
  readonly cell: (run: RunSummary) => { text: string; value?: number | null };
  /** Left out when all runs agree; every column is left out when no run has a value. */
  readonly optional?: boolean;
}

const NONE = "–";

const COMPARED: readonly Column[] = [
  { name: "Data", cell: ({ config }) => ({ text: datasetName(config) }), optional: true },
  {
    name: "Kind",
    cell: ({ kind }) => ({ text: kind === "train" ? "training only" : "search" }),
    optional: true,
  },
  { name: "Space", cell: ({ space }) => ({ text: space ?? NONE }), optional: true },
  {
    name: "Sampler",
    cell: (run) => ({ text: run.kind === "train" ? NONE : samplerName(run) }),
  },
  { name: "Seed", cell: (run) => ({ text: run.seed ?? NONE }) },
  {
    name: "Test accuracy",
    cell: ({ final }) => ({
      value: final?.testAccuracy ?? null,
      text: final
        ? `${formatPercent(final.testAccuracy)} ${intervalText(final.testInterval)}`
        : NONE,
    }),
  },
  { name: "Graph", cell: ({ final }) => ({ text: final?.graph ?? NONE }), optional: true },
  validation("Validation, last epoch", ({ validationAccuracy }) => validationAccuracy),
  validation("Validation, best epoch", ({ bestValidationAccuracy }) => bestValidationAccuracy),
  {
    name: "Estimate of the best arc",
    cell: ({ best }) => ({
      value: best?.estimate ?? null,
      text: best ? formatWithError(best.estimate, best.standardError) : NONE,
    }),
  },
  {
    name: "Batch norm of estimates",
    cell: (run) => ({ text: batchNormModes(run).map(batchNormName).join(", ") || NONE }),
    optional: true,
  },
  {
    name: "Mean estimate, last epoch",
    cell: ({ epochs }) => {
      const value = epochs[epochs.length - 1]?.meanEstimate ?? null;
      return { value, text: value === null ? NONE : formatPercent(value) };
    },
  },
  {
    name: "Parameters",
    cell: ({ final }) => ({
      value: final?.parameters ?? null,
      text: final ? formatCount(final.parameters) : NONE,
    }),
  },
  {
    name: "FLOPs an image",
    cell: ({ final }) => ({
      value: final?.flops ?? null,
      text: final ? formatLarge(final.flops) : NONE,
    }),
  },
  {
    name: "Search time",
    cell: ({ searchSeconds }) => ({
      value: searchSeconds,
      text: searchSeconds === null ? NONE : formatDuration(searchSeconds),
    }),
  },
  {
    name: "Whole time",
    cell: ({ totalSeconds }) => ({ value: totalSeconds, text: formatDuration(totalSeconds) }),
  },
  { name: "Status", cell: (run) => ({ text: run.status }), optional: true },
  { name: "Computed on", cell: (run) => ({ text: adapterName(run.config) }), optional: true },
];

/** An accuracy on validation images while training from scratch. */
function validation(name: string, of: (final: FinalResult) => number | null): Column {
  return {
    name,
    cell: ({ final }) => {
      const value = final === null ? null : of(final);
      return { value, text: value === null ? NONE : formatPercent(value) };
    },
  };
}

/** Runs side by side; empty for a single run. */
export function comparisonTable(runs: readonly RunSummary[]): string {
  if (runs.length < 2) return "";
  const columns = COMPARED.filter(({ cell, optional }) => {
    const texts = new Set(runs.map((run) => cell(run).text));
    return optional ? texts.size > 1 : texts.size > 1 || !texts.has(NONE);
  });
  const counted = (column: Column): boolean => column.cell(runs[0]).value !== undefined;
  const head = columns.map((column) =>
    `<th scope="col"${counted(column) ? ' class="number"' : ""}>${column.name}</th>`
  );
  const rows = runs.map((run) => {
    const cells = columns.map((column) => {
      const { text, value } = column.cell(run);
      const number = counted(column) ? ` class="number" data-value="${Number(value ?? -1)}"` : "";
      return `<td${number}>${escapeHtml(text)}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(run.label)}</th>${cells.join("")}</tr>`;
  });
  const data = new Set(
    runs.map(({ config: { dataset } }) =>
      JSON.stringify([dataset.name, dataset.shape, dataset.train, dataset.validation, dataset.test])
    ),
  );
  const warning = data.size === 1 ? "" : "<p><strong>The runs did not learn from the same images " +
    "(data set, size or number differ): their accuracies cannot be compared.</strong></p>\n";
  return `<section><h2>The runs side by side</h2>
${warning}<p>A difference between two runs means little when it is smaller than their intervals, and one run of
each kind cannot tell luck from skill: repeat with several seeds before believing it.</p>
<div class="table-box" tabindex="0" role="region" aria-label="The runs side by side">
<table class="compare" data-sortable><thead><tr><th scope="col">Run</th>${
    head.join("")
  }</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}
