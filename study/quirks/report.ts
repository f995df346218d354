/**
 * What `study quirks` says.
 *
 * @module
 */
import {
  attenuationCorrected,
  bcaInterval,
  judgeClaims,
  type Uniform,
} from "../../nas/stats/mod.ts";
import { policyTable } from "../kit/policy_figures.ts";
import { type QuirkData, quirkData } from "./cells.ts";
import { type Ceilings, DRIFT_MARGIN, quirkClaims } from "./claims.ts";
import { quirkConfig, RETRAIN_GRAPHS, retrainConfig, type RetrainGraph } from "./design.ts";
import { quirkFigures } from "./figures.ts";
import { quirkArms } from "./policies.ts";
import {
  type Agreement,
  agreementOf,
  ceilingsTable,
  cellsTable,
  effectsTable,
  graphsTable,
  searchesTable,
} from "./tables.ts";
import { ceilingOf, quirkTaus } from "./taus.ts";
import { foundParagraphs } from "./text.ts";
import { shortLabel } from "./words.ts";
import type { Results } from "../../nas/trials/results.ts";
import { scaleOf } from "../kit/scales.ts";
import type { StudyFindings, StudySettings } from "../study.ts";
import { TAU_MARGIN } from "../thesis/claims.ts";

/** The findings of the results so far. `uniform` draws the resamples. */
export function quirksFindings(
  settings: StudySettings,
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const data = quirkData(settings, results);
  const arms = quirkArms(settings, results);
  const ceilings: Ceilings = new Map(data.retrained.map((one) => [one, ceilingOf(one, uniform)]));
  const taus = quirkTaus(data, uniform);
  const agreement = agreements(data, ceilings, uniform);
  const claims = judgeClaims(quirkClaims(taus, ceilings, arms, uniform));
  return {
    title: "Does the negative result survive when the sampled op really runs?",
    asked: ASKED,
    done: done(settings, data),
    found: foundParagraphs({ settings, data, taus, ceilings, arms, agreement, claims }),
    caveats: caveats(settings),
    scale: withoutFactors(scaleOf(settings, [shownConfig(settings)])),
    claims,
    tables: [
      cellsTable(taus, ceilings, arms),
      effectsTable(taus),
      ceilingsTable(data, ceilings),
      graphsTable(data, agreement),
      searchesTable(arms),
      policyTable({
        space: "macro",
        arms: arms.map((arm) => ({
          label: shortLabel(arm),
          searches: arm.runs.map(({ search }) => search),
        })),
        id: "quirks",
        of: settings.datasets[0],
      }),
    ],
    figures: quirkFigures(data, taus, arms),
  };
}

const ASKED = [
  'The thesis "Analysis of ENAS" found no positive correlation between the accuracy of an ' +
  "architecture under shared weights (its estimate) and its accuracy after training from scratch, " +
  "and no controller that was better for its training. Both conclusions of the macro space rest on " +
  "the released code of ENAS, and that code departs from the method in three ways.",
  "First, a closure bug: whichever of the six operations (ops) the controller samples for a layer, " +
  "max pooling runs. Only the skip connections of an architecture have an effect, so no controller " +
  "could learn which op is good, and no estimate could know.",
  "Second, rewards normalise by moving averages of batch norm, which mix the statistics of " +
  "thousands of different architectures, in place of the statistics of the images at hand.",
  "Third, the network that is trained from scratch is not the one that was searched: separable " +
  "convolutions become full ones, skips are concatenated and not added, widths double on the way.",
  "Each alone could hide a correlation that is there. To our knowledge nobody has separated them.",
];

