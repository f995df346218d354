/**
 * The micro space's shared cell graph: one set of weights from which the child of any arc is
 * computed, as the search does (spec B.1 to B.5).
 *
 * ```
 * images -> stem -> L + 2 layers -> ReLU -> global average -> dropout -> fully connected -> logits
 * ```
 *
 * Two layers halve the map and double the channels: they halve the previous output first and then
 * run the reduction cell at stride 1. All others run the normal cell.
 *
 * The released search graph keeps no averages for the batch norms of its cells and scores children
 * with the statistics of the batch (spec D.4): that is the mode `batch`. Here every batch norm, each
 * row of a bank for itself, keeps moving averages, so that children can be scored in every mode.
 *
 * @module
 */
import type { Backend } from "../../../engine/backend.ts";
import { relu, sum } from "../../../engine/ops/mod.ts";
import type { ParameterStore } from "../../../engine/parameters.ts";
import type { Random } from "../../../engine/random.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import {
  MICRO_OPS,
  type MicroArc,
  type MicroCell,
  microCellLooseEnds,
} from "../../space/micro/arc.ts";
import type { MicroNetworkOptions } from "../../space/micro/network_spec.ts";
import {
  type MicroInputPlan,
  microSearchStructure,
  type MicroStructure,
} from "../../space/micro/structure.ts";
import { auxiliaryHead, isAuxiliary } from "./auxiliary_head.ts";
import { ChildLayers } from "../layers.ts";
import { dropOwned, PathDropper, type Term } from "./drop_path.ts";
import { Activation } from "./activation.ts";
import {
  microCellOf,
  microNames,
  microParameters,
  REPETITIONS,
  type SeparablePlace,
} from "./parameters.ts";
import type { ChildNetwork, ChildOutputs, ForwardMode } from "../network.ts";

/** Inputs 0 and 1 of a layer. */
type Pair = readonly [Activation, Activation];

/** What one forward pass hands down. */
interface Pass {
  readonly tape: Tape;
  readonly mode: ForwardMode;
  readonly paths: PathDropper;
}

/** Shared weights of the micro space, or the weights of a single child. */
export class MicroNetwork implements ChildNetwork {
  readonly #layers: ChildLayers;
  readonly #structure: MicroStructure;

  /**
   * Creates all weights of the shared graph, or with `arc` those of this child alone, from the
   * streams of `random`.
   */
  constructor(
    readonly backend: Backend,
    readonly options: MicroNetworkOptions,
    random: Random,
    arc: MicroArc | null = null,
  ) {
    this.#structure = microSearchStructure(options);
    const parameters = microParameters(options, arc);
    this.#layers = new ChildLayers(backend, parameters, random, options.batchNormDecay);
  }

  get weights(): ParameterStore {
    return this.#layers.weights;
  }

  get averages(): ParameterStore {
    return this.#layers.averages;
  }

  get averageUpdates(): Map<string, number> {
    return this.#layers.updates;
  }

