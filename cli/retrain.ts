/**
 * The command that trains an architecture again as a run did.
 *
 * @module
 */
import type { Arc } from "../nas/space/mod.ts";
import {
  configValue,
  getPreset,
  hasSetting,
  listConfigFields,
  parseSearchConfig,
  type SearchConfig,
} from "../nas/config/mod.ts";
import type { RunConfig } from "../nas/run/mod.ts";
import { CHILD_SETTINGS_OF_TRAINING } from "../reports/settings.ts";
import { UsageError } from "./errors.ts";
import { flagsOf, TRAIN_FLAGS } from "./flags.ts";
import { buildConfig } from "./settings.ts";

/** Settings outside `dataset` and `finalTraining` that training from scratch reads. */
const READ_BY_TRAINING = [
  ...["seed", "device"],
  ...CHILD_SETTINGS_OF_TRAINING.map((name) => `child.${name}`),
];

/** Whether training from scratch reads the setting `path`. */
export function readByTraining(path: string): boolean {
  return /^(dataset|finalTraining)\./.test(path) || READ_BY_TRAINING.includes(path);
}

/**
 * Arguments of the command line that train `arc` by the settings of a run, `train` first. Only what
 * differs from the run's preset is said.
 *
 * @param arcFile Path of the architecture's file, as the caller will type it.
 * @throws {ConfigError} Where the run's settings are none of this version.
 */
export function retrainArguments(run: RunConfig, arc: Arc, arcFile: string): string[] {
  const config = parseSearchConfig(run.hyperparameters);
  const preset = getPreset(run.preset, config.space).config;
  const all = listConfigFields(config).map(({ path }) => path)
    .filter((path) => path !== "space");
  const read = all.filter(readByTraining);
  const differing = (paths: readonly string[], built: SearchConfig) =>
    paths.filter((path) =>
      !hasSetting(built, path) || configValue(built, path) !== configValue(config, path)
    );
  // Some settings follow from others unless they are said, which only building shows.
  const said = new Set(differing(read, preset));
  for (;;) {
    const flags = flagsFor(config, [...said]);
    const built = build(run, config, arc, flags);
    const missing = built === null
      // What training does not read can still contradict what it reads.
      ? differing(all, preset)
      : differing(read, built);
    const before = said.size;
    for (const path of missing) said.add(path);
    if (said.size > before) continue;
    if (built !== null) {
      const images = run.dataset.source?.replace(/, SHA-256 \w+$/, "");
      return [
        ...["train", "--arc", arcFile, "--preset", run.preset],
        ...flags.flatMap(({ flag, path, text }) =>
          flag === null ? ["--set", `${path}=${text}`] : [`--${flag}`, text]
        ),
        ...(images === undefined ? [] : ["--from", images]),
      ];
    }
    throw new UsageError(
      `Expected settings that \`enaslab train\` takes in ${run.run} but found others; export it ` +
        `with enaslab ${run.versions.enaslab}, which made it`,
    );
  }
}

/** A setting as it is typed: by a flag of its own, or by `--set`. */
interface Said {
  readonly flag: string | null;
  readonly path: string;
  readonly text: string;
}

function flagsFor(config: SearchConfig, paths: readonly string[]): Said[] {
  const flags = flagsOf(TRAIN_FLAGS, config.space);
  return paths.map((path) => ({
    flag: flags.find((flag) => flag.paths.length === 1 && flag.paths[0] === path)?.name ?? null,
    path,
    text: String(configValue(config, path)),
  }));
}

/** The configuration that `train` would make of these; null where it would refuse them. */
function build(
  { preset, dataset }: RunConfig,
  config: SearchConfig,
  arc: Arc,
  said: readonly Said[],
): SearchConfig | null {
  try {
    return buildConfig({
      ...{ preset, known: TRAIN_FLAGS, arc },
      flags: Object.fromEntries(
        said.flatMap(({ flag, text }) => flag === null ? [] : [[flag, text]]),
      ),
      sets: said.flatMap(({ flag, path, text }) => flag === null ? [`${path}=${text}`] : []),
      // What the files of the user's own images hold, as far as the run saw it.
      ...(dataset.source === undefined ? {} : {
        available: {
          train: config.dataset.images || dataset.train + dataset.validation,
          validation: config.dataset.validationSplit === "given" ? dataset.validation : 0,
        },
      }),
    }).config;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
