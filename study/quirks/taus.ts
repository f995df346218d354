/**
 * Rank correlations of the eight cells, and what the factors do to them. All intervals come from one
 * set of resamples, in which every cell has the same architectures and searches: so differences of
 * cells are compared pair by pair.
 *
 * @module
 */
import { normalCdf, normalQuantile } from "../../nas/stats/distributions.ts";
import {
  type Correlation,
  correlationTest,
  drawAgain,
  type Interval,
  kendallTau,
  mean,
  type NoiseCeiling,
  noiseCeiling,
  type PermutationTest,
  sortedQuantile,
  spearman,
  standardDeviation,
  type Uniform,
} from "../../nas/stats/mod.ts";
import { RankPairs } from "../kit/pair_signs.ts";
import type { QuirkCell, QuirkData, Retrained } from "./cells.ts";

/** Resamples behind every interval. */
const SAMPLES = 4000;

/** A number with what the resamples say of it. */
export interface Resampled {
  /** NaN where it is not defined. */
  readonly value: number;
  /** NaN ends where it is not defined. */
  readonly interval: (level: number) => Interval;
  /** Standard deviation of the resamples; NaN where they are none. */
  readonly error: number;
  /** Two-sided p against 0: the widest interval that leaves 0 out; NaN where it is not defined. */
  readonly p: number;
}

/** How well the estimates of a cell rank. */
export interface CellTau {
  readonly cell: QuirkCell;
  /** Mean over the searches of Kendall's tau-b with the truths. */
  readonly tau: Resampled;
  readonly spearman: number;
  /** By exchanging the estimates of architectures; null where there are fewer than two. */
  readonly test: PermutationTest | null;
}

/** A comparison of cells: a sum of taus with weights. */
export interface Contrast {
  readonly id: string;
  /** What is compared, such as `sampled op runs, less closure bug`. */
  readonly label: string;
  readonly weight: (cell: Pick<QuirkCell, "opMode" | "norm" | "graph">) => number;
}

const ops = ({ opMode }: Pick<QuirkCell, "opMode">) => opMode === "correct" ? 1 : -1;
const norm = ({ norm }: Pick<QuirkCell, "norm">) => norm === "batch" ? 1 : -1;
const graph = ({ graph }: Pick<QuirkCell, "graph">) => graph === "search" ? 1 : -1;

/**
 * Main effects (mean of four cells less mean of the other four), interactions (how much one difference
 * depends on another factor), and two differences within one level that leave all else as it is.
 */
export const CONTRASTS: readonly Contrast[] = [
  { id: "ops", label: "sampled op runs, less closure bug", weight: (c) => ops(c) / 4 },
  {
    id: "norm",
    label: "rewards by batch statistics, less moving averages",
    weight: (c) => norm(c) / 4,
  },
  {
    id: "graph",
    label: "searched graph retrained, less released graph",
    weight: (c) => graph(c) / 4,
  },
  {
    id: "ops.same-truths",
    label: "sampled op runs, less closure bug: released graph alone (same truths)",
    weight: (c) => c.graph === "released" ? ops(c) / 2 : 0,
  },
  {
    id: "graph.same-estimates",
    label: "searched graph, less released graph: sampled op runs alone (same estimates)",
    weight: (c) => c.opMode === "correct" ? graph(c) / 2 : 0,
  },
  {
    id: "ops-norm",
    label: "interaction of ops and rewards",
    weight: (c) => ops(c) * norm(c) / 2,
  },
  {
    id: "ops-graph",
    label: "interaction of ops and graph",
    weight: (c) => ops(c) * graph(c) / 2,
  },
  {
    id: "norm-graph",
    label: "interaction of rewards and graph",
    weight: (c) => norm(c) * graph(c) / 2,
  },
  {
    id: "ops-norm-graph",
    label: "interaction of all three",
    weight: (c) => ops(c) * norm(c) * graph(c),
  },
];

/** A contrast and what it came to. */
export interface Effect {
  readonly contrast: Contrast;
  readonly difference: Resampled;
  /** Architectures that all its cells have. */
  readonly n: number;
}

/** Everything about rank correlations. */
export interface QuirkTaus {
  readonly cells: readonly CellTau[];
  readonly effects: readonly Effect[];
}

/** Correlations and comparisons of the cells. `uniform` draws the resamples. */
export function quirkTaus(data: QuirkData, uniform: Uniform): QuirkTaus {
  const { cells, skipGroups } = data;
  const tables = cells.map(pairsOf);
  const once = new Uint8Array(data.arcs.length).fill(1);
  const found = cells.map((cell, i) => tauOf(cell, tables[i], once, places(cell.searches.length)));
  const drawn = Array.from({ length: SAMPLES }, () => {
    const counts = new Uint8Array(data.arcs.length);
    for (const place of drawAgain(skipGroups, uniform).flat()) counts[place]++;
    const searches = searchDraw(cells, uniform);
    return cells.map((cell, i) => tauOf(cell, tables[i], counts, searches(cell)));
  });
  return {
    cells: cells.map((cell, i) => ({
      cell,
      tau: resampled(found[i], drawn.map((taus) => taus[i])),
      spearman: spearmanOf(cell),
      test: permutationTest(data, cell, tables[i], uniform),
    })),
    effects: CONTRASTS.map((contrast) => {
      const weights = cells.map(contrast.weight);
      const sum = (taus: readonly number[]) =>
        weights.reduce((total, weight, i) => weight === 0 ? total : total + weight * taus[i], 0);
      const used = cells.filter((_, i) => weights[i] !== 0);
      return {
        contrast,
        difference: resampled(sum(found), drawn.map(sum)),
        n: Math.min(...used.map(({ places }) => places.length)),
      };
    }),
  };
}

