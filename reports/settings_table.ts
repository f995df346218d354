/**
 * The table of settings, and where a run differs from its preset.
 *
 * @module
 */

import { escapeHtml } from "./format.ts";
import { listSettings, type Setting, type SettingValue, UNGROUPED } from "./settings.ts";
import type { RunSummary } from "./run_summary.ts";

/** Every setting that mattered to the runs. */
export function settingsTable(runs: readonly RunSummary[]): string {
  const several = runs.length > 1;
  const settings = listSettings(runs);
  let group = "";
  const rows = settings.map((setting) => {
    const heading = setting.group === group
      ? ""
      : `<tr class="group"><th scope="rowgroup" colspan="${runs.length + 1}">` +
        `${escapeHtml(setting.group)}</th></tr>`;
    group = setting.group;
    return `${heading}<tr${several && setting.differs ? ' class="differs"' : ""}>` +
      `<th scope="row">${escapeHtml(setting.name)}</th>${
        setting.values.map(settingCell).join("")
      }</tr>`;
  });
  const head = runs.map((run) =>
    `<th scope="col">${several ? escapeHtml(run.label) : "Value"}</th>`
  );
  return `<section><h2>Configuration</h2>
<p>Everything needed to repeat ${
    several ? "the runs. Settings in which they differ are marked" : "the run"
  }.${leftOutText(runs)}
${
    runs.map((run) =>
      `${several ? `${escapeHtml(run.label)} lies in` : "It lies in"} <code>${
        escapeHtml(run.path)
      }</code>.`
    ).join(" ")
  }</p>
${runs.map((run, column) => presetText(run, column, settings, several)).join("\n")}
<div class="table-box tall" tabindex="0" role="region" aria-label="Configuration">
<table id="settings"><thead><tr><th scope="col">Setting</th>${head.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function leftOutText(runs: readonly RunSummary[]): string {
  const trains = runs.filter(({ kind }) => kind === "train").length;
  if (trains === 0) return "";
  const who = runs.length === 1
    ? "this run"
    : trains === runs.length
    ? "these runs"
    : "the runs that only train";
  return ` Settings of the search, which ${who} did not use, are left out.`;
}

/** How far a run is from its preset; empty where the preset's values are not known. */
function presetText(
  run: RunSummary,
  column: number,
  settings: readonly Setting[],
  several: boolean,
): string {
  if (run.presetValues === null) return "";
  const changes = settings.flatMap(({ group, name, values }) => {
    const value = values[column];
    if (value === undefined || value.preset === null) return [];
    const path = group === UNGROUPED ? name : `${group}.${name}`;
    return [
      `<li><code>${escapeHtml(path)}</code> ${escapeHtml(value.text)} instead of ` +
      `${escapeHtml(value.preset)}</li>`,
    ];
  });
  const who = several ? escapeHtml(run.label) : "It";
  const preset = `the preset <code>${escapeHtml(run.config.preset)}</code>`;
  if (changes.length === 0) return `<p>${who} has all values of ${preset}.</p>`;
  return `<p>${who} differs from ${preset} in ${changes.length} ${
    changes.length === 1 ? "setting" : "settings"
  }:</p>
<ul class="changes">${changes.join("")}</ul>`;
}

function settingCell(value: SettingValue | undefined): string {
  if (value === undefined) return "<td>–</td>";
  const { text, preset } = value;
  if (preset === null) return `<td><code>${escapeHtml(text)}</code></td>`;
  return `<td class="changed"><code>${escapeHtml(text)}</code> ` +
    `<span class="preset">preset: <code>${escapeHtml(preset)}</code></span></td>`;
}
