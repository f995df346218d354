/**
 * What the controllers of both spaces have in common: parameters, REINFORCE, Adam, and the state to
 * go on from (spec C.4).
 *
 * @module
 */
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import type { Random } from "../../../engine/random.ts";
import { sameShape } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { Arc } from "../../space/arc.ts";
import type { ArcDecision } from "../../run/events.ts";
import { type AdamOptions, ControllerAdam } from "./adam.ts";
import { mapParameters, parameterNames, type PerParameter } from "./lstm.ts";
import { computeAdvantages, reinforceLoss, type RewardOptions } from "./reinforce.ts";
import {
  checkAccuracies,
  checkCount,
  checkState,
  DrawingStrategy,
  mean,
  type SampledArcs,
  type SamplerUpdate,
  type StoredTensor,
  type StrategyState,
} from "../strategy.ts";
import type { PolicyTrace } from "./trace.ts";

/** Numbers of the update. */
export interface UpdateOptions extends RewardOptions, AdamOptions {
  /** Weight of the skip penalty in the loss; default 0, right for a policy that has no penalty. */
  readonly skipWeight?: number;
}

/** A distribution over the arcs of one space, made by a network with parameters named `Name`. */
export interface Policy<A extends Arc, Name extends string> {
  readonly space: A["space"];
  /** Initial parameters; each forks its own stream of `random`. */
  initial(random: Random): PerParameter<StoredTensor, Name>;
  /** Refuses no arcs, or arcs of another space or size, with a `RangeError`. */
  check(arcs: readonly A[]): void;
  /** Draws `count` arcs; gradients flow to the weights that the tape watches. */
  draw(
    tape: Tape,
    weights: PerParameter<Tensor, Name>,
    count: number,
    random: Random,
  ): PolicyTrace<A>;
  /** Lists the decisions of an arc that passes {@link Policy.check}. */
  trace(tape: Tape, weights: PerParameter<Tensor, Name>, arc: A): ArcDecision[];
  /** Scores given arcs that pass {@link Policy.check}. */
  follow(tape: Tape, weights: PerParameter<Tensor, Name>, arcs: readonly A[]): PolicyTrace<A>;
}

/** A trace with the tape that recorded it. */
interface Recording<A extends Arc> {
  readonly tape: Tape;
  readonly trace: PolicyTrace<A>;
}

/** A strategy that trains its policy by REINFORCE; runs on the CPU in f64. */
export class PolicyController<A extends Arc, Name extends string> extends DrawingStrategy<A> {
  readonly kind = "controller";
  readonly learns = true;
  readonly space: A["space"];
  readonly #policy: Policy<A, Name>;
  readonly #options: UpdateOptions;
  readonly #backend = new CpuBackend();
  readonly #weights: PerParameter<Tensor, Name>;
  readonly #gradients: PerParameter<Tensor, Name>;
  readonly #adam: ControllerAdam<Name>;
  readonly #random: Random;
  #baseline: number | null = null;
  /** The newest draw, kept so that its update need not unroll the network again. */
  #newest: Recording<A> | null = null;

