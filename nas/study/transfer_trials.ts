/**
 * The trials of `study transfer`: which searches, with whose policy, and what is trained from scratch.
 *
 * @module
 */
import type { SearchConfig } from "../config/mod.ts";
import { exampleArc } from "./example_arc.ts";
import type { Mark, Results } from "./results.ts";
import { markAt, searchConfig } from "./scales.ts";
import type { StudySettings, TrialForecast } from "./study.ts";
import { StudyError, type Trial } from "./trials.ts";
import { trial } from "./work.ts";

/** Epochs, of 310, at which the thesis drew the architectures of its table 1. */
export const TRANSFER_EPOCHS = [100, 155, 310] as const;

/**
 * A search of the study. On the first data set: `donor`, and `shuffled`, a donor whose rewards were
 * dealt out at random. On the second: `without` transfer, `with` the donor's policy, and `wrong` with
 * the policy of `shuffled`.
 */
export type TransferSearch = "donor" | "shuffled" | TransferArm;

/** A search on the second data set. */
export type TransferArm = "without" | "with" | "wrong";

/** The searches on the second data set. */
export const TRANSFER_ARMS: readonly TransferArm[] = ["without", "with", "wrong"];

/** Searches that need no other one. */
const INDEPENDENT: readonly TransferSearch[] = ["donor", "shuffled", "without"];

/** An arc of the study: one that a search on the second data set drew at a mark, or the donor's own. */
export interface TransferChoice {
  /** `zero-shot`: chosen on the first data set, trained on the second. */
  readonly arm: TransferArm | "zero-shot";
  /** Epoch of the search that drew it; 0 is before any training. */
  readonly epoch: number;
}

/** The data sets of the settings. */
export function datasetsOf({ datasets }: StudySettings): { first: string; second: string } {
  const [first, second] = datasets;
  if (datasets.length === 2) return { first, second };
  throw new StudyError(
    `Expected two data sets, the donor's and the target's, but found ${datasets.length} ` +
      `(${datasets.join(", ")}); name both, such as --datasets cifar10,cifar100`,
  );
}

/** Id of a search. */
export function searchId(search: TransferSearch, seed: number): string {
  return `${search}/seed${seed}`;
}

/**
 * Id of training an arc. Equal arcs of one seed, of whatever arm, are trained once: the same arc with
 * the same seed comes to the same.
 */
export function trainingId(arc: string, seed: number, run: number): string {
  return `train/seed${seed}/${arcKey(arc)}/run${run}`;
}

/** Configuration of a search. */
export function transferConfig(
  settings: StudySettings,
  search: TransferSearch,
  seed: number,
): SearchConfig {
  const { first, second } = datasetsOf(settings);
  const dataset = search === "donor" || search === "shuffled" ? first : second;
  return searchConfig(settings, {
    space: "macro",
    dataset,
    seed,
    ...(search === "shuffled" ? { fixed: { "controller.rewards": "shuffled" } } : {}),
  });
}

/** Epochs at which the searches draw arcs: before any training, and the thesis's three. */
export function marksOf(settings: StudySettings): number[] {
  const { search: { epochs } } = transferConfig(settings, "without", settings.seeds[0]);
  return [...new Set([0, ...TRANSFER_EPOCHS.map((epoch) => markAt(epoch, epochs))])];
}

/** Marks whose arcs are trained from scratch: all, but only the last one of a tiny study. */
export function trainedMarksOf(settings: StudySettings): number[] {
  const marks = marksOf(settings);
  return settings.scale === "tiny" ? marks.slice(-1) : marks;
}

/** All arcs that a seed trains, in the order in which they are trained. */
export function choicesOf(settings: StudySettings): TransferChoice[] {
  const marks = trainedMarksOf(settings);
  const last = marks.at(-1)!;
  return [
    { arm: "zero-shot", epoch: last },
    ...marks.toReversed().flatMap((epoch) => TRANSFER_ARMS.map((arm) => ({ arm, epoch }))),
  ];
}

/** What was drawn at a mark; null where the search has not finished. */
export function markOf(
  results: Results,
  search: TransferSearch,
  seed: number,
  epoch: number,
): Mark | null {
  const marks = results.supernet(searchId(search, seed))?.marks;
  return marks?.find((mark) => mark.epoch === epoch) ?? null;
}

