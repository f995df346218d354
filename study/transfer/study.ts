/**
 * `study transfer`: does a controller that was trained on one data set search better on another?
 *
 * @module
 */
import type { Study } from "../study.ts";
import { transferFindings } from "./report.ts";
import { transferForecast, transferTrials } from "./trials.ts";

/** The study of transfer: table 1, figures 13 to 17 of the thesis, and the controls that it lacks. */
export const TRANSFER: Study = {
  name: "transfer",
  summary: "does a controller trained on one data set search better on another? Table 1",
  spaces: ["macro"],
  presets: {
    tiny: {
      scale: "tiny",
      spaces: ["macro"],
      datasets: ["mnist", "fashion-mnist"],
      seeds: [0, 1],
      arcs: 4,
      trainings: 1,
      overrides: {},
    },
    small: {
      scale: "small",
      spaces: ["macro"],
      datasets: ["cifar10", "cifar100"],
      seeds: [0, 1, 2, 3, 4, 5],
      arcs: 10,
      trainings: 1,
      overrides: {},
    },
    medium: {
      scale: "medium",
      spaces: ["macro"],
      datasets: ["cifar10", "cifar100"],
      seeds: Array.from({ length: 10 }, (_, seed) => seed),
      arcs: 10,
      trainings: 1,
      overrides: {},
    },
    thesis: {
      scale: "thesis",
      spaces: ["macro"],
      datasets: ["cifar10", "cifar100"],
      seeds: Array.from({ length: 16 }, (_, seed) => seed),
      arcs: 10,
      trainings: 1,
      overrides: {},
    },
  },
  trials: transferTrials,
  forecast: transferForecast,
  analyse: transferFindings,
};
