/**
 * `study estimator`: does accuracy under shared weights predict accuracy after training from scratch?
 * `trials.ts` says which trials it takes, `report.ts` what they came to.
 *
 * @module
 */
import { estimatorFindings } from "./report.ts";
import { estimatorForecast, estimatorTrials } from "./trials.ts";
import { studyPresets } from "../kit/presets.ts";
import type { Study } from "../study.ts";

const presets = studyPresets({}, {
  tiny: { seeds: [1, 2], arcs: 6, trainings: 2 },
  small: { seeds: [1, 2], arcs: 24, trainings: 3 },
  medium: { seeds: [1, 2, 3], arcs: 48, trainings: 3 },
  thesis: { datasets: ["cifar100"], seeds: [1, 2, 3], arcs: 30, trainings: 3 },
});

/** The study; see the module's text. */
export const ESTIMATOR: Study = {
  name: "estimator",
  summary: "whether accuracy under shared weights predicts accuracy after training from scratch",
  spaces: ["macro", "micro"],
  presets,
  trials: estimatorTrials,
  forecast: estimatorForecast,
  analyse: estimatorFindings,
};
