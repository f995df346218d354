/**
 * The tables of `study transfer`.
 *
 * @module
 */
import { MACRO_OPS } from "../arc/macro.ts";
import {
  equivalenceTest,
  mean,
  pairedTest,
  standardDeviation,
  type Uniform,
} from "../stats/mod.ts";
import type { StudyTable } from "../stats/study_report.ts";
import { pairedEvidence } from "./evidence.ts";
import type { Mark } from "./results.ts";
import { ACCURACY_MARGIN } from "./thesis_claims.ts";
import { TABLE_1 } from "./thesis_tables.ts";
import {
  accuracies,
  type BySeed,
  differences,
  epochOf,
  meanAccuracies,
  ofMarks,
  present,
  type SeedResults,
  type TransferData,
} from "./transfer_data.ts";
import {
  TRANSFER_ARMS,
  TRANSFER_EPOCHS,
  type TransferArm,
  type TransferChoice,
  type TransferSearch,
} from "./transfer_trials.ts";

/** What tables and figures call the arms. */
export const ARM_LABELS: Readonly<Record<TransferArm | "zero-shot", string>> = {
  without: "without transfer",
  with: "with transfer",
  wrong: "wrong donor",
  "zero-shot": "zero-shot",
};

/** A row of a table. */
type Row = StudyTable["rows"][number];

const nullable = (value: number): number | null => Number.isFinite(value) ? value : null;

/** Mean of what is there; null where there is nothing. */
export function meanOf(values: BySeed): number | null {
  const known = present(values);
  return known.length === 0 ? null : mean(known);
}

/** Accuracy that the thesis prints for one of its epochs, with or without transfer. */
function thesisAccuracy(epoch: number, transferred: boolean): number {
  return TABLE_1.find((row) => row.epoch === epoch && row.transferred === transferred)!.accuracy;
}

/** Table 1 in the thesis's layout and order, and below it the rows that it lacks. */
export function table1(data: TransferData): StudyTable {
  const { settings, last, second } = data;
  const row = (choice: TransferChoice, applied: string, thesis: number | null): Row => {
    const values = accuracies(data, choice);
    const known = present(values);
    return [
      second,
      "macro",
      choice.epoch,
      applied,
      thesis,
      meanOf(values),
      known.length < 2 ? null : standardDeviation(known),
      ...values,
    ];
  };
  const applied = { without: "NO", with: "YES", wrong: "YES, from the wrong donor" };
  return {
    id: "table-1",
    title: "Table 1: transfer",
    caption:
      `Accuracy on the test split of ${second} after training from scratch, in per cent: of the ` +
      `architecture with the best estimate of ${settings.arcs} drawn at that epoch. The first six ` +
      "rows are the thesis's; below them its controls: a wrong donor, epoch 0 (policies before any " +
      "training on the target, whose shared weights are untrained, so that the choice among the " +
      "drawn is chance), and zero-shot, an architecture chosen on " +
      `${data.first} and only trained on ${second}. Deviation: between seeds.`,
    columns: [
      "Dataset",
      "Search space",
      "Sampled epoch",
      "Transfer applied",
      "Thesis",
      "Mean",
      "Deviation",
      ...settings.seeds.map((seed) => `Seed ${seed}`),
    ],
    rows: [
      ...TRANSFER_ARMS.flatMap((arm) =>
        ([310, 100, 155] as const).map((thesis) =>
          row(
            { arm, epoch: epochOf(data, thesis) },
            applied[arm],
            arm === "wrong" ? null : thesisAccuracy(thesis, arm === "with"),
          )
        )
      ),
      ...TRANSFER_ARMS.map((arm) => row({ arm, epoch: 0 }, applied[arm], null)),
      row({ arm: "zero-shot", epoch: last }, `zero-shot: chosen on ${data.first}`, null),
    ],
    thesisColumns: [4],
    digits: [null, null, 0, null, 2, 2, 2, ...settings.seeds.map(() => 2)],
  };
}