  /** All weights; those of the auxiliary head only if it is trainable. */
  get trained(): readonly string[] {
    return this.weights.names.filter((name) => this.#trains(name));
  }

  /**
   * Names of the trained parameters that the child of `arc` reads; a step on `arc` changes no other.
   * A trainable auxiliary head is among them: every step then has to run it.
   */
  pathOf(arc: MicroArc): string[] {
    const { parameters } = microParameters(this.options, arc);
    return parameters.map(({ name }) => name).filter((name) => this.#trains(name));
  }

  /**
   * Records the child of `arc` on `images [n,h,w,c]`. `mode.auxiliary` runs the auxiliary head where
   * the network has one. `mode.dropPath` drops paths as in the official network; the released search
   * does not.
   */
  forward(tape: Tape, arc: MicroArc, images: Tensor, mode: ForwardMode): ChildOutputs {
    const { reductionPrev, auxiliaryHead: auxiliary } = this.options;
    const { layers, auxLayer } = this.#structure;
    const stem = new Activation(this.#layers.convNorm(tape, images, microNames.stem, { mode }));
    const paths = new PathDropper(tape, mode, this.options.layers);
    let prev: Pair = [stem, stem];
    let auxiliaryLogits: Tensor | null = null;
    for (const plan of layers) {
      let inputs = prev;
      if (plan.frontReduction !== null) {
        const prefix = microNames.reduction(plan.layer);
        const x = this.#layers.factorizedReduction(tape, prev[1].tensor, prefix, mode);
        inputs = [prev[1], new Activation(x)];
      }
      const [first, second] = plan.inputs.map(({ calibration }, input) => {
        const prefix = microNames.calibration(plan.layer, input);
        return this.#calibrate(tape, inputs[input], calibration, prefix, mode);
      });
      const cell = microCellOf(this.options, arc, plan);
      const output = this.#cell({ tape, mode, paths }, cell, [first, second], plan.layer);
      const earlier = reductionPrev === "earlier" ? prev[1] : inputs[1];
      const next: Pair = [earlier, output];
      for (const past of new Set([...prev, ...inputs, first, second])) {
        if (past !== earlier) past.drop(tape);
      }
      prev = next;
      if (auxiliary && mode.auxiliary && plan.layer === auxLayer) {
        const rectified = output.rectified(tape);
        auxiliaryLogits = auxiliaryHead(this.#layers, tape, rectified, this.#structure, mode);
      }
    }
    const [features] = tape.apply(relu, [prev[1].tensor], {});
    for (const past of prev) past.drop(tape);
    const logits = this.#layers.head(tape, features, microNames.head, mode);
    return { logits, auxiliaryLogits };
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#layers.dispose();
  }

  #trains(name: string): boolean {
    return !isAuxiliary(name) || (this.options.auxiliaryHead?.trainable ?? false);
  }

  /** The input as the layer's cell reads it: `x` itself, or a new activation. */
  #calibrate(
    tape: Tape,
    x: Activation,
    calibration: MicroInputPlan["calibration"],
    prefix: string,
    mode: ForwardMode,
  ): Activation {
    if (calibration === "none") return x;
    const rectified = x.rectified(tape);
    return new Activation(
      calibration === "reduce"
        ? this.#layers.factorizedReduction(tape, rectified, prefix, mode)
        : this.#layers.convNorm(tape, rectified, prefix, { mode }),
    );
  }

  /** The output of a layer's cell; its inputs stay. */
  #cell(
    { tape, mode, paths }: Pass,
    cell: MicroCell,
    inputs: Pair,
    layer: number,
  ): Activation {
    const tensors: Activation[] = [...inputs];
    cell.nodes.forEach(({ operands }, node) => {
      const terms = operands.map(({ input, op }, operand) => {
        const place = { layer, node, operand, row: input };
        return paths.apply(this.#operand(tape, tensors[input], op, place, mode), op, layer);
      });
      const [total] = tape.apply(sum, terms.map(({ tensor }) => tensor), {});
      dropOwned(tape, terms);
      tensors.push(new Activation(total));
    });
    // The released code concatenates the loose ends and convolves them with the stacked rows of the
    // bank. The sum of one convolution for each loose end is the same number, without the copies.
    const ends = microCellLooseEnds(cell).map((row) => {
      const name = microNames.outputRow(layer, row);
      return this.#layers.conv(tape, tensors[row].rectified(tape), name, mode);
    });
    let y = ends[0];
    if (ends.length > 1) {
      [y] = tape.apply(sum, ends, {});
      ends.forEach((end) => tape.drop(end));
    }
    for (const node of tensors.slice(2)) node.drop(tape);
    return new Activation(this.#layers.norm(tape, y, microNames.output(layer), { mode }));
  }

  /** One op on `x`, which stays; the result is `owned` where it is nobody else's. */
  #operand(
    tape: Tape,
    x: Activation,
    id: number,
    place: Omit<SeparablePlace, "kernel">,
    mode: ForwardMode,
  ): Term {
    const { kernel, pool } = MICRO_OPS[id];
    if (pool !== null) return { tensor: x.pooled(tape, pool), owned: false };
    if (kernel === null) return { tensor: x.tensor, owned: false };
    let tensor = x.rectified(tape);
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const input = tensor;
      // The ReLU in front of the next repetition is part of this one's batch norm.
      const use = { mode, relu: repetition < REPETITIONS - 1 };
      const prefix = microNames.separable({ ...place, kernel }, repetition);
      tensor = this.#layers.separableNorm(tape, input, prefix, use);
      if (repetition > 0) tape.drop(input);
    }
    return { tensor, owned: true };
  }
}
