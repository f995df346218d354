/**
 * The controller's parameters and its recurrent cell (spec C.1). Everything runs on the CPU backend.
 *
 * @module
 */
import { uniformInit } from "../../../engine/init.ts";
import { embedding } from "../../../engine/ops/embedding.ts";
import { lstmCell } from "../../../engine/ops/lstm_cell.ts";
import { matmul } from "../../../engine/ops/matmul.ts";
import type { TanhAttributes } from "../../../engine/reference/tanh.ts";
import type { Random } from "../../../engine/random.ts";
import type { Shape } from "../../../engine/shape.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { StoredTensor } from "../strategy.ts";

/** Names of the parameters that both spaces have, in the order of spec C.1. */
export const CONTROLLER_PARAMETERS = [
  "w_lstm",
  "g_emb",
  "w_emb",
  "w_soft",
  "w_a1",
  "w_a2",
  "v_a",
] as const;

/** Name of a parameter. */
export type ControllerParameter = (typeof CONTROLLER_PARAMETERS)[number];

/** One value for each parameter. */
export type PerParameter<T, Name extends string = ControllerParameter> = Readonly<Record<Name, T>>;

/** Names of the parameters, in the order in which they were given. */
export function parameterNames<Name extends string>(values: PerParameter<unknown, Name>): Name[] {
  return Object.keys(values) as Name[];
}

/** Makes one value for each parameter out of another. */
export function mapParameters<T, U, Name extends string>(
  values: PerParameter<T, Name>,
  make: (value: T, name: Name) => U,
): PerParameter<U, Name> {
  const entries = parameterNames(values).map((name) => [name, make(values[name], name)]);
  return Object.fromEntries(entries) as Record<Name, U>;
}

/**
 * Shapes of the parameters that both spaces have (spec C.1).
 *
 * @param hiddenSize Width H of the LSTM.
 * @param ops Number of ops to choose from: 6 in the macro space, 5 in the micro space.
 */
export function parameterShapes(hiddenSize: number, ops: number): PerParameter<Shape> {
  return {
    w_lstm: [2 * hiddenSize, 4 * hiddenSize],
    g_emb: [1, hiddenSize],
    w_emb: [ops, hiddenSize],
    w_soft: [hiddenSize, ops],
    w_a1: [hiddenSize, hiddenSize],
    w_a2: [hiddenSize, hiddenSize],
    v_a: [hiddenSize, 1],
  };
}

/**
 * Initial parameters, uniform in [-0.1, 0.1) (spec C.1).
 *
 * @param shapes Their shapes.
 * @param random Each parameter forks its own stream of it.
 */
export function initialParameters<Name extends string>(
  shapes: PerParameter<Shape, Name>,
  random: Random,
): PerParameter<StoredTensor, Name> {
  const fill = uniformInit(0.1);
  return mapParameters(shapes, (shape, name) => ({
    shape,
    data: Float64Array.from(fill(shape, random.fork(name))),
  }));
}

/**
 * The controller's LSTM over n arcs side by side, unrolled on a tape. It begins with zeros (spec C.1).
 *
 * `[x, h]·W` is taken as `x·W_x + h·W_h`, the same sums in the same order: most inputs x are rows of
 * small tables, for which the first product is made once for the whole table.
 */
export class Lstm {
  /** Width H. */
  readonly width: number;
  /** `W_x [H,4H]`, the upper rows of W. */
  readonly #inputWeights: Tensor;
  /** `W_h [H,4H]`, the lower rows of W. */
  readonly #stateWeights: Tensor;
  #h: Tensor;
  #c: Tensor;

  /**
   * @param tape On the CPU backend.
   * @param wLstm `W [2H,4H]`.
   * @param count Number of arcs n.
   */
  constructor(readonly tape: Tape, wLstm: Tensor, readonly count: number) {
    this.width = wLstm.shape[0] / 2;
    const half = (first: number) => {
      const rows = Float64Array.from({ length: this.width }, (_, i) => first + i);
      return this.rows(wLstm, rows);
    };
    this.#inputWeights = half(0);
    this.#stateWeights = half(this.width);
    this.#h = this.zeros();
    this.#c = this.zeros();
  }

  /** `h [n,H]` after the newest step. */
  get h(): Tensor {
    return this.#h;
  }

  /** Zeros `[n,H]`. */
  zeros(): Tensor {
    const shape = [this.count, this.width];
    return this.tape.backend.fromArray(new Float64Array(this.count * this.width), shape);
  }

  /** The rows of `table [v,w]` with the given indices, `[n,w]`. */
  rows(table: Tensor, indices: Float64Array): Tensor {
    const chosen = this.tape.backend.fromArray(indices, [indices.length], "u32");
    return this.tape.apply(embedding, [table, chosen], {})[0];
  }

  /** `x·W_x [r,4H]` of rows `x [r,H]`. */
  project(x: Tensor): Tensor {
    return this.tape.apply(matmul, [x, this.#inputWeights], {})[0];
  }

  /** One step; returns the new `h [n,H]`. `projected [n,4H]` is the {@link project}ed input. */
  step(projected: Tensor): Tensor {
    const inputs = [projected, this.#h, this.#c, this.#stateWeights];
    [this.#h, this.#c] = this.tape.apply(lstmCell, inputs, {});
    return this.#h;
  }
}

/**
 * Attributes of the op `tanh` that bounds logits.
 *
 * @param bound Bound of the logits, in nats.
 * @param temperature Divides them before tanh; null leaves them alone (spec C.1).
 */
export function squashOf(bound: number, temperature: number | null): TanhAttributes {
  return temperature === null ? { scale: bound } : { scale: bound, temperature };
}
