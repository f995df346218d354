/**
 * The random sampler: the rival that a controller must beat. Ops are uniform, skip bits independent.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { MACRO_OPS, type MacroArc, macroArcFromRows } from "../arc/macro.ts";
import { skipRate } from "../arc/macro_space.ts";
import { checkPositiveInteger } from "../arc/macro_structure.ts";
import {
  checkAccuracies,
  checkArcs,
  checkCount,
  type MacroSampler,
  mean,
  type SampledArcs,
  type SamplerState,
  type SamplerUpdate,
  type StoredTensor,
} from "./sampler.ts";

/** Options of {@link RandomMacroSampler}. */
export interface RandomSamplerOptions {
  /**
   * Probability of a skip bit, between 0 and 1 exclusive. Default 0.5, uniform over the space; the
   * ENAS paper's random baseline takes 0.4 (study-methods section 2c).
   */
  readonly skipProbability?: number;
}

/** Draws every op with probability 1/6 and every skip bit with one fixed probability. */
export class RandomMacroSampler implements MacroSampler {
  readonly kind = "random";
  readonly skipProbability: number;
  readonly #random: Random;
  #step = 0;

  /**
   * @param layers Number of layers of the arcs.
   * @param options Skip probability.
   * @param random The draws fork their own stream of it.
   */
  constructor(readonly layers: number, options: RandomSamplerOptions, random: Random) {
    checkPositiveInteger("layers", layers);
    const { skipProbability = 0.5 } = options;
    if (!(skipProbability > 0 && skipProbability < 1)) {
      throw new RangeError(
        `Expected skipProbability to be between 0 and 1, ends excluded, but found ${skipProbability}`,
      );
    }
    this.skipProbability = skipProbability;
    this.#random = random.fork("arcs");
  }

  sample(count: number): SampledArcs {
    checkCount(count);
    return this.evaluate(Array.from({ length: count }, () => this.#draw()));
  }

  evaluate(arcs: readonly MacroArc[]): SampledArcs {
    checkArcs(arcs, this.layers);
    const bits = this.layers * (this.layers - 1) / 2;
    const [one, zero] = [Math.log(this.skipProbability), Math.log(1 - this.skipProbability)];
    const op = Math.log(MACRO_OPS.length);
    /** `ofOp`, `ofOne`, `ofZero` summed over an arc's decisions. */
    const total = (ofOp: number, ofOne: number, ofZero: number) =>
      Float64Array.from(arcs, (arc) => {
        const ones = arc.layers.flatMap(({ skips }) => skips).filter(Boolean).length;
        return this.layers * ofOp + ones * ofOne + (bits - ones) * ofZero;
      });
    const [termOfOne, termOfZero] = [
      -one * this.skipProbability,
      -zero * (1 - this.skipProbability),
    ];
    const ofBit = termOfOne + termOfZero;
    return {
      arcs,
      logProbability: total(-op, one, zero),
      entropy: total(op, ofBit, ofBit),
      sampledEntropy: total(op / MACRO_OPS.length, termOfOne, termOfZero),
      skipPenalty: new Float64Array(arcs.length),
      skipRate: Float64Array.from(arcs, skipRate),
    };
  }

  /** Learns nothing; counts the update and returns the means of what was measured. */
  update(sampled: SampledArcs, accuracies: readonly number[]): SamplerUpdate {
    checkAccuracies(sampled, accuracies);
    this.#step++;
    return {
      step: this.#step,
      arcs: accuracies.length,
      reward: mean(accuracies),
      accuracy: mean(accuracies),
      baseline: 0,
      advantage: 0,
      entropy: mean(sampled.entropy),
      skipPenalty: 0,
      skipRate: mean(sampled.skipRate),
      loss: 0,
      gradientNorm: 0,
    };
  }

  parameters(): Record<string, StoredTensor> {
    return {};
  }

  state(): SamplerState {
    const scalars = { step: this.#step, baseline: null, random: this.#random.state() };
    return { kind: this.kind, scalars, tensors: {} };
  }

  restore({ kind, scalars }: SamplerState): void {
    if (kind !== this.kind) {
      throw new TypeError(`restore() expects the state of a random sampler but found a ${kind}'s`);
    }
    this.#step = scalars.step;
    this.#random.restore(scalars.random);
  }

  #draw(): MacroArc {
    const row = (layer: number) => [
      this.#random.integer(MACRO_OPS.length),
      ...Array.from({ length: layer }, () => this.#random.uniform() < this.skipProbability ? 1 : 0),
    ];
    return macroArcFromRows(Array.from({ length: this.layers }, (_, layer) => row(layer)));
  }
}