function done(settings: StudySettings, { arcs, skipGroups, retrained }: QuirkData): string[] {
  const [dataset] = settings.datasets;
  const saved = retrained.find(({ graph, opMode }) => graph === "search" && opMode === "released")!;
  return [
    "A factorial experiment: the closure bug on and off, rewards by moving averages and by batch " +
    "statistics, and two networks to retrain give eight cells. For each of the first two factors' " +
    `four combinations ${settings.seeds.length} ` +
    `${settings.seeds.length === 1 ? "search was" : "searches were"} run on ${dataset} ` +
    `(seeds ${settings.seeds.join(", ")}).`,
    `The cells are compared on the same ${arcs.length} architectures, drawn uniformly from the ` +
    "space once and for all. Each has an estimate under the last shared weights of each search, on " +
    "the whole validation split, with the batch norm of that search's rewards, and is trained from " +
    `scratch with ${settings.trainings} ${
      settings.trainings === 1 ? "seed" : "seeds"
    } as each kind ` +
    "of network; the test split is read once for each training.",
    `With the closure bug the ${arcs.length} architectures are ${skipGroups.length} networks, ` +
    "because only skips count; a network is trained once, however many architectures it stands for " +
    `(${saved.all} trainings in place of ${
      arcs.length * settings.trainings
    } in the searched graph). ` +
    "Where estimate and final network are both the same, an architecture is counted once.",
    "Tau is Kendall's tau-b: 1 where estimates order the architectures as final accuracies do, 0 " +
    "where they say nothing. It is taken search by search and averaged, because whoever searches " +
    "has one set of shared weights. Intervals draw architectures and searches again, the same ones " +
    "in all cells, so that differences of cells are compared pair by pair.",
    `The claims, their margins (${TAU_MARGIN} in tau, ${DRIFT_MARGIN} points of op shares) and the ` +
    "comparisons that judge them were fixed before any result. Noise comes first: where the final " +
    "accuracies of a kind of network do not repeat themselves over seeds, its range is too narrow, " +
    "and a low tau counts for nothing.",
  ];
}

function caveats(settings: StudySettings): string[] {
  const [searched, released] = RETRAIN_GRAPHS.map((graph) => rateOf(settings, graph));
  const searches = settings.seeds.length === 1
    ? "One search a combination: intervals of tau hold for these shared weights and say nothing of " +
      "how much other searches differ."
    : `Intervals over ${settings.seeds.length} searches know little of how much searches differ.`;
  return [
    searches,
    ...(settings.scale === "thesis" ? [] : [
      "Networks, images and schedules are far smaller than the thesis's: what is found here need " +
      "not hold at its scale, and accuracies must not be held beside its accuracies.",
    ]),
    "With the closure bug and the searched graph, architectures differ by their skips alone: tau " +
    "there says how well skips are ranked. It is no measure of how well ops are, and main effects " +
    "that average over it mix the two; the claims about ops and graph use the cells that do not.",
    ...(searched === released ? [] : [
      `The searched graph trains from a learning rate of ${searched}, the released one from ` +
      `${released}: it has no batch norm behind its sums and does not learn at the higher one. The ` +
      "factor graph includes that.",
    ]),
    "Op shares are counted over all layers: a controller that likes one op in one layer and another " +
    "one in the next can learn without moving them. Its entropy falls all the same.",
    "The factor of rewards changes both what the controller learns from and how the architectures " +
    "are estimated, as it would in the released code.",
  ];
}

function rateOf(settings: StudySettings, graph: RetrainGraph): number {
  return retrainConfig(settings, { opMode: "correct", graph, seed: 0 }).finalTraining
    .learningRateMax;
}

function shownConfig(settings: StudySettings) {
  return quirkConfig(settings, { opMode: "correct", norm: "batch", seed: settings.seeds[0] });
}

/** The scale without the settings that the study itself changes. */
function withoutFactors({ label, facts }: StudyFindings["scale"]): StudyFindings["scale"] {
  return { label, facts: facts.filter(({ name }) => !FACTORS.includes(name)) };
}

const FACTORS = ["child.opMode", "evaluator.rewardBatchNorm", "finalTraining.graph"];

/** Pairs of kinds of trained networks whose final accuracies are compared. */
function agreements(data: QuirkData, ceilings: Ceilings, uniform: Uniform): Agreement[] {
  const { retrained, skipGroups } = data;
  const everything = skipGroups.flat();
  return [[0, 2], [1, 2], [0, 1]].map(([a, b]) => {
    const [one, other] = [retrained[a], retrained[b]];
    const tau = agreementOf(one, other, everything);
    const reliabilities = [one, other].map((kind) => ceilings.get(kind)?.full ?? NaN);
    return {
      a,
      b,
      n: everything.filter((p) => one.truths[p] !== null && other.truths[p] !== null).length,
      tau,
      interval: bcaInterval(
        skipGroups,
        (groups) => agreementOf(one, other, groups.flat()),
        { uniform, samples: 2000 },
      ),
      corrected: attenuationCorrected(tau, reliabilities[0], reliabilities[1]),
    };
  });
}
