/**
 * What the results of `study estimator` say.
 *
 * @module
 */
import { architecturesForTau, judgeClaims, type Uniform } from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyTable } from "../../nas/stats/study_report.ts";
import { analyseArm, type ArmAnalysis } from "./analysis.ts";
import { CLAIM_COUNTS, estimatorClaims } from "./claims.ts";
import { estimatorData } from "./data.ts";
import { agreementFigure, bumpFigure, epochsFigure, heatFigure } from "./epoch_figures.ts";
import {
  figure18,
  imagesFigure,
  parametersFigure,
  powerFigure,
  predictorsFigure,
  sourcesFigure,
} from "./figures.ts";
import { choiceTable, companionsTable, correlationsTable } from "./measures.ts";
import { componentsTable, reliabilityTable, sourcesTable, spreadTable } from "./noise.ts";
import { architecturesTable, costTable, table3 } from "./tables.ts";
import { estimatorArms } from "./trials.ts";
import { armFindings, ASKED, caveatsOf, doneOf } from "./words.ts";
import type { Results } from "../../nas/trials/results.ts";
import { scaleOf } from "../kit/scales.ts";
import type { StudyFindings, StudySettings } from "../study.ts";
import { TAU_MARGIN } from "../thesis/claims.ts";
import { thesisFigure18 } from "../thesis/report.ts";

/** Claims, tables and figures of the study; of an unfinished one, as far as its results go. */
export function estimatorFindings(
  settings: StudySettings,
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const tools = { uniform, nForTau: architecturesForTau(TAU_MARGIN, uniform, { trials: 500 }) };
  const arms = estimatorArms(settings).map((arm) => {
    const analysis = analyseArm(estimatorData(settings, arm, results), uniform);
    const suffix = estimatorArms(settings).length === 1 ? "" : `.${arm.name}`;
    return { arm, analysis, suffix, claims: estimatorClaims(analysis, tools, suffix) };
  });
  const claims = judgeClaims([
    ...arms.flatMap(({ claims: { primary } }) => primary),
    ...arms.flatMap(({ claims: { secondary } }) => secondary),
  ]);
  const counts = {
    primary: arms.length * CLAIM_COUNTS.primary,
    secondary: arms.length * CLAIM_COUNTS.secondary,
  };
  const marked = <Part extends { readonly id: string; readonly title: string }>(
    parts: readonly Part[],
    { arm, suffix }: typeof arms[number],
  ): Part[] =>
    suffix === "" ? [...parts] : parts.map((part) => ({
      ...part,
      id: `${part.id}-${arm.name}`,
      title: `${part.title} (${arm.space}, ${arm.dataset})`,
    }));
  return {
    title: "Does accuracy under shared weights predict accuracy after training?",
    asked: ASKED,
    done: doneOf(settings, arms.map(({ analysis }) => analysis), counts),
    found: arms.flatMap(({ arm, analysis, suffix }) =>
      armFindings(
        analysis,
        (id) => claims.find((claim) => claim.id === `${id}${suffix}`)!,
        suffix === "" ? "" : `${arm.space} space, ${arm.dataset}: `,
      )
    ),
    caveats: caveatsOf(settings, arms.map(({ analysis }) => analysis)),
    scale: scaleOf(settings, arms.map(({ analysis }) => analysis.data.config)),
    claims,
    tables: arms.flatMap((one) => marked(tablesOf(one.analysis, uniform), one)),
    figures: arms.flatMap((one) => marked(figuresOf(one.analysis, uniform), one)),
  };
}

function tablesOf(analysis: ArmAnalysis, uniform: Uniform): StudyTable[] {
  return [
    table3(analysis),
    reliabilityTable(analysis),
    correlationsTable(analysis, uniform),
    companionsTable(analysis),
    choiceTable(analysis, uniform),
    sourcesTable(analysis, uniform),
    spreadTable(analysis),
    componentsTable(analysis),
    costTable(analysis),
    architecturesTable(analysis),
  ];
}

function figuresOf(analysis: ArmAnalysis, uniform: Uniform): StudyFigure[] {
  const thesis: StudyFigure = {
    ...thesisFigure18(),
    id: "figure-18-thesis",
    title: "Figure 18 as the thesis has it",
    caption:
      "The thesis's own five architectures at its own full scale, unlike ours: compare the shape, " +
      "not the accuracies. Error bars: one standard error from the number of images alone; seeds would " +
      "add to them.",
    scale: "the thesis's own numbers",
  };
  return [
    predictorsFigure(analysis),
    figure18(analysis),
    thesis,
    epochsFigure(analysis),
    agreementFigure(analysis),
    heatFigure(analysis),
    bumpFigure(analysis),
    parametersFigure(analysis),
    sourcesFigure(analysis),
    imagesFigure(analysis),
    powerFigure(analysis, uniform),
  ].filter((figure) => figure !== null);
}
