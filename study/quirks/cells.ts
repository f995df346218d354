/**
 * The results of `study quirks` by cell: estimates and accuracies from scratch.
 *
 * @module
 */
import type { MacroArc } from "../../nas/space/macro/arc.ts";
import { mean } from "../../nas/stats/mod.ts";
import {
  OP_MODES,
  type OpMode,
  quirkArcs,
  RETRAIN_GRAPHS,
  RETRAINED,
  type RetrainGraph,
  REWARD_NORMS,
  type RewardNorm,
  sameNetwork,
  scoreId,
  trainId,
  trainingSeeds,
} from "./design.ts";
import { comparedTrainings } from "../kit/chosen.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { StudySettings } from "../study.ts";

/** The architectures trained from scratch as one kind of network. */
export interface Retrained {
  /** Of the search graph; the released graph runs every sampled op and is listed as `correct`. */
  readonly opMode: OpMode;
  readonly graph: RetrainGraph;
  /** For each architecture, the place of the first one that is the same network. */
  readonly same: readonly number[];
  /** Test accuracies by architecture and training, as many of each; null where they are missing. */
  readonly accuracies: readonly (readonly number[] | null)[];
  /** Their means: the truths. */
  readonly truths: readonly (number | null)[];
  /** Trainings of each architecture. */
  readonly trainings: number;
  /** Trainings that are done, and all that there will be. */
  readonly done: number;
  readonly all: number;
}

/** One combination of the three factors. */
export interface QuirkCell {
  readonly opMode: OpMode;
  readonly norm: RewardNorm;
  readonly graph: RetrainGraph;
  readonly retrained: Retrained;
  /** Estimates of all architectures with the batch norm of the rewards, by finished search. */
  readonly searches: readonly (readonly number[])[];
  /** Architectures that have truths and differ from each other in the estimate's or truth's network. */
  readonly places: readonly number[];
}

/** All that is compared. */
export interface QuirkData {
  readonly arcs: readonly MacroArc[];
  /** Places of architectures that are one network when the closure bug runs: equal skips. */
  readonly skipGroups: readonly (readonly number[])[];
  readonly retrained: readonly Retrained[];
  /** All eight, those without results too. */
  readonly cells: readonly QuirkCell[];
}

/** Reads the results so far. */
export function quirkData(settings: StudySettings, results: Results): QuirkData {
  const arcs = quirkArcs(settings);
  const retrained = RETRAINED.map((kind) => readRetrained(settings, results, arcs, kind));
  const executed = {
    correct: sameNetwork(arcs, "correct", "search"),
    released: sameNetwork(arcs, "released", "search"),
  };
  const cells = RETRAIN_GRAPHS.flatMap((graph) =>
    OP_MODES.flatMap((opMode) =>
      REWARD_NORMS.map((norm): QuirkCell => {
        const trained = retrainedOf(retrained, opMode, graph);
        const searches = settings.seeds.flatMap((seed) => {
          const score = results.of("score", scoreId(opMode, norm, seed));
          return score === null ? [] : [score.estimates[norm]];
        });
        const pairs = arcs.map((_, place) => `${executed[opMode][place]} ${trained.same[place]}`);
        const places = arcs.map((_, place) => place).filter((place) =>
          trained.truths[place] !== null && pairs.indexOf(pairs[place]) === place
        );
        return { opMode, norm, graph, retrained: trained, searches, places };
      })
    )
  );
  const groups = Map.groupBy(arcs.keys(), (place) => executed.released[place]);
  return { arcs, skipGroups: [...groups.values()], retrained, cells };
}

/** The networks behind the truths of a cell. */
export function retrainedOf(
  retrained: readonly Retrained[],
  opMode: OpMode,
  graph: RetrainGraph,
): Retrained {
  const trainedMode = graph === "released" ? "correct" : opMode;
  return retrained.find((one) => one.graph === graph && one.opMode === trainedMode)!;
}

function readRetrained(
  settings: StudySettings,
  results: Results,
  arcs: readonly MacroArc[],
  { opMode, graph }: Pick<Retrained, "opMode" | "graph">,
): Retrained {
  const same = sameNetwork(arcs, opMode, graph);
  const found = same.map((place) =>
    trainingSeeds(settings).flatMap((seed) => {
      const result = results.of("train", trainId(opMode, graph, place, seed));
      return result === null ? [] : [result.testAccuracy];
    })
  );
  const trainings = comparedTrainings(found.map(({ length }) => length));
  const accuracies = found.map((values) =>
    values.length < trainings ? null : values.slice(0, trainings)
  );
  return {
    opMode,
    graph,
    same,
    accuracies,
    truths: accuracies.map((values) => values === null ? null : mean(values)),
    trainings,
    done: found.reduce((sum, { length }, place) => sum + (same[place] === place ? length : 0), 0),
    all: new Set(same).size * settings.trainings,
  };
}
