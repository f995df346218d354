/**
 * `study estimator`: does accuracy under shared weights predict accuracy after training from scratch?
 * `estimator_trials.ts` says which trials it takes, `estimator_report.ts` what they came to.
 *
 * @module
 */
import { estimatorFindings } from "./report.ts";
import { estimatorForecast, estimatorTrials } from "./trials.ts";
import type { Study, StudyScale, StudySettings } from "../study.ts";

const presets: Readonly<Record<StudyScale, StudySettings>> = {
  tiny: {
    scale: "tiny",
    spaces: ["macro"],
    datasets: ["mnist"],
    seeds: [1, 2],
    arcs: 6,
    trainings: 2,
    overrides: {},
  },
  small: {
    scale: "small",
    spaces: ["macro"],
    datasets: ["fashion-mnist"],
    seeds: [1, 2],
    arcs: 24,
    trainings: 3,
    overrides: {},
  },
  medium: {
    scale: "medium",
    spaces: ["macro"],
    datasets: ["fashion-mnist"],
    seeds: [1, 2, 3],
    arcs: 48,
    trainings: 3,
    overrides: {},
  },
  thesis: {
    scale: "thesis",
    spaces: ["macro"],
    datasets: ["cifar100"],
    seeds: [1, 2, 3],
    arcs: 30,
    trainings: 3,
    overrides: {},
  },
};

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
