/**
 * The trials of `study transfer`: which searches, with whose policy, and what is trained from scratch.
 *
 * @module
 */
import type { SearchConfig } from "../../nas/config/mod.ts";
import { sha256 } from "../../nas/files/digest.ts";
import { bestEstimated } from "../kit/chosen.ts";
import { exampleArc } from "../kit/example_arc.ts";
import { Results } from "../../nas/trials/results.ts";
import type { SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import { trainingSeed } from "../kit/presets.ts";
import { markAt, searchConfig } from "../kit/scales.ts";
import type { TrialForecast } from "../../nas/trials/predict.ts";
import type { StudySettings } from "../study.ts";
import { StudyError, type Trial } from "../../nas/trials/queue.ts";
import { trial } from "../../nas/trials/kinds/mod.ts";

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

/** All searches of a seed. */
export const TRANSFER_SEARCHES: readonly TransferSearch[] = ["donor", "shuffled", ...TRANSFER_ARMS];

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
      `(${datasets.join(", ")}); name both, such as --dataset cifar10,cifar100`,
  );
}

/** Id of a search. */
export function searchId(search: TransferSearch, seed: number): string {
  return `${search}/seed${seed}`;
}

/**
 * Id of training an arc. Equal arcs of one seed, of whatever arm, are trained once: the same arc with
 * the same seed comes to the same. Studies of before had 32 bits in place of 128, and have it still.
 */
export function trainingId(results: Results, arc: string, seed: number, run: number): string {
  const id = (digest: string) => `train/seed${seed}/${digest}/run${run}`;
  const former = id(fnv1a(arc));
  return results.has(former) ? former : id(sha256(arc).slice(0, 32));
}

/** The eight hexadecimal digits that told arcs apart before. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
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
    ...(search === "shuffled" ? { fixed: { "search.rewards": "shuffled" } } : {}),
  });
}

/** Which arcs a study draws and trains; the same for every seed. */
export interface TransferPlan {
  /** Epochs at which the searches draw arcs: 0, before any training, and the thesis's three. */
  readonly marks: readonly number[];
  /** The last of them, after which the donors hand over their policies. */
  readonly last: number;
  /** Marks whose arcs are trained from scratch: all, but only the last one of a tiny study. */
  readonly trained: readonly number[];
  /** All arcs that a seed trains, in the order in which they are trained. */
  readonly choices: readonly TransferChoice[];
}

/** The plan that follows from the settings. */
export function transferPlan(settings: StudySettings): TransferPlan {
  const { search: { epochs } } = transferConfig(settings, "without", settings.seeds[0]);
  const marks = [...new Set([0, ...TRANSFER_EPOCHS.map((epoch) => markAt(epoch, epochs))])];
  const last = marks.at(-1)!;
  const trained = settings.scale === "tiny" ? [last] : marks;
  const choices: TransferChoice[] = [
    { arm: "zero-shot", epoch: last },
    ...trained.toReversed().flatMap((epoch) => TRANSFER_ARMS.map((arm) => ({ arm, epoch }))),
  ];
  return { marks, last, trained, choices };
}

/**
 * The arc of a choice: of those that its search drew, the one with the best estimate, the first of
 * equals. Null where the search has not finished.
 */
export function chosenArc(
  searchOf: (search: TransferSearch) => SupernetResult | null,
  { arm, epoch }: TransferChoice,
): string | null {
  const marks = searchOf(arm === "zero-shot" ? "donor" : arm)?.marks;
  const mark = marks?.find((one) => one.epoch === epoch);
  if (mark === undefined) return null;
  return bestEstimated(mark);
}

/**
 * The trials that can be named so far, seed by seed, so that a study that is cut short has whole seeds.
 * A search that takes over a policy is named when the donors of its seed are there, and the next seed
 * begins then too; one that failed holds up the seeds after it until it is tried again.
 */
export function transferTrials(settings: StudySettings, results: Results): Trial[] {
  const plan = transferPlan(settings);
  const trials = new Map<string, Trial>();
  for (const seed of settings.seeds) {
    for (const one of seedTrials(settings, plan, results, seed)) {
      if (!trials.has(one.id)) trials.set(one.id, one);
    }
    if (!independentDone(results, seed)) break;
  }
  return [...trials.values()];
}

function independentDone(results: Results, seed: number): boolean {
  return INDEPENDENT.every((search) => results.of("supernet", searchId(search, seed)) !== null);
}

function* seedTrials(
  settings: StudySettings,
  plan: TransferPlan,
  results: Results,
  seed: number,
): Generator<Trial> {
  for (const search of INDEPENDENT) yield searchTrial(settings, plan, search, seed);
  if (!independentDone(results, seed)) return;
  for (const search of ["with", "wrong"] as const) yield searchTrial(settings, plan, search, seed);
  const done = new Map(
    TRANSFER_SEARCHES.map((search) => [search, results.of("supernet", searchId(search, seed))]),
  );
  const config = transferConfig(settings, "without", seed);
  for (const choice of plan.choices) {
    const arc = chosenArc((search) => done.get(search)!, choice);
    if (arc === null) continue;
    for (let run = 0; run < runsOf(settings, plan, choice); run++) {
      yield trainTrial(config, results, arc, seed, run);
    }
  }
}

/**
 * Seeds with which an arc is trained. Learning curves of one arc must be there twice at least, to tell
 * how far curves differ by chance: these are those of the last arc of the search without transfer.
 */
function runsOf(
  { trainings }: StudySettings,
  { last }: TransferPlan,
  { arm, epoch }: TransferChoice,
): number {
  return arm === "without" && epoch === last ? Math.max(2, trainings) : trainings;
}

function searchTrial(
  settings: StudySettings,
  { marks, last }: TransferPlan,
  search: TransferSearch,
  seed: number,
): Trial {
  const donor = search === "with" ? "donor" : search === "wrong" ? "shuffled" : null;
  return trial("supernet", searchId(search, seed), {
    config: transferConfig(settings, search, seed),
    marks: search === "shuffled" ? [last] : [...marks],
    arcs: settings.arcs,
    keepWeights: [],
    donor: donor === null ? null : { trial: searchId(donor, seed), epoch: last },
  });
}

function trainTrial(
  config: SearchConfig,
  results: Results,
  arc: string,
  seed: number,
  run: number,
): Trial {
  return trial("train", trainingId(results, arc, seed, run), {
    config: { ...config, seed: trainingSeed(seed, run) },
    arc,
  });
}

/** How many trials the whole study takes; trainings that turn out equal are counted as many. */
export function transferForecast(settings: StudySettings): TrialForecast[] {
  const { first, second } = datasetsOf(settings);
  const seeds = settings.seeds.length;
  const [seed] = settings.seeds;
  const plan = transferPlan(settings);
  const trainings = plan.choices.reduce(
    (sum, choice) => sum + runsOf(settings, plan, choice),
    0,
  );
  const config = transferConfig(settings, "without", seed);
  return [
    {
      label: `searches on ${first}`,
      count: 2 * seeds,
      example: searchTrial(settings, plan, "donor", seed),
    },
    {
      label: `searches on ${second}`,
      count: TRANSFER_ARMS.length * seeds,
      example: searchTrial(settings, plan, "without", seed),
    },
    {
      label: `trainings from scratch on ${second}`,
      count: trainings * seeds,
      example: trainTrial(config, new Results([]), exampleArc(config), seed, 0),
    },
  ];
}
