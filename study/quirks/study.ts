/**
 * `study quirks`: does the thesis's negative result survive when the sampled op really runs? The
 * closure bug, the batch norm of the rewards and the network that is retrained, each on and off.
 *
 * @module
 */
import type { Uniform } from "../../nas/stats/mod.ts";
import {
  namedTrials,
  OP_MODES,
  plannedTrials,
  quirkArcs,
  RETRAINED,
  REWARD_NORMS,
  sameNetwork,
  scoreId,
  searchId,
  trainId,
  trainingSeeds,
} from "./design.ts";
import { quirksFindings } from "./report.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { TrialForecast } from "../../nas/trials/predict.ts";
import type { Study, StudyFindings, StudySettings } from "../study.ts";
import type { Trial } from "../../nas/trials/queue.ts";

/** The factorial study of the released code's departures. */
export const QUIRKS: Study = {
  name: "quirks",
  summary: "switch the released code's departures on and off, and see which of them matter",
  spaces: ["macro"],
  presets: {
    tiny: preset("tiny", "mnist", [1], 6, 2),
    small: preset("small", "fashion-mnist", [1, 2, 3], 24, 2),
    medium: preset("medium", "fashion-mnist", [1, 2, 3, 4, 5, 6], 32, 2),
    thesis: preset("thesis", "cifar100", [1, 2, 3], 24, 3),
  },
  trials: (settings: StudySettings, results: Results): readonly Trial[] =>
    namedTrials(settings, results),
  forecast,
  analyse: (settings: StudySettings, results: Results, uniform: Uniform): StudyFindings =>
    quirksFindings(settings, results, uniform),
};

function preset(
  scale: StudySettings["scale"],
  dataset: string,
  seeds: readonly number[],
  arcs: number,
  trainings: number,
): StudySettings {
  return {
    scale,
    spaces: ["macro"],
    datasets: [dataset],
    seeds: [...seeds],
    arcs,
    trainings,
    overrides: {},
  };
}

function forecast(settings: StudySettings): TrialForecast[] {
  const planned = new Map(plannedTrials(settings).map((trial) => [trial.id, trial]));
  const [seed] = settings.seeds;
  const cells = OP_MODES.length * REWARD_NORMS.length;
  const arcs = quirkArcs(settings);
  return [
    {
      label: "searches: closure bug on and off, rewards by moving and by batch statistics",
      count: cells * settings.seeds.length,
      example: planned.get(searchId("correct", "batch", seed))!,
    },
    {
      label: `estimates of ${arcs.length} architectures under the weights of a search`,
      count: cells * settings.seeds.length,
      example: planned.get(scoreId("correct", "batch", seed))!,
    },
    ...RETRAINED.map(({ opMode, graph }) => ({
      label: graph === "released"
        ? "trainings from scratch in the released graph"
        : `trainings from scratch in the search graph, ${
          opMode === "correct" ? "sampled ops" : "max pooling alone (closure bug)"
        }`,
      count: new Set(sameNetwork(arcs, opMode, graph)).size * settings.trainings,
      example: planned.get(trainId(opMode, graph, 0, trainingSeeds(settings)[0]))!,
    })),
  ];
}