/** Paired differences of arms, with everything that a judgement of one of them needs. */
export function differenceTable(data: TransferData, uniform: Uniform): StudyTable {
  const { trained, last } = data;
  const of = (arm: TransferArm, epoch: number) => accuracies(data, { arm, epoch });
  const zeroShot = accuracies(data, { arm: "zero-shot", epoch: last });
  const thesisGain = (epoch: number) => {
    const thesis = TRANSFER_EPOCHS.findLast((one) => epochOf(data, one) === epoch);
    return thesis === undefined
      ? null
      : thesisAccuracy(thesis, true) - thesisAccuracy(thesis, false);
  };
  const row = (what: string, epochs: string, values: number[], thesis: number | null): Row => {
    if (values.length === 0) return [what, epochs, 0, ...new Array(9).fill(null), thesis];
    const { value, p, smallestP, power, nToDecide } = pairedEvidence(
      values,
      ACCURACY_MARGIN,
      uniform,
    );
    const test = pairedTest(values);
    return [
      what,
      epochs,
      values.length,
      value,
      nullable(test.interval.low),
      nullable(test.interval.high),
      nullable(p),
      nullable(smallestP),
      nullable(equivalenceTest(test, ACCURACY_MARGIN).p),
      power,
      nToDecide,
      values.filter((difference) => difference > 0).length,
      thesis,
    ];
  };
  const versus = (a: TransferArm, b: TransferArm, epoch: number) =>
    differences(of(a, epoch), of(b, epoch));
  const overall = (a: TransferArm, b: TransferArm) =>
    differences(meanAccuracies(data, a), meanAccuracies(data, b));
  const all = `mean of ${data.thesisMarks.join(", ")}`;
  const several = data.thesisMarks.length > 1;
  return {
    id: "differences",
    title: "Paired differences",
    caption:
      "Differences of accuracy between arms of the same seed, in points, with 95 % intervals that " +
      "are not widened for several claims. p: exact, by flipping signs, and the smallest that so " +
      `few seeds can give. Equivalence: p of two one-sided tests that the difference is less than ` +
      `${ACCURACY_MARGIN} points either way. Power: to see a difference of ${ACCURACY_MARGIN} ` +
      "points; and the seeds that would see it with a power of 0.8.",
    columns: [
      "Difference",
      "Sampled epoch",
      "Seeds",
      "Mean",
      "Low",
      "High",
      "p",
      "Smallest p",
      "Equivalence",
      "Power",
      "Seeds to decide",
      "Seeds above 0",
      "Thesis",
    ],
    rows: [
      ...trained.map((epoch) =>
        row("with − without", String(epoch), versus("without", "with", epoch), thesisGain(epoch))
      ),
      ...(several
        ? [
          row(
            "with − without",
            all,
            overall("without", "with"),
            mean(TRANSFER_EPOCHS.map((epoch) =>
              thesisAccuracy(epoch, true) - thesisAccuracy(epoch, false)
            )),
          ),
          row("with − wrong donor", all, overall("wrong", "with"), null),
          row("wrong donor − without", all, overall("without", "wrong"), null),
        ]
        : []),
      row("with − wrong donor", String(last), versus("wrong", "with", last), null),
      row("wrong donor − without", String(last), versus("without", "wrong", last), null),
      row("without − zero-shot", String(last), differences(zeroShot, of("without", last)), null),
      row("with − zero-shot", String(last), differences(zeroShot, of("with", last)), null),
    ],
    thesisColumns: [12],
    digits: [null, null, 0, 2, 2, 2, 3, 3, 3, 2, 0, 0, 2],
  };
}

/** What the policies draw: ops, skips, entropy, and how far they are from the donor's. */
export function policyTable(data: TransferData): StudyTable {
  const { first, second, marks, last, config: { child: { layers } } } = data;
  const places: (readonly [search: TransferSearch, epoch: number])[] = [
    ["donor", 0],
    ["donor", last],
    ["shuffled", last],
    ...TRANSFER_ARMS.flatMap((arm) => marks.map((epoch) => [arm, epoch] as const)),
  ];
  const labels = { donor: "donor", shuffled: "wrong donor itself", ...ARM_LABELS };
  const opsOf = (kind: "conv" | "sep_conv" | "pool") => (mark: Mark) =>
    MACRO_OPS.reduce((sum, op) => sum + (op.kind === kind ? mark.policy.opShares[op.id] : 0), 0);
  const draws = (search: TransferSearch, seed: SeedResults) =>
    seed.searches[search]!.policyArcs * layers;
  const fromDonor = (search: TransferSearch, mark: Mark, seed: SeedResults) => {
    const donor = seed.searches.donor?.marks.find(({ epoch }) => epoch === last);
    return donor === undefined ? null : opDivergence(
      mark.policy.opShares,
      donor.policy.opShares,
      draws(search, seed),
      draws("donor", seed),
    );
  };
  return {
    id: "policies",
    title: "What the policies draw",
    caption:
      "Means over seeds. Convolutions, separable convolutions and pooling: shares of the ops drawn. " +
      "Entropy: of whole architectures, as a share of the uniform random sampler's. Divergence: " +
      "Kullback-Leibler divergence of the ops drawn from those that the donor drew in its last " +
      "epoch, in nats; about 0 for the transferred policy before any training on the target, and " +
      "growing as it forgets.",
    columns: [
      "Policy",
      "Data set",
      "Epoch",
      "Seeds",
      "Convolutions",
      "Separable",
      "Pooling",
      "Skips",
      "Entropy",
      "Divergence from the donor",
    ],
    rows: places.map(([search, epoch]): Row => {
      const values = (value: (mark: Mark, seed: SeedResults) => number | null) =>
        ofMarks(data, search, epoch, value);
      return [
        labels[search],
        search === "donor" || search === "shuffled" ? first : second,
        epoch,
        present(values(() => 1)).length,
        meanOf(values(opsOf("conv"))),
        meanOf(values(opsOf("sep_conv"))),
        meanOf(values(opsOf("pool"))),
        meanOf(values(({ policy }) => policy.skipRate)),
        meanOf(values(({ policy }) => policy.entropy / policy.uniformEntropy)),
        meanOf(values((mark, seed) => fromDonor(search, mark, seed))),
      ];
    }),
    thesisColumns: [],
    digits: [null, null, 0, 0, 3, 3, 3, 3, 3, 4],
  };
}

/**
 * Kullback-Leibler divergence of the ops of one policy from those of another, in nats, of shares that
 * were counted over some draws each. Half a count is added to every op, so that one that was not drawn
 * does not make it infinite.
 */
export function opDivergence(
  shares: readonly number[],
  from: readonly number[],
  draws: number,
  drawsFrom: number,
): number {
  const smooth = (values: readonly number[], n: number) =>
    values.map((share) => (share * n + 0.5) / (n + values.length / 2));
  const [p, q] = [smooth(shares, draws), smooth(from, drawsFrom)];
  return p.reduce((sum, value, op) => sum + value * Math.log(value / q[op]), 0);
}
