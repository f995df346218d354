/**
 * Tables of `study estimator` about noise: the ceiling, reliabilities, spreads, components of variance.
 *
 * @module
 */
import {
  crossedComponents,
  mean,
  pearson,
  spearmanBrown,
  spreadWithinGroups,
  standardDeviation,
  type Uniform,
} from "../../nas/stats/mod.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import {
  agreement,
  agreementOfSupernets,
  type ArmAnalysis,
  estimateOf,
  imageReliability,
} from "./analysis.ts";
import type { EstimatorData } from "./data.ts";
import { drawnEstimates } from "./evidence.ts";
import { correlationOf, estimated } from "./inference.ts";
import { commonSupernets, scoresAt } from "./predictors.ts";
import { finiteOrNull } from "./tables.ts";

/** How repeatable final accuracies and estimates are. */
export function reliabilityTable(analysis: ArmAnalysis): StudyTable {
  const { data, ceiling, mode } = analysis;
  const { epochs } = data;
  const rows: StudyTable["rows"] = epochs.map((epoch, i) => {
    const { predictor } = estimateOf(analysis, epoch, mode);
    const before = i === 0 ? null : estimateOf(analysis, epochs[i - 1], mode).predictor;
    return [
      `estimates at epoch ${epoch}`,
      finiteOrNull(imageReliability(data, epoch, mode).full),
      finiteOrNull(agreementOfSupernets(predictor)),
      before === null ? "" : finiteOrNull(
        agreement(before, predictor, commonSupernets(before, predictor)),
      ),
      "",
      "",
    ];
  });
  return {
    id: "reliability",
    title: "How repeatable are the numbers?",
    caption:
      "Images: reliability of an estimate as far as its images go (split halves, Spearman and Brown; " +
      "Pearson's r). Supernets and epochs: Kendall's tau of the estimates of two supernets, and of an " +
      "epoch and the one before in this list. Trainings: tau of the final accuracies of two halves of " +
      "the trainings, with its 95 % interval, which is the ceiling; and what all trainings and as many " +
      "others would reach (Spearman and Brown). An estimator without noise of its own could rise a " +
      "little above that.",
    columns: [
      "",
      "Images",
      "Other supernet",
      "Epoch before",
      "Other trainings",
      "Interval",
    ],
    rows: [
      [
        "final accuracies, two halves",
        "",
        "",
        "",
        ceiling === null ? null : finiteOrNull(ceiling.half),
        ceiling === null || Number.isNaN(ceiling.interval.low)
          ? null
          : `${ceiling.interval.low.toFixed(2)} to ${ceiling.interval.high.toFixed(2)}`
            .replaceAll("-", "−"),
      ],
      [
        "final accuracies, all trainings",
        "",
        "",
        "",
        ceiling === null ? null : finiteOrNull(ceiling.full),
        "",
      ],
      ...rows,
    ],
    thesisColumns: [],
    digits: [null, 2, 2, 2, 2, null],
  };
}

/** Reliability of an estimate by the number of images behind it, as measured and as computed. */
export interface ImageCurve {
  readonly computed: readonly { readonly images: number; readonly reliability: number }[];
  readonly measured: readonly { readonly images: number; readonly reliability: number }[];
}

/** The curve at the thesis's epoch; null where there are no estimates. */
export function imageCurve(analysis: ArmAnalysis): ImageCurve | null {
  const { data, thesis, mode, replay } = analysis;
  const { half, full } = imageReliability(data, thesis, mode);
  const all = scoresAt(data, thesis).find((score) => score !== null);
  if (all === undefined || all === null || Number.isNaN(half) || !(half > 0)) return null;
  const main = estimateOf(analysis, thesis, mode).predictor;
  const shared = commonSupernets(main, replay.predictor);
  // What two measurements of one thing correlate with is the root of both reliabilities.
  const together = agreement(main, replay.predictor, shared, pearson);
  const counts = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];
  const one = spearmanBrown(half, 2 / all.images);
  return {
    computed: counts.map((images) => ({ images, reliability: spearmanBrown(one, images) })),
    measured: [
      { images: all.replay.images, reliability: together ** 2 / full },
      { images: all.images / 2, reliability: half },
    ].filter(({ reliability }) => Number.isFinite(reliability)),
  };
}

/** Spread of the estimates of what the controllers drew, by epoch. */
export function spreadTable({ data }: ArmAnalysis): StudyTable {
  const points = (value: number) => finiteOrNull(100 * value);
  return {
    id: "spread",
    title: "How far apart are estimates?",
    caption:
      "Architectures that the controllers drew at each epoch, every different one once, on all " +
      "validation images: mean, deviation and range of their estimates within a search (mean over " +
      "searches), and the deviation that the images alone give. In per cent and points. The thesis saw a " +
      "range of 23.44 points at epoch 155, on 128 images each, and a very small one at epoch 310.",
    columns: [
      "Epoch",
      "Learning rate",
      "Architectures",
      "Mean",
      "Deviation",
      "of images",
      "Range",
    ],
    rows: data.epochs.map((epoch) => {
      const { groups, images } = drawnEstimates(data, epoch);
      if (groups.length === 0 || images === null) return [epoch, ...new Array<null>(6).fill(null)];
      const { noise } = spreadWithinGroups(groups, images);
      const rate = data.supernets.flatMap((one) => one?.marks ?? []).find((mark) =>
        mark.epoch === epoch
      )?.learningRate;
      return [
        epoch,
        rate ?? null,
        groups.flat().length,
        points(mean(groups.map(mean))),
        points(Math.sqrt(mean(groups.map((group) => standardDeviation(group) ** 2)))),
        points(noise),
        points(mean(groups.map((group) => Math.max(...group) - Math.min(...group)))),
      ];
    }),
    thesisColumns: [],
    digits: [0, 4, 0, 2, 2, 2, 2],
  };
}

