/**
 * Settings of a study by scale: said once what they share.
 *
 * @module
 */
import type { StudyPresets, StudyScale, StudySettings } from "../study.ts";

/** What a study says of one scale, or of all. */
export type PresetFields = Partial<Omit<StudySettings, "scale">>;

/** What nearly all studies have: one space, and images on which a study of that size can learn. */
const USUAL: Readonly<Record<StudyScale, PresetFields>> = {
  tiny: { spaces: ["macro"], datasets: ["mnist"], trainings: 1 },
  small: { spaces: ["macro"], datasets: ["fashion-mnist"], trainings: 1 },
  medium: { spaces: ["macro"], datasets: ["fashion-mnist"], trainings: 1 },
  thesis: { spaces: ["macro"], datasets: ["cifar10", "cifar100"], trainings: 1 },
};

/** Settings of a study at every scale: the scale's own, else those of all, else the usual ones. */
export function studyPresets(
  all: PresetFields,
  own: Readonly<
    Record<StudyScale, PresetFields & Pick<StudySettings, "seeds">>
  >,
): StudyPresets {
  const preset = (scale: StudyScale): StudySettings => {
    const { spaces, datasets, seeds, arcs, trainings, overrides } = {
      ...USUAL[scale],
      ...all,
      ...own[scale],
    };
    return {
      scale,
      spaces: spaces!,
      datasets: datasets!,
      seeds,
      arcs: arcs!,
      trainings: trainings!,
      overrides: overrides ?? {},
    };
  };
  return {
    tiny: preset("tiny"),
    small: preset("small"),
    medium: preset("medium"),
    thesis: preset("thesis"),
  };
}

/** `count` seeds in a row. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/**
 * Seed of a training from scratch of what a search found: the same for all that is compared within a
 * seed, so that it does not differ by the order of images, and another for every seed and repeat.
 */
export function trainingSeed(searchSeed: number, repeat: number): number {
  return (1000 * (searchSeed + 1) + repeat) % 2 ** 31;
}
