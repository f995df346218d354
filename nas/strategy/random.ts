/**
 * The random samplers: the rivals that a controller must beat. Every op is uniform; skip bits of the
 * macro space are independent, and nodes of the micro space take any earlier tensor equally often.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import type { Arc } from "../space/arc.ts";
import { MACRO_OPS, type MacroArc, macroArcFromRows } from "../space/macro/arc.ts";
import { skipRate } from "../space/macro/arc.ts";
import { checkPositiveInteger } from "../space/values.ts";
import {
  MICRO_OPS,
  type MicroArc,
  microArcDecisions,
  microArcFromDecisions,
} from "../space/micro/arc.ts";
import type { ArcDecision } from "../run/events.ts";
import { microDecisionPlace } from "./controller/decisions.ts";
import type { StrategyEntry } from "./entry.ts";
import {
  checkAccuracies,
  checkCount,
  checkMacroArcs,
  checkMicroArcs,
  checkState,
  DrawingStrategy,
  mean,
  type SampledArcs,
  type SamplerUpdate,
  type StoredTensor,
  type StrategyState,
} from "./strategy.ts";

/** Options of {@link RandomMacroSampler}. */
export interface RandomSamplerOptions {
  /**
   * Probability of a skip bit, between 0 and 1 exclusive. Default 0.5, uniform over the space; the
   * ENAS paper's random baseline takes 0.4 (study-methods section 2c).
   */
  readonly skipProbability?: number;
}

/** What the random samplers of both spaces have in common: they count updates and learn nothing. */
abstract class RandomSampler<A extends Arc> extends DrawingStrategy<A> {
  readonly kind = "random";
  readonly learns = false;
  protected readonly random: Random;
  #step = 0;

  constructor(random: Random) {
    super();
    this.random = random.fork("arcs");
  }

  /** One arc. */
  protected abstract draw(): A;

  sample(count: number): SampledArcs<A> {
    checkCount(count);
    return this.evaluate(Array.from({ length: count }, () => this.draw()));
  }

  /** Learns nothing; counts the update and returns the means of what was measured. */
  update(sampled: SampledArcs<A>, accuracies: readonly number[]): SamplerUpdate {
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

  state(): StrategyState {
    const scalars = { step: this.#step, baseline: null, random: this.random.state() };
    return { kind: this.kind, space: this.space, scalars, tensors: {} };
  }

  restore(state: StrategyState): void {
    checkState(this, state);
    this.#step = Number(state.scalars.step);
    this.random.restore(state.scalars.random);
  }
}

/** Draws every op with probability 1/6 and every skip bit with one fixed probability. */
export class RandomMacroSampler extends RandomSampler<MacroArc> {
  readonly space = "macro";
  readonly skipProbability: number;

  /**
   * @param layers Number of layers of the arcs.
   * @param options Skip probability.
   * @param random The draws fork their own stream of it.
   * @throws {RangeError} If `layers` is not a positive integer or the probability not in (0, 1).
   */
  constructor(readonly layers: number, options: RandomSamplerOptions, random: Random) {
    checkPositiveInteger("layers", layers);
    const { skipProbability = 0.5 } = options;
    if (!(skipProbability > 0 && skipProbability < 1)) {
      throw new RangeError(
        `Expected skipProbability to be between 0 and 1, ends excluded, but found ${skipProbability}`,
      );
    }
    super(random);
    this.skipProbability = skipProbability;
  }

  evaluate(arcs: readonly MacroArc[]): SampledArcs<MacroArc> {
    checkMacroArcs(arcs, this.layers);
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

  trace(arc: MacroArc): ArcDecision[] {
    checkMacroArcs([arc], this.layers);
    const even = MACRO_OPS.map(() => 1 / MACRO_OPS.length);
    const skip = [1 - this.skipProbability, this.skipProbability];
    const macro = { cell: null } as const;
    return arc.layers.flatMap(({ op, skips }, place): ArcDecision[] => [
      { ...macro, kind: "op", place, slot: null, probabilities: even, chosen: op },
      ...skips.map((set, slot): ArcDecision => (
        { ...macro, kind: "skip", place, slot, probabilities: skip, chosen: Number(set) }
      )),
    ]);
  }

  protected draw(): MacroArc {
    const row = (layer: number) => [
      this.random.integer(MACRO_OPS.length),
      ...Array.from({ length: layer }, () => this.random.uniform() < this.skipProbability ? 1 : 0),
    ];
    return macroArcFromRows(Array.from({ length: this.layers }, (_, layer) => row(layer)));
  }
}

/** Draws every op with probability 1/5 and every earlier tensor of a cell equally often. */
export class RandomMicroSampler extends RandomSampler<MicroArc> {
  readonly space = "micro";
  /** Number of values of each decision, in the order of `microArcDecisions()`. */
  readonly #choices: readonly number[];

  /**
   * @param nodes Number of nodes B of each cell.
   * @param random The draws fork their own stream of it.
   * @throws {RangeError} If `nodes` is not a positive integer.
   */
  constructor(readonly nodes: number, random: Random) {
    checkPositiveInteger("nodes", nodes);
    super(random);
    const cell = Array.from(
      { length: nodes },
      (_, node) => [node + 2, MICRO_OPS.length, node + 2, MICRO_OPS.length],
    ).flat();
    this.#choices = [...cell, ...cell];
  }

  evaluate(arcs: readonly MicroArc[]): SampledArcs<MicroArc> {
    checkMicroArcs(arcs, this.nodes);
    /** The same for every arc: `of(k)` summed over decisions between k values. */
    const total = (of: (k: number) => number) =>
      new Float64Array(arcs.length).fill(this.#choices.reduce((sum, k) => sum + of(k), 0));
    return {
      arcs,
      logProbability: total((k) => -Math.log(k)),
      entropy: total(Math.log),
      sampledEntropy: total((k) => Math.log(k) / k),
      skipPenalty: new Float64Array(arcs.length),
      skipRate: new Float64Array(arcs.length),
    };
  }

  trace(arc: MicroArc): ArcDecision[] {
    checkMicroArcs([arc], this.nodes);
    return microArcDecisions(arc).map((chosen, at) => {
      const choices = this.#choices[at];
      const probabilities = new Array<number>(choices).fill(1 / choices);
      return { ...microDecisionPlace(at, this.nodes), probabilities, chosen };
    });
  }

  protected draw(): MicroArc {
    return microArcFromDecisions(this.#choices.map((k) => this.random.integer(k)));
  }
}

/** Chance, as an entry of the registry. */
export const RANDOM: StrategyEntry<"random"> = {
  name: "random",
  label: "random sampler",
  summary: "every op and every input is drawn uniformly, every skip bit with one probability",
  source: "Li & Talwalkar 2019; the random arm that the thesis lacks",
  learns: false,
  create: (config, random) =>
    config.space === "macro"
      ? new RandomMacroSampler(config.child.layers, config.strategy, random)
      : new RandomMicroSampler(config.child.nodes, random),
};
