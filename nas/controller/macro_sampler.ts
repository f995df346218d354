/**
 * The ENAS controller of the macro space: an LSTM that draws arcs and learns from their accuracy by
 * REINFORCE (spec C).
 *
 * @module
 */
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { Random } from "../../engine/random.ts";
import { sameShape } from "../../engine/shape.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { MACRO_OPS, type MacroArc } from "../arc/macro.ts";
import { checkPositiveInteger } from "../arc/macro_structure.ts";
import { type AdamOptions, ControllerAdam } from "./adam.ts";
import { drawnDecisions, forcedDecisions, type MacroDecisions } from "./decisions.ts";
import {
  CONTROLLER_PARAMETERS,
  initialParameters,
  parameterShapes,
  type PerParameter,
  perParameter,
} from "./lstm.ts";
import { type MacroPolicyOptions, type MacroTrace, unrollMacro } from "./macro_policy.ts";
import { computeAdvantages, reinforceLoss, type RewardOptions } from "./reinforce.ts";
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

/** Every number of the controller; the configuration's group `controller` fits as it is. */
export interface MacroControllerOptions extends MacroPolicyOptions, RewardOptions, AdamOptions {
  /** Width H of the LSTM: 64 in the released code, 100 in paper and thesis. */
  readonly hiddenSize: number;
  /** Weight of the skip penalty in the loss: 0.8. */
  readonly skipWeight: number;
}

/** A trace with the tape that recorded it. */
interface Recording {
  readonly tape: Tape;
  readonly trace: MacroTrace;
}

/**
 * The LSTM controller.
 *
 * @example One update
 * ```ts
 * const controller = new MacroController(12, config.controller, random.fork("controller"));
 * const sampled = controller.sample(20);
 * const { baseline } = controller.update(sampled, sampled.arcs.map(accuracyOf));
 * ```
 */
export class MacroController implements MacroSampler {
  readonly kind = "controller";
  readonly #backend = new CpuBackend();
  readonly #weights: PerParameter<Tensor>;
  readonly #gradients: PerParameter<Tensor>;
  readonly #adam: ControllerAdam;
  readonly #random: Random;
  #baseline: number | null = null;
  /** The newest draw, kept so that its update need not unroll the network again. */
  #newest: Recording | null = null;

  /**
   * @param layers Number of layers of the arcs.
   * @param options Every number of the controller.
   * @param random Initial weights and draws fork their own streams of it.
   */
  constructor(readonly layers: number, readonly options: MacroControllerOptions, random: Random) {
    checkPositiveInteger("layers", layers);
    checkPositiveInteger("hiddenSize", options.hiddenSize);
    const shapes = parameterShapes(options.hiddenSize, MACRO_OPS.length);
    const initial = initialParameters(shapes, random.fork("weights"));
    this.#weights = perParameter((name) =>
      this.#backend.fromArray(initial[name].data, shapes[name])
    );
    this.#gradients = perParameter((name) => this.#backend.allocate(shapes[name]));
    this.#adam = new ControllerAdam(this.#weights, options);
    this.#random = random.fork("arcs");
  }

  sample(count: number): SampledArcs {
    checkCount(count);
    this.#newest = this.#record(count, drawnDecisions(this.#random));
    return this.#newest.trace.sampled;
  }

  evaluate(arcs: readonly MacroArc[]): SampledArcs {
    checkArcs(arcs, this.layers);
    const size = { count: arcs.length, layers: this.layers };
    const tape = new Tape(this.#backend);
    return unrollMacro(tape, this.#weights, size, this.options, forcedDecisions(arcs)).sampled;
  }

  /**
   * One REINFORCE update (spec C.4). Arcs other than those of the newest `sample()` are unrolled
   * again under the present weights.
   */
  update(sampled: SampledArcs, accuracies: readonly number[]): SamplerUpdate {
    checkAccuracies(sampled, accuracies);
    const { tape, trace } = this.#recordingOf(sampled);
    const { rewards, advantages, baseline } = computeAdvantages(
      sampled,
      accuracies,
      this.#baseline,
      this.options,
    );
    const loss = reinforceLoss(tape, trace, advantages, this.options.skipWeight);
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
    return perParameter((name) => ({
      shape: this.#weights[name].shape,
      data: this.#weights[name].cpu.slice(),
    }));
  }

  state(): SamplerState {
    return {
      kind: this.kind,
      scalars: {
        step: this.#adam.step,
        baseline: this.#baseline,
        random: this.#random.state(),
      },
      tensors: { ...this.parameters(), ...this.#adam.moments() },
    };
  }

  restore({ kind, scalars, tensors }: SamplerState): void {
    if (kind !== this.kind) {
      throw new TypeError(
        `restore() expects the state of a controller but found that of a ${kind} sampler`,
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
    }
    for (const name of CONTROLLER_PARAMETERS) this.#weights[name].cpu.set(tensors[name].data);
    this.#adam.restore(scalars.step, tensors);
    this.#baseline = scalars.baseline;
    this.#random.restore(scalars.random);
    this.#newest = null;
  }

  #recordingOf(sampled: SampledArcs): Recording {
    if (this.#newest?.trace.sampled === sampled) return this.#newest;
    checkArcs(sampled.arcs, this.layers);
    return this.#record(sampled.arcs.length, forcedDecisions(sampled.arcs));
  }

  #record(count: number, decisions: MacroDecisions): Recording {
    const tape = new Tape(this.#backend);
    for (const name of CONTROLLER_PARAMETERS) {
      tape.watch(this.#weights[name], this.#gradients[name]);
    }
    const size = { count, layers: this.layers };
    return { tape, trace: unrollMacro(tape, this.#weights, size, this.options, decisions) };
  }

  #gradientNorm(): number {
    let squares = 0;
    for (const name of CONTROLLER_PARAMETERS) {
      for (const value of this.#gradients[name].cpu) squares += value * value;
    }
    return Math.sqrt(squares);
  }
}
