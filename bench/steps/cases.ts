/**
 * Whole training steps: which networks, and the making of their weights and images.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { ImageBytes } from "../../engine/image_bytes.ts";
import { Random } from "../../engine/random.ts";
import { gatherBatchReference } from "../../engine/reference/gather_batch.ts";
import { type Arc, type MacroArc, macroArcFromRows, parseArc } from "../../nas/space/mod.ts";
import { createNetwork, type NetworkSpec } from "../../nas/child/create_network.ts";
import type { ChildNetwork } from "../../nas/child/network.ts";
import { ChildTrainer, type TrainerOptions } from "../../nas/child/trainer.ts";

/** Learning rate, momentum and L2 of every step. */
export const RATE = 0.01;
export const MOMENTUM = 0.9;
export const L2 = 1e-4;
/** Classes of every case. */
export const CLASSES = 10;
const CHANNELS = 3;
const SEED = 5;

/** The networks that the bench has. */
type StepSpec = NetworkSpec & { readonly graph: "faithful" };

/** A row of the table of steps. */
export interface StepCase {
  /** For example `step.macro.L6C16S16`: layers, channels, side of the images. */
  readonly name: string;
  readonly spec: StepSpec;
  readonly arc: Arc;
  /** Pixels. */
  readonly side: number;
  readonly batch: number;
}

/** Every op in turn, and every third earlier tensor as a skip. */
function macroArc(layers: number): MacroArc {
  return macroArcFromRows(
    Array.from({ length: layers }, (_, layer) => [
      layer % 6,
      ...Array.from({ length: layer }, (_, bit) => Number((bit + 2 * layer) % 3 === 0)),
    ]),
  );
}

/** Cells of three nodes that have every op. */
const MICRO_ARC = parseArc("0 0 1 1 1 2 2 3 0 4 3 0 | 0 3 1 0 2 4 0 1 1 2 2 0", "micro");

/** A step of the macro space; `arc` has as many layers, by default the bench's own. */
export function macroCase(
  layers: number,
  filters: number,
  side: number,
  batch: number,
  arc: MacroArc = macroArc(layers),
): StepCase {
  const options = { layers, filters, inputChannels: CHANNELS, classes: CLASSES };
  return {
    name: `step.macro.L${layers}C${filters}S${side}`,
    spec: { space: "macro", graph: "faithful", options: { ...options, batchNormDecay: 0.9 } },
    arc,
    side,
    batch,
  };
}

function microCase(layers: number, filters: number, side: number, batch: number): StepCase {
  const options = { layers, filters, nodes: 3, inputChannels: CHANNELS, classes: CLASSES };
  const size = { imageHeight: side, imageWidth: side };
  return {
    name: `step.micro.L${layers}C${filters}S${side}`,
    spec: {
      space: "micro",
      graph: "faithful",
      options: { ...options, ...size, batchNormDecay: 0.9 },
    },
    arc: MICRO_ARC,
    side,
    batch,
  };
}

/** Every case, in the order of the table. */
export const STEP_CASES: readonly StepCase[] = [
  macroCase(6, 16, 16, 64),
  macroCase(6, 16, 32, 64),
  macroCase(12, 36, 32, 128),
  microCase(3, 8, 16, 64),
];

/** Cases that only their full name selects: on a software adapter the peers take minutes. */
export const LARGE_STEPS: ReadonlySet<string> = new Set(["step.macro.L12C36S32"]);

/** The network that a case trains: weights of this child alone, from a fixed seed. */
export function stepNetwork(backend: Backend, { spec, arc }: StepCase): ChildNetwork {
  return createNetwork(backend, spec, new Random(SEED), arc);
}

/** Images of noise on the device, as many as a batch, so that every batch has the same images. */
export function stepImages(backend: Backend, { side, batch }: StepCase): ImageBytes {
  const random = new Random(SEED + 1);
  const count = batch * side * side * CHANNELS;
  const bytes = Uint8Array.from({ length: count }, () => random.integer(256));
  const labels = Uint8Array.from({ length: batch }, () => random.integer(CLASSES));
  const moments = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3] };
  return new ImageBytes(backend, bytes, labels, [batch, side, side, CHANNELS], moments);
}

/** The pixels of {@link stepImages} as a network sees them, in the order of the images. */
export function normalisedPixels(images: ImageBytes): Float32Array {
  const { shape, images: data, moments, labels } = images;
  const order = Array.from(labels, (_, image) => image);
  const plain = { augment: false, pad: 0, flip: false, cutout: 0, seed: 0, ...moments };
  return Float32Array.from(gatherBatchReference({ shape, data }, order, plain).data);
}

/** The trainer of a case; no dropout, augmentation or clipping, which the peers would have to copy. */
export function stepTrainer(
  network: ChildNetwork,
  images: ImageBytes,
  { batch }: StepCase,
): ChildTrainer {
  const options: TrainerOptions = {
    batchSize: batch,
    stepsPerEpoch: 0,
    keepProbability: 1,
    l2: L2,
    l2Mode: "released",
    momentum: MOMENTUM,
    gradientClip: 0,
    gradientClipMode: "global",
    cutout: 0,
    augment: { pad: 0, crop: false, flip: false },
  };
  const indices = Uint32Array.from({ length: batch }, (_, image) => image);
  return new ChildTrainer(network, images, indices, options, new Random(SEED + 2));
}
