/**
 * What a study is: which trials it takes, and what their results say.
 *
 * @module
 */
import { z } from "zod";
import { SPACE_NAMES, type SpaceName } from "../nas/config/mod.ts";
import type { Uniform } from "../nas/stats/mod.ts";
import type { StudyReport } from "../nas/stats/study_report.ts";
import type { Results } from "../nas/trials/results.ts";
import type { TrialForecast } from "../nas/trials/predict.ts";
import type { Trial } from "../nas/trials/queue.ts";

/**
 * How large a study is: `tiny` shows within minutes that everything works and decides nothing, `small`
 * fits two CPU cores and hours, `medium` a GPU, `thesis` has the thesis's own settings.
 */
export type StudyScale = "tiny" | "small" | "medium" | "thesis";

/** Names of the scales. */
export const STUDY_SCALES: readonly StudyScale[] = ["tiny", "small", "medium", "thesis"];

/** Checks the settings that a study's folder holds. */
export const studySettingsSchema = z.object({
  scale: z.enum(["tiny", "small", "medium", "thesis"]),
  /** Search spaces, each an experiment of its own. */
  spaces: z.array(z.enum(SPACE_NAMES)).min(1),
  /** Data sets; of a transfer, first the donor's, then the target's. */
  datasets: z.array(z.string()).min(1),
  /** Seed of each independent search of an arm. */
  seeds: z.array(z.int().min(0).max(2 ** 31 - 1)).min(1),
  /** Architectures: the fixed ones of a study that has such, else those drawn at a marked epoch. */
  arcs: z.int().min(2),
  /** Seeds with which each architecture is trained from scratch. */
  trainings: z.int().min(1),
  /** Settings of the searches by path, as `--set` gave them, in place of the scale's. */
  overrides: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Everything that decides what a study does; JSON. */
export type StudySettings = z.infer<typeof studySettingsSchema>;

/** The settings of a study at every scale. */
export type StudyPresets = Readonly<Record<StudyScale, StudySettings>>;

/** What a study came to, before it is stamped with its cost. */
export type StudyFindings = Omit<StudyReport, "version" | "study" | "cost" | "created" | "enaslab">;

/** One study. */
export interface Study {
  /** Name on the command line. */
  readonly name: string;
  /** One line for `--help`, without a final period. */
  readonly summary: string;
  /** Spaces that it can study; the first one where the caller names none and the scale has none. */
  readonly spaces: readonly SpaceName[];
  /** The settings of each scale. */
  readonly presets: StudyPresets;
  /**
   * All trials that can be named with the results so far, finished ones included, in the order in which
   * they shall run. The list only grows with more results: a trial, once named, is named again alike.
   */
  trials(settings: StudySettings, results: Results): readonly Trial[];
  /**
   * How many trials of each kind the whole study takes, those that cannot be named yet included; for
   * `--dry-run`.
   */
  forecast(settings: StudySettings): readonly TrialForecast[];
  /**
   * What the results say; of an unfinished study, what they say so far. `uniform` draws resamples.
   */
  analyse(settings: StudySettings, results: Results, uniform: Uniform): StudyFindings;
}
