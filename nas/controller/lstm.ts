/**
 * The controller's parameters and its recurrent cell (spec C.1). Everything runs on the CPU backend.
 *
 * @module
 */
import { uniformInit } from "../../engine/init.ts";
import { lstmCell } from "../../engine/ops/lstm_cell.ts";
import type { TanhAttributes } from "../../engine/reference/tanh.ts";
import type { Random } from "../../engine/random.ts";
import type { Shape } from "../../engine/shape.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { StoredTensor } from "./sampler.ts";

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

/** State of the LSTM: `h [n,H]` and `c [n,H]`. */
export interface LstmState {
  readonly h: Tensor;
  readonly c: Tensor;
}

/** The state before the first step: zeros for `n` rows (spec C.1). */
export function zeroState(tape: Tape, n: number, hiddenSize: number): LstmState {
  const zeros = () => {
    const shape = [n, hiddenSize];
    return tape.backend.fromArray(new Float64Array(n * hiddenSize), shape);
  };
  return { h: zeros(), c: zeros() };
}

/** One step of the LSTM with input `x [n,H]`. */
export function lstmStep(tape: Tape, wLstm: Tensor, x: Tensor, { h, c }: LstmState): LstmState {
  const [newH, newC] = tape.apply(lstmCell, [x, h, c, wLstm], {});
  return { h: newH, c: newC };
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
