/**
 * Reverse-mode automatic differentiation: a tape records operations in the order they run and
 * walks back over them once.
 *
 * ```ts
 * const tape = new Tape(backend);
 * tape.watch(weight, gradient);
 * const [y] = tape.apply(conv2d, [x, weight], { stride: 1, shift: 0 });
 * …
 * tape.backward(loss);      // writes `gradient`
 * ```
 *
 * While walking back, an activation is released as soon as the op that made it has been passed, and
 * a gradient as soon as it was used, so the pool can hand the storage to the next op.
 *
 * @module
 */
import type { Backend } from "./backend.ts";
import { ShapeError } from "./errors.ts";
import { expectInputs, type Op } from "./op.ts";
import { elementCount, formatShape, sameShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

interface Node {
  readonly op: Op;
  readonly attributes: unknown;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly saved: unknown;
}

/** A loss that counts `weight [1]` times. */
export interface WeightedLoss {
  readonly loss: Tensor;
  readonly weight: Tensor;
}

/** Records operations on one backend for one backward pass. */
export class Tape {
  #nodes: Node[] = [];
  #destinations = new Map<Tensor, Tensor>();
  #gradients = new Set<Tensor>();
  #uses = new Map<Tensor, number>();
  #tracked = new Set<Tensor>();
  #kept = new Set<Tensor>();
  /** Inputs of ops that were not recorded: a gradient with respect to them would miss these ops. */
  #unrecorded = new Map<Tensor, string>();
  #walked = false;
  /** Watched tensors whose gradient is complete. */
  #arrived = new Set<Tensor>();
  /** Gradients that are added to others when the tape was walked. */
  #added: { readonly tensor: Tensor; readonly added: Tensor; readonly gradient: Tensor }[] = [];
  /** Gradient contributions that wait for the op that made the tensor. */
  #pending = new Map<Tensor, Tensor[]>();
  /** Contributions to which several ops add. */
  #sums = new Map<Tensor, Tensor>();
  /** How often a gradient tensor occurs in `#pending`. */
  #owners = new Map<Tensor, number>();

  constructor(readonly backend: Backend) {}

  /**
   * Asks for the gradient with respect to `tensor`, to be written into `gradient`. Throws a
   * {@link ShapeError} where an op has read the tensor before, since that was not recorded.
   *
   * @param how.add adds to what `gradient` holds instead of overwriting it, so that several tapes gather
   * one gradient: clear it before the first (`ParameterStore.clearGradients`), step after the last, and give
   * each loss its share with the op `scale`
   */
  watch(tensor: Tensor, gradient: Tensor, how: { readonly add?: boolean } = {}): void {
    const reader = this.#unrecorded.get(tensor);
    if (reader !== undefined) {
      throw new ShapeError(
        `watch() expects a tensor that no op has read but found ${
          formatShape(tensor.shape)
        }, which ` +
          `${reader}() read before; call watch() before apply()`,
      );
    }
    if (!sameShape(tensor.shape, gradient.shape)) {
      throw new ShapeError(
        `watch() expects a gradient of shape ${formatShape(tensor.shape)} but found ` +
          formatShape(gradient.shape),
      );
    }
    this.#tracked.add(tensor);
    if (how.add) {
      // What arrives is written beside it first: a kernel does not read what it writes.
      const added = this.backend.allocate(tensor.shape);
      this.#added.push({ tensor, added, gradient });
      this.#destinations.set(tensor, added);
      this.#gradients.add(added);
      return;
    }
    this.#destinations.set(tensor, gradient);
    this.#gradients.add(gradient);
  }

  /**
   * Runs `op`; records it when a watched tensor takes part. Returns all outputs of the op. Throws a
   * {@link ShapeError} that names the op and the input that does not fit.
   */
  apply<Attributes>(
    op: Op<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
  ): readonly Tensor[] {
    this.#expectOpen("apply");
    expectInputs(op, inputs);
    op.shape(inputs.map((input) => input.shape), attributes);
    const { outputs, saved } = this.backend.forward(op, inputs, attributes);
    if (inputs.some((input) => this.#tracked.has(input))) {
      this.#nodes.push({ op, attributes, inputs: [...inputs], outputs, saved });
      for (const output of outputs) this.#tracked.add(output);
      for (const input of inputs) this.#uses.set(input, (this.#uses.get(input) ?? 0) + 1);
    } else {
      for (const input of inputs) this.#unrecorded.set(input, op.name);
      this.backend.releaseSaved(saved);
    }
    return outputs;
  }

  /**
   * Releases an activation that the caller will not read again, unless the tape needs it: forward
   * passes without gradients then run in little memory.
   */
  drop(tensor: Tensor): void {
    if (!this.#tracked.has(tensor)) this.backend.release(tensor);
  }

  /** Lets an activation outlive {@link Tape.backward}; the caller releases it, or its scope does. */
  keep(tensor: Tensor): Tensor {
    this.#kept.add(tensor);
    return tensor;
  }

  /**
   * Writes the gradient of `loss` (one element) into the gradients given to {@link Tape.watch} and
   * releases what was recorded. Watched tensors that did not take part are left as they were;
   * {@link Tape.used} names those that did. A tape can be walked once: a second call throws a
   * {@link ShapeError}, and so does a loss that depends on no watched tensor.
   *
   * @param added further losses of one element, each with its weight as a tensor `[1]` that was
   * uploaded before anything was recorded; the tape releases the weights
   */
  backward(loss: Tensor, added: readonly WeightedLoss[] = []): void {
    this.#expectOpen("backward");
    this.#walked = true;
    for (const seed of [{ loss, weight: this.backend.one }, ...added]) {
      if (elementCount(seed.loss.shape) !== 1) {
        throw new ShapeError(
          `backward() expects a loss of one element but found shape ${
            formatShape(seed.loss.shape)
          }`,
        );
      }
      if (!this.#tracked.has(seed.loss)) {
        throw new ShapeError(
          `backward() expects a loss that depends on a watched tensor but found one that none has ` +
            `part in; call watch() before apply()`,
        );
      }
      this.#contribute(seed.loss, seed.weight);
    }
    while (this.#nodes.length > 0) this.#walkBack(this.#nodes.pop()!);
    for (const [tensor, gradient] of this.#destinations) {
      const contributions = this.#pending.get(tensor);
      if (contributions === undefined) continue;
      this.#arrived.add(tensor);
      this.#pending.delete(tensor);
      if (contributions.length > 1 || contributions[0] !== gradient) {
        this.backend.accumulate(contributions, gradient);
      }
      for (const contribution of contributions) this.#disown(contribution);
    }
    for (const { tensor, added, gradient } of this.#added) {
      if (this.#arrived.has(tensor)) {
        const total = this.backend.allocate(tensor.shape);
        this.backend.accumulate([gradient, added], total);
        this.backend.accumulate([total], gradient);
        this.backend.release(total);
      }
      this.backend.release(added);
    }
  }

  /** True when `tensor` was an input of a recorded op. */
  used(tensor: Tensor): boolean {
    return this.#uses.has(tensor);
  }

  /** A tape ends with its walk back: what it recorded is released. */
  #expectOpen(method: string): void {
    if (!this.#walked) return;
    throw new ShapeError(
      `${method}() expects a tape that was not walked back but found backward() called before; ` +
        `record each step on a new Tape`,
    );
  }

  #walkBack(node: Node): void {
    const dys = node.outputs.map((output) => this.#take(output));
    if (dys.some((dy) => dy !== null)) {
      const needs = node.inputs.map((input) => this.#tracked.has(input));
      const gradients = this.backend.backward(node.op, dys, {
        inputs: node.inputs,
        outputs: node.outputs,
        saved: node.saved,
        attributes: node.attributes,
        needs,
        into: (index) => this.#destination(node.inputs[index]),
        sumOf: (index) => this.#sum(node.inputs[index]),
      });
      gradients.forEach((gradient, index) => {
        if (gradient === null) return;
        if (needs[index]) this.#contribute(node.inputs[index], gradient);
        else if (!dys.includes(gradient)) this.backend.release(gradient);
      });
    }
    for (const dy of dys) if (dy !== null) this.#disown(dy);
    this.backend.releaseSaved(node.saved);
    for (const output of node.outputs) {
      if (!this.#kept.has(output)) this.backend.release(output);
    }
  }

  #destination(input: Tensor): Tensor {
    const watched = this.#destinations.get(input);
    if (watched !== undefined && this.#uses.get(input) === 1) return watched;
    return this.backend.allocate(input.shape);
  }

  /** The contribution to the gradient of `input`, a tracked tensor, that ops add to. */
  #sum(input: Tensor): Tensor {
    let sum = this.#sums.get(input);
    if (sum === undefined) {
      sum = this.backend.allocate(input.shape);
      this.#sums.set(input, sum);
      this.#contribute(input, sum);
    }
    return sum;
  }

  #contribute(tensor: Tensor, gradient: Tensor): void {
    const list = this.#pending.get(tensor);
    if (list === undefined) this.#pending.set(tensor, [gradient]);
    else list.push(gradient);
    this.#owners.set(gradient, (this.#owners.get(gradient) ?? 0) + 1);
  }

  /** The complete gradient of `tensor`, now owned by the caller; null when it has none. */
  #take(tensor: Tensor): Tensor | null {
    const contributions = this.#pending.get(tensor);
    if (contributions === undefined) return null;
    this.#pending.delete(tensor);
    const watched = this.#destinations.get(tensor);
    if (watched !== undefined) this.#arrived.add(tensor);
    const complete = contributions.length === 1;
    if (complete && (watched === undefined || watched === contributions[0])) {
      return contributions[0];
    }
    const total = watched ?? this.backend.allocate(tensor.shape);
    this.backend.accumulate(contributions, total);
    for (const contribution of contributions) this.#disown(contribution);
    this.#owners.set(total, 1);
    return total;
  }

  #disown(gradient: Tensor): void {
    const owners = this.#owners.get(gradient)! - 1;
    if (owners > 0) {
      this.#owners.set(gradient, owners);
      return;
    }
    this.#owners.delete(gradient);
    const borrowed = this.#gradients.has(gradient) || gradient === this.backend.one;
    if (!borrowed) this.backend.release(gradient);
  }
}
