/**
 * The command `search`.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import {
  ConfigError,
  listConfigFields,
  PRESET_NAMES,
  PRESETS,
  type SearchConfig,
} from "../nas/config/mod.ts";
import { DataError, fetchDataset } from "../nas/data/mod.ts";
import { runSearch, type RunSearchOutcome, type RunStart } from "../nas/run.ts";
import { StoreError } from "../nas/store/mod.ts";
import { UsageError } from "./errors.ts";
import { Interrupt } from "./interrupt.ts";
import { SearchProgress } from "./progress.ts";
import { shortPath, writeReport } from "./report.ts";
import { buildConfig, type BuiltConfig, describeSetting, SETTING_FLAGS } from "./settings.ts";
import { noteStart, printOutcome, Sizes } from "./outcome.ts";
import { callerPath, note, print, printJson } from "./terminal.ts";

/** What the flags of `search` come to, beside those of the configuration. */
interface SearchFlags {
  readonly preset: string;
  readonly set: readonly string[];
  readonly out: string;
  readonly name?: string;
  readonly from?: string;
  readonly memory?: string;
  readonly report: boolean;
  readonly printConfig?: true;
  readonly settings?: true;
  readonly json?: true;
}

/** The command `search`; `exit` gets the exit code of a run that was interrupted. */
export function searchCommand(exit: (code: number) => void): Command {
  const command = new Command("search")
    .summary("search for an architecture, train the best one, write a report")
    .description(
      "Searches for an architecture, trains the best one from scratch and writes a report. Without " +
        "flags: the preset quick on MNIST, about a minute on two CPU cores.",
    )
    .optionsGroup("Settings:")
    .option(
      "--preset <NAME>",
      `configuration to start from: ${
        PRESET_NAMES.map((name) => `${name} (${PRESETS[name].summary})`).join(", ")
      }`,
      "quick",
    );
  for (const { name, value, paths, remark } of SETTING_FLAGS) {
    const about = describeSetting(paths[0]).replace(
      / \(quick:/,
      `${remark ? `; ${remark}` : ""}$&`,
    );
    command.addOption(new Option(`--${name} <${value}>`, about));
  }
  command
    .addOption(
      new Option(
        "--set <PATH=VALUE>",
        "any other setting, such as child.l2=0.0001; may be repeated, wins over other flags",
      ).default([], "none").argParser((value: string, before: string[]) => [...before, value]),
    )
    .option("--settings", "print every setting with its unit and source, and end")
    .option("--print-config", "print the configuration as JSON, and end")
    .optionsGroup("Run:")
    .option("--out <DIR>", "folder that holds runs", "runs")
    .option("--name <NAME>", "name of the run's folder (default: time, data set, sampler, seed)")
    .option("--from <DIR>", "folder with a copy of the data set's files (default: where they lie)")
    .option("--memory <MIB>", "most device memory to use [MiB] (default: 4096)")
    .option("--no-report", "write no report at the end")
    .option("--json", "print the result as one JSON object on stdout")
    .addHelpText(
      "after",
      "\nCtrl-C ends the run after the present step and keeps what was done; twice, at once.",
    )
    .action(async (options) => exit(await search(options as unknown as SearchFlags)));
  return command as unknown as Command;
}

async function search(flags: SearchFlags): Promise<number> {
  if (flags.settings) return printSettings();
  const texts = flags as unknown as Record<string, string | undefined>;
  const camel = (name: string) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const values = SETTING_FLAGS.map(({ name }) => [name, texts[camel(name)]]);
  const built = buildConfig(flags.preset, Object.fromEntries(values), flags.set);
  const memoryBudget = memoryBytes(flags.memory, built.config);
  if (flags.printConfig) {
    printJson(built.config);
    return 0;
  }
  const { outcome, sizes, exitCode } = await run(flags, built, memoryBudget);
  const report = flags.report ? await writeReport([outcome.folder.path]) : null;
  printOutcome({ outcome, sizes, report, config: built.config, json: flags.json ?? false });
  if (outcome.status !== "interrupted") return 0;
  const path = shortPath(outcome.folder.path);
  note(`Interrupted; the run lies in ${path}, and \`deno task report ${path}\` shows it`);
  return exitCode ?? 130;
}

/** Runs the search with progress and Ctrl-C, fetching the data set where it is missing. */
async function run(
  flags: SearchFlags,
  { config, toUsage }: BuiltConfig,
  memoryBudget: number | undefined,
): Promise<{ outcome: RunSearchOutcome; sizes: Sizes; exitCode: number | null }> {
  const progress = new SearchProgress(config);
  const sizes = new Sizes();
  using interrupt = new Interrupt(
    () => {
      progress.stopping();
      note("Ending after the present step; Ctrl-C again ends at once");
    },
    () => progress.stop(),
  );
  let begun: RunStart | null = null;
  const attempt = () =>
    runSearch({
      config,
      preset: flags.preset,
      root: callerPath(flags.out),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.from === undefined ? {} : { dataFrom: callerPath(flags.from) }),
      ...(memoryBudget === undefined ? {} : { memoryBudget }),
      signal: interrupt.signal,
      onStart(start) {
        begun = start;
        noteStart(start, config);
        progress.start(start);
      },
      onEvent(event) {
        sizes.see(event);
        progress.event(event);
      },
      onWork: (kind) => progress.work(kind),
    });
  try {
    const outcome = await attempt().catch(async (error) => {
      if (!(error instanceof DataError) || flags.from !== undefined || begun !== null) throw error;
      await fetchDataset(config.dataset.name, { onProgress: note });
      return await attempt();
    });
    return { outcome, sizes, exitCode: interrupt.exitCode };
  } catch (error) {
    if (error instanceof ConfigError) throw toUsage(error);
    // Before a run has begun, only --out and --name can be wrong.
    if (error instanceof StoreError && begun === null) {
      const name = flags.name === undefined ? "" : ` --name ${flags.name}`;
      throw new UsageError(`${error.message} (--out ${flags.out}${name})`, { cause: error });
    }
    throw error;
  } finally {
    progress.stop();
  }
}

function memoryBytes(text: string | undefined, config: SearchConfig): number | undefined {
  if (text === undefined) return undefined;
  const mebibytes = Number(text);
  if (text.trim() === "" || !(mebibytes > 0) || mebibytes === Infinity) {
    throw new UsageError(
      `Expected --memory to be a number of MiB greater than 0 but found ${JSON.stringify(text)}`,
    );
  }
  if (config.device === "cpu") {
    throw new UsageError(
      "Expected --memory only with --device gpu but found --device cpu; leave --memory out",
    );
  }
  return mebibytes * 2 ** 20;
}

function printSettings(): number {
  for (const { path, description } of listConfigFields()) {
    print(path);
    print(`    ${description}`);
  }
  return 0;
}