/** Controllers' architectures and uniform ones apart: the former narrow the range by construction. */
export function sourcesTable(analysis: ArmAnalysis, uniform: Uniform): StudyTable {
  const { data, thesis, mode } = analysis;
  const { predictor } = estimateOf(analysis, thesis, mode);
  const rows = (["controller", "uniform"] as const).map((source) => {
    const places = data.arcs.flatMap((arc, place) => arc.source === source ? [place] : []);
    const part = onlyPlaces(data, places);
    const own = {
      ...predictor,
      bySupernet: predictor.bySupernet.map((list) => list && places.map((place) => list[place])),
    };
    const found = estimated(correlationOf(own), part, [own], uniform);
    const interval = found?.interval(0.95);
    return [
      source,
      places.length,
      places.length === 0 ? null : 100 * mean(part.truths),
      places.length < 2 ? null : 100 * standardDeviation(part.truths),
      found === null ? null : finiteOrNull(found.value),
      interval === undefined ? null : finiteOrNull(interval.low),
      interval === undefined ? null : finiteOrNull(interval.high),
    ];
  });
  return {
    id: "sources",
    title: "Architectures by who drew them",
    caption:
      `Those of the controllers at epoch ${thesis} and uniform ones apart: final accuracy in per ` +
      "cent, its deviation in points, and Kendall's tau with the estimate of that epoch. A controller " +
      "that has learned draws architectures that are alike, which lowers any correlation.",
    columns: ["Drawn by", "Architectures", "Final accuracy", "Deviation", "tau-b", "Low", "High"],
    rows,
    thesisColumns: [],
    digits: [null, 0, 2, 2, 2, 2, 2],
  };
}

/** The data of some of the architectures, without their scores. */
function onlyPlaces(data: EstimatorData, places: readonly number[]): EstimatorData {
  return {
    ...data,
    arcs: places.map((place) => data.arcs[place]),
    replicates: places.map((place) => data.replicates[place]),
    truths: places.map((place) => data.truths[place]),
    scores: [],
    proxies: null,
  };
}

/** Where the variation of final accuracies and of estimates comes from. */
export function componentsTable(analysis: ArmAnalysis): StudyTable {
  const { data, mode } = analysis;
  const { replicates, testImages } = data;
  const seeds = replicates[0]?.length ?? 0;
  const final = seeds >= 2 && replicates.length >= 2
    ? crossedComponents(replicates.flat(), [replicates.length, seeds])
    : [];
  const names = ["architecture", "seed of training"];
  const grid = completeGrid(analysis);
  const gridNames = ["architecture", "supernet", "epoch"];
  const rows: StudyTable["rows"] = [
    ...shares("final accuracy", final, names),
    ...(grid === null ? [] : shares(
      `estimate (${mode})`,
      crossedComponents(grid.values, grid.sizes),
      grid.sizes.length === 3 ? gridNames : ["architecture", "epoch"],
    )),
  ];
  const accuracy = replicates.length === 0 ? NaN : mean(replicates.flat());
  const images = testImages === null ? NaN : accuracy * (1 - accuracy) / testImages;
  return {
    id: "components",
    title: "Where does variation come from?",
    caption:
      "Components of variance (crossed random effects) of single measurements: deviation in points " +
      "and share of all variance. Two factors together mean that the one changes what the other does: " +
      "only architecture alone makes an estimate repeat itself. The last line of each block is what is " +
      `left${
        Number.isNaN(images)
          ? ""
          : `; of a final accuracy, up to ${
            (100 * Math.sqrt(images)).toFixed(2)
          } points of it come from the ${testImages} test images`
      }.`,
    columns: ["Of", "Source", "Deviation", "Share %"],
    rows: rows.length === 0 ? [["final accuracy", null, null, null]] : rows,
    thesisColumns: [],
    digits: [null, null, 2, 1],
  };
}

function shares(
  of: string,
  components: ReturnType<typeof crossedComponents>,
  names: readonly string[],
): StudyTable["rows"] {
  const total = components.reduce((sum, { variance }) => sum + variance, 0);
  return components.map(({ factors, variance }, i) => [
    of,
    i === components.length - 1
      ? "what is left"
      : factors.map((factor) => names[factor]).join(" with "),
    100 * Math.sqrt(variance),
    total === 0 ? null : 100 * variance / total,
  ]);
}

/** Estimates of all architectures by all supernets at the epochs that all of them have. */
function completeGrid(
  { data, mode }: ArmAnalysis,
): { readonly values: number[]; readonly sizes: number[] } | null {
  const { truths, scores, epochs } = data;
  const supernets = scores.filter((byEpoch) => byEpoch.some((score) => score !== null));
  const common = epochs.flatMap((_, e) =>
    supernets.every((byEpoch) => byEpoch[e] !== null) ? [e] : []
  );
  const sizes = [truths.length, supernets.length, common.length];
  if (sizes[0] < 2 || sizes[1] < 1 || sizes[2] < 2) return null;
  const values = truths.flatMap((_, arc) =>
    supernets.flatMap((byEpoch) => common.map((e) => byEpoch[e]!.estimates[mode][arc]))
  );
  return { values, sizes: sizes[1] === 1 ? [sizes[0], sizes[2]] : sizes };
}
