/**
 * The command `search`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { configValue, type SearchConfig } from "../nas/config/mod.ts";
import { strategyOf } from "../nas/strategy/registry.ts";
import type { AnyCommand } from "./command.ts";
import { resumableSearch } from "../nas/run/resume.ts";
import { runSearch, type RunSearchOptions, type RunStart } from "../nas/search/run_search.ts";
import { UsageError } from "./errors.ts";
import { SEARCH_FLAGS } from "./flags.ts";
import { noteStart, printOutcome, Sizes } from "./outcome.ts";
import { openRunWithSampler } from "./named_run.ts";
import { needsData } from "./needs.ts";
import { printPlan } from "./planned.ts";
import { noteProfile } from "./profile.ts";
import { SearchProgress } from "./progress.ts";
import { tryReport } from "./report.ts";
import { noteInterrupted, resumed } from "./resume.ts";
import {
  addRunOptions,
  addSettingOptions,
  attemptRun,
  configOf,
  datasetsOf,
  hooksOf,
  recordOptionsOf,
  type RunFlags,
  runOptionValues,
} from "./run_options.ts";
import type { BuiltConfig } from "./settings.ts";

/** The command `search`; `exit` gets the exit code of a run that was interrupted. */
export function searchCommand(exit: (code: number) => void): AnyCommand {
  const command = new Command("search")
    .description(
      "Searches for an architecture, trains the best one from scratch and writes a report. Without " +
        "flags: the preset quick on MNIST, about a minute on two CPU cores.",
    );
  addSettingOptions(command, SEARCH_FLAGS);
  addRunOptions(command);
  command
    .option(
      "--controller-from <RUN>",
      "begin with the trained controller of another run of the same space; data set, number of " +
        "classes and depth may differ",
    )
    .option("--dry-run", "only say what the run would take, as `plan` does")
    .addHelpText(
      "after",
      "\nCtrl-C ends the run after the present step, --resume goes on with it; twice, at once.",
    )
    .action(async (options, self) => exit(await search(runOptionValues.parse(options), self)));
  needsData(command, runOptionValues, (flags) => datasetsOf(flags, SEARCH_FLAGS));
  return command;
}

/** A search that is to run: a new one, or the rest of one. */
interface Asked {
  readonly config: SearchConfig;
  readonly toUsage: BuiltConfig["toUsage"];
  /** What `runSearch` needs, beside its callbacks. */
  readonly options: (signal: AbortSignal) => RunSearchOptions;
}

/** The new search that the flags ask for; null where they only asked to see something. */
async function newSearch(flags: RunFlags): Promise<Asked | null> {
  const built = await configOf(flags, SEARCH_FLAGS);
  if (built === null) return null;
  const { config, toUsage } = built;
  const controllerFrom = flags.controllerFrom === undefined
    ? {}
    : { controllerFrom: findController(flags.controllerFrom, config) };
  if (flags.dryRun) {
    await printPlan(flags, built);
    return null;
  }
  const options = (signal: AbortSignal) => ({
    ...recordOptionsOf(flags, config, signal),
    ...controllerFrom,
  });
  return { config, toUsage, options };
}

/** The rest of the search that `--resume` names. */
async function restOf(given: string, flags: RunFlags, command: AnyCommand): Promise<Asked> {
  const epochs = { epochs: "search", finalEpochs: "final" } as const;
  const run = await resumed(given, command, epochs, resumableSearch);
  const { config } = run;
  const options = (signal: AbortSignal) => ({ ...run, ...hooksOf(flags, config, signal) });
  return { config, toUsage: (error) => error, options };
}

async function search(flags: RunFlags, command: AnyCommand): Promise<number> {
  const asked = flags.resume === undefined
    ? await newSearch(flags)
    : await restOf(flags.resume, flags, command);
  if (asked === null) return 0;
  const { config, toUsage, options } = asked;
  const progress = new SearchProgress(config, flags.quiet ?? false);
  const sizes = new Sizes();
  let begun: RunStart | null = null;
  const { outcome, exitCode } = await attemptRun({
    flags,
    toUsage,
    start: (signal) =>
      runSearch({
        ...options(signal),
        onStart(start) {
          begun = start;
          if (!flags.quiet) noteStart(start, config);
          progress.start(start);
        },
        onEvent(event) {
          sizes.see(event);
          progress.event(event);
        },
        onWork: (kind) => progress.work(kind),
      }),
    begun: () => begun !== null,
    stopping: () => progress.stopping(),
    stop: () => progress.stop(),
  });
  noteProfile(outcome.folder);
  const { report, failure } = await tryReport(flags.report ? outcome.folder.path : null);
  printOutcome({ outcome, sizes, report, config, json: flags.json ?? false });
  if (outcome.status === "interrupted") noteInterrupted("search", outcome.folder.path);
  if (failure !== null) throw failure;
  return outcome.status === "interrupted" ? exitCode ?? 130 : 0;
}

/** The folder of a run whose controller a search with `config` can begin with. */
function findController(given: string, asked: SearchConfig): string {
  const { space, strategy } = asked;
  if (!strategyOf(asked).learns) {
    throw new UsageError(
      `Expected --controller-from only with --strategy controller but found ${strategy.name}, which ` +
        "learns nothing; leave one of them out",
    );
  }
  const { path, config } = openRunWithSampler("--controller-from", given);
  const refuse = (wanted: string, found: string, todo: string) => {
    throw new UsageError(
      `Expected --controller-from to name a run ${wanted} but found ${given}, ${found}; ${todo}`,
    );
  };
  if (config.strategy.name !== strategy.name) {
    const found = `whose strategy was ${config.strategy.name}`;
    refuse(`with a ${strategyOf(asked).label}`, found, "choose another run");
  }
  if (config.space !== space) {
    const found = `one of the ${config.space} space`;
    refuse(`of the ${space} space`, found, `choose another run, or --space ${config.space}`);
  }
  const size = "strategy.hiddenSize";
  const [wanted, found] = [asked, config].map((settings) => configValue(settings, size));
  if (wanted !== found) {
    const todo = `choose another run, or --set ${size}=${found}`;
    refuse(`whose controller has ${wanted} hidden units`, `whose has ${found}`, todo);
  }
  return path;
}
