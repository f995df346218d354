/**
 * Which trials `study quirks` takes: the released code's departures switched on and off, one by one.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { formatArc, graphKey } from "../../nas/space/arc.ts";
import type { MacroArc } from "../../nas/space/macro/arc.ts";
import { MACRO } from "../../nas/space/macro/space.ts";
import type { ConfigValue, SearchConfig } from "../../nas/config/mod.ts";
import { RandomMacroSampler } from "../../nas/strategy/random.ts";
import type { Results } from "../../nas/trials/results.ts";
import { seedsFrom } from "../kit/presets.ts";
import { markAt, searchConfig } from "../kit/scales.ts";
import type { StudySettings } from "../study.ts";
import { StudyError, type Trial } from "../../nas/trials/queue.ts";
import { trial } from "../../nas/trials/kinds/mod.ts";

/** Whether the sampled op runs in the search, or max pooling whatever was sampled (spec A.6). */
export type OpMode = "correct" | "released";
/** Statistics behind the rewards of a search (docs/batch_norm_modes.md). */
export type RewardNorm = "moving" | "batch";
/** Network that is trained from scratch (docs/graph_modes.md). */
export type RetrainGraph = "search" | "released";

/** Levels of the first factor; the released code's last. */
export const OP_MODES: readonly OpMode[] = ["correct", "released"];
/** Levels of the second factor; the released code's last. */
export const REWARD_NORMS: readonly RewardNorm[] = ["batch", "moving"];
/** Levels of the third factor; the released code's last. */
export const RETRAIN_GRAPHS: readonly RetrainGraph[] = ["search", "released"];

/** Highest learning rate at which the released graph, without batch norm behind its sums, learns. */
const RELEASED_GRAPH_RATE = 0.05;
/** Trials beyond the finished ones that are named, so that scores come soon after their search. */
const AHEAD = 12;

/** The configuration of one search. */
export function quirkConfig(
  settings: StudySettings,
  { opMode, norm, seed }: { opMode: OpMode; norm: RewardNorm; seed: number },
): SearchConfig {
  return searchConfig(settings, {
    space: "macro",
    dataset: settings.datasets[0],
    seed,
    fixed: { "child.opMode": opMode, "evaluator.rewardBatchNorm": norm },
  });
}

/**
 * The configuration of one training from scratch; in the search graph the network is that of the op
 * mode, in the released graph every sampled op runs.
 */
export function retrainConfig(
  settings: StudySettings,
  { opMode, graph, seed }: { opMode: OpMode; graph: RetrainGraph; seed: number },
): SearchConfig {
  const fixed: Record<string, ConfigValue> = graph === "search"
    ? { "finalTraining.graph": "faithful", "child.opMode": opMode }
    : {
      "finalTraining.graph": "official",
      "finalTraining.separableOps": "full",
      "finalTraining.poolOps": "pre-activation",
      "child.opMode": "correct",
    };
  const rate = "finalTraining.learningRateMax";
  if (graph === "released" && settings.scale !== "thesis" && !(rate in settings.overrides)) {
    fixed[rate] = RELEASED_GRAPH_RATE;
  }
  return searchConfig(settings, { space: "macro", dataset: settings.datasets[0], seed, fixed });
}

/** Architectures that all cells are compared on: uniform over the space, distinct, always the same. */
export function quirkArcs(settings: StudySettings): MacroArc[] {
  const { child } = searchConfig(settings, {
    space: "macro",
    dataset: settings.datasets[0],
    seed: settings.seeds[0],
  });
  const most = MACRO.count(child.layers);
  if (settings.arcs > most) {
    throw new StudyError(
      `Expected --arcs to be at most ${most}, all architectures of ${child.layers} layers, but ` +
        `found ${settings.arcs}; give fewer, or more layers`,
    );
  }
  const sampler = new RandomMacroSampler(child.layers, {}, new Random(0).fork("quirks"));
  const found = new Map<string, MacroArc>();
  while (found.size < settings.arcs) {
    const [arc] = sampler.sample(1).arcs;
    found.set(formatArc(arc), arc);
  }
  return [...found.values()];
}

/**
 * For each architecture, the place of the first one that is the same network when it is trained. With
 * the closure bug in the search graph only skips count; the released graph makes separable
 * convolutions full ones, so that ops 1 and 0, and ops 3 and 2, are the same.
 */
