/**
 * The tables of `study transfer`.
 *
 * @module
 */
import { MACRO_OPS } from "../../nas/space/macro/arc.ts";
import { mean, standardDeviation } from "../../nas/stats/mod.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import type { PairedComparison } from "../kit/paired_table.ts";
import type { Mark } from "../../nas/trials/kinds/supernet.ts";
import { TABLE_1 } from "../thesis/tables.ts";
import {
  accuracies,
  type BySeed,
  epochOf,
  meanAccuracies,
  ofMarks,
  pairsOf,
  present,
  type SeedResults,
  type TransferData,
} from "./data.ts";
import {
  TRANSFER_ARMS,
  TRANSFER_EPOCHS,
  type TransferArm,
  type TransferChoice,
  type TransferSearch,
} from "./trials.ts";

/** What tables and figures call the arms. */
export const ARM_LABELS: Readonly<Record<TransferArm, string>> = {
  without: "without transfer",
  with: "with transfer",
  wrong: "wrong donor",
};

/** The same where there is little room. */
export const SHORT_LABELS: Readonly<Record<TransferArm, string>> = {
  without: "without",
  with: "with",
  wrong: "wrong donor",
};

/** A row of a table. */
type Row = StudyTable["rows"][number];

/** Mean of what is there; null where there is nothing. */
export function meanOf(values: BySeed): number | null {
  const known = present(values);
  return known.length === 0 ? null : mean(known);
}

/** Accuracy that the thesis prints for one of its epochs, with or without transfer. */
function thesisAccuracy(epoch: number, transferred: boolean): number {
  return TABLE_1.find((row) => row.epoch === epoch && row.transferred === transferred)!.accuracy;
}

function thesisGain(epoch: number): number {
  return thesisAccuracy(epoch, true) - thesisAccuracy(epoch, false);
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
      known.length === 0 ? null : known.length === 1 ? "one seed" : standardDeviation(known),
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
      "rows are the thesis's; below them what it lacks: a wrong donor, epoch 0 (policies before any " +
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

/** Arms against each other, seed by seed: at each mark, over the thesis's marks, and the controls. */
export function comparisons(data: TransferData): PairedComparison[] {
  const { trained, thesisMarks, last } = data;
  const of = (arm: TransferArm, epoch: number) => accuracies(data, { arm, epoch });
  const zeroShot = accuracies(data, { arm: "zero-shot", epoch: last });
  const at = (epoch: number) => `epoch ${epoch}`;
  const arms = (a: TransferArm, b: TransferArm, epoch: number) => ({
    what: `${SHORT_LABELS[b]} − ${SHORT_LABELS[a]}`,
    where: at(epoch),
    pairs: pairsOf(of(a, epoch), of(b, epoch)),
    thesis: null,
  });
  const overall = (a: TransferArm, b: TransferArm) => ({
    what: `${SHORT_LABELS[b]} − ${SHORT_LABELS[a]}`,
    where: `mean of epochs ${thesisMarks.join(", ")}`,
    pairs: pairsOf(meanAccuracies(data, a), meanAccuracies(data, b)),
    thesis: null,
  });
  const several = thesisMarks.length > 1;
  return [
    ...trained.map((epoch) => {
      const thesis = TRANSFER_EPOCHS.findLast((one) => epochOf(data, one) === epoch);
      return {
        ...arms("without", "with", epoch),
        thesis: epoch === 0 || thesis === undefined ? null : thesisGain(thesis),
      };
    }),
    ...(several
      ? [
        { ...overall("without", "with"), thesis: mean(TRANSFER_EPOCHS.map(thesisGain)) },
        overall("wrong", "with"),
        overall("without", "wrong"),
      ]
      : []),
    arms("wrong", "with", last),
    arms("without", "wrong", last),
    ...(["without", "with"] as const).map((arm) => ({
      what: `${SHORT_LABELS[arm]} − zero-shot`,
      where: at(last),
      pairs: pairsOf(zeroShot, of(arm, last)),
      thesis: null,
    })),
  ];
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
      `epoch, in nats; it grows as a policy forgets the donor's. ${chanceText(data)}`,
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

/** What the divergence of two equal policies would be, because each is described by draws. */
function chanceText({ seeds, config }: TransferData): string {
  const arcs = seeds.map(({ searches }) => searches.donor?.policyArcs).find((n) => n !== undefined);
  if (arcs === undefined) return "Sampling alone keeps it a little above 0.";
  // Half the degrees of freedom over the draws of either side, as in a test of likelihood ratios.
  const chance = (MACRO_OPS.length - 1) / (arcs * config.child.layers);
  return `Sampling alone gives up to about ${chance.toFixed(4)}.`;
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
