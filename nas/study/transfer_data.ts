/**
 * The results of `study transfer` as numbers by arm, marked epoch and seed.
 *
 * @module
 */
import { mean } from "../stats/mod.ts";
import type { Results, TrainResult } from "./results.ts";
import type { StudySettings } from "./study.ts";
import {
  chosenArc,
  trainedMarksOf,
  trainingId,
  TRANSFER_EPOCHS,
  type TransferArm,
  type TransferChoice,
} from "./transfer_trials.ts";

/** Trainings of a chosen arc that are done, those of the settings first. */
export function trainingsOf(
  settings: StudySettings,
  results: Results,
  choice: TransferChoice,
  seed: number,
): TrainResult[] {
  const arc = chosenArc(results, choice, seed);
  if (arc === null) return [];
  return Array.from(
    { length: settings.trainings },
    (_, run) => results.train(trainingId(arc, seed, run)),
  ).filter((result) => result !== null);
}

/**
 * Accuracy of a chosen arc on the test split, in points, as the mean over its trainings; null unless
 * all of these are done.
 */
export function accuracyOf(
  settings: StudySettings,
  results: Results,
  choice: TransferChoice,
  seed: number,
): number | null {
  const done = trainingsOf(settings, results, choice, seed);
  if (done.length < settings.trainings) return null;
  return 100 * mean(done.map(({ testAccuracy }) => testAccuracy));
}

/** {@link accuracyOf} by seed. */
export function accuraciesOf(
  settings: StudySettings,
  results: Results,
  choice: TransferChoice,
): (number | null)[] {
  return settings.seeds.map((seed) => accuracyOf(settings, results, choice, seed));
}

/** The trained marks that stand for the thesis's epochs 100, 155 and 310; fewer in a tiny study. */
export function thesisMarksOf(settings: StudySettings): number[] {
  return trainedMarksOf(settings).filter((epoch) => epoch > 0).slice(-TRANSFER_EPOCHS.length);
}

/** Mean accuracy of an arm over {@link thesisMarksOf}, by seed; null unless all are there. */
export function meanAccuraciesOf(
  settings: StudySettings,
  results: Results,
  arm: TransferArm,
): (number | null)[] {
  return settings.seeds.map((seed) => {
    const values = thesisMarksOf(settings).map((epoch) =>
      accuracyOf(settings, results, { arm, epoch }, seed)
    );
    return values.includes(null) ? null : mean(values as number[]);
  });
}

/** Differences `b − a` of the seeds that have both. */
export function differences(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
): number[] {
  return a.flatMap((value, i) => {
    const other = b[i];
    return value === null || other === null ? [] : [other - value];
  });
}

/** The values that are there. */
export function present(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
