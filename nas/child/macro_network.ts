/**
 * The macro space's shared graph: one set of weights from which the child of any arc is computed
 * (spec sections A.1 to A.4).
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { constantInit } from "../../engine/init.ts";
import { debiasedRate, updateMovingStatistics } from "../../engine/moving_statistics.ts";
import {
  avgPool,
  batchNorm,
  batchNormInference,
  concat,
  conv2d,
  depthwiseConv2d,
  dropout,
  globalAvgPool,
  matmul,
  maxPool,
  sum,
} from "../../engine/ops/mod.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import type { Random } from "../../engine/random.ts";
import { elementCount } from "../../engine/shape.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { MACRO_OPS, type MacroArc } from "../arc/macro.ts";
import type { MacroSupernetOptions } from "../arc/macro_cost.ts";
import { liveReductions } from "../arc/macro_structure.ts";
import { batchNormNames, macroNames, macroParameters, movingNames } from "./macro_parameters.ts";

/** Added to the variance; the original code's value everywhere but behind a layer's convolution. */
const EPSILON = 1e-5;
/** The value behind a layer's convolution (`batch_norm_with_mask`), whose averages start at 0 and 1. */
const MASKED_EPSILON = 1e-3;

/** Which statistics batch norms use: `train` those of the batch, which also move the averages. */
export type BatchNormUse = "train" | "batch" | "moving";

/** How a child runs. */
export interface ForwardMode {
  readonly batchNorm: BatchNormUse;
  /** Dropout in front of the head, or null for none. `seed` is a u32. */
  readonly dropout: { readonly keepProbability: number; readonly seed: number } | null;
}

/** Numbers of a {@link MacroNetwork}. */
export interface MacroNetworkOptions extends MacroSupernetOptions {
  /** Decay of the moving averages (0.9 in the original code). */
  readonly batchNormDecay: number;
}

/** Shared weights of the macro space, or the weights of a single child. */
export class MacroNetwork {
  readonly weights: ParameterStore;
  /** Moving averages of every batch norm. */
  readonly averages: ParameterStore;
  /** How often each batch norm's averages were updated. */
  readonly updates = new Map<string, number>();

  /**
   * Creates all weights of the shared graph, or with `arc` those of this child alone, from the
   * streams of `random`.
   */
  constructor(
    readonly backend: Backend,
    readonly options: MacroNetworkOptions,
    random: Random,
    arc: MacroArc | null = null,
  ) {
    const { parameters, batchNorms } = macroParameters(options, arc);
    this.weights = new ParameterStore(backend, parameters, random);
    this.averages = new ParameterStore(
      backend,
      batchNorms.flatMap(({ prefix, channels }) => [
        { name: movingNames(prefix).mean, shape: [channels], init: constantInit(0) },
        { name: movingNames(prefix).variance, shape: [channels], init: constantInit(1) },
      ]),
      random,
      { gradients: false },
    );
  }

  /** Names of the parameters that the child of `arc` reads; a step on `arc` changes no other. */
  pathOf(arc: MacroArc): string[] {
    return macroParameters(this.options, arc).parameters.map(({ name }) => name);
  }

  /**
   * Records the child of `arc` on `images [n,h,w,c]` and returns its logits `[n,classes]`. Bit i of
   * a layer adds the input of layer i, as the released code reads it; the sampled op really runs.
   */
  forward(tape: Tape, arc: MacroArc, images: Tensor, mode: ForwardMode): Tensor {
    const live = liveReductions(arc);
    /** Entry 0 is the stem's output, entry i + 1 that of layer i; null once nothing reads it. */
    const outputs: (Tensor | null)[] = [];
    outputs.push(this.#convBatchNorm(tape, images, macroNames.stem, false, mode));
    arc.layers.forEach(({ op, skips }, layer) => {
      let y = this.#op(tape, layer, op, outputs[layer]!, mode);
      if (layer > 0) {
        const terms = [y, ...outputs.filter((_, i) => skips[i])] as Tensor[];
        if (terms.length > 1) {
          const [total] = tape.apply(sum, terms, {});
          tape.drop(y);
          y = total;
        }
        y = this.#batchNorm(tape, y, macroNames.skip(layer), { mode });
      }
      outputs.push(y);
      if (live[layer].length > 0) {
        const reduced: (Tensor | null)[] = outputs.map(() => null);
        for (const source of live[layer]) {
          reduced[source] = this.#reduce(tape, outputs[source]!, layer, source, mode);
        }
        outputs.forEach((output) => output !== null && tape.drop(output));
        outputs.splice(0, outputs.length, ...reduced);
      }
    });
    return this.#head(tape, outputs[outputs.length - 1]!, mode);
  }

  /** Gives the memory back. */
  dispose(): void {
    this.weights.dispose();
    this.averages.dispose();
  }

  /** The branch of one op: 1x1 convolution, then the op's own convolution or pool. */
  #op(tape: Tape, layer: number, id: number, x: Tensor, mode: ForwardMode): Tensor {
    const op = MACRO_OPS[id];
    const body = macroNames.body(layer, op);
    const point = this.#convBatchNorm(tape, x, macroNames.point(layer, op), true, mode);
    const pool = { size: 3, stride: 1 };
    let y: Tensor;
    if (op.kind === "pool") {
      [y] = op.pool === "avg"
        ? tape.apply(avgPool, [point], pool)
        : tape.apply(maxPool, [point], pool);
      tape.drop(point);
      return y;
    }
    if (op.kind === "conv") {
      [y] = tape.apply(conv2d, [point, this.weights.get(`${body}/conv`)], { stride: 1, shift: 0 });
      tape.drop(point);
    } else {
      const depthwise = this.weights.get(`${body}/depthwise`);
      const [spatial] = tape.apply(depthwiseConv2d, [point, depthwise], { stride: 1 });
      tape.drop(point);
      const pointwise = this.weights.get(`${body}/pointwise`);
      [y] = tape.apply(conv2d, [spatial, pointwise], { stride: 1, shift: 0 });
      tape.drop(spatial);
    }
    return this.#batchNorm(tape, y, body, { mode, relu: true, masked: true });
  }

