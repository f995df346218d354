/**
 * `study learning-curve`: does the controller get better with training? The thesis's table 2 with as many
 * runs as an answer takes, and with the arms that it lacks: a random sampler, shuffled rewards, and
 * shared weights that stand still.
 *
 * @module
 */
import type { SpaceName } from "../../nas/config/mod.ts";
import {
  curveForecast,
  type CurveRun,
  curveTrials,
  frozenAfter,
  type Pick,
} from "../kit/curve_plan.ts";
import { analyseLearningCurve } from "./analysis.ts";
import { searchConfig } from "../kit/scales.ts";
import { seedsFrom, studyPresets } from "../kit/presets.ts";
import type { Study, StudySettings } from "../study.ts";

/** Arms of the study. */
export type CurveArm = "controller" | "random" | "shuffled" | "frozen";

/** Chosen as in the thesis, at both ends of the search. */
const CHOSEN: readonly Pick[] = [
  { moment: "first", how: "chosen" },
  { moment: "last", how: "chosen" },
];
/** Not chosen: the policy's own mean. */
const DRAWN: readonly Pick[] = [
  { moment: "first", how: "drawn" },
  { moment: "last", how: "drawn" },
];

/** What is trained from scratch of each arm's runs. */
const PICKS: Readonly<Record<CurveArm, readonly Pick[]>> = {
  controller: [CHOSEN[0], { ...CHOSEN[1], twice: true }, ...DRAWN],
  random: [...CHOSEN, ...DRAWN],
  shuffled: CHOSEN,
  frozen: [],
};

const PRESETS = studyPresets({ spaces: ["macro", "micro"], arcs: 10 }, {
  tiny: { spaces: ["macro"], seeds: [1, 2], arcs: 4 },
  small: { seeds: seedsFrom(1, 6) },
  medium: { seeds: seedsFrom(1, 10) },
  thesis: { seeds: seedsFrom(1, 16) },
});

/** All searches, in the order in which they run: every arm of a seed before the next seed. */
export function learningCurveRuns(settings: StudySettings): CurveRun[] {
  return settings.seeds.flatMap((seed) =>
    settings.spaces.flatMap((space) =>
      settings.datasets.flatMap((dataset) =>
        armsOf(settings, space).map((arm): CurveRun => ({
          id: `${space}/${dataset}/seed${seed}/${arm}`,
          space,
          dataset,
          seed,
          arm,
          fixed: fixedOf(settings, space, dataset, arm),
          picks: PICKS[arm],
        }))
      )
    )
  );
}

/** The frozen arm trains nothing from scratch; it stays out of the micro space to save time. */
function armsOf({ scale }: StudySettings, space: SpaceName): CurveArm[] {
  const arms: CurveArm[] = ["controller", "random", "shuffled"];
  return scale === "tiny" || space === "micro" ? arms : [...arms, "frozen"];
}

function fixedOf(
  settings: StudySettings,
  space: SpaceName,
  dataset: string,
  arm: CurveArm,
): CurveRun["fixed"] {
  switch (arm) {
    case "controller":
      return {};
    case "random":
      return { "strategy.name": "random" };
    case "shuffled":
      return { "search.rewards": "shuffled" };
    case "frozen": {
      const { search: { epochs } } = searchConfig(settings, { space, dataset, seed: 0 });
      return { "child.frozenAfter": frozenAfter(epochs) };
    }
  }
}

/** The study. */
export const LEARNING_CURVE: Study = {
  name: "learning-curve",
  summary:
    "does the controller learn? first against last epoch, against random and shuffled rewards",
  spaces: ["macro", "micro"],
  presets: PRESETS,
  trials: (settings, results) => curveTrials(settings, learningCurveRuns(settings), results),
  forecast: (settings) => curveForecast(settings, learningCurveRuns(settings)),
  analyse: (settings, results, uniform) =>
    analyseLearningCurve({ settings, runs: learningCurveRuns(settings), results }, uniform),
};
