/**
 * What became of a policy during a search, as figures and a table: which ops it samples (op drift), how
 * sure and how diverse it is. For any study whose searches have arms.
 *
 * @module
 */
import { arcOps } from "../../nas/space/arc.ts";
import type { SpaceName } from "../../nas/config/mod.ts";
import { mean } from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyTable } from "../../nas/stats/study_report.ts";
import { bandLine, bandText, FRACTION, type Range } from "./bands.ts";
import type { Mark, SupernetResult } from "../../nas/trials/kinds/supernet.ts";

/** Searches that differ in their seed alone. */
export interface PolicyArm {
  /** For people, such as `random sampler`. */
  readonly label: string;
  /** The finished ones; may be empty. */
  readonly searches: readonly SupernetResult[];
}

/** Whose policies are shown. */
export interface PolicyView {
  readonly space: SpaceName;
  readonly arms: readonly PolicyArm[];
  /** Begins the ids of figures and tables, such as `macro-mnist`. */
  readonly id: string;
  /** Ends the titles, such as `macro space, mnist`. */
  readonly of: string;
}

/** Share of pooling ops among shares by op id. */
export function poolingShare(space: SpaceName, opShares: readonly number[]): number {
  return arcOps(space).reduce((sum, { kind, id }) => sum + (kind === "pool" ? opShares[id] : 0), 0);
}

/**
 * Figures of the marked epochs: op shares by arm, pooling share, entropy, distinct architectures,
 * distance, successive information. Arms without a finished search are left out; none at all give none.
 */
export function policyFigures(view: PolicyView): StudyFigure[] {
  const arms = view.arms.filter(({ searches }) => searches.length > 0);
  if (arms.length === 0) return [];
  return [opDrift({ ...view, arms }), ...MEASURES.map((measure) => line(view, arms, measure))];
}

/** What is said of a policy in one number. */
interface Measure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
  readonly percent: boolean;
  readonly range: Range;
  readonly of: (policy: Mark["policy"], space: SpaceName) => number;
}

const MEASURES: readonly Measure[] = [
  {
    id: "pooling",
    title: "Share of pooling ops",
    caption: "How often the policy samples average or max pooling.",
    axis: "share of ops",
    percent: true,
    range: FRACTION,
    of: ({ opShares }, space) => poolingShare(space, opShares),
  },
  {
    id: "entropy",
    title: "How undecided the policy is",
    caption:
      "Entropy of the policy over that of uniform chance: 100 % is as undecided as chance, " +
      "0 % always draws the same architecture.",
    axis: "entropy over that of chance",
    percent: true,
    range: FRACTION,
    of: ({ entropy, uniformEntropy }) => entropy / uniformEntropy,
  },
  {
    id: "distinct",
    title: "Distinct architectures",
    caption:
      "How many of the architectures drawn to describe the policy are different ones. A small " +
      "space repeats itself even at random.",
    axis: "share of draws",
    percent: true,
    range: FRACTION,
    of: ({ distinct }) => distinct,
  },
  {
    id: "distance",
    title: "Distance of architectures",
    caption: "Mean share of decisions (ops, skips, inputs) in which two draws differ.",
    axis: "share of decisions",
    percent: true,
    range: FRACTION,
    of: ({ distance }) => distance,
  },
  {
    id: "information",
    title: "Dependence of successive ops",
    caption:
      "Mutual information of an op with the op decided before it, bias taken out; 0 where each " +
      "op is drawn without a look at the one before (Adam and Lorraine 2019).",
    axis: "nats",
    percent: false,
    // Taking out the bias may leave less than nothing.
    range: [-Infinity, Infinity],
    of: ({ successiveInformation }) => successiveInformation,
  },
];

const BANDS = "Bands: 95 % interval of the mean over seeds.";

function line({ id, of, space }: PolicyView, arms: readonly PolicyArm[], measure: Measure) {
  return {
    id: `${id}-${measure.id}`,
    kind: "lines" as const,
    title: `${measure.title}: ${of}`,
    caption: `${measure.caption} ${BANDS}`,
    x: { title: "epoch of the search", percent: false },
    y: { title: measure.axis, percent: measure.percent },
    series: arms.map(({ label, searches }, i) => ({
      label,
      dashed: i > 0,
      points: bandLine(
        searches.map(({ marks }) =>
          marks.map(({ epoch, policy }) => ({ x: epoch, y: measure.of(policy, space) }))
        ),
        measure.range,
      ),
    })),
  };
}

function opDrift({ id, of, space, arms }: PolicyView): StudyFigure {
  const bars = arms.flatMap(({ label, searches }) =>
    byEpoch(searches).map(({ epoch, marks }) => ({ label: `${label}, epoch ${epoch}`, marks }))
  );
  return {
    id: `${id}-ops`,
    kind: "shares",
    title: `Which ops the policy samples: ${of}`,
    caption: "Shares of the ops at each marked epoch, mean over seeds; epoch 0 is before any " +
      "training. Shares that move alike in an arm that cannot learn are drift, not learning.",
    bars: bars.map(({ label }) => label),
    parts: arcOps(space).map(({ label, id: op }) => ({
      label,
      shares: bars.map(({ marks }) => mean(marks.map(({ policy }) => policy.opShares[op]))),
    })),
  };
}

/** The same as a table, with intervals; empty rows of arms that did not run are null. */
export function policyTable({ id, of, space, arms }: PolicyView): StudyTable {
  const columns = MEASURES.map(({ title }) => title);
  return {
    id: `${id}-policy`,
    title: `Policies: ${of}`,
    caption:
      "What the policy is like at each marked epoch: mean over seeds, with its 95 % interval " +
      "where there are several. Shares from 0 to 1, information in nats.",
    columns: ["Arm", "Epoch", "Searches", ...columns],
    rows: arms.flatMap(({ label, searches }) =>
      searches.length === 0
        ? [[label, null, 0, ...columns.map(() => null)]]
        : byEpoch(searches).map(({ epoch, marks }) => [
          label,
          epoch,
          marks.length,
          ...MEASURES.map((measure) =>
            bandText(marks.map(({ policy }) => measure.of(policy, space)), 3, measure.range)
          ),
        ])
    ),
    thesisColumns: [],
    digits: [null, 0, 0],
  };
}

/** The marks of several searches by epoch, rising. */
function byEpoch(searches: readonly SupernetResult[]): { epoch: number; marks: Mark[] }[] {
  const groups = Map.groupBy(searches.flatMap(({ marks }) => marks), ({ epoch }) => epoch);
  return [...groups].map(([epoch, marks]) => ({ epoch, marks })).sort((a, b) => a.epoch - b.epoch);
}
