/**
 * Where the time of profiled runs went.
 *
 * @module
 */
import type { RunProfile } from "../nas/run/profile_schema.ts";
import { type ChartConfig, type ChartFigure, chartOptions, type ChartTable } from "./charts.ts";
import { escapeHtml, formatCount, formatDuration, formatPercent } from "./format.ts";
import { busyRemark, kernelsByName, rate } from "./kernel_times.ts";
import { runColour, SERIES_COLOURS } from "./palette.ts";
import type { RunSummary } from "./run_summary.ts";

/** Kernels that get a bar of their own. */
const TOP = 12;

/** A run that has a profile. */
type Profiled = RunSummary & { readonly profile: RunProfile };

/** Runs that have a profile. */
export function profiledRuns(runs: readonly RunSummary[]): Profiled[] {
  return runs.filter((run): run is Profiled => run.profile !== null);
}

/** One chart of kernels for each profiled run. */
export function profileFigures(runs: readonly RunSummary[]): ChartFigure[] {
  const several = runs.length > 1;
  return profiledRuns(runs).map(({ label, profile }, i) => ({
    id: i === 0 ? "kernel_time" : `kernel_time_${i + 1}`,
    title: `Time on the device by kernel${several ? `: ${label}` : ""}`,
    caption: "A kernel is a small program that runs on the device, such as one pass of a " +
      "convolution. The longest bar is where the run spends most; colours tell which part of the " +
      "run asked for it. The table has every kernel with each of its template values.",
    config: kernelConfig(profile),
    table: kernelTable(profile),
    wide: true,
  }));
}

/** What the charts show, in words; HTML paragraphs, empty where no run has a profile. */
export function profileText(runs: readonly RunSummary[]): string {
  const profiled = profiledRuns(runs);
  if (profiled.length === 0) return "";
  const paragraphs = [
    ...profiled.map(({ label, profile }) => (runs.length > 1 ? `${label}: ` : "") + told(profile)),
    "A profile times dispatches one by one: by the device's clock, or on a software adapter by waiting " +
    "for each. So that this slows the run little, the first dispatch of each size is timed and ever " +
    "fewer of the others, which count as the median of those of their size and part of the run. Results " +
    "stay the same to the bit. What is no kernel is counted as none: copies, gaps between kernels, and the host's own work, such as " +
    "compiling kernels, the controller and writing files.",
  ];
  return `<div class="prose">${
    paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n")
  }</div>`;
}

function told(profile: RunProfile): string {
  const { adapter, milliseconds, kernelMilliseconds, dispatches, phases } = profile;
  const { measuredDispatches } = profile;
  const sample = measuredDispatches === dispatches
    ? ", all of them timed"
    : `, ${formatCount(measuredDispatches)} of them timed; times are estimated from these`;
  const parts = phases.filter(({ milliseconds: wall }) => wall > 0.005 * milliseconds)
    .map(({ name, milliseconds: wall, kernelMilliseconds: busy }) =>
      `${name} took ${formatDuration(wall / 1000)}, ${
        formatPercent(busy / wall, 0)
      } of it in kernels`
    );
  const remark = busyRemark(profile);
  return `${adapter} ran ${formatCount(dispatches)} dispatches${sample}. Kernels took ` +
    `${formatDuration(kernelMilliseconds / 1000)} of ${formatDuration(milliseconds / 1000)} ` +
    `(${formatPercent(kernelMilliseconds / milliseconds)}). By part of the run: ${
      parts.join("; ")
    }.${remark === null ? "" : ` ${remark}.`}`;
}

/** Horizontal bars of the kernels that took longest, and one for all others. */
function kernelConfig(profile: RunProfile): ChartConfig {
  const names = kernelsByName(profile).map(({ name }) => name);
  const own = names.slice(0, TOP);
  const labels = names.length > TOP ? [...own, `${names.length - TOP} others`] : own;
  const phases = profile.phases.filter(({ kernelMilliseconds }) => kernelMilliseconds > 0);
  const seconds = (label: string, i: number, phase: string) =>
    profile.kernels.filter(({ name }) => i === TOP ? !own.includes(name) : name === label)
      .reduce((sum, kernel) => sum + (kernel.phases[phase] ?? 0) / 1000, 0);
  const options = chartOptions({ x: "Seconds", y: "" }, { type: "linear" });
  const { x, y } = options.scales as Record<string, Record<string, unknown>>;
  return {
    type: "bar",
    data: {
      labels,
      datasets: phases.map(({ name }, i) => ({
        label: name,
        data: labels.map((label, l) => seconds(label, l, name)),
        backgroundColor: name === "preparing" ? SERIES_COLOURS.quiet : runColour(i),
        barPercentage: 0.8,
        categoryPercentage: 0.95,
      })),
    },
    options: {
      ...options,
      indexAxis: "y",
      interaction: { mode: "nearest", axis: "y", intersect: false },
      scales: {
        x: { ...x, stacked: true, beginAtZero: true },
        y: {
          ...y,
          type: "category",
          stacked: true,
          title: { display: false },
          grid: { display: false },
          ticks: { padding: 8, autoSkip: false },
        },
      },
    },
  };
}

function kernelTable({ kernels }: RunProfile): ChartTable {
  return {
    columns: [
      ...["Kernel", "Template values", "Dispatches", "Timed", "Milliseconds", "Share", "Mean ms"],
      ...["Longest ms", "GFLOP/s"],
    ],
    rows: kernels.map((kernel) => [
      kernel.name,
      kernel.variant,
      kernel.dispatches,
      kernel.measuredDispatches,
      kernel.milliseconds,
      kernel.share,
      kernel.milliseconds / kernel.dispatches,
      kernel.longestMilliseconds,
      rate(kernel.flops, kernel.milliseconds),
    ]),
  };
}