  /**
   * @param policy What draws arcs.
   * @param options Numbers of the update.
   * @param random Initial weights and draws fork their own streams of it.
   */
  constructor(policy: Policy<A, Name>, options: UpdateOptions, random: Random) {
    super();
    this.space = policy.space;
    this.#policy = policy;
    this.#options = options;
    this.#weights = mapParameters(
      policy.initial(random.fork("weights")),
      ({ shape, data }) => this.#backend.fromArray(data, shape),
    );
    this.#gradients = mapParameters(this.#weights, ({ shape }) => this.#backend.allocate(shape));
    this.#adam = new ControllerAdam(this.#weights, options);
    this.#random = random.fork("arcs");
  }

  sample(count: number): SampledArcs<A> {
    checkCount(count);
    const tape = this.#watchingTape();
    const trace = this.#policy.draw(tape, this.#weights, count, this.#random);
    this.#newest = { tape, trace };
    return trace.sampled;
  }

  evaluate(arcs: readonly A[]): SampledArcs<A> {
    this.#policy.check(arcs);
    return this.#policy.follow(new Tape(this.#backend), this.#weights, arcs).sampled;
  }

  trace(arc: A): ArcDecision[] {
    this.#policy.check([arc]);
    return this.#policy.trace(new Tape(this.#backend), this.#weights, arc);
  }

  /**
   * One REINFORCE update (spec C.4). Arcs other than those of the newest `sample()` are unrolled
   * again under the present weights.
   */
  update(sampled: SampledArcs<A>, accuracies: readonly number[]): SamplerUpdate {
    checkAccuracies(sampled, accuracies);
    const { tape, trace } = this.#recordingOf(sampled);
    const { rewards, advantages, baseline } = computeAdvantages(
      sampled,
      accuracies,
      this.#baseline,
      this.#options,
    );
    const loss = reinforceLoss(tape, trace, advantages, this.#options.skipWeight ?? 0);
    tape.backward(loss);
    this.#adam.update(this.#gradients);
    this.#baseline = baseline;
    this.#newest = null;
    return {
      step: this.#adam.step,
      arcs: accuracies.length,
      reward: mean(rewards),
      accuracy: mean(accuracies),
      baseline,
      advantage: mean(advantages),
      entropy: mean(sampled.entropy),
      skipPenalty: mean(sampled.skipPenalty),
      skipRate: mean(sampled.skipRate),
      loss: loss.cpu[0],
      gradientNorm: this.#gradientNorm(),
    };
  }

  parameters(): Record<string, StoredTensor> {
    return mapParameters(this.#weights, ({ shape, cpu }) => ({ shape, data: cpu.slice() }));
  }

  state(): StrategyState {
    return {
      kind: this.kind,
      space: this.space,
      scalars: {
        step: this.#adam.step,
        baseline: this.#baseline,
        random: this.#random.state(),
      },
      tensors: { ...this.parameters(), ...this.#adam.moments() },
    };
  }

  restore(state: StrategyState): void {
    checkState(this, state);
    const { scalars, tensors } = state;
    const { step, baseline } = scalars;
    if (!(Number.isInteger(step) && (baseline === null || Number.isFinite(baseline)))) {
      throw new TypeError(
        `restore() expects an integer and a number or null as step and baseline but found ` +
          `${step} and ${baseline}`,
      );
    }
    for (const [name, { shape }] of Object.entries(this.state().tensors)) {
      const found = tensors[name]?.shape;
      if (found === undefined || !sameShape(shape, found)) {
        throw new TypeError(
          `restore() expects tensor ${name} of shape [${shape}] but found ` +
            `${found === undefined ? "none" : `[${found}]`}`,
        );
      }
      const wrong = tensors[name].data.find((value) => !Number.isFinite(value));
      if (wrong !== undefined) {
        throw new TypeError(`restore() expects finite numbers in ${name} but found ${wrong}`);
      }
    }
    for (const name of parameterNames(this.#weights)) {
      this.#weights[name].cpu.set(tensors[name].data);
    }
    this.#adam.restore(Number(step), tensors);
    this.#baseline = baseline as number | null;
    this.#random.restore(scalars.random);
    this.#newest = null;
  }

  #recordingOf(sampled: SampledArcs<A>): Recording<A> {
    if (this.#newest?.trace.sampled === sampled) return this.#newest;
    this.#policy.check(sampled.arcs);
    const tape = this.#watchingTape();
    return { tape, trace: this.#policy.follow(tape, this.#weights, sampled.arcs) };
  }

  #watchingTape(): Tape {
    const tape = new Tape(this.#backend);
    for (const name of parameterNames(this.#weights)) {
      tape.watch(this.#weights[name], this.#gradients[name]);
    }
    return tape;
  }

  #gradientNorm(): number {
    let squares = 0;
    for (const name of parameterNames(this.#gradients)) {
      const { cpu } = this.#gradients[name];
      for (let i = 0; i < cpu.length; i++) squares += cpu[i] * cpu[i];
    }
    return Math.sqrt(squares);
  }
}
