/**
 * The results of `study quirks` by cell: estimates, accuracies from scratch, and the policies.
 *
 * @module
 */
import type { MacroArc } from "../arc/macro.ts";
import {
  OP_MODES,
  type OpMode,
  quirkArcs,
  RETRAIN_GRAPHS,
  type RetrainGraph,
  REWARD_NORMS,
  type RewardNorm,
  sameNetwork,
  scoreId,
  trainId,
  trainingSeeds,
} from "./quirks_design.ts";
import type { Results } from "./results.ts";
import type { StudySettings } from "./study.ts";

/** One combination of the three factors. */
export interface QuirkCell {
  readonly opMode: OpMode;
  readonly norm: RewardNorm;
  readonly graph: RetrainGraph;
  /** Architectures that are trained with all seeds so far and so are compared. */
  readonly arcs: readonly MacroArc[];
  /** Estimates of these, by finished search. */
  readonly estimates: readonly (readonly number[])[];
  /** Test accuracies of these from scratch, by architecture and by training. */
  readonly truths: readonly (readonly number[])[];
}

/** All eight cells, those without results too. */
export function quirkCells(settings: StudySettings, results: Results): QuirkCell[] {
  return RETRAIN_GRAPHS.flatMap((graph) =>
    OP_MODES.flatMap((opMode) =>
      REWARD_NORMS.map((norm) => cellOf(settings, results, { opMode, norm, graph }))
    )
  );
}

function cellOf(
  settings: StudySettings,
  results: Results,
  factors: Pick<QuirkCell, "opMode" | "norm" | "graph">,
): QuirkCell {
  const { opMode, norm, graph } = factors;
  const arcs = quirkArcs(settings);
  const same = sameNetwork(arcs, opMode, graph);
  const all = same.map((place) =>
    trainingSeeds(settings).flatMap((seed) => {
      const result = results.train(trainId(trainedMode(opMode, graph), graph, place, seed));
      return result === null ? [] : [result.testAccuracy];
    })
  );
  const most = Math.max(...all.map(({ length }) => length));
  const places = all.flatMap((values, place) => most > 0 && values.length === most ? [place] : []);
  const scores = settings.seeds.flatMap((seed) => {
    const score = results.score(scoreId(opMode, norm, seed));
    return score === null ? [] : [score.estimates[norm]];
  });
  return {
    ...factors,
    arcs: places.map((place) => arcs[place]),
    estimates: scores.map((estimates) => places.map((place) => estimates[place])),
    truths: places.map((place) => all[place]),
  };
}

/** The released graph runs every sampled op, whatever the search did. */
function trainedMode(opMode: OpMode, graph: RetrainGraph): OpMode {
  return graph === "released" ? "correct" : opMode;
}
