/**
 * `study quirks`: does the thesis's negative result survive when the sampled op really runs? The
 * closure bug, the batch norm of the rewards and the network that is retrained, each on and off.
 *
 * @module
 */
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
import type { TrialForecast } from "../../nas/trials/predict.ts";
import { seedsFrom, studyPresets } from "../kit/presets.ts";
import type { Study, StudySettings } from "../study.ts";

/** The factorial study of the released code's departures. */
export const QUIRKS: Study = {
  name: "quirks",
  summary: "switch the released code's departures on and off, and see which of them matter",
  spaces: ["macro"],
  presets: studyPresets({ trainings: 2 }, {
    tiny: { seeds: [1], arcs: 6 },
    small: { seeds: [1, 2, 3], arcs: 24 },
    medium: { seeds: seedsFrom(1, 6), arcs: 32 },
    thesis: { datasets: ["cifar100"], seeds: [1, 2, 3], arcs: 24, trainings: 3 },
  }),
  trials: namedTrials,
  forecast,
  analyse: quirksFindings,
};

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
