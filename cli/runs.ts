/**
 * The command `runs`: lists runs, removes some.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import {
  hasConfig,
  listRuns,
  removeRun,
  type RunEntry,
  runFolder,
  RunLock,
} from "../nas/run/mod.ts";
import { askedFor, say, UsageError } from "./errors.ts";
import { findRun } from "./report.ts";
import {
  callerPath,
  duration,
  onStdout,
  percent,
  print,
  printJson,
  shortPath,
  type Style,
} from "./terminal.ts";

/** The command `runs`. */
export function runsCommand(): AnyCommand {
  const command = new Command("runs")
    .description(
      "Lists the runs in a folder, the newest first: state, data, best accuracy, date, size.",
    )
    .option("--out <DIR>", "folder that holds runs", "runs")
    .option("--json", "print one JSON object on stdout")
    .action(({ out, json }) => list(callerPath(out), json ?? false));
  command.addCommand(
    new Command("rm")
      .summary("remove runs with all their files")
      .description(
        "Removes runs with all their files: logs, weights, reports. A run that is going on, and what is " +
          "no run, is refused before anything is removed.",
      )
      .argument("<RUN...>", "folders of runs, or their names in ./runs")
      .action(remove),
  );
  return command;
}

const STATE_STYLES: Readonly<Record<RunEntry["state"], Style>> = {
  running: "cyan",
  completed: "green",
  interrupted: "yellow",
  failed: "red",
  unfinished: "yellow",
};

async function list(root: string, json: boolean): Promise<void> {
  const { runs, unreadable } = await askedFor(() => listRuns(root));
  if (json) return printJson({ root, runs, unreadable });
  for (const { message } of unreadable) say(message);
  if (runs.length === 0) return print(`No runs in ${shortPath(root)}`);
  const rows = runs.map((run) => [
    run.name,
    run.state,
    run.command,
    run.dataset,
    run.testAccuracy === null ? "" : `test ${percent(run.testAccuracy)}`,
    run.estimate === null ? "" : `estimate ${percent(run.estimate)}`,
    run.created.slice(0, 16).replace("T", " "),
    duration(run.seconds),
    bytesText(run.bytes),
  ]);
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  rows.forEach((row, n) => {
    const cells = row.map((text, i) => {
      const padded = i >= 7 ? text.padStart(widths[i]) : text.padEnd(widths[i]);
      return i === 1 ? onStdout(STATE_STYLES[runs[n].state], padded) : padded;
    });
    print(cells.join("  ").trimEnd());
  });
}

/** Text of a size such as `3.1 MB`. */
function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function remove(given: readonly string[]): Promise<void> {
  const paths = [...new Set(given.map(findRun))];
  // All are looked at before one is removed.
  for (const path of paths) {
    if (!hasConfig(runFolder(path))) {
      throw new UsageError(
        `Expected a run with a config.json in ${path} but found none; \`enaslab runs\` lists those there are`,
      );
    }
    if (!RunLock.isHeld(runFolder(path))) continue;
    throw new UsageError(
      `Expected a run that has ended in ${path} but found one that is going on; end it first, with ` +
        "Ctrl-C",
    );
  }
  for (const path of paths) {
    await askedFor(() => removeRun(path));
    print(`Removed ${shortPath(path)}`);
  }
}
