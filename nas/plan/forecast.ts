/**
 * How much device memory a search will need. The search's own code allocates on a
 * {@link RehearsalBackend}, which counts bytes and computes nothing: the pool's peak there is the
 * pool's peak on a device, for the architecture that needs most.
 *
 * @module
 */
import { imagesPerBinding } from "../../engine/image_bytes.ts";
import { RehearsalBackend, type RehearsalOptions } from "../../engine/measure/rehearsal.ts";
import type { DatasetSize } from "../data/facts.ts";
import type { Arc } from "../space/arc.ts";
import { spaceOf } from "../space/registry.ts";
import { finalNetworkSpec, type ImageKind, sharedNetworkSpec } from "../child/create_network.ts";
import { arcSize, type SearchConfig, sharedWeightsOf } from "../config/mod.ts";
import { evaluatorOf } from "../evaluator/registry.ts";
import { type Rehearsal, rehearse } from "../child/rehearse.ts";
import {
  finalTrainerOptions,
  SCORE_BATCH,
  sharedTrainerOptions,
} from "../child/training_options.ts";

/** Bytes of device memory, by use. */
export interface MemoryForecast {
  /** Images and labels. */
  readonly data: number;
  /** Weights, gradients and momentum of the shared graph, and its moving averages. */
  readonly weights: number;
  /** Most that one training step or one scored batch holds beside them: activations, their gradients, scratch. */
  readonly step: number;
  /** The same for training the best arc from scratch and testing it, its own weights included. */
  readonly finalTraining: number;
  /** Peak of the whole run. */
  readonly peak: number;
  /** The largest single buffer, which an adapter must allow. */
  readonly largestBuffer: number;
}

/**
 * Rehearses a search and the training of its best arc.
 *
 * @param config a valid configuration
 * @param size of its data set
 * @param kernels of the device: the target and the tuning of a `GpuBackend`
 * @param arc rehearses training this arc from scratch alone, without a search
 * @returns bytes; the true peak is this or, when no sampled arc was the largest one, less
 */
export async function forecastMemory(
  config: SearchConfig,
  size: DatasetSize,
  kernels: RehearsalOptions,
  arc: Arc | null = null,
): Promise<MemoryForecast> {
  const data = rehearseData(config, size, kernels);
  const side = config.dataset.imageSize || size.side;
  const images = { shape: [side, side, size.channels] as const, classes: size.classes };
  const space = spaceOf(config);
  const arcs = arc === null ? space.largeArcs(arcSize(config)) : [arc];
  const nothing: Rehearsed = { weights: 0, peak: 0, largest: 0 };
  const shares = arc === null && evaluatorOf(config).sharesWeights;
  const search = shares
    ? await measuredRehearsal(kernels, sharedRehearsal(config, images, arcs))
    : nothing;
  const refused = space.refusedOps(config);
  const finals: Rehearsed[] = [];
  for (const alone of arcs) {
    // A search may propose all the same what training from scratch refuses.
    if (arc === null && space.opsOf(alone).some((op) => refused.includes(op))) continue;
    finals.push(
      await measuredRehearsal(kernels, {
        spec: finalNetworkSpec(config, alone, images),
        arcs: [alone],
        alone: true,
        images: images.shape,
        training: finalTrainerOptions(config, 1),
        scoring: { batchNorm: "moving", passes: [SCORE_BATCH] },
      }),
    );
  }
  const finalPeak = Math.max(...finals.map(({ peak }) => peak));
  return {
    data: data.peak,
    weights: search.weights,
    step: search.peak - search.weights,
    finalTraining: finalPeak,
    // The shared weights stay while the best arc is trained.
    peak: data.peak + Math.max(search.peak, search.weights + finalPeak),
    largestBuffer: Math.max(...[data, search, ...finals].map(({ largest }) => largest)),
  };
}

/** Training and scoring of the shared weights. */
function sharedRehearsal(
  config: SearchConfig,
  images: ImageKind,
  arcs: readonly Arc[],
): Rehearsal {
  const { rewardBatchNorm, batchSize } = sharedWeightsOf(config);
  return {
    spec: sharedNetworkSpec(config, images),
    arcs,
    alone: false,
    images: images.shape,
    training: sharedTrainerOptions(config),
    scoring: {
      passes: [batchSize],
      // Fresh averages of a child need no more than a forward pass.
      batchNorm: rewardBatchNorm === "recalibrated" ? "moving" : rewardBatchNorm,
    },
  };
}

/** Bytes of one rehearsal. */
interface Rehearsed {
  readonly weights: number;
  readonly peak: number;
  readonly largest: number;
}

/** A backend that remembers its largest buffer. */
function measured(kernels: RehearsalOptions): { gpu: RehearsalBackend; largest: () => number } {
  const gpu = new RehearsalBackend(kernels);
  const acquire = gpu.memory.acquire.bind(gpu.memory);
  let largest = 0;
  gpu.memory.acquire = (bytes) => {
    largest = Math.max(largest, bytes);
    return acquire(bytes);
  };
  return { gpu, largest: () => largest };
}

/** Training pool and test images with their labels, a byte each. */
function rehearseData(
  config: SearchConfig,
  size: DatasetSize,
  kernels: RehearsalOptions,
): Rehearsed {
  const { gpu, largest } = measured(kernels);
  const side = config.dataset.imageSize || size.side;
  const each = side * side * size.channels;
  for (const count of [size.train, size.test]) {
    const step = imagesPerBinding(each, gpu.largestBinding);
    for (let begin = 0; begin < count; begin += step) {
      gpu.allocate([Math.ceil(Math.min(step, count - begin) * each / 4)], "u32");
    }
    gpu.allocate([Math.ceil(count / 4)], "u32");
  }
  return { weights: 0, peak: gpu.memory.use().liveBytes, largest: largest() };
}

/** What a network of `rehearsal` needs. */
async function measuredRehearsal(
  kernels: RehearsalOptions,
  rehearsal: Rehearsal,
): Promise<Rehearsed> {
  const { gpu, largest } = measured(kernels);
  const weights = await rehearse(gpu, rehearsal);
  return { weights, peak: gpu.memory.use().peakBytes, largest: largest() };
}
