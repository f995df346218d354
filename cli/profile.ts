/**
 * Where the time of a run went, as a table on stderr.
 *
 * @module
 */
import type { RunFolder, RunProfile } from "../nas/run/mod.ts";
import { readProfile } from "../nas/run/mod.ts";
import { grouped } from "../nas/text/words.ts";
import { busyRemark, kernelsByName } from "../reports/kernel_times.ts";
import { duration, note, onStderr, percent, shortPath } from "./terminal.ts";

/** Rows of the table. */
const TOP = 12;

/** Says on stderr which kernels took the time; nothing where the run was not profiled. */
export function noteProfile(folder: RunFolder): void {
  const profile = readProfile(folder);
  if (profile === null) return;
  for (const line of profileLines(profile)) note(line);
  note(
    `All kernels: ${shortPath(folder.profile)}; for ui.perfetto.dev: ${shortPath(folder.trace)}`,
  );
  note();
}

/** The table, line by line. */
export function profileLines(profile: RunProfile): string[] {
  const { milliseconds, kernelMilliseconds, dispatches, measuredDispatches } = profile;
  const all = measuredDispatches === dispatches;
  const kernels = kernelsByName(profile);
  const row = (name: string, ...cells: readonly string[]) =>
    name.padEnd(40) + cells.map((cell, i) => cell.padStart([10, 11, 8, 9][i])).join("");
  const lines = [
    onStderr("bold", row("kernel", "dispatches", "time", "share", "GFLOP/s")),
    ...kernels.slice(0, TOP).map((kernel) =>
      row(
        kernel.name,
        String(kernel.dispatches),
        duration(kernel.milliseconds / 1000),
        percent(kernel.share),
        kernel.gflops === null ? "–" : kernel.gflops.toFixed(1),
      )
    ),
  ];
  const rest = kernels.slice(TOP);
  if (rest.length > 0) {
    const sum = (of: (kernel: typeof rest[number]) => number) =>
      rest.reduce((total, kernel) => total + of(kernel), 0);
    lines.push(row(
      `${rest.length} more`,
      String(sum(({ dispatches }) => dispatches)),
      duration(sum(({ milliseconds }) => milliseconds) / 1000),
      percent(sum(({ share }) => share)),
      "",
    ));
  }
  lines.push(
    `Kernels took ${all ? "" : "about "}${duration(kernelMilliseconds / 1000)} of ` +
      `${duration(milliseconds / 1000)} (${percent(kernelMilliseconds / milliseconds)}), ` +
      (all
        ? "measured dispatch by dispatch"
        : `estimated from ${grouped(measuredDispatches)} of ${
          grouped(dispatches)
        } dispatches: the ` +
          "first of each size, and a sample of the others"),
  );
  const remark = busyRemark(profile);
  return remark === null ? lines : [...lines, remark];
}
