/**
 * The controller's network over the decisions of macro arcs (spec C.2), n arcs side by side.
 *
 * For each layer l: a step of the LSTM and the choice of an op; a step with the op's embedding and
 * one bit for each earlier layer, scored by attention. The next input is the mean of the hidden
 * states of the chosen layers.
 *
 * @module
 */
import { additiveAttention } from "../../engine/ops/additive_attention.ts";
import { bernoulliPair } from "../../engine/ops/bernoulli_pair.ts";
import { categorical } from "../../engine/ops/categorical.ts";
import { embedding } from "../../engine/ops/embedding.ts";
import { matmul } from "../../engine/ops/matmul.ts";
import { skipMean } from "../../engine/ops/skip_mean.ts";
import { skipPenalty } from "../../engine/ops/skip_penalty.ts";
import { tanh } from "../../engine/ops/tanh.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { type MacroArc, macroArcFromRows } from "../arc/macro.ts";
import { skipRate } from "../arc/macro_space.ts";
import type { MacroDecisions } from "./decisions.ts";
import { lstmStep, type PerParameter, zeroState } from "./lstm.ts";
import type { SampledArcs } from "./sampler.ts";

/** Numbers that shape the policy; names as in the configuration. */
export interface MacroPolicyOptions {
  /** Bound of the logits, in nats: 1.5 in the released macro script. */
  readonly tanhConstant: number;
  /** Divisor of the logits before tanh; null, as in the released scripts, leaves them alone. */
  readonly temperature: number | null;
  /** Wanted value of σ(slope·z): 0.4. */
  readonly skipTarget: number;
  /**
   * Slope k in the penalty's probability σ(k·z): 1, as in the released code (default), or 2, the
   * probability with which bits are drawn (spec C.2 and K).
   */
  readonly skipPenaltySlope?: 1 | 2;
}

/** What unrolling the network recorded. */
export interface MacroTrace {
  readonly sampled: SampledArcs;
  /** Logarithm of the probability of each group of decisions, `[n]` each: 2L-1 tensors. */
  readonly logProbabilities: readonly Tensor[];
  /** Skip penalty of each layer 1..L-1, `[n]` each, in nats. */
  readonly penalties: readonly Tensor[];
}

/**
 * Unrolls the network over n arcs of L layers.
 *
 * @param tape On the CPU backend; gradients flow to the weights it watches.
 * @param weights Shapes as in `parameterShapes()`.
 * @param size Number of arcs n and of layers L.
 * @param options The policy's numbers.
 * @param decisions Takes each decision, given the logits.
 */
export function unrollMacro(
  tape: Tape,
  weights: PerParameter<Tensor>,
  { count, layers }: { readonly count: number; readonly layers: number },
  options: MacroPolicyOptions,
  decisions: MacroDecisions,
): MacroTrace {
  const squash = {
    scale: options.tanhConstant,
    ...(options.temperature === null ? {} : { temperature: options.temperature }),
  };
  const penalty = { target: options.skipTarget, slope: options.skipPenaltySlope ?? 1 };
  const record = new Recorder(count);
  const product = (a: Tensor, b: Tensor) => tape.apply(matmul, [a, b], {})[0];
  const indices = (values: Float64Array) => tape.backend.fromArray(values, [count]);

  const [start] = tape.apply(embedding, [weights.g_emb, indices(new Float64Array(count))], {});
  const [anchors, keys]: [Tensor[], Tensor[]] = [[], []];
  let state = zeroState(tape, count, weights.g_emb.shape[1]);
  let x = start;
  for (let layer = 0; layer < layers; layer++) {
    state = lstmStep(tape, weights.w_lstm, x, state);
    const [logits] = tape.apply(tanh, [product(state.h, weights.w_soft)], squash);
    const ops = decisions.ops(layer, logits.cpu, count);
    record.ops(ops, tape.apply(categorical, [logits, indices(ops)], {}));

    [x] = tape.apply(embedding, [weights.w_emb, indices(ops)], {});
    state = lstmStep(tape, weights.w_lstm, x, state);
    x = start;
    if (layer > 0) {
      const query = product(state.h, weights.w_a2);
      const [scores] = tape.apply(additiveAttention, [query, weights.v_a, ...keys], {});
      const [z] = tape.apply(tanh, [scores], squash);
      const bits = decisions.skips(layer, z.cpu, count);
      record.skips(bits, tape.apply(bernoulliPair, [z], { bits }));
      record.penalties.push(tape.apply(skipPenalty, [z], penalty)[0]);
      [x] = tape.apply(skipMean, [...anchors], { mask: bits });
    }
    anchors.push(state.h);
    if (layer < layers - 1) keys.push(product(state.h, weights.w_a1));
  }
  return record.trace();
}

/** Collects decisions and their statistics while the network is unrolled. */
class Recorder {
  readonly penalties: Tensor[] = [];
  readonly #logProbabilities: Tensor[] = [];
  readonly #entropy: Float64Array;
  readonly #sampledEntropy: Float64Array;
  /** Rows of each arc so far. */
  readonly #rows: number[][][];

  constructor(count: number) {
    this.#entropy = new Float64Array(count);
    this.#sampledEntropy = new Float64Array(count);
    this.#rows = Array.from({ length: count }, () => []);
  }

  ops(ops: Float64Array, statistics: readonly Tensor[]): void {
    this.#rows.forEach((rows, r) => rows.push([ops[r]]));
    this.#add(statistics);
  }

  skips(bits: Uint8Array, statistics: readonly Tensor[]): void {
    this.#rows.forEach((rows, r) => {
      const layer = rows.length - 1;
      rows[layer].push(...bits.subarray(r * layer, (r + 1) * layer));
    });
    this.#add(statistics);
  }

  trace(): MacroTrace {
    const arcs: MacroArc[] = this.#rows.map(macroArcFromRows);
    const total = (tensors: readonly Tensor[]) =>
      Float64Array.from(arcs, (_, r) => tensors.reduce((sum, { cpu }) => sum + cpu[r], 0));
    const layers = Math.max(this.penalties.length, 1);
    return {
      sampled: {
        arcs,
        logProbability: total(this.#logProbabilities),
        entropy: this.#entropy,
        sampledEntropy: this.#sampledEntropy,
        skipPenalty: total(this.penalties).map((sum) => sum / layers),
        skipRate: Float64Array.from(arcs, skipRate),
      },
      logProbabilities: this.#logProbabilities,
      penalties: this.penalties,
    };
  }

  #add([logProbability, entropy, sampledTerm]: readonly Tensor[]): void {
    this.#logProbabilities.push(logProbability);
    for (let r = 0; r < this.#rows.length; r++) {
      this.#entropy[r] += entropy.cpu[r];
      this.#sampledEntropy[r] += sampledTerm.cpu[r];
    }
  }
}
