/**
 * What a study cost and how to repeat it, as HTML.
 *
 * @module
 */

import type { StudyReport } from "../nas/stats/study_report.ts";
import { escapeHtml, formatDuration } from "./format.ts";

/** Cost, command, settings, and what was fixed before the trials ran. */
export function costSection(report: StudyReport): string {
  const { cost, created, enaslab, command, protocol } = report;
  const facts: [name: string, value: string][] = [
    ["Trials", cost.trials === 0 ? "none; nothing was trained" : String(cost.trials)],
    ["Computing time", formatDuration(cost.seconds)],
    ...(cost.trials === 0 ? [] : [["Adapter", cost.adapter] as [string, string]]),
    ["Finished", `${created.slice(0, 16).replace("T", " ")} UTC`],
    ["Version", `enaslab ${enaslab}`],
  ];
  const items = facts.map(([name, value]) =>
    `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`
  );
  return `<dl class="facts">${items.join("")}</dl>
${
    command === undefined ? "" : `<p>The same study again, from an empty folder:</p>
<pre class="command" tabindex="0"><code>${escapeHtml(command)}</code></pre>
`
  }${settingsTable(report)}${
    protocol === undefined
      ? ""
      : `<p>Questions, settings and the rule of the verdicts were written down before the first trial ran. The
SHA-256 of that text, by which a later change would show:</p>
<pre class="command" tabindex="0"><code>${escapeHtml(protocol.hash)}</code></pre>
<details><summary>The text</summary><pre class="protocol" tabindex="0">${
        escapeHtml(protocol.text)
      }</pre></details>
`
  }`;
}

function settingsTable({ settings = [] }: StudyReport): string {
  if (settings.length === 0) return "";
  const rows = settings.map(({ name, value }) =>
    `<tr><th scope="row">${escapeHtml(name)}</th><td><code>${escapeHtml(value)}</code></td></tr>`
  );
  return `<details><summary>Settings (${settings.length})</summary>
<div class="table-box whole" tabindex="0" role="region" aria-label="Settings"><table>
<thead><tr><th scope="col">Setting</th><th scope="col">Value</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></details>
`;
}
