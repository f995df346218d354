/**
 * What the results of `study estimator` say.
 *
 * @module
 */
import { type Claim, judgeClaims, mean, type Uniform } from "../stats/mod.ts";
import { type EstimatorData, estimatorData } from "./estimator_data.ts";
import { estimatorArms, thesisEpoch } from "./estimator_trials.ts";
import { tauEvidence } from "./evidence.ts";
import type { Results } from "./results.ts";
import { scaleOf } from "./scales.ts";
import type { StudyFindings, StudySettings } from "./study.ts";
import { TAU_MARGIN } from "./thesis_claims.ts";

/** Claims, tables and figures of the study. `uniform` draws the resamples. */
export function estimatorFindings(
  settings: StudySettings,
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const arms = estimatorArms(settings).map((arm) => estimatorData(settings, arm, results));
  const claims = judgeClaims(arms.map((data) => estimatorClaim(data, uniform)));
  return {
    title: "Does accuracy under shared weights predict accuracy after training?",
    asked: [],
    done: [],
    found: [],
    caveats: [],
    scale: scaleOf(settings, arms.map(({ config }) => config)),
    claims,
    tables: [],
    figures: [],
  };
}

function estimatorClaim(data: EstimatorData, uniform: Uniform): Claim {
  const { config, epochs, scores, truths } = data;
  const at = epochs.indexOf(thesisEpoch(config));
  const mode = config.controller.rewardBatchNorm;
  const estimates = scores.flatMap((byEpoch) => byEpoch[at]?.estimates[mode] ?? []);
  const seeds = scores.filter((byEpoch) => byEpoch[at] !== null).length;
  const means = truths.map((_, arc) =>
    mean(Array.from({ length: seeds }, (_, seed) => estimates[seed * truths.length + arc]))
  );
  return {
    id: "T3.estimator",
    quote: "there is no positive correlation between these two metrics",
    where: "section 6.3, table 3, figure 18",
    question: "Does accuracy under shared weights say nothing about accuracy from scratch?",
    side: "not positive",
    margin: TAU_MARGIN,
    evidence: seeds === 0 || truths.length < 2
      ? null
      : tauEvidence(means, truths, TAU_MARGIN, uniform),
    remark: "",
  };
}
