/**
 * Drop-path of micro cells (spec B.6): while training, an operand of a node is left out for some
 * samples, the more often the deeper the layer and the later the step.
 *
 * @module
 */
import { dropPath } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { MICRO_OPS } from "../../space/micro/arc.ts";
import type { DropPath, ForwardMode } from "../network.ts";

/** A tensor, and whether nobody else reads it. */
export interface Term {
  readonly tensor: Tensor;
  readonly owned: boolean;
}

/** Drops the terms that nobody else reads from the tape. */
export function dropOwned(tape: Tape, terms: readonly Term[]): void {
  for (const { tensor, owned } of terms) if (owned) tape.drop(tensor);
}

/**
 * Probability with which drop-path keeps a path of a layer (spec B.6): `1 − progress·(1 − keep)` with
 * `keep = 1 − (layer + 1)/(layers + 2)·(1 − keepProbability)`.
 *
 * @param layer 0-based.
 * @param layers L; there are L + 2 layers.
 */
export function pathKeepProbability(layer: number, layers: number, dropPath: DropPath): number {
  const keepOfLayer = 1 - (layer + 1) / (layers + 2) * (1 - dropPath.keepProbability);
  return 1 - dropPath.progress * (1 - keepOfLayer);
}

/** Drop-path in one forward pass; every path draws from a stream of its own, in order. */
export class PathDropper {
  readonly #dropped: DropPath | null;
  readonly #seeds: Random;

  /** @param layers L; there are L + 2 layers. */
  constructor(readonly tape: Tape, mode: ForwardMode, readonly layers: number) {
    this.#dropped = mode.dropPath ?? null;
    this.#seeds = new Random(this.#dropped?.seed ?? 0);
  }

  /** The operand `term`, which `op` computed in `layer`, dropped for some samples; never an identity. */
  apply(term: Term, op: number, layer: number): Term {
    if (this.#dropped === null || MICRO_OPS[op].kind === "identity") return term;
    const keepProbability = pathKeepProbability(layer, this.layers, this.#dropped);
    const attributes = { keepProbability, seed: this.#seeds.uint32() };
    const [tensor] = this.tape.apply(dropPath, [term.tensor], attributes);
    dropOwned(this.tape, [term]);
    return { tensor, owned: true };
  }
}
