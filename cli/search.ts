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
import { runSearch, type RunSearchOptions } from "../nas/search/run_search.ts";
import { UsageError } from "./errors.ts";
import { SEARCH_FLAGS } from "./flags.ts";
import { noteStart, printOutcome, Sizes } from "./outcome.ts";
import { openRunWithSampler } from "./named_run.ts";
import { needsData } from "./needs.ts";
import { printPlan } from "./planned.ts";
import { SearchProgress } from "./progress.ts";
import { addRecordedOptions, type Asked, record, restOf } from "./recorded.ts";
import { resumed } from "./resume.ts";
import {
  configOf,
  datasetsOf,
  recordOptionsOf,
  type RunFlags,
  runOptionValues,
} from "./run_options.ts";
import { runSeeds } from "./seeds.ts";

/** The command `search`; `exit` gets the exit code of a run that was interrupted. */
export function searchCommand(exit: (code: number) => void): AnyCommand {
  const command = new Command("search")
    .description(
      "Searches for an architecture, trains the best one from scratch and writes a report. Without " +
        "flags: the preset quick on MNIST, about a minute on two CPU cores.",
    );
  addRecordedOptions(command, SEARCH_FLAGS);
  command
    .option(
      "--controller-from <RUN>",
      "begin with the trained controller of another run of the same space; data set, number of " +
        "classes and depth may differ",
    )
    .action(async (options, self) => exit(await search(runOptionValues.parse(options), self)));
  needsData(command, runOptionValues, (flags) => datasetsOf(flags, SEARCH_FLAGS));
  return command;
}

/** The new search that the flags ask for; null where they only asked to see something. */
async function newSearch(flags: RunFlags): Promise<Asked<RunSearchOptions> | null> {
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

async function search(flags: RunFlags, command: AnyCommand): Promise<number> {
  if (flags.seeds !== undefined) {
    return await runSeeds<Asked<RunSearchOptions>>(flags, flags.seeds, {
      command: "search",
      begin: newSearch,
      givenTo: () => ({}),
      goOn: (path, ofSeed) => restOf(resumableSearch(path), ofSeed),
      perform,
    });
  }
  const epochs = { epochs: "search", finalEpochs: "final" } as const;
  const asked: Asked<RunSearchOptions> | null = flags.resume === undefined
    ? await newSearch(flags)
    : restOf(await resumed(flags.resume, command, epochs, resumableSearch), flags);
  return asked === null ? 0 : await perform(asked, flags);
}

/** Runs a search to its end; returns the exit code. */
async function perform(asked: Asked<RunSearchOptions>, flags: RunFlags): Promise<number> {
  const { config, toUsage, options } = asked;
  const progress = new SearchProgress(config, flags.quiet ?? false);
  const sizes = new Sizes();
  return await record({
    ...{ command: "search", flags, toUsage, progress },
    start: (signal, begun) =>
      runSearch({
        ...options(signal),
        onStart(start) {
          begun();
          if (!flags.quiet) noteStart(start, config);
          progress.start(start);
        },
        onEvent(event) {
          sizes.see(event);
          progress.event(event);
        },
        onWork: (kind) => progress.work(kind),
      }),
    reports: () => true,
    print: (outcome, report) =>
      printOutcome({ outcome, sizes, report, config, json: flags.json ?? false }),
  });
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
