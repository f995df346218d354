/**
 * The command `report`, and writing reports.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { join, sep } from "node:path";
import { writeFileAtomic } from "../nas/files/atomic.ts";
import { getPreset, PRESET_NAMES, type SearchConfig, SPACE_NAMES } from "../nas/config/mod.ts";
import {
  openRun,
  readPredictions,
  readProfile,
  type RunConfig,
  type RunPredictions,
  type RunProfile,
} from "../nas/run/mod.ts";
import { renderReport, reportPictures, type RunLog } from "../reports/mod.ts";
import { askedFor, Failure, UsageError, writing } from "./errors.ts";
import { shellLine } from "../nas/text/shell_line.ts";
import { drawStudy, isStudy } from "./study_page.ts";
import { callerPath, note, print, shortPath } from "./terminal.ts";

/** The command `report`. */
export function reportCommand(): AnyCommand {
  const command = new Command("report")
    .description("Makes one HTML file, which needs no network, from the event logs of runs.")
    .argument("<RUN...>", "folders of runs, or their names in ./runs; or the folder of one study")
    .option(
      "--out <FILE>",
      "file to write (default: report.html in the run; for several runs " +
        "comparison.html beside the first, or comparison-2.html where there is one)",
    )
    .option("--pictures <DIR>", "also write every chart and drawing as a PNG file into this folder")
    .option("--open", "open it in the browser")
    .action(async (runs, { out, pictures, open }) => {
      const folders = runs.map(findRun);
      if (folders.length === 1 && isStudy(folders[0])) {
        const page = await drawStudy(folders[0], {
          ...(out === undefined ? {} : { out: callerPath(out) }),
          ...(pictures === undefined ? {} : { pictures: callerPath(pictures) }),
        });
        if (open) await openInBrowser(page);
        return print(shortPath(page));
      }
      const opened = await openRuns(folders);
      const path = await writeOpened(opened, out && callerPath(out));
      if (pictures !== undefined) await writePictures(opened, callerPath(pictures));
      if (open) await openInBrowser(path);
      print(shortPath(path));
    });
  return command;
}

/** The folder of a run that the caller named by its path, or by its name in `runs`. */
export function findRun(run: string): string {
  const path = callerPath(run);
  if (exists(path) || run.includes("/") || run.includes(sep)) return path;
  const inRuns = callerPath("runs", run);
  return exists(inRuns) ? inRuns : path;
}

/** A run as it was read from its folder. */
type OpenedRun = ReturnType<typeof openRun> & {
  readonly profile: RunProfile | undefined;
  readonly predictions: RunPredictions | undefined;
};

async function openRuns(runs: readonly string[]): Promise<OpenedRun[]> {
  const opened = await askedFor(() =>
    runs.map((path) => {
      const run = openRun(path);
      return {
        ...run,
        profile: readProfile(run.folder) ?? undefined,
        predictions: readPredictions(run.folder) ?? undefined,
      };
    })
  );
  for (const { folder, events, truncated } of opened) {
    if (events.length === 0) {
      throw new UsageError(
        `Expected events in ${folder.events} but found none; give a run that has begun`,
      );
    }
    if (truncated) note(`The last line of ${folder.events} was cut off; it is left out`);
  }
  return opened;
}

async function writeOpened(opened: readonly OpenedRun[], out?: string): Promise<string> {
  const [{ folder: first }] = opened;
  const path = out ?? (opened.length === 1 ? first.report : newComparison(first.root));
  const html = await renderReport(opened.map(logOf));
  writing(path, "choose another place with --out", () => writeFileAtomic(path, html));
  return path;
}

/** A name in `folder` under which no comparison lies yet; says so where there is one. */
function newComparison(folder: string): string {
  const first = join(folder, "comparison.html");
  let path = first;
  for (let copy = 2; exists(path); copy++) path = join(folder, `comparison-${copy}.html`);
  if (path !== first) {
    note(`${shortPath(first)} is there already and stays; --out chooses the file`);
  }
  return path;
}

/**
 * Writes the report of a run that has ended, unless it is to have none (null). A report that cannot be written is no reason to lose the
 * result: then `failure` says why, to be thrown when the result was printed.
 */
export async function tryReport(
  run: string | null,
): Promise<{ readonly report: string | null; readonly failure: Failure | null }> {
  if (run === null) return { report: null, failure: null };
  try {
    return { report: await writeOpened(await openRuns([run])), failure: null };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const message = `${(error as Error).message}; the result above is complete, and ` +
      `\`enaslab report ${shellLine([run])}\` writes its report`;
    return { report: null, failure: new Failure(message, { cause: error }) };
  }
}

/** Writes one page about several runs to `path`; returns it. */
export async function writeComparison(runs: readonly string[], path: string): Promise<string> {
  return await writeOpened(await openRuns(runs), path);
}

/** Writes the charts and drawings of a report into a folder, which is made where it is missing. */
async function writePictures(opened: readonly OpenedRun[], folder: string): Promise<void> {
  writing(
    folder,
    "choose another place with --pictures",
    () => Deno.mkdirSync(folder, { recursive: true }),
  );
  let count = 0;
  for await (const { file, png } of reportPictures(opened.map(logOf))) {
    const path = join(folder, file);
    writing(path, "choose another place with --pictures", () => writeFileAtomic(path, png));
    count++;
  }
  note(`${count} pictures lie in ${shortPath(folder)}`);
}

/** What the report reads of a run. */
function logOf({ config, events, folder, profile, predictions }: OpenedRun): RunLog {
  return { config, events, path: folder.path, profile, predictions, ...presetOf(config) };
}

/** Values of the preset that a run started from; none where this version has no such preset. */
function presetOf({ preset, hyperparameters }: RunConfig): { presetValues?: SearchConfig } {
  const space = SPACE_NAMES.find((name) => name === hyperparameters.space);
  if (space === undefined || !PRESET_NAMES.some((name) => name === preset)) return {};
  return { presetValues: getPreset(preset, space).config };
}

async function openInBrowser(path: string): Promise<void> {
  const [program, ...args] = {
    darwin: ["open", path],
    windows: ["cmd", "/c", "start", "", path],
  }[Deno.build.os as string] ?? ["xdg-open", path];
  try {
    const { success } = await new Deno.Command(program, { args, stdout: "null", stderr: "null" })
      .output();
    if (success) return;
  } catch {
    // Said below.
  }
  throw new Failure(`Expected ${program} to open ${path} but it failed; open the file yourself`);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