/** The drawn arc with the best estimate, the first of equals; null where the search is not finished. */
export function chosenArc(
  results: Results,
  { arm, epoch }: TransferChoice,
  seed: number,
): string | null {
  const mark = markOf(results, arm === "zero-shot" ? "donor" : arm, seed, epoch);
  if (mark === null) return null;
  return mark.arcs[mark.estimates.indexOf(Math.max(...mark.estimates))];
}

/**
 * The trials that can be named so far, seed by seed, so that a study that is cut short has whole seeds.
 * A search that takes over a policy is named when the donors of its seed are there, and the next seed
 * begins then too.
 */
export function transferTrials(settings: StudySettings, results: Results): Trial[] {
  const trials = new Map<string, Trial>();
  for (const seed of settings.seeds) {
    for (const one of seedTrials(settings, results, seed)) {
      if (!trials.has(one.id)) trials.set(one.id, one);
    }
    if (!independentDone(results, seed)) break;
  }
  return [...trials.values()];
}

function independentDone(results: Results, seed: number): boolean {
  return INDEPENDENT.every((search) => results.supernet(searchId(search, seed)) !== null);
}

function* seedTrials(settings: StudySettings, results: Results, seed: number): Generator<Trial> {
  for (const search of INDEPENDENT) yield searchTrial(settings, search, seed);
  if (!independentDone(results, seed)) return;
  for (const search of ["with", "wrong"] as const) yield searchTrial(settings, search, seed);
  for (const choice of choicesOf(settings)) {
    const arc = chosenArc(results, choice, seed);
    if (arc === null) continue;
    for (let run = 0; run < runsOf(settings, choice); run++) {
      yield trainTrial(settings, arc, seed, run);
    }
  }
}

/**
 * Seeds with which an arc is trained. Learning curves of one arc must be there twice at least, to tell
 * how far curves differ by chance: these are those of the last arc of the search without transfer.
 */
function runsOf(settings: StudySettings, { arm, epoch }: TransferChoice): number {
  const repeated = arm === "without" && epoch === marksOf(settings).at(-1);
  return repeated ? Math.max(2, settings.trainings) : settings.trainings;
}

function searchTrial(settings: StudySettings, search: TransferSearch, seed: number): Trial {
  const donor = search === "with" ? "donor" : search === "wrong" ? "shuffled" : null;
  const marks = marksOf(settings);
  const last = marks.at(-1)!;
  return trial("supernet", searchId(search, seed), {
    config: transferConfig(settings, search, seed),
    marks: search === "shuffled" ? [last] : marks,
    arcs: settings.arcs,
    keepWeights: [],
    donor: donor === null ? null : { trial: searchId(donor, seed), epoch: last },
  });
}

function trainTrial(settings: StudySettings, arc: string, seed: number, run: number): Trial {
  const config = { ...transferConfig(settings, "without", seed), seed: trainingSeed(seed, run) };
  return trial("train", trainingId(arc, seed, run), { config, arc });
}

/** Seed of a training: the same for all arms of a seed, another for every seed and run. */
function trainingSeed(seed: number, run: number): number {
  return (1000 * (seed + 1) + run) % 2 ** 31;
}

/** How many trials the whole study takes; trainings that turn out equal are counted as many. */
export function transferForecast(settings: StudySettings): TrialForecast[] {
  const { first, second } = datasetsOf(settings);
  const seeds = settings.seeds.length;
  const [seed] = settings.seeds;
  const trainings = choicesOf(settings).reduce(
    (sum, choice) => sum + runsOf(settings, choice),
    0,
  );
  const arc = exampleArc(transferConfig(settings, "without", seed));
  return [
    {
      label: `searches on ${first}`,
      count: 2 * seeds,
      example: searchTrial(settings, "donor", seed),
    },
    {
      label: `searches on ${second}`,
      count: TRANSFER_ARMS.length * seeds,
      example: searchTrial(settings, "without", seed),
    },
    {
      label: `trainings from scratch on ${second}`,
      count: trainings * seeds,
      example: trainTrial(settings, arc, seed, 0),
    },
  ];
}

/** Eight hexadecimal digits that tell arcs apart (FNV-1a). */
function arcKey(arc: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < arc.length; i++) {
    hash = Math.imul(hash ^ arc.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}