/** Estimates of each search against the truths, both in the order of the cell's places. */
function pairsOf({ places, searches, retrained }: QuirkCell): RankPairs[] {
  const truths = places.map((place) => retrained.truths[place]!);
  return searches.map((estimates) => new RankPairs(places.map((p) => estimates[p]), truths));
}

/**
 * Draws one search less than there are: drawing as many would make the variance of a mean of k searches
 * too small by (k − 1)/k, a third with three (Rao and Wu 1988). Cells with as many searches get the
 * same ones.
 */
function searchDraw(
  cells: readonly QuirkCell[],
  uniform: Uniform,
): (cell: QuirkCell) => readonly number[] {
  const most = Math.max(...cells.map(({ searches }) => searches.length));
  const points = Array.from({ length: Math.max(1, most - 1) }, uniform);
  return ({ searches: { length } }) =>
    length === 0
      ? []
      : points.slice(0, Math.max(1, length - 1)).map((point) => Math.floor(point * length));
}

/** Mean tau over some of a cell's searches, with its architectures counted; NaN where none has one. */
function tauOf(
  { places }: QuirkCell,
  tables: readonly RankPairs[],
  counts: Uint8Array,
  searches: readonly number[],
): number {
  const own = places.map((place) => counts[place]);
  return meanOfKnown(searches.map((search) => tables[search].tau(own)));
}

function spearmanOf({ places, searches, retrained }: QuirkCell): number {
  if (places.length < 2) return NaN;
  const truths = places.map((place) => retrained.truths[place]!);
  return meanOfKnown(
    searches.map((estimates) => spearman(places.map((place) => estimates[place]), truths)),
  );
}

function meanOfKnown(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? NaN : mean(known);
}

/**
 * Exchanges estimates between architectures: with the closure bug, between sets of architectures with
 * equal skips, because within a set estimates cannot differ.
 */
function permutationTest(
  { skipGroups }: QuirkData,
  cell: QuirkCell,
  tables: readonly RankPairs[],
  uniform: Uniform,
): PermutationTest | null {
  if (tables.length === 0 || cell.places.length < 2) return null;
  const indices = new Map(cell.places.map((place, i) => [place, i]));
  const sets = cell.opMode === "correct"
    ? cell.places.map((_, i) => [i])
    : skipGroups.map((group) => group.flatMap((place) => indices.get(place) ?? []))
      .filter(({ length }) => length > 0);
  if (sets.length < 2) return null;
  const lent = new Uint16Array(cell.places.length);
  const statistic: Correlation = (from, to) => {
    from.forEach((set, i) => {
      // Within a set all estimates are the same, so that its first stands for them.
      for (const place of sets[set]) lent[place] = sets[to[i]][0];
    });
    return meanOfKnown(tables.map((pairs) => pairs.exchanged(lent)));
  };
  const order = places(sets.length);
  return correlationTest(statistic, order, order, { uniform });
}

/** 0, 1, … */
function places(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function resampled(value: number, drawn: readonly number[]): Resampled {
  const known = drawn.filter((one) => !Number.isNaN(one)).sort((a, b) => a - b);
  if (Number.isNaN(value) || known.length < 2) {
    const interval = (level: number) => ({ low: NaN, high: NaN, level });
    return { value, interval, error: NaN, p: NaN };
  }
  const notAbove = known.filter((one) => one <= 0).length;
  const notBelow = known.filter((one) => one >= 0).length;
  return {
    value,
    interval: (level) => ({
      low: sortedQuantile(known, (1 - level) / 2),
      high: sortedQuantile(known, (1 + level) / 2),
      level,
    }),
    error: standardDeviation(known),
    // The data count as one resample, so that p is never 0.
    p: Math.min(1, 2 * (1 + Math.min(notAbove, notBelow)) / (known.length + 1)),
  };
}

/** Least p that the resamples can give. */
export const SMALLEST_P = 2 / (SAMPLES + 1);

/** Probability that a normal test at 0.05 sees an effect of `margin` with that standard error. */
export function powerOfError(error: number, margin: number): number {
  const critical = normalQuantile(0.975);
  return normalCdf(margin / error - critical) + normalCdf(-margin / error - critical);
}

/** Size at which that power is 0.8, where the standard error falls with the root of the size. */
export function sizeForError(error: number, margin: number, n: number): number {
  const wanted = normalQuantile(0.975) + normalQuantile(0.8);
  return Math.ceil(n * (wanted * error / margin) ** 2);
}

/** The noise ceiling of trained networks; null with fewer than two trainings of each. */
export function ceilingOf(
  { accuracies, same, trainings }: Retrained,
  uniform: Uniform,
): NoiseCeiling | null {
  const replicates = accuracies.flatMap((values, place) =>
    values === null || same[place] !== place ? [] : [values]
  );
  if (trainings < 2 || replicates.length < 2) return null;
  return noiseCeiling(replicates, kendallTau, { uniform });
}
