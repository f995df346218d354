/**
 * Options that `search`, `plan` and `train` have in common, and what they come to.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { type AnyCommand, switchOption, textOption } from "./command.ts";
import { DEFAULT_MEMORY_BUDGET } from "../engine/webgpu/gpu_backend.ts";
import { DEFAULT_SPACE, SPACE_NAMES } from "../nas/space/registry.ts";
import {
  configValue,
  getPreset,
  hasSetting,
  listConfigFields,
  METHOD_NAMES,
  METHODS,
  PRESET_NAMES,
  type SearchConfig,
  type SpaceName,
} from "../nas/config/mod.ts";
import { DATASETS, loadDataset } from "../nas/data/mod.ts";
import { CHECKPOINT_EVERY } from "../nas/run/checkpoint_writer.ts";
import type { RecordOptions } from "../nas/run/recording.ts";
import type { NamedArc, NamedRun } from "./arc_argument.ts";
import { readConfigFile } from "./config_file.ts";
import { askedFor, UsageError } from "./errors.ts";
import { type SettingFlag, settingOptions } from "./flags.ts";
import { gpu } from "./gpu.ts";
import { openNamedRun } from "./named_run.ts";
import { readByTraining } from "./retrain.ts";
import { buildConfig, type BuiltConfig } from "./settings.ts";
import { callerPath, note, print, printJson } from "./terminal.ts";

/** Options about settings, beside those of {@link SettingFlag}s, which stay as they were typed. */
export const settingOptionValues = z.looseObject({
  preset: z.string(),
  /** Whether the caller named the preset. */
  presetGiven: switchOption,
  config: textOption,
  space: textOption,
  method: textOption,
  dataset: textOption,
  set: z.array(z.string()),
  settings: switchOption,
  printConfig: switchOption,
  arc: textOption,
  from: textOption,
  memory: textOption,
  json: switchOption,
});
/** Their values. */
export type SettingValues = z.infer<typeof settingOptionValues>;

/** All options of a command that makes a run. */
export const runOptionValues = z.looseObject({
  ...settingOptionValues.shape,
  out: z.string(),
  name: textOption,
  profile: switchOption,
  resume: textOption,
  seeds: textOption,
  checkpoint: textOption,
  quiet: switchOption,
  report: z.boolean(),
  dryRun: switchOption,
  controllerFrom: textOption,
});
/** Their values. */
export type RunFlags = z.infer<typeof runOptionValues>;

/** The value of a setting's flag as typed; undefined where it was not given. */
export function typedFlag(values: SettingValues, name: string): string | undefined {
  const value = values[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];
  return typeof value === "string" ? value : undefined;
}

/** Adds the options about settings. */
export function addSettingOptions(command: AnyCommand, flags: readonly SettingFlag[]): void {
  command
    .optionsGroup("Settings:")
    .option(
      "--preset <NAME>",
      `configuration to start from: ${
        PRESET_NAMES.map((name) => `${name} (${getPreset(name).summary})`).join(", ")
      }`,
      "quick",
    )
    .addOption(
      new Option(
        "--config <FILE|RUN>",
        "configuration to start from in place of a preset: a file that --print-config wrote, or that of " +
          "a run; other flags still win",
      ).conflicts("preset"),
    )
    .option(
      "--space <NAME>",
      `search space: ${SPACE_NAMES.join(" or ")} (default: ${
        command.name() === "search" ? DEFAULT_SPACE : `that of --arc, else ${DEFAULT_SPACE}`
      })`,
    );
  command.on("option:preset", () => command.setOptionValue("presetGiven", true));
  if (command.name() !== "train") {
    const methods = METHOD_NAMES.map((name) => `${name} (${METHODS[name].summary})`).join(", ");
    command.option("--method <NAME>", `strategy and evaluator by one name: ${methods}`);
  }
  for (const option of settingOptions(flags)) command.addOption(option);
  command
    .addOption(
      new Option(
        "--set <PATH=VALUE>",
        `any other setting, such as ${
          command.name() === "train" ? "finalTraining" : "child"
        }.l2=0.0001; may be repeated, wins over other flags`,
      ).default([], "none").argParser((value: string, before: string[]) => [...before, value]),
    )
    .option("--settings", "print every setting with its value, unit and source, and end")
    .option("--print-config", "print the configuration as JSON, and end");
}

/** What `--offline` does; `run` reads it, for only `run` fetches. */
export const OFFLINE =
  "let ./run fetch no data set: one that is missing is refused, with the command that fetches it";

