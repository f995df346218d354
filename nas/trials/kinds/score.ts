/**
 * The trial `score`: fixed arcs under the shared weights of a marked epoch.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { sharedWeightsOf } from "../../config/mod.ts";
import { Random } from "../../../engine/random.ts";
import { parseArc } from "../../space/arc.ts";
import type { ScoreBatchNorm } from "../../child/network.ts";
import { SeededBatches } from "../../run/snapshot.ts";
import { loadNetwork } from "../../child/stored_network.ts";
import { scoreArcs } from "../score_arcs.ts";
import { StudyInterrupted } from "../queue.ts";
import {
  accuracies,
  configSchema,
  markName,
  markNameSchema,
  passSeconds,
  type TrialContext,
  type TrialKind,
} from "./kind.ts";

/** Images behind one of the thesis's estimates: one batch of its own for each architecture (F1). */
const REPLAY_IMAGES = 128;

const inputSchema = z.object({
  weights: markNameSchema,
  config: configSchema,
  arcs: z.array(z.string()),
});
type Input = z.infer<typeof inputSchema>;

const resultSchema = z.object({
  /** By batch-norm mode and by arc, on the whole validation split. */
  estimates: z.object({ moving: accuracies, batch: accuracies, recalibrated: accuracies }),
  /** The same on the two halves of the validation split, for reliability. */
  halves: z.object({
    moving: z.tuple([accuracies, accuracies]),
    batch: z.tuple([accuracies, accuracies]),
    recalibrated: z.tuple([accuracies, accuracies]),
  }),
  images: z.int().positive(),
  /** The thesis's way: each arc on one batch of its own, with the batch norm of its reward. */
  replay: z.object({ images: z.int().positive(), estimates: accuracies }),
  seconds: z.number(),
});
/** Estimates of fixed arcs. */
export type ScoreResult = z.infer<typeof resultSchema>;

/** Estimates of fixed arcs under kept weights, in every batch-norm mode. */
export const SCORE: TrialKind<Input, ScoreResult> = {
  input: inputSchema,
  result: resultSchema,
  run,
  seconds({ arcs }, times) {
    const { plan: { images }, measured: { shared } } = times;
    const pass = (count: number) => passSeconds(times, shared!.pass, count);
    return arcs.length * (3 * pass(images.validation) + pass(REPLAY_IMAGES));
  },
};

/**
 * Scores every arc on the two halves of the validation split, in each batch-norm mode; the whole
 * split's accuracy is that of both. Then as the thesis did.
 */
async function run(
  { weights, config, arcs: texts }: Input,
  { backend, artifacts, signal, ...context }: TrialContext,
): Promise<ScoreResult> {
  const started = performance.now();
  const data = context.data();
  const folder = await artifacts.fetch(markName(weights));
  const { network } = loadNetwork(backend, join(folder, "shared_weights.safetensors"));
  try {
    const arcs = texts.map((text) => parseArc(text, config.space));
    const { validation } = data.split;
    const halves = [0, 1].map((rest) => validation.filter((_, i) => i % 2 === rest));
    const how = { network, data, config };
    const modeOf = async (batchNorm: ScoreBatchNorm) => {
      const [a, b] = [
        await scoreArcs({ ...how, batchNorm }, arcs, data.pool, [halves[0]]),
        await scoreArcs({ ...how, batchNorm }, arcs, data.pool, [halves[1]]),
      ];
      if (signal.aborted) throw new StudyInterrupted();
      const [na, nb] = halves.map(({ length }) => length);
      const whole = a.map((accuracy, i) => (accuracy * na + b[i] * nb) / (na + nb));
      return { halves: [a, b] as [number[], number[]], whole };
    };
    const [moving, batch, recalibrated] = [
      await modeOf("moving"),
      await modeOf("batch"),
      await modeOf("recalibrated"),
    ];
    const images = Math.min(REPLAY_IMAGES, validation.length);
    const stream = new Random(config.seed).fork("thesis replay");
    const batches = new SeededBatches(validation, images, stream);
    const { rewardBatchNorm: batchNorm } = sharedWeightsOf(config);
    const own = arcs.map(() => batches.next());
    return {
      estimates: {
        moving: moving.whole,
        batch: batch.whole,
        recalibrated: recalibrated.whole,
      },
      halves: {
        moving: moving.halves,
        batch: batch.halves,
        recalibrated: recalibrated.halves,
      },
      images: validation.length,
      replay: {
        images,
        estimates: await scoreArcs({ ...how, batchNorm }, arcs, data.pool, own),
      },
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    network.dispose();
  }
}
