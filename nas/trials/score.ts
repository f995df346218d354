/**
 * The trial `score`: fixed arcs under the shared weights of a marked epoch.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { parseArc } from "../space/arc.ts";
import type { ScoreBatchNorm } from "../child/network.ts";
import { SeededBatches } from "../run/snapshot.ts";
import { loadNetwork } from "../child/stored_network.ts";
import type { TrialContext } from "./execute.ts";
import type { ScoreResult } from "./results.ts";
import { scoreArcs } from "./score_arcs.ts";
import { StudyInterrupted } from "./queue.ts";
import type { TrialInput } from "./kinds.ts";

/** Images behind one of the thesis's estimates: one batch of its own for each architecture (F1). */
export const REPLAY_IMAGES = 128;

/**
 * Scores every arc on the two halves of the validation split, in each batch-norm mode; the whole
 * split's accuracy is that of both. Then as the thesis did.
 */
export async function executeScore(
  { weights, config, arcs: texts }: TrialInput<"score">,
  context: TrialContext,
): Promise<ScoreResult> {
  const started = performance.now();
  const { backend, marks, signal } = context;
  const data = context.data(config);
  const { network } = loadNetwork(backend, marks.weights(weights.trial, weights.epoch));
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
    const { rewardBatchNorm: batchNorm } = config.controller;
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