/** Adds the options about where a run reads and writes. */
export function addRunOptions(command: AnyCommand): void {
  command
    .optionsGroup("Run:")
    .option("--out <DIR>", "folder that holds runs", "runs")
    .addOption(
      new Option(
        "--seeds <A..B>",
        "the same run with each of these seeds, one after another, and one page that compares them; the " +
          "same command goes on where it was interrupted",
      ).conflicts(["seed", "resume", "dryRun", "printConfig", "settings"]),
    )
    .option("--name <NAME>", "name of the run's folder (default: time, data set, seed, …)")
    .option(
      "--from <PATH>",
      "folder or tar archive with a copy of the data set's files, or the folder of your own images " +
        "(default: where they lie)",
    )
    .option(
      "--memory <MIB>",
      "most device memory to use [MiB] (default: 4096, or three quarters of the free memory)",
    )
    .option(
      "--profile",
      "measure a sample of every kernel: a table, profile.json, trace.json and a section of the report; " +
        "at most 9 % slower where a search of 17 to 26 s was measured, more on shorter ones; same results",
    )
    .option(
      "--resume <RUN>",
      "go on with a run that ended early, given by its path or its name in ./runs; its settings stay, " +
        "but for more epochs, which a completed run can be given too",
    )
    .option(
      "--checkpoint <S>",
      `least time between two checkpoints, from which --resume goes on [s] (default: ${CHECKPOINT_EVERY})`,
    )
    .option("--offline", OFFLINE)
    .option("--quiet", "say nothing of how the run goes; warnings and errors are said")
    .option("--no-report", "write no report at the end")
    .option("--json", "print the result as one JSON object on stdout");
}

/** The configuration that the options ask for; null where they only asked to see it. */
export async function configOf(
  flags: SettingValues,
  known: readonly SettingFlag[],
  named?: NamedArc,
): Promise<BuiltConfig | null> {
  const request = requestOf(flags, known, named);
  let built = buildConfig(request);
  // Known by now to be paths of settings.
  const unread = named === undefined ? [] : flags.set.map((set) => set.split("=", 1)[0])
    .filter((path) => !readByTraining(path));
  for (const path of unread) {
    note(`--set ${path} has no effect: training from scratch does not read it`);
  }
  const { name, imageSize } = built.config.dataset;
  if (flags.settings) {
    printSettings(flags.preset, built.config);
    return null;
  }
  if (DATASETS[name].own) {
    if (flags.from === undefined) {
      throw new UsageError(
        `Expected --from with --dataset ${name} but found nothing; add --from DIR, the folder of ` +
          "your images",
      );
    }
    const from = callerPath(flags.from);
    const { train, validation = 0 } = await askedFor(() =>
      loadDataset(name, { from, imageSize, onProgress: note })
    );
    built = buildConfig({ ...request, available: { train: train.count, validation } });
  }
  if (!flags.printConfig) return built;
  printJson(built.config);
  return null;
}

/** The run whose settings a training takes: that of `--arc`, unless `--preset` names others. */
function runToFollow(flags: SettingValues, run: NamedArc["run"]): NamedRun | undefined {
  return flags.presetGiven || flags.config !== undefined ? undefined : run ?? undefined;
}

/**
 * The options of a training with preset and images of the run that `--arc` names, where the caller names
 * no others.
 */
export function followingRun<Flags extends SettingValues>(
  flags: Flags,
  named?: NamedArc,
): Flags {
  const run = runToFollow(flags, named?.run);
  if (run === undefined) return flags;
  const { preset, from, config } = run;
  const sameImages = (flags.dataset ?? config.dataset.name) === config.dataset.name;
  return {
    ...flags,
    preset,
    ...(flags.from !== undefined || from === undefined || !sameImages ? {} : { from }),
  };
}

/** Says on stderr where the settings of a training come from, where its architecture is a run's. */
export function noteFollowed(flags: SettingValues, given: string, run: NamedRun | null): void {
  if (runToFollow(flags, run) !== undefined) {
    note(`Data set, sizes and training are those of ${given}; flags win, and --preset begins anew`);
  } else if (flags.presetGiven || flags.config !== undefined) {
    const source = flags.presetGiven ? "--preset" : "--config";
    note(`Only the architecture comes from ${given}; everything else is that of ${source}`);
  } else note(`${given} was made by another version; only its architecture is taken`);
}

