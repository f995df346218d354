/**
 * Tables of `study learning-curve`: the thesis's table 2 beside ours, all comparisons with what judges
 * them, and the controller held against random architectures.
 *
 * @module
 */
import {
  bcaInterval,
  expectedBestOf,
  mean,
  relativeImprovement,
  type Uniform,
} from "../../nas/stats/mod.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import {
  accuracyAt,
  type Cell,
  type CurveData,
  datasetLabel,
  pairsOf,
  valuesOf,
} from "../kit/curve_data.ts";
import type { Judge } from "../kit/curve_judge.ts";
import { HOW_LABELS } from "../kit/curve_figures.ts";
import type { Pick } from "../kit/curve_plan.ts";
import { ARM_LABELS } from "./figures.ts";
import type { PairedComparison } from "../kit/paired_table.ts";
import { TABLE_2 } from "../thesis/tables.ts";

/** Table 2 in the thesis's layout: a row a data set, space and epoch, with every run. */
export function table2(data: CurveData, cells: readonly Cell[]): StudyTable {
  const key = (dataset: string, space: string) => `${dataset}/${space}`;
  const ours = new Map(cells.map((cell) => [key(datasetLabel(cell.dataset), cell.space), cell]));
  const printed = new Map(TABLE_2.map((cell) => [key(cell.dataset, cell.space), cell]));
  const missing = key("CIFAR-10", "micro");
  const places = [...new Set([...printed.keys(), missing, ...ours.keys()])];
  const list = (values: readonly number[]) =>
    values.length === 0 ? null : values.map((value) => value.toFixed(2)).join(", ");
  return {
    id: "table-2",
    title: "Table 2: learning curve",
    caption:
      "Accuracy on the test split after training from scratch, every run, in per cent: of each " +
      "search the architecture with the best estimate among those sampled in the epoch. Runs of ours " +
      "stand in the order of their seeds; the first and the last epoch of one seed are one search.",
    columns: ["Data set", "Space", "Sampled epoch", "Thesis", "Ours", "Our runs", "Our mean"],
    rows: places.flatMap((place) => {
      const [dataset, space] = place.split("/");
      return (["first", "last"] as const).map((moment) => {
        const cell = ours.get(place);
        const values = cell === undefined
          ? []
          : valuesOf(cell, "controller", accuracyAt(data, moment, "chosen"));
        const average = values.length === 0 ? null : mean(values);
        const thesis = list(printed.get(place)?.[moment] ?? []);
        return [dataset, space, moment, thesis, list(values), values.length, average];
      });
    }),
    thesisColumns: [3],
    digits: [null, null, null, null, null, 0, 2],
  };
}

/** What is compared in a cell, in the order of the table. */
export function comparisonsOf(judge: Judge, cell: Cell): PairedComparison[] {
  const gain = (arm: string, how: Pick["how"]) => ({
    what: `${ARM_LABELS[arm]}, ${HOW_LABELS[how]}: last − first epoch`,
    a: judge.accuracy(arm, "first", how),
    b: judge.accuracy(arm, "last", how),
  });
  const against = (arm: string, how: Pick["how"]) => ({
    what: `last epoch, ${HOW_LABELS[how]}: controller − ${ARM_LABELS[arm]}`,
    a: judge.accuracy(arm, "last", how),
    b: judge.accuracy("controller", "last", how),
  });
  const list = [
    gain("controller", "chosen"),
    gain("controller", "drawn"),
    gain("random", "chosen"),
    gain("shuffled", "chosen"),
    against("random", "chosen"),
    against("random", "drawn"),
    against("shuffled", "chosen"),
    {
      what: "random sampler, last epoch: chosen − not chosen",
      a: judge.accuracy("random", "last", "drawn"),
      b: judge.accuracy("random", "last", "chosen"),
    },
  ];
  return list.map(({ what, a, b }, i) => ({
    what,
    pairs: pairsOf(cell, a, b),
    thesis: i === 0 ? printedDifference(cell) : null,
  }));
}

function printedDifference({ dataset, space }: Cell): number | null {
  const cell = TABLE_2.find((one) => one.dataset === datasetLabel(dataset) && one.space === space);
  return cell === undefined ? null : mean(cell.last) - mean(cell.first);
}

/** Best of so many is what the thesis's search chose. */
const BEST_OF = 10;

