/**
 * How much device memory a search will need. The search's own code allocates on a
 * {@link RehearsalBackend}, which counts bytes and computes nothing: the pool's peak there is the
 * pool's peak on a device, for the architecture that needs most.
 *
 * @module
 */
import { ImageBytes } from "../engine/image_bytes.ts";
import { Random } from "../engine/random.ts";
import { RehearsalBackend, type RehearsalOptions } from "../engine/rehearsal.ts";
import { MACRO_OPS, type MacroArc } from "./arc/macro.ts";
import { MacroNetwork } from "./child/macro_network.ts";
import { ChildTrainer, recordScore } from "./child/trainer.ts";
import type { SearchConfig } from "./config/mod.ts";
import { SCORE_BATCH } from "./train.ts";

/** What is to be known of a data set. */
export interface DatasetSize {
  /** Images of the training pool, all of which lie on the device. */
  readonly train: number;
  readonly test: number;
  /** Side in pixels, before resizing. */
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
}

/** Sizes of the data sets of nas/data, by name. */
export const DATASET_SIZES: Readonly<Record<string, DatasetSize>> = {
  "mnist": { train: 60_000, test: 10_000, side: 28, channels: 1, classes: 10 },
  "fashion-mnist": { train: 60_000, test: 10_000, side: 28, channels: 1, classes: 10 },
  "synthetic": { train: 800, test: 200, side: 8, channels: 1, classes: 4 },
};

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
 * Rehearses a search.
 *
 * @param config a valid configuration
 * @param size of its data set
 * @param kernels of the device: a `GpuBackend` fits
 * @returns bytes; the true peak is this or, when no sampled arc was the largest one, less
 */
export async function forecastMemory(
  config: SearchConfig,
  size: DatasetSize,
  kernels: RehearsalOptions,
): Promise<MemoryForecast> {
  const data = rehearseData(config, size, kernels);
  const { child, controller, finalTraining } = config;
  const { rewardBatchNorm: batchNorm, batchSize } = controller;
  const arcs = MACRO_OPS.map(({ id }) => uniformArc(child.layers, id));
  const search = await rehearse({ config, size, kernels, settings: child, arcs, alone: false }, {
    batchNorm,
    batchSize,
  });
  const finals: Rehearsed[] = [];
  for (const arc of arcs) {
    const settings = finalTraining;
    finals.push(
      await rehearse({ config, size, kernels, settings, arcs: [arc], alone: true }, {
        batchNorm: "moving",
        batchSize: SCORE_BATCH,
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
  for (const count of [size.train, size.test]) {
    gpu.allocate([Math.ceil(count * side * side * size.channels / 4)], "u32");
    gpu.allocate([Math.ceil(count / 4)], "u32");
  }
  return { weights: 0, peak: gpu.memory.use().peakBytes, largest: largest() };
}

/** Trains each arc for one step and scores it on one batch. */
async function rehearse(
  { config, size, kernels, settings, arcs, alone }: {
    readonly config: SearchConfig;
    readonly size: DatasetSize;
    readonly kernels: RehearsalOptions;
    readonly settings: SearchConfig["finalTraining"] | SearchConfig["child"];
    readonly arcs: readonly MacroArc[];
    /** Whether there are weights for the first arc only, and not for the whole graph. */
    readonly alone: boolean;
  },
  scoring: { readonly batchSize: number; readonly batchNorm: "batch" | "moving" },
): Promise<Rehearsed> {
  const { gpu, largest } = measured(kernels);
  const images = oneImage(gpu, config.dataset.imageSize || size.side, size.channels);
  const network = new MacroNetwork(
    gpu,
    {
      layers: config.child.layers,
      filters: settings.filters,
      inputChannels: size.channels,
      classes: size.classes,
      batchNormDecay: settings.batchNormDecay,
    },
    new Random(0),
    alone ? arcs[0] : null,
  );
  const options = { ...settings, augment: config.dataset.augment };
  const indices = new Uint32Array(settings.batchSize);
  const trainer = new ChildTrainer(network, images, indices, options, new Random(0));
  const weights = gpu.memory.use().liveBytes;
  const table = gpu.allocate([scoring.batchSize], "u32");
  for (const arc of arcs) {
    await trainer.step(arc, 0);
    await recordScore(network, arc, {
      images,
      table,
      first: 0,
      count: scoring.batchSize,
      ...scoring,
    });
    gpu.submit();
  }
  return { weights, peak: gpu.memory.use().peakBytes, largest: largest() };
}

/** The arc with one op everywhere and every skip: no child of this op holds more activations. */
function uniformArc(layers: number, op: number): MacroArc {
  return {
    space: "macro",
    layers: Array.from({ length: layers }, (_, l) => ({
      op,
      skips: new Array<boolean>(l).fill(true),
    })),
  };
}

/** Stands for the images, which are counted apart. */
function oneImage(gpu: RehearsalBackend, side: number, channels: number): ImageBytes {
  const moments = { mean: new Array(channels).fill(0), std: new Array(channels).fill(1) };
  const bytes = new Uint8Array(side * side * channels);
  return new ImageBytes(gpu, bytes, new Uint8Array(1), [1, side, side, channels], moments);
}
