/**
 * The controller's network over the decisions of macro arcs (spec C.2), n arcs side by side.
 *
 * For each layer l: a step of the LSTM and the choice of an op; a step with the op's embedding and
 * one bit for each earlier layer, scored by attention. The next input is the mean of the hidden
 * states of the chosen layers.
 *
 * @module
 */
import { additiveAttention } from "./ops/additive_attention.ts";
import { bernoulliPair } from "./ops/bernoulli_pair.ts";
import { categorical } from "./ops/categorical.ts";
import { matmul } from "../../../engine/ops/matmul.ts";
import { skipMean } from "./ops/skip_mean.ts";
import { skipPenalty } from "./ops/skip_penalty.ts";
import { tanh } from "../../../engine/ops/tanh.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { type MacroArc, macroArcFromRows } from "../../space/macro/arc.ts";
import { skipRate } from "../../space/macro/arc.ts";
import type { MacroDecisions } from "./decisions.ts";
import { Lstm, type PerParameter, squashOf } from "./lstm.ts";
import { type PolicyTrace, TraceRecorder } from "./trace.ts";

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
): PolicyTrace<MacroArc> {
  const squash = squashOf(options.tanhConstant, options.temperature);
  const penalty = { target: options.skipTarget, slope: options.skipPenaltySlope ?? 1 };
  const recorder = new TraceRecorder(count);
  /** Rows of each arc so far. */
  const rows: number[][][] = Array.from({ length: count }, () => []);
  const lstm = new Lstm(tape, weights.w_lstm, count);
  const product = (a: Tensor, b: Tensor) => tape.apply(matmul, [a, b], {})[0];

  const start = lstm.rows(lstm.project(weights.g_emb), new Float64Array(count));
  const opInputs = lstm.project(weights.w_emb);
  const [anchors, keys]: [Tensor[], Tensor[]] = [[], []];
  let x = start;
  for (let layer = 0; layer < layers; layer++) {
    const [logits] = tape.apply(tanh, [product(lstm.step(x), weights.w_soft)], squash);
    const ops = decisions.ops(layer, logits.cpu, count);
    const chosen = tape.backend.fromArray(ops, [count], "u32");
    recorder.decided(tape.apply(categorical, [logits, chosen], {}));
    rows.forEach((arc, r) => arc.push([ops[r]]));

    const h = lstm.step(lstm.rows(opInputs, ops));
    const last = layer === layers - 1;
    x = start;
    if (layer > 0) {
      const query = product(h, weights.w_a2);
      const [scores] = tape.apply(additiveAttention, [query, weights.v_a, ...keys], {});
      const [z] = tape.apply(tanh, [scores], squash);
      const bits = decisions.skips(layer, z.cpu, count);
      recorder.decided(tape.apply(bernoulliPair, [z], { bits }));
      recorder.penalized(tape.apply(skipPenalty, [z], penalty)[0]);
      rows.forEach((arc, r) => arc[layer].push(...bits.subarray(r * layer, (r + 1) * layer)));
      if (!last) x = lstm.project(tape.apply(skipMean, anchors, { mask: bits })[0]);
    }
    if (!last) {
      anchors.push(h);
      keys.push(product(h, weights.w_a1));
    }
  }
  const arcs = rows.map(macroArcFromRows);
  return recorder.trace(arcs, Float64Array.from(arcs, skipRate));
}