/** Fewest seeds that can be drawn again: the same few over and over make too narrow an interval. */
const FEWEST_SEEDS = 5;

/** One seed: what the controller came to, and random architectures without selection. */
interface AgainstRandom {
  readonly found: number | null;
  readonly random: readonly number[];
}

/** The controller's last architecture held against random ones, by cell. */
export function randomTable(
  data: CurveData,
  cells: readonly Cell[],
  uniform: Uniform,
): StudyTable {
  const rows = cells.flatMap((cell) =>
    (["chosen", "drawn"] as const).map((how) => {
      const seeds = data.settings.seeds.map((seed) => seedOf(data, cell, seed, how));
      const random = seeds.flatMap((one) => one.random);
      const found = seeds.map((one) => one.found).filter((value) => value !== null);
      const k = Math.min(BEST_OF, random.length);
      const known = found.length > 0 && random.length > 0;
      return [
        cell.label,
        how === "chosen" ? "best by estimate" : "first sample, not chosen",
        found.length,
        random.length,
        random.length === 0 ? null : mean(random),
        found.length === 0 ? null : mean(found),
        known ? improvement(seeds) : null,
        known ? intervalText(seeds, improvement, uniform) : null,
        known ? beats(seeds) : null,
        known ? intervalText(seeds, beats, uniform) : null,
        k === 0 ? null : k,
        k === 0 ? null : expectedBestOf(random, k),
      ];
    })
  );
  return {
    id: "against-random",
    title: "The controller's architectures against random ones",
    caption:
      "After training from scratch, in per cent. Random: architectures of the random arm, first " +
      "samples of the first and last epoch, without selection. RI: improvement over their mean in per " +
      "cent of it (Yang et al. 2020). P(beat random): chance that the controller's architecture is " +
      "better than a random one, ties counting half. Best of k random: the expected best of k of the " +
      "random architectures if their true accuracies were known: what choosing could bring at most. " +
      `Intervals: 95 %, bootstrap over seeds, of at least ${FEWEST_SEEDS}.`,
    columns: [
      "Where",
      "Controller's architecture",
      "Runs",
      "Random architectures",
      "Random: mean",
      "Controller: mean",
      "RI",
      "RI: interval",
      "P(beat random)",
      "P: interval",
      "k",
      "Best of k random",
    ],
    rows,
    thesisColumns: [],
    digits: [null, null, 0, 0, 2, 2, 2, null, 2, null, 0, 2],
  };
}

function seedOf(data: CurveData, cell: Cell, seed: number, how: Pick["how"]): AgainstRandom {
  const runs = cell.runs.filter((run) => run.seed === seed);
  const ofSeed = { ...cell, runs };
  const [found = null] = valuesOf(ofSeed, "controller", accuracyAt(data, "last", how));
  const random = (["first", "last"] as const).flatMap((moment) =>
    valuesOf(ofSeed, "random", accuracyAt(data, moment, "drawn"))
  );
  return { found, random };
}

/** RI of the mean over seeds; NaN where a resample has neither. */
function improvement(seeds: readonly AgainstRandom[]): number {
  const { found, random } = pooled(seeds);
  return found.length === 0 || random.length === 0 ? NaN : relativeImprovement(mean(found), random);
}

/** Share of pairs that the controller wins; NaN where a resample has none. */
function beats(seeds: readonly AgainstRandom[]): number {
  const { found, random } = pooled(seeds);
  const wins = found.flatMap((mine) =>
    random.map((other) => mine > other ? 1 : mine === other ? 0.5 : 0)
  );
  return wins.length === 0 ? NaN : mean(wins);
}

function pooled(seeds: readonly AgainstRandom[]) {
  return {
    found: seeds.map(({ found }) => found).filter((value) => value !== null),
    random: seeds.flatMap(({ random }) => random),
  };
}

function intervalText(
  seeds: readonly AgainstRandom[],
  statistic: (seeds: readonly AgainstRandom[]) => number,
  uniform: Uniform,
): string {
  const known = seeds.filter(({ found, random }) => found !== null && random.length > 0);
  if (known.length < FEWEST_SEEDS) return "too few seeds";
  const { low, high } = bcaInterval(known, statistic, { uniform });
  return `${fixedNumber(low, 2)} to ${fixedNumber(high, 2)}`;
}
