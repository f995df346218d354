/**
 * The controller's network over the decisions of micro arcs (spec C.3), n arcs side by side.
 *
 * Two passes: the normal cell, then the reduction cell from the state where the first ended. A pass
 * takes two steps for the cell's inputs. For each node follow two steps that choose earlier tensors
 * by attention, two that choose ops, and one that makes the node's own vector.
 *
 * @module
 */
import { additiveAttention } from "./ops/additive_attention.ts";
import { categorical } from "./ops/categorical.ts";
import { matmul } from "../../../engine/ops/matmul.ts";
import { selectRows } from "./ops/select_rows.ts";
import { sum } from "../../../engine/ops/sum.ts";
import { tanh } from "../../../engine/ops/tanh.ts";
import type { Random } from "../../../engine/random.ts";
import type { TanhAttributes } from "../../../engine/reference/tanh.ts";
import type { Shape } from "../../../engine/shape.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { MICRO_OPS, type MicroArc, microArcFromDecisions } from "../../space/micro/arc.ts";
import type { MicroDecisions } from "./decisions.ts";
import {
  type ControllerParameter,
  initialParameters,
  Lstm,
  parameterShapes,
  type PerParameter,
  squashOf,
} from "./lstm.ts";
import type { StoredTensor } from "../strategy.ts";
import { type PolicyTrace, TraceRecorder } from "./trace.ts";

/** Name of a parameter; `b_soft` is the learned bias of the op logits. */
export type MicroParameter = ControllerParameter | "b_soft";

/** Numbers that shape the policy; names as in the configuration. */
export interface MicroPolicyOptions {
  /** Bound of the logits of earlier tensors, in nats: 1.10 in the released micro script. */
  readonly tanhConstant: number;
  /** The bound of the op logits is `tanhConstant / opTanhReduce`: 2.5 in the released script. */
  readonly opTanhReduce: number;
  /**
   * Added to the op logits of the normal cell's separable convolutions, subtracted from those of its
   * other ops, after tanh and never learned: 0.25 in the released code, 0 for none. In nats.
   */
  readonly opBias: number;
  /** Initial `b_soft` of the separable convolutions, before tanh: 10 in the released code. */
  readonly convBias: number;
  /** Divisor of the logits before tanh; null, as in the released scripts, leaves them alone. */
  readonly temperature: number | null;
}

/**
 * Shapes of the parameters (spec C.1): those of both spaces and `b_soft [1,5]`, a table of one row
 * as in the released code.
 *
 * @param hiddenSize Width H of the LSTM.
 */
export function microParameterShapes(hiddenSize: number): PerParameter<Shape, MicroParameter> {
  return { ...parameterShapes(hiddenSize, MICRO_OPS.length), b_soft: [1, MICRO_OPS.length] };
}

/**
 * Initial parameters: uniform in [-0.1, 0.1), but `b_soft` is `convBias` for separable convolutions
 * and 0 for the other ops (spec C.1).
 *
 * @param hiddenSize Width H of the LSTM.
 * @param convBias See {@link MicroPolicyOptions.convBias}.
 * @param random Each parameter forks its own stream of it.
 */
export function initialMicroParameters(
  hiddenSize: number,
  convBias: number,
  random: Random,
): PerParameter<StoredTensor, MicroParameter> {
  const { b_soft: { shape }, ...others } = initialParameters(
    microParameterShapes(hiddenSize),
    random,
  );
  return { ...others, b_soft: { shape, data: perOp(convBias, 0) } };
}

/** One number for each op. */
function perOp(separable: number, other: number): Float64Array {
  return Float64Array.from(MICRO_OPS, ({ kind }) => kind === "sep_conv" ? separable : other);
}

/**
 * Unrolls the network over n arcs with B nodes a cell: 2·(2 + 5B) steps of the LSTM. No arc has a
 * skip penalty or a skip rate; both are 0.
 *
 * @param tape On the CPU backend; gradients flow to the weights it watches.
 * @param weights Shapes as in {@link microParameterShapes}.
 * @param size Number of arcs n and of nodes B.
 * @param options The policy's numbers.
 * @param decisions Takes each decision, given the logits.
 */
export function unrollMicro(
  tape: Tape,
  weights: PerParameter<Tensor, MicroParameter>,
  { count, nodes }: { readonly count: number; readonly nodes: number },
  options: MicroPolicyOptions,
  decisions: MicroDecisions,
): PolicyTrace<MicroArc> {
  const network = new MicroNetwork(tape, weights, count, options);
  const recorder = new TraceRecorder(count);
  /** Decisions of each arc in the order of `microArcDecisions()`. */
  const flat = Array.from({ length: count }, () => new Array<number>(8 * nodes));
  const decide = (at: number, logits: Tensor) => {
    const choices = decisions.choose(at, logits.cpu, count);
    flat.forEach((arc, r) => arc[at] = choices[r]);
    const chosen = tape.backend.fromArray(choices, [count], "u32");
    recorder.decided(tape.apply(categorical, [logits, chosen], {}));
    return choices;
  };
  for (const cell of [0, 1]) {
    network.beginCell();
    for (let node = 0; node < nodes; node++) {
      const first = 4 * (cell * nodes + node);
      for (const operand of [0, 1]) {
        network.takeTensor(decide(first + 2 * operand, network.tensorLogits()));
      }
      for (const operand of [0, 1]) {
        network.takeOp(decide(first + 2 * operand + 1, network.opLogits(cell === 0)));
      }
      network.endNode(node === nodes - 1);
    }
  }
  return recorder.trace(flat.map(microArcFromDecisions), new Float64Array(count));
}

