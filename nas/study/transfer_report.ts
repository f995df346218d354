/**
 * What the results of `study transfer` say.
 *
 * @module
 */
import { judgeClaims, mean, standardDeviation, type Uniform } from "../stats/mod.ts";
import type { StudyTable } from "../stats/study_report.ts";
import { pairedEvidence } from "./evidence.ts";
import type { Results } from "./results.ts";
import { scaleOf } from "./scales.ts";
import type { StudyFindings, StudySettings } from "./study.ts";
import { ACCURACY_MARGIN } from "./thesis_claims.ts";
import { THESIS_QUOTES } from "./thesis_quotes.ts";
import { TABLE_1 } from "./thesis_tables.ts";
import { accuraciesOf, differences, meanAccuraciesOf, present } from "./transfer_data.ts";
import {
  datasetsOf,
  marksOf,
  TRANSFER_EPOCHS,
  type TransferChoice,
  transferConfig,
} from "./transfer_trials.ts";

/** Findings of the study so far. `uniform` draws the resamples. */
export function transferFindings(
  settings: StudySettings,
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const { first, second } = datasetsOf(settings);
  const gains = differences(
    meanAccuraciesOf(settings, results, "without"),
    meanAccuraciesOf(settings, results, "with"),
  );
  const claims = judgeClaims([{
    id: "T1.transfer",
    ...THESIS_QUOTES["T1.transfer"],
    question: `Does a controller that comes from ${first} find better architectures on ${second}?`,
    side: "positive",
    margin: ACCURACY_MARGIN,
    evidence: gains.length === 0 ? null : pairedEvidence(gains, ACCURACY_MARGIN, uniform),
    remark: gains.length === 0
      ? "No seed has finished yet."
      : "One pair a seed: the mean over the sampled epochs with transfer, less that without.",
  }]);
  return {
    title: `Does a controller transfer from ${first} to ${second}?`,
    asked: [
      `Does an architecture search on ${second} get better when its controller begins with what it ` +
      `learned on ${first}?`,
    ],
    done: [],
    found: [],
    caveats: [],
    scale: scaleOf(settings, [transferConfig(settings, "without", settings.seeds[0])]),
    claims,
    tables: [table1(settings, results)],
    figures: [],
  };
}

/** Table 1 in the thesis's layout, with the rows that it lacks below. */
function table1(settings: StudySettings, results: Results): StudyTable {
  const { second } = datasetsOf(settings);
  const marks = marksOf(settings);
  const thesisOrder = [310, 100, 155] as const;
  const epochOf = (thesis: number) =>
    marks[1 + TRANSFER_EPOCHS.findIndex((epoch) => epoch === thesis)];
  const row = (
    choice: TransferChoice,
    label: string,
    thesis: number | null,
  ) => {
    const values = accuraciesOf(settings, results, choice);
    const known = present(values);
    return [
      second,
      "macro",
      choice.epoch,
      label,
      thesis,
      known.length === 0 ? null : mean(known),
      known.length < 2 ? null : standardDeviation(known),
      ...values,
    ];
  };
  const rows = (["without", "with", "wrong"] as const).flatMap((arm) =>
    thesisOrder.map((thesis) => {
      const printed = TABLE_1.find(({ epoch, transferred }) =>
        epoch === thesis && transferred === (arm === "with")
      )!;
      return row(
        { arm, epoch: epochOf(thesis) },
        { without: "NO", with: "YES", wrong: "wrong donor" }[arm],
        arm === "wrong" ? null : printed.accuracy,
      );
    })
  );
  return {
    id: "table-1",
    title: "Table 1: transfer",
    caption: "Accuracy on the test split after training from scratch, in per cent, by seed.",
    columns: [
      "Dataset",
      "Search space",
      "Sampled epoch",
      "Transfer applied",
      "Thesis",
      "Mean",
      "Deviation",
      ...settings.seeds.map((seed) => `seed ${seed}`),
    ],
    rows: [...rows, row({ arm: "zero-shot", epoch: marks.at(-1)! }, "zero-shot", null)],
    thesisColumns: [4],
    digits: [null, null, 0, null, 2, 2, 2, ...settings.seeds.map(() => 2)],
  };
}
