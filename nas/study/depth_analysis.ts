/**
 * What the results of `study depth` say.
 *
 * @module
 */
import { type Claim, judgeClaims, mean, type Uniform } from "../stats/mod.ts";
import { configOf, type CurveRun, trainedResults } from "./curve_plan.ts";
import { pairedEvidence } from "./evidence.ts";
import type { Results } from "./results.ts";
import { scaleOf } from "./scales.ts";
import type { StudyFindings, StudySettings } from "./study.ts";
import { ACCURACY_MARGIN } from "./thesis_claims.ts";
import { THESIS_QUOTES } from "./thesis_quotes.ts";

/** Judges the finished trials of the runs. */
export function analyseDepth(
  settings: StudySettings,
  runs: readonly CurveRun[],
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const gainOf = (run: CurveRun) => {
    const [first, last] = (["first", "last"] as const).map((moment) =>
      trainedResults(settings, run, { moment, how: "chosen" }, results)
        .map(({ testAccuracy }) => 100 * testAccuracy)
    );
    return first.length === 0 || last.length === 0 ? null : mean(last) - mean(first);
  };
  const differences = runs.filter(({ arm }) => arm === "deep").flatMap((deep) => {
    const shallow = runs.find(({ arm, dataset, seed }) =>
      arm === "shallow" && dataset === deep.dataset && seed === deep.seed
    )!;
    const [a, b] = [gainOf(shallow), gainOf(deep)];
    return a === null || b === null ? [] : [b - a];
  });
  const claim: Claim = {
    id: "T2.depth",
    ...THESIS_QUOTES["T2.depth"],
    question: "Is the gain from first to last epoch the same with half of the layers?",
    side: "none",
    margin: ACCURACY_MARGIN,
    evidence: differences.length === 0
      ? null
      : pairedEvidence(differences, ACCURACY_MARGIN, uniform),
    remark: "Difference of differences: gain with all layers minus gain with half of them.",
  };
  return {
    title: "Does depth hide what the controller learns?",
    asked: [],
    done: [],
    found: [],
    caveats: [],
    scale: scaleOf(settings, runs.slice(0, 2).map((run) => configOf(settings, run))),
    claims: judgeClaims([claim]),
    tables: [],
    figures: [],
  };
}
