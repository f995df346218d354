/**
 * Made-up studies of transfer, with effects of known size.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { Results } from "../../nas/trials/results.ts";
import { type SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import type { StudySettings } from "../../study/study.ts";
import { TRANSFER } from "../../study/transfer/study.ts";
import type { FinishedTrial, Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";
import { finished, searchResult, trainResult } from "./synthetic.ts";

/** What is true in a made-up study. */
export interface World {
  /** Points of accuracy that architectures of a search have beyond those of a new controller's. */
  readonly gain?: (search: string, epoch: number) => number;
  /** Share of pooling ops in the last policies. */
  readonly pooling?: (search: string) => number;
  /** Points that a search's estimates lie above those of a new controller's, in its first epochs. */
  readonly headStart?: (search: string) => number;
  /** Points by which architectures' learning curves differ, beyond chance. */
  readonly curveSpread?: number;
  /** Deviation of accuracies between architectures, in points. */
  readonly noise?: number;
  /** Whether all searches of a seed choose one architecture. */
  readonly oneArc?: boolean;
  /** Whether a donor's parameters arrive as they were. */
  readonly loaded?: boolean;
}

/** Does one trial of a made-up study. */
export function doTrial(trial: Trial, world: World): FinishedTrial {
  const random = new Random(1).fork(`${trial.id} ${JSON.stringify(world.noise ?? 0)}`);
  if (trial.kind === "supernet") return finished(trial, doSearch(trial, world, random));
  const { arc, config } = inputOf("train", trial);
  const [search, epoch] = arc.split(" ");
  const { gain = () => 0, noise = 0.3, curveSpread = 0 } = world;
  // The architecture's own part is the same in every training of it.
  const own = new Random(config.seed - config.seed % 1000).fork(arc);
  const [level, slope] = [own.normal(), own.normal()];
  const points = 60 + gain(search, Number(epoch)) + noise * level;
  const curve = Array.from(
    { length: 15 },
    (_, i) => (points - 20 / (i + 1) + curveSpread * slope) / 100 + 0.002 * random.normal(),
  );
  return finished(trial, trainResult(points / 100, curve));
}

function doSearch(trial: Trial, world: World, random: Random): SupernetResult {
  const { config, marks, arcs, donor } = inputOf("supernet", trial);
  const [search, seed] = trial.id.split("/");
  const { pooling = () => 1 / 3, headStart = () => 0, oneArc = false, loaded = true } = world;
  const result = searchResult(random, {
    space: "macro",
    epochs: config.search.epochs,
    marks,
    arcs: (epoch) =>
      Array.from({ length: arcs }, (_, i) => oneArc ? `any 1 ${seed}` : `${search} ${epoch} ${i}`),
    level: (epoch) => 0.3 + 0.001 * epoch + headStart(search) / 100,
    certainty: () => 0.5,
  });
  const origin = donor === null ? "new" : loaded ? donor.trial : "elsewhere";
  return {
    ...result,
    marks: result.marks.map((mark) => ({
      ...mark,
      policy: { ...mark.policy, opShares: opShares(pooling(search) + 0.02 * random.uniform()) },
      controller: {
        fingerprint: mark.epoch === 0 ? origin : trial.id,
        tensors: ["w_lstm", "g_emb", "w_emb", "w_soft", "w_a1", "w_a2", "v_a"].map((name) => ({
          name,
          shape: [2, 3],
          norm: (mark.epoch === 0 ? origin : trial.id).length,
          change: mark.epoch / 10,
        })),
      },
    })),
  };
}

function opShares(pooling: number): number[] {
  return [...new Array(4).fill((1 - pooling) / 4), pooling / 2, pooling / 2];
}

/** Runs a made-up study to its end, or for so many trials. */
export function runStudy(settings: StudySettings, world: World, most = Infinity): FinishedTrial[] {
  // Seeds know nothing of each other; alone, each is listed much faster.
  if (most === Infinity && settings.seeds.length > 1) {
    return settings.seeds.flatMap((seed) => runStudy({ ...settings, seeds: [seed] }, world));
  }
  const done = new Map<string, FinishedTrial>();
  while (done.size < most) {
    const next = TRANSFER.trials(settings, new Results([...done.values()]))
      .filter(({ id }) => !done.has(id)).slice(0, most - done.size);
    if (next.length === 0) break;
    for (const trial of next) done.set(trial.id, doTrial(trial, world));
  }
  return [...done.values()];
}