  #convBatchNorm(
    tape: Tape,
    x: Tensor,
    prefix: string,
    relu: boolean,
    mode: ForwardMode,
  ): Tensor {
    const weight = this.weights.get(`${prefix}/conv`);
    const [y] = tape.apply(conv2d, [x, weight], { stride: 1, shift: 0 });
    return this.#batchNorm(tape, y, prefix, { mode, relu });
  }

  /** Halves both sides: even and odd pixels through a 1x1 convolution each (spec A.3). */
  #reduce(tape: Tape, x: Tensor, layer: number, source: number, mode: ForwardMode): Tensor {
    const prefix = macroNames.reduction(layer, source);
    const [even] = tape.apply(conv2d, [x, this.weights.get(`${prefix}/even`)], {
      stride: 2,
      shift: 0,
    });
    const [odd] = tape.apply(conv2d, [x, this.weights.get(`${prefix}/odd`)], {
      stride: 2,
      shift: 1,
    });
    const [both] = tape.apply(concat, [even, odd], {});
    tape.drop(even);
    tape.drop(odd);
    return this.#batchNorm(tape, both, prefix, { mode });
  }

  #head(tape: Tape, x: Tensor, mode: ForwardMode): Tensor {
    const [pooled] = tape.apply(globalAvgPool, [x], {});
    tape.drop(x);
    let features = pooled;
    if (mode.dropout !== null && mode.dropout.keepProbability < 1) {
      [features] = tape.apply(dropout, [pooled], mode.dropout);
      tape.drop(pooled);
    }
    const [logits] = tape.apply(matmul, [features, this.weights.get(macroNames.head)], {});
    tape.drop(features);
    return logits;
  }

  /** Normalises `x`, which is not read again. */
  #batchNorm(
    tape: Tape,
    x: Tensor,
    prefix: string,
    use: { mode: ForwardMode; relu?: boolean; masked?: boolean },
  ): Tensor {
    const { gamma, beta } = batchNormNames(prefix);
    const names = movingNames(prefix);
    const inputs = [x, this.weights.get(gamma), this.weights.get(beta)];
    const attributes = {
      epsilon: use.masked ? MASKED_EPSILON : EPSILON,
      relu: use.relu ?? false,
    };
    const moving = {
      mean: this.averages.get(names.mean),
      variance: this.averages.get(names.variance),
    };
    if (use.mode.batchNorm === "moving") {
      const all = [...inputs, moving.mean, moving.variance];
      const [y] = tape.apply(batchNormInference, all, attributes);
      tape.drop(x);
      return y;
    }
    const [y, mean, variance] = tape.apply(batchNorm, inputs, attributes);
    if (use.mode.batchNorm === "train") {
      const { batchNormDecay } = this.options;
      const updates = (this.updates.get(prefix) ?? 0) + 1;
      this.updates.set(prefix, updates);
      const rows = elementCount(x.shape) / x.shape[x.shape.length - 1];
      const rate = use.masked ? 1 - batchNormDecay : debiasedRate(batchNormDecay, updates);
      updateMovingStatistics(this.backend, { mean, variance, rows }, moving, rate);
    }
    tape.drop(mean);
    tape.drop(variance);
    tape.drop(x);
    return y;
  }
}
