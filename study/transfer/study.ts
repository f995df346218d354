/**
 * `study transfer`: does a controller that was trained on one data set search better on another?
 *
 * @module
 */
import { seedsFrom, studyPresets } from "../kit/presets.ts";
import type { Study } from "../study.ts";
import { transferFindings } from "./report.ts";
import { transferForecast, transferTrials } from "./trials.ts";

/** The study of transfer: table 1, figures 13 to 17 of the thesis, and the controls that it lacks. */
export const TRANSFER: Study = {
  name: "transfer",
  summary: "does a controller trained on one data set search better on another? Table 1",
  spaces: ["macro"],
  presets: studyPresets({ datasets: ["cifar10", "cifar100"], arcs: 10 }, {
    tiny: { datasets: ["mnist", "fashion-mnist"], seeds: [0, 1], arcs: 4 },
    small: { seeds: seedsFrom(0, 6) },
    medium: { seeds: seedsFrom(0, 10) },
    thesis: { seeds: seedsFrom(0, 16) },
  }),
  trials: transferTrials,
  forecast: transferForecast,
  analyse: transferFindings,
};