function requestOf(flags: SettingValues, known: readonly SettingFlag[], named?: NamedArc) {
  return {
    preset: flags.preset,
    space: flags.space,
    method: flags.method,
    known,
    flags: Object.fromEntries(known.map(({ name }) => [name, typedFlag(flags, name)])),
    sets: flags.set,
    ...named,
    base: fromFile(flags, named) ?? runToFollow(flags, named?.run)?.config,
  };
}

/** The configuration that `--config` names; undefined without. */
function fromFile(
  { config: given, space }: SettingValues,
  named?: NamedArc,
): SearchConfig | undefined {
  if (given === undefined) return undefined;
  const config = readConfigFile(given);
  for (const [flag, wanted] of [["--space", space], ["--arc", named?.arc.space]] as const) {
    if (wanted === undefined || wanted === config.space) continue;
    throw new UsageError(
      `Expected --config to be of the ${wanted} space, as ${flag} says, but found a configuration of ` +
        `the ${config.space} space; leave one of them out`,
    );
  }
  return config;
}

/**
 * The data set that a run with these options reads from where it lies; none where they only ask to see
 * something, or say where else it is.
 *
 * @param named Finds the architecture of a training.
 */
export function datasetsOf(
  flags: RunFlags,
  known: readonly SettingFlag[],
  named?: () => NamedArc,
): string[] {
  if (flags.settings || flags.printConfig || flags.dryRun || flags.from !== undefined) return [];
  if (flags.resume !== undefined) {
    const { config } = openNamedRun("--resume", flags.resume, { begun: false });
    return [config.dataset.name];
  }
  const { name } = buildConfig(requestOf(flags, known, named?.())).config.dataset;
  return DATASETS[name].own ? [] : [name];
}

/** What every recorded run takes from the options. */
export function recordOptionsOf(
  flags: RunFlags,
  config: SearchConfig,
  signal: AbortSignal,
): RecordOptions {
  return {
    config,
    preset: flags.preset,
    root: callerPath(flags.out),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...hooksOf(flags, config, signal),
  };
}

/** What a new run and one that goes on take from the options. */
export function hooksOf(
  flags: RunFlags,
  config: SearchConfig,
  signal: AbortSignal,
): Omit<RecordOptions, "config" | "preset" | "root"> {
  const memoryBudget = memoryBytes(flags.memory, config);
  if (flags.profile && config.device === "cpu") {
    throw new UsageError(
      "Expected --profile only with --device gpu but found --device cpu, which has no kernels to " +
        "measure; leave --profile out",
    );
  }
  return {
    ...(flags.from === undefined ? {} : { dataFrom: callerPath(flags.from) }),
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
    ...(flags.checkpoint === undefined
      ? {}
      : { checkpointEvery: checkpointSeconds(flags.checkpoint) }),
    profile: flags.profile ?? false,
    gpu,
    signal,
    onNote: note,
  };
}

function checkpointSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && seconds < Infinity) return seconds;
  throw new UsageError(
    `Expected --checkpoint to be a number of seconds from 0 but found ${JSON.stringify(text)}`,
  );
}

/** Share of the machine's free memory that a run may take where `--memory` does not say. */
const FREE_SHARE = 0.75;

/**
 * Bytes of `--memory`. Without it the engine's default, but no more than a share of the memory that is
 * free, so that a run is refused before the machine swaps. Undefined on the CPU, which has no budget.
 */
export function memoryBytes(text: string | undefined, config: SearchConfig): number | undefined {
  if (text === undefined) {
    if (config.device === "cpu") return undefined;
    const { available } = Deno.systemMemoryInfo();
    return Math.min(DEFAULT_MEMORY_BUDGET, Math.floor(FREE_SHARE * available));
  }
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

/** Every setting with its value, what it is, and why the preset has its value. */
function printSettings(preset: string, config: SearchConfig): void {
  const space: SpaceName = config.space;
  const { config: base, sources } = getPreset(preset, space);
  note("Flags in sources are those of melodyguan/enas, sections those of the ENAS specification");
  for (const { path, description } of listConfigFields(config)) {
    const value = configValue(config, path);
    const usual = hasSetting(base, path) ? configValue(base, path) : null;
    const changed = value === usual || !hasSetting(base, path)
      ? ""
      : ` (preset ${preset}: ${usual})`;
    print(`${path} = ${value}${changed}`);
    print(`    ${description}`);
    if (sources[path] !== undefined) print(`    In ${preset}: ${sources[path]}`);
  }
}
