/**
 * What `study quirks` says.
 *
 * @module
 */
import { kendallTau, type Uniform } from "../stats/mod.ts";
import { quirkCells } from "./quirks_cells.ts";
import { quirkConfig } from "./quirks_design.ts";
import type { Results } from "./results.ts";
import { scaleOf } from "./scales.ts";
import type { StudyFindings, StudySettings } from "./study.ts";

/** The findings of the results so far. */
export function quirksFindings(
  settings: StudySettings,
  results: Results,
  _uniform: Uniform,
): StudyFindings {
  const cells = quirkCells(settings, results);
  const config = quirkConfig(settings, {
    opMode: "correct",
    norm: "batch",
    seed: settings.seeds[0],
  });
  return {
    title: "Does the negative result survive when the sampled op really runs?",
    asked: [],
    done: [],
    found: [],
    caveats: [],
    scale: scaleOf(settings, [config]),
    claims: [],
    tables: [{
      id: "cells",
      title: "The eight cells",
      caption: "Rank correlation of estimates with accuracies after training from scratch.",
      columns: ["Ops in the search", "Rewards", "Retrained graph", "Architectures", "tau-b"],
      rows: cells.map(({ opMode, norm, graph, estimates, truths }) => [
        opMode,
        norm,
        graph,
        truths.length,
        estimates.length === 0 || truths.length < 2 ? null : orNull(
          estimates.reduce((sum, one) => sum + kendallTau(one, truths.map(average)), 0) /
            estimates.length,
        ),
      ]),
      thesisColumns: [],
      digits: [null, null, null, 0, 2],
    }],
    figures: [],
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
