/**
 * Layers from which all child networks are built: convolution, batch norm with its averages,
 * factorised reduction, head.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { constantInit } from "../../engine/init.ts";
import { debiasedRate } from "../../engine/moving_statistics.ts";
import {
  batchNorm,
  batchNormInference,
  conv2d,
  depthwiseConv2d,
  dropout,
  factorizedReduction,
  globalAvgPool,
  matmul,
} from "../../engine/ops/mod.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { ForwardMode } from "./network.ts";
import {
  batchNormNames,
  type BatchNormSpec,
  movingNames,
  type ParameterList,
} from "./parameter_list.ts";

/** Added to the variance; the original code's value everywhere but behind a macro layer's convolution. */
const EPSILON = 1e-5;
/** The value there (`batch_norm_with_mask`), whose averages start at 0 and 1. */
const MASKED_EPSILON = 1e-3;

/** How a batch norm is used. */
export interface NormUse {
  readonly mode: ForwardMode;
  /** Whether ReLU follows. */
  readonly relu?: boolean;
  /** Whether it is the `batch_norm_with_mask` of the macro search graph (spec D.4). */
  readonly masked?: boolean;
}

/** Weights of a network and the layers that read them. */
export class ChildLayers {
  readonly weights: ParameterStore;
  /** Moving averages of every batch norm. */
  readonly averages: ParameterStore;
  /** How often each batch norm's averages were updated. */
  readonly updates = new Map<string, number>();
  readonly #batchNorms: readonly BatchNormSpec[];
  /** Averages over recalibration batches; made when first needed. */
  #recalibrated: ParameterStore | null = null;

  /** @param batchNormDecay decay of the moving averages (0.9 in the original code) */
  constructor(
    readonly backend: Backend,
    { parameters, batchNorms }: Pick<ParameterList, "parameters" | "batchNorms">,
    random: Random,
    readonly batchNormDecay: number,
  ) {
    this.#batchNorms = batchNorms;
    this.weights = new ParameterStore(backend, parameters, random);
    this.averages = this.#newAverages();
  }

  /** The weight of a name: the one that `mode` gives, or else the network's own. */
  weight(name: string, mode: ForwardMode): Tensor {
    return mode.weights?.(name) ?? this.weights.get(name);
  }

  /** Convolves `x`, which stays, with `<prefix>/conv` and normalises. */
  convNorm(tape: Tape, x: Tensor, prefix: string, use: NormUse): Tensor {
    return this.norm(tape, this.conv(tape, x, `${prefix}/conv`, use.mode), prefix, use);
  }

  /** Convolves `x`, which stays, with the named weight. */
  conv(tape: Tape, x: Tensor, name: string, mode: ForwardMode): Tensor {
    const [y] = tape.apply(conv2d, [x, this.weight(name, mode)], { stride: 1, shift: 0 });
    return y;
  }

  /**
   * Depthwise convolution with `<prefix>/depthwise`, 1x1 convolution with `<prefix>/pointwise`, batch
   * norm; `x` stays.
   */
  separableNorm(tape: Tape, x: Tensor, prefix: string, use: NormUse, stride: 1 | 2 = 1): Tensor {
    const weight = this.weight(`${prefix}/depthwise`, use.mode);
    const [spatial] = tape.apply(depthwiseConv2d, [x, weight], { stride });
    const y = this.conv(tape, spatial, `${prefix}/pointwise`, use.mode);
    tape.drop(spatial);
    return this.norm(tape, y, prefix, use);
  }

  /** Halves both sides of `x`, which stays: even and odd pixels through a 1x1 convolution each (spec A.3). */
  factorizedReduction(tape: Tape, x: Tensor, prefix: string, mode: ForwardMode): Tensor {
    const [even, odd] = ["even", "odd"].map((half) => this.weight(`${prefix}/${half}`, mode));
    const [y] = tape.apply(factorizedReduction, [x, even, odd], {});
    return this.norm(tape, y, prefix, { mode });
  }

  /** Global average, dropout, fully connected layer without bias; `x` is not read again. */
  head(tape: Tape, x: Tensor, name: string, mode: ForwardMode): Tensor {
    const [pooled] = tape.apply(globalAvgPool, [x], {});
    tape.drop(x);
    let features = pooled;
    if (mode.dropout !== null && mode.dropout.keepProbability < 1) {
      [features] = tape.apply(dropout, [pooled], mode.dropout);
      tape.drop(pooled);
    }
    const [logits] = tape.apply(matmul, [features, this.weight(name, mode)], {});
    tape.drop(features);
    return logits;
  }

  /** Normalises `x`, which is not read again. */
  norm(tape: Tape, x: Tensor, prefix: string, { mode, relu, masked }: NormUse): Tensor {
    const { gamma, beta } = batchNormNames(prefix);
    const inputs = [x, this.weight(gamma, mode), this.weight(beta, mode)];
    const attributes = { epsilon: masked ? MASKED_EPSILON : EPSILON, relu: relu ?? false };
    const stored = this.#averagesFor(mode);
    const averages = stored === null ? null : averagesOf(stored, prefix);
    if (mode.batchNorm === "moving" || mode.batchNorm === "recalibrated") {
      const [y] = tape.apply(
        batchNormInference,
        [...inputs, averages!.mean, averages!.variance],
        attributes,
      );
      tape.drop(x);
      return y;
    }
    const rate = averages === null ? 0 : this.#rate(prefix, mode, masked ?? false);
    const moving = averages === null ? {} : { moving: { ...averages, rate } };
    const [y, mean, variance] = tape.apply(batchNorm, inputs, { ...attributes, ...moving });
    tape.drop(mean);
    tape.drop(variance);
    tape.drop(x);
    return y;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.weights.dispose();
    this.averages.dispose();
    this.#recalibrated?.dispose();
  }

  /** Which averages a forward pass reads or moves; null for none. */
  #averagesFor({ batchNorm }: ForwardMode): ParameterStore | null {
    if (batchNorm === "batch") return null;
    if (batchNorm === "train" || batchNorm === "moving") return this.averages;
    return this.#recalibrated ??= this.#newAverages();
  }

  /** The share of this batch in the averages; while recalibrating all batches count the same. */
  #rate(prefix: string, mode: ForwardMode, masked: boolean): number {
    if (mode.batchNorm === "recalibrate") return 1 / ((mode.recalibrationStep ?? 0) + 1);
    const updates = (this.updates.get(prefix) ?? 0) + 1;
    this.updates.set(prefix, updates);
    return masked ? 1 - this.batchNormDecay : debiasedRate(this.batchNormDecay, updates);
  }

  #newAverages(): ParameterStore {
    const specs = this.#batchNorms.flatMap(({ prefix, channels }) => [
      { name: movingNames(prefix).mean, shape: [channels], init: constantInit(0) },
      { name: movingNames(prefix).variance, shape: [channels], init: constantInit(1) },
    ]);
    return new ParameterStore(this.backend, specs, new Random(0), { gradients: false });
  }
}

function averagesOf(store: ParameterStore, prefix: string): { mean: Tensor; variance: Tensor } {
  const { mean, variance } = movingNames(prefix);
  return { mean: store.get(mean), variance: store.get(variance) };
}
