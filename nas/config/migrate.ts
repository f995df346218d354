/**
 * Settings as earlier versions wrote them, in today's form: the one place that knows the old one.
 *
 * Until strategy and evaluator had groups of their own, one group `controller` held the settings of
 * both and of the loop around them, and its field `sampler` said which strategy it was. Evaluators
 * were shared weights always.
 *
 * @module
 */

import { isRecord } from "../space/values.ts";

/** Today's group of the fields of `controller` that are no setting of the controller itself. */
const GROUPS: Readonly<Record<string, string>> = {
  batchSize: "evaluator",
  rewardBatchNorm: "evaluator",
  recalibrationBatches: "evaluator",
  rewardDropout: "evaluator",
  trainEvery: "search",
  updatesPerEpoch: "search",
  arcsPerUpdate: "search",
  rewards: "search",
};

/** Today's path of a setting, such as `evaluator.rewardBatchNorm` of `controller.rewardBatchNorm`. */
export function currentPath(path: string): string {
  const [group, name, ...rest] = path.split(".");
  if (group !== "controller" || name === undefined || rest.length > 0) return path;
  if (name === "sampler") return "strategy.name";
  return `${Object.hasOwn(GROUPS, name) ? GROUPS[name] : "strategy"}.${name}`;
}

/**
 * A configuration in today's form; one that has it, and whatever is no configuration, as it is. What
 * a sampler never read, such as the LSTM's size beside random sampling, is left out.
 *
 * @param settings Anything, for example the hyper-parameters of a run's `config.json`.
 */
export function migrateSettings(settings: unknown): unknown {
  if (!isRecord(settings) || !isRecord(settings.controller)) return settings;
  const { controller: old, ...rest } = settings;
  if (Object.hasOwn(rest, "strategy") || Object.hasOwn(rest, "evaluator")) return settings;
  const groups: Record<string, Record<string, unknown>> = {
    strategy: {},
    evaluator: { name: "shared-weights" },
    search: isRecord(rest.search) ? { ...rest.search } : {},
  };
  for (const [key, value] of Object.entries(old)) {
    const [group, name] = currentPath(`controller.${key}`).split(".");
    groups[group][name] = value;
  }
  if (old.sampler === "random") groups.strategy = { name: "random" };
  return { ...rest, ...groups };
}