/** The LSTM between decisions, with the vectors of the tensors so far. */
class MicroNetwork {
  readonly #squash: TanhAttributes;
  readonly #opSquash: TanhAttributes;
  readonly #lstm: Lstm;
  /** `g_emb` for each arc, as an input of the LSTM. */
  readonly #start: Tensor;
  /** `w_emb` as inputs of the LSTM. */
  readonly #opInputs: Tensor;
  /** `b_soft` for each arc. */
  readonly #learnedBias: Tensor;
  readonly #fixedBias: Tensor;
  /** An input of zeros, projected. */
  readonly #zeros: Tensor;
  /** The next input of the LSTM. */
  #x: Tensor;
  /** What a choice of each tensor feeds to the LSTM, projected; zeros for the cell's two inputs. */
  #vectors: Tensor[] = [];
  /** What attention compares with, for each tensor. */
  #keys: Tensor[] = [];

  constructor(
    readonly tape: Tape,
    readonly weights: PerParameter<Tensor, MicroParameter>,
    count: number,
    options: MicroPolicyOptions,
  ) {
    const bound = options.tanhConstant;
    this.#squash = squashOf(bound, options.temperature);
    this.#opSquash = squashOf(bound / options.opTanhReduce, options.temperature);
    const lstm = this.#lstm = new Lstm(tape, weights.w_lstm, count);
    const firstRow = new Float64Array(count);
    this.#start = lstm.rows(lstm.project(weights.g_emb), firstRow);
    this.#opInputs = lstm.project(weights.w_emb);
    this.#learnedBias = lstm.rows(weights.b_soft, firstRow);
    const bias = perOp(options.opBias, -options.opBias);
    this.#fixedBias = tape.backend.fromArray(
      Float64Array.from({ length: count * bias.length }, (_, i) => bias[i % bias.length]),
      [count, bias.length],
    );
    this.#zeros = lstm.project(lstm.zeros());
    this.#x = this.#start;
  }

  /** Two steps for the cell's inputs; the state goes on from the cell before. */
  beginCell(): void {
    this.#vectors = [this.#zeros, this.#zeros];
    this.#keys = [];
    for (let input = 0; input < 2; input++) {
      this.#keys.push(this.#product(this.#lstm.step(this.#x), this.weights.w_a1));
    }
  }

  /** A step and the logits `[n, tensors so far]` of earlier tensors. */
  tensorLogits(): Tensor {
    const query = this.#product(this.#lstm.step(this.#x), this.weights.w_a2);
    const inputs = [query, this.weights.v_a, ...this.#keys];
    const [scores] = this.tape.apply(additiveAttention, inputs, {});
    return this.tape.apply(tanh, [scores], this.#squash)[0];
  }

  /** The next input is the vector of the tensor that each arc chose. */
  takeTensor(choices: Float64Array): void {
    const chosen = this.tape.backend.fromArray(choices, [choices.length], "u32");
    [this.#x] = this.tape.apply(selectRows, [chosen, ...this.#vectors], {});
  }

  /** A step and the op logits `[n,5]`, with the fixed bias or without. */
  opLogits(biased: boolean): Tensor {
    const product = this.#product(this.#lstm.step(this.#x), this.weights.w_soft);
    const scores = this.#add(product, this.#learnedBias);
    const [logits] = this.tape.apply(tanh, [scores], this.#opSquash);
    return biased ? this.#add(logits, this.#fixedBias) : logits;
  }

  /** The next input is the embedding of the op that each arc chose. */
  takeOp(choices: Float64Array): void {
    this.#x = this.#lstm.rows(this.#opInputs, choices);
  }

  /** A step that makes the vector of a node whose operands are chosen; a cell's last has no use. */
  endNode(last: boolean): void {
    const h = this.#lstm.step(this.#x);
    this.#x = this.#start;
    if (last) return;
    this.#vectors.push(this.#lstm.project(h));
    this.#keys.push(this.#product(h, this.weights.w_a1));
  }

  #product(a: Tensor, b: Tensor): Tensor {
    return this.tape.apply(matmul, [a, b], {})[0];
  }

  #add(a: Tensor, b: Tensor): Tensor {
    return this.tape.apply(sum, [a, b], {})[0];
  }
}
