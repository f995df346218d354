/**
 * What the results of `study learning-curve` say.
 *
 * @module
 */
import { type Claim, judgeClaims, mean, type Uniform } from "../stats/mod.ts";
import { configOf, type CurveRun, type Pick, trainedResults } from "./curve_plan.ts";
import { pairedEvidence } from "./evidence.ts";
import type { Results } from "./results.ts";
import { scaleOf } from "./scales.ts";
import type { StudyFindings, StudySettings } from "./study.ts";
import { ACCURACY_MARGIN } from "./thesis_claims.ts";
import { THESIS_QUOTES } from "./thesis_quotes.ts";

/** Judges the finished trials of the runs. */
export function analyseLearningCurve(
  settings: StudySettings,
  runs: readonly CurveRun[],
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const accuracy = (run: CurveRun, pick: Pick) => {
    const trained = trainedResults(settings, run, pick, results);
    return trained.length === 0 ? null : 100 * mean(trained.map((one) => one.testAccuracy));
  };
  const gains = runs.filter(({ arm }) => arm === "controller").flatMap((run) => {
    const [first, last] = (["first", "last"] as const).map((moment) =>
      accuracy(run, { moment, how: "chosen" })
    );
    return first === null || last === null ? [] : [last - first];
  });
  const claim: Claim = {
    id: "T2.all",
    ...THESIS_QUOTES["T2.all"],
    question: "Are first and last epoch's architectures equally good?",
    side: "none",
    margin: ACCURACY_MARGIN,
    evidence: gains.length === 0 ? null : pairedEvidence(gains, ACCURACY_MARGIN, uniform),
    remark: "Pairs of architectures of one search, over all spaces and data sets.",
  };
  const configs = settings.spaces.map((space) =>
    configOf(settings, runs.find((run) => run.space === space)!)
  );
  return {
    title: "Does the controller get better with training?",
    asked: [],
    done: [],
    found: [],
    caveats: [],
    scale: scaleOf(settings, configs),
    claims: judgeClaims([claim]),
    tables: [],
    figures: [],
  };
}
