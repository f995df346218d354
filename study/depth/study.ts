/**
 * `study depth`: does the answer of `study learning-curve` depend on how deep the child is? The thesis's
 * control with 12 layers in place of 24, of which it prints no number.
 *
 * @module
 */
import { curveForecast, type CurveRun, curveTrials, type Pick } from "../kit/curve_plan.ts";
import { analyseDepth } from "./analysis.ts";
import { seedsFrom, studyPresets } from "../kit/presets.ts";
import type { Study, StudyScale, StudySettings } from "../study.ts";

/** Layers of the shallow and of the deep child, always one to two. */
const LAYERS: Readonly<Record<StudyScale, Readonly<Record<Depth, number>>>> = {
  tiny: { shallow: 3, deep: 6 },
  small: { shallow: 3, deep: 6 },
  medium: { shallow: 6, deep: 12 },
  thesis: { shallow: 12, deep: 24 },
};

/** The two arms. */
export type Depth = "shallow" | "deep";

const DEPTHS: readonly Depth[] = ["shallow", "deep"];

/** As in the thesis, and one of the untrained policy, whose spread says how alike all networks are. */
const PICKS: readonly Pick[] = [
  { moment: "untrained", how: "drawn" },
  { moment: "first", how: "chosen" },
  { moment: "last", how: "chosen" },
];

const PRESETS = studyPresets({ arcs: 10 }, {
  tiny: { seeds: [1, 2], arcs: 4 },
  small: { seeds: seedsFrom(1, 6) },
  medium: { seeds: seedsFrom(1, 10) },
  thesis: { seeds: seedsFrom(1, 16) },
});

/** All searches, in the order in which they run: both depths of a seed before the next seed. */
export function depthRuns(settings: StudySettings): CurveRun[] {
  return settings.seeds.flatMap((seed) =>
    settings.datasets.flatMap((dataset) =>
      DEPTHS.map((depth): CurveRun => ({
        id: `${dataset}/seed${seed}/${depth}`,
        space: "macro",
        dataset,
        seed,
        arm: depth,
        fixed: { "child.layers": layersAt(settings, depth) },
        picks: PICKS,
      }))
    )
  );
}

/** Layers of the child in an arm. */
export function layersAt({ scale }: StudySettings, depth: Depth): number {
  return LAYERS[scale][depth];
}

/** The study. */
export const DEPTH: Study = {
  name: "depth",
  summary: "is it the depth? the learning curve with half of the layers and with all of them",
  spaces: ["macro"],
  presets: PRESETS,
  trials: (settings, results) => curveTrials(settings, depthRuns(settings), results),
  forecast: (settings) => curveForecast(settings, depthRuns(settings)),
  analyse: (settings, results, uniform) =>
    analyseDepth(
      { settings, runs: depthRuns(settings), results },
      {
        shallow: `${layersAt(settings, "shallow")} layers`,
        deep: `${layersAt(settings, "deep")} layers`,
      },
      uniform,
    ),
};
