/**
 * The controller's parameters and its recurrent cell (spec C.1). Everything runs on the CPU backend.
 *
 * @module
 */
import { uniformInit } from "../../engine/init.ts";
import { lstmCell } from "../../engine/ops/lstm_cell.ts";
import type { Random } from "../../engine/random.ts";
import type { Shape } from "../../engine/shape.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { StoredTensor } from "./sampler.ts";

/** Names of the parameters in the order of spec C.1. */
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
export type PerParameter<T> = Readonly<Record<ControllerParameter, T>>;

/** Makes one value for each parameter. */
export function perParameter<T>(make: (name: ControllerParameter) => T): PerParameter<T> {
  return Object.fromEntries(
    CONTROLLER_PARAMETERS.map((name) => [name, make(name)]),
  ) as Record<ControllerParameter, T>;
}

/**
 * Shapes of the parameters (spec C.1).
 *
 * @param hiddenSize Width H of the LSTM.
 * @param ops Number of ops to choose from: 6 in the macro space.
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
export function initialParameters(
  shapes: PerParameter<Shape>,
  random: Random,
): PerParameter<StoredTensor> {
  const fill = uniformInit(0.1);
  return perParameter((name) => ({
    shape: shapes[name],
    data: Float64Array.from(fill(shapes[name], random.fork(name))),
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
