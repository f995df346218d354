/**
 * What the search and training need of a child network, whichever search space it belongs to.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { Random } from "../../engine/random.ts";
import type { ParameterStore } from "../../engine/parameters.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { z } from "zod";
import type { Arc, NetworkSpec } from "../space/registry.ts";
import type { ParameterList } from "./parameter_list.ts";

/**
 * Which statistics batch norms use:
 * - `train`: those of the batch, which also move the averages;
 * - `batch`: those of the batch;
 * - `moving`: the moving averages of all training steps;
 * - `recalibrate`: those of the batch, which also enter the recalibrated averages;
 * - `recalibrated`: the averages over the batches of `recalibrate`.
 */
export type BatchNormUse = "train" | "batch" | "moving" | "recalibrate" | "recalibrated";

/** How children are scored; a setting, a field of events. */
export type ScoreBatchNorm = "moving" | "batch" | "recalibrated";

/** Finds the weight of a name; null for the one that the network has itself. */
export type WeightLookup = (name: string) => Tensor | null;

/** How a child runs. */
export interface ForwardMode {
  /**
   * Weights that stand in for the network's own, such as generated or mixed ones; of the shapes that
   * the network's have. Left out, all are its own.
   */
  readonly weights?: WeightLookup;
  readonly batchNorm: BatchNormUse;
  /** Number of the batch, from 0, while recalibrating. */
  readonly recalibrationStep?: number;
  /** Dropout in front of the head, or null for none. `seed` is a u32. */
  readonly dropout: { readonly keepProbability: number; readonly seed: number } | null;
  /** Drop-path (spec B.6), or null for none; networks without it ignore it. */
  readonly dropPath?: DropPath | null;
  /** Whether the auxiliary head runs, where the network has one. */
  readonly auxiliary?: boolean;
}

/** State of the drop-path schedule at one training step (spec B.6). */
export interface DropPath {
  /** Probability p with which the last layer keeps a path at the end of training. */
  readonly keepProbability: number;
  /** Share of the training that has passed, 0..1: `min(1, (step + 1) / steps)`. */
  readonly progress: number;
  /** A u32; every path draws from a stream of its own. */
  readonly seed: number;
}

/** What a forward pass records. */
export interface ChildOutputs {
  /** `[n,classes]`. */
  readonly logits: Tensor;
  /** Logits `[n,classes]` of the auxiliary head, where it ran. */
  readonly auxiliaryLogits: Tensor | null;
}

/** Shared weights of a search space, or the weights of a single child. */
export interface ChildNetwork {
  readonly backend: Backend;
  readonly weights: ParameterStore;
  /** Moving averages of every batch norm. */
  readonly averages: ParameterStore;
  /** How often training steps moved the averages of each batch norm; their rate depends on it. */
  readonly averageUpdates: Map<string, number>;
  /** Names of all parameters that training may change. */
  readonly trained: readonly string[];
  /** Names of those that the child of `arc` reads. */
  pathOf(arc: Arc): string[];
  /** Records the child of `arc` on `images [n,h,w,c]`. */
  forward(tape: Tape, arc: Arc, images: Tensor, mode: ForwardMode): ChildOutputs;
  /** Gives the memory back. */
  dispose(): void;
}

/** The networks of one space. */
export interface SpaceNetworks<A extends Arc, Spec extends NetworkSpec> {
  /** The form of their descriptions, as files hold them. */
  readonly specSchema: z.ZodType<Spec>;
  /** What the weights of a network are, of the whole graph or of `arc` alone; makes none of them. */
  parameters(spec: Spec, arc: A | null): ParameterList;
  /** Makes a network with new weights, of the whole graph or of `arc` alone. */
  create(backend: Backend, spec: Spec, random: Random, arc: A | null): ChildNetwork;
}
