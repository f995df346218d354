/**
 * A tensor that several ops read, with what is computed from it alone.
 *
 * @module
 */
import { avgPool, maxPool, relu } from "../../../engine/ops/mod.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";

/**
 * A tensor that several ops read. Its ReLU and its 3x3 pools have no weights and are therefore
 * computed at most once, however many ops ask for them.
 */
export class Activation {
  #derived = new Map<string, Tensor>();

  constructor(readonly tensor: Tensor) {}

  /** The ReLU of the tensor; it belongs to this object. */
  rectified(tape: Tape): Tensor {
    return this.#derive("relu", () => tape.apply(relu, [this.tensor], {})[0]);
  }

  /** The tensor's 3x3 pool; it belongs to this object. */
  pooled(tape: Tape, kind: "avg" | "max", stride: 1 | 2 = 1): Tensor {
    return this.#derive(`${kind} ${stride}`, () => {
      const op = kind === "avg" ? avgPool : maxPool;
      return tape.apply(op, [this.tensor], { size: 3, stride })[0];
    });
  }

  /** Drops all of it from the tape; nothing of it is read again. */
  drop(tape: Tape): void {
    tape.drop(this.tensor);
    for (const tensor of this.#derived.values()) tape.drop(tensor);
    this.#derived.clear();
  }

  #derive(key: string, compute: () => Tensor): Tensor {
    const known = this.#derived.get(key);
    if (known !== undefined) return known;
    const tensor = compute();
    this.#derived.set(key, tensor);
    return tensor;
  }
}
