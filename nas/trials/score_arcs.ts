/**
 * Estimates of arcs under shared weights, all on the same images and without chance.
 *
 * @module
 */
import type { ImageBytes } from "../../engine/image_bytes.ts";
import { Random } from "../../engine/random.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Arc } from "../space/arc.ts";
import type { ChildData } from "../data/resident.ts";
import type { ChildNetwork, ScoreBatchNorm } from "../child/network.ts";
import { recordScore, type ScoreMode } from "../child/score.ts";
import { type SearchConfig, sharedWeightsOf } from "../config/mod.ts";
import { Pipeline } from "../child/pipeline.ts";
import { SeededBatches } from "../run/snapshot.ts";
import { SCORE_BATCH } from "../child/training_options.ts";

/** Where and how arcs are scored. */
export interface ArcScoring {
  readonly network: ChildNetwork;
  readonly data: ChildData;
  readonly config: SearchConfig;
  readonly batchNorm: ScoreBatchNorm;
}

/**
 * Accuracy of each arc on images of its own or, with one entry of `indices`, on the same ones. Dropout
 * is off. With `batch` the statistics are those of as many images as a reward has; `recalibrated`
 * averages come from the same training images for every arc, which the configuration's seed draws.
 */
export async function scoreArcs(
  { network, data, config, batchNorm }: ArcScoring,
  arcs: readonly Arc[],
  images: ImageBytes,
  indices: readonly Uint32Array[],
): Promise<number[]> {
  const { backend } = network;
  const upload = (values: Uint32Array) => backend.fromArray(values, [values.length], "u32");
  const tables = indices.map(upload);
  const [recalibration, table] = batchNorm === "recalibrated"
    ? recalibrationOf(data, config, upload)
    : [{}, null];
  const accuracies: number[] = [];
  const pipeline = new Pipeline<number>((accuracy) => accuracies.push(accuracy));
  try {
    for (const [i, arc] of arcs.entries()) {
      const place = indices.length === 1 ? 0 : i;
      const count = indices[place].length;
      const hits = recordScore(network, arc, {
        images,
        table: tables[place],
        first: 0,
        count,
        batchSize: batchNorm === "batch" ? sharedWeightsOf(config).batchSize : SCORE_BATCH,
        batchNorm,
        ...recalibration,
      });
      backend.submit();
      await pipeline.push(hits.then((right) => right / count));
    }
    await pipeline.drain();
  } finally {
    for (const uploaded of [...tables, ...(table === null ? [] : [table])]) {
      backend.release(uploaded);
    }
  }
  return accuracies;
}

/** Training images for recalibrated averages, and their table, which the caller releases. */
function recalibrationOf(
  data: ChildData,
  config: SearchConfig,
  upload: (values: Uint32Array) => Tensor,
): [Pick<ScoreMode, "recalibration">, Tensor] {
  const { seed, child: { batchSize } } = config;
  const { recalibrationBatches: batches } = sharedWeightsOf(config);
  const random = new Random(seed).fork("study recalibration");
  const drawn = new SeededBatches(data.split.train, batchSize, random);
  const numbers = Array.from({ length: batches }, () => [...drawn.next()]).flat();
  const table = upload(Uint32Array.from(numbers));
  return [{ recalibration: { images: data.pool, table, batches, batchSize } }, table];
}