export function sameNetwork(
  arcs: readonly MacroArc[],
  opMode: OpMode,
  graph: RetrainGraph,
): number[] {
  const keys = arcs.map((arc) =>
    graphKey(arc, graph === "search" ? { opMode } : { fullSeparables: true })
  );
  return keys.map((key) => keys.indexOf(key));
}

/** Epochs at which a search is looked at: untrained, the thesis's 1 and 155, the last. */
export function quirkMarks(settings: StudySettings): number[] {
  const { search: { epochs } } = quirkConfig(settings, {
    opMode: "correct",
    norm: "batch",
    seed: settings.seeds[0],
  });
  return [...new Set([0, 1, markAt(155, epochs), epochs])];
}

/** Id of a search. */
export function searchId(opMode: OpMode, norm: RewardNorm, seed: number): string {
  return `search/ops-${opMode}/norm-${norm}/seed${seed}`;
}

/** Id of the estimates under a search's last weights. */
export function scoreId(opMode: OpMode, norm: RewardNorm, seed: number): string {
  return `score/ops-${opMode}/norm-${norm}/seed${seed}`;
}

/** Id of a training from scratch; `arc` is a place that {@link sameNetwork} gives. */
export function trainId(opMode: OpMode, graph: RetrainGraph, arc: number, seed: number): string {
  const network = graph === "released" ? "graph-released" : `graph-search/ops-${opMode}`;
  return `train/${network}/arc${arc + 1}/seed${seed}`;
}

/** Seeds of the trainings of one architecture. */
export function trainingSeeds({ trainings }: StudySettings): number[] {
  return seedsFrom(101, trainings);
}

/** The networks that are trained, each with the op mode that names it. */
export const RETRAINED: readonly { readonly opMode: OpMode; readonly graph: RetrainGraph }[] = [
  { opMode: "correct", graph: "search" },
  { opMode: "released", graph: "search" },
  { opMode: "correct", graph: "released" },
];

/** All trials of the study in their order: a seed of everything before the next seed of anything. */
export function plannedTrials(settings: StudySettings): Trial[] {
  const arcs = quirkArcs(settings);
  const texts = arcs.map(formatArc);
  const marks = quirkMarks(settings);
  const last = marks.at(-1)!;
  const trainings = trainingSeeds(settings);
  const planned: Trial[] = [];
  for (let round = 0; round < Math.max(settings.seeds.length, trainings.length); round++) {
    const searches = settings.seeds.slice(round, round + 1).flatMap((seed) =>
      OP_MODES.flatMap((opMode) => REWARD_NORMS.map((norm) => ({ opMode, norm, seed })))
    );
    for (const search of searches) {
      const { opMode, norm, seed } = search;
      const config = quirkConfig(settings, search);
      const name = searchId(opMode, norm, seed);
      planned.push(
        trial("supernet", name, {
          config,
          marks,
          arcs: settings.arcs,
          keepWeights: [last],
          donor: null,
        }),
        trial("score", scoreId(opMode, norm, seed), {
          weights: { trial: name, epoch: last },
          config,
          arcs: texts,
        }),
      );
    }
    for (const seed of trainings.slice(round, round + 1)) {
      const networks = RETRAINED.map(({ opMode, graph }) => ({
        opMode,
        graph,
        config: retrainConfig(settings, { opMode, graph, seed }),
        same: sameNetwork(arcs, opMode, graph),
      }));
      arcs.forEach((_, place) => {
        for (const { opMode, graph, config, same } of networks) {
          if (same[place] !== place) continue;
          const id = trainId(opMode, graph, place, seed);
          planned.push(trial("train", id, { config, arc: texts[place] }));
        }
      });
    }
  }
  return planned;
}

/**
 * The trials that can be named: estimates only when the search is done whose weights they need, and
 * the rest little by little, so that estimates run soon after their search.
 */
export function namedTrials(settings: StudySettings, results: Results): Trial[] {
  return plannedTrials(settings).slice(0, results.count + AHEAD).filter(({ kind, id }) =>
    kind !== "score" || results.of("supernet", id.replace("score/", "search/")) !== null
  );
}
