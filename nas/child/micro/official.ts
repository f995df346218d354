/**
 * The network in which the released code retrains a micro arc (spec B.2, B.3, B.6). It is not the
 * child of the search: docs/graph_modes.md lists the differences.
 *
 * @module
 */
import type { Backend } from "../../../engine/backend.ts";
import { concat, relu, sum } from "../../../engine/ops/mod.ts";
import type { ParameterStore } from "../../../engine/parameters.ts";
import type { Random } from "../../../engine/random.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { Arc } from "../../space/arc.ts";
import { MICRO_OPS, type MicroArc, microCellLooseEnds } from "../../space/micro/arc.ts";
import type { MicroOfficialOptions } from "../../space/micro/network_spec.ts";
import {
  type MicroLayerPlan,
  microOfficialStructure,
  type MicroStructure,
} from "../../space/micro/structure.ts";
import { auxiliaryHead, isAuxiliary } from "./auxiliary_head.ts";
import { ChildLayers } from "../layers.ts";
import { Activation } from "./activation.ts";
import {
  microOfficialNames,
  microOfficialParameters,
  type MicroOfficialPlace,
  operandStride,
} from "./official_parameters.ts";
import { microNames, REPETITIONS } from "./parameters.ts";
import { dropOwned, PathDropper, type Term } from "./drop_path.ts";
import type { ChildNetwork, ChildOutputs, ForwardMode } from "../network.ts";
import { expectOwnArc } from "../own_arc.ts";

/** What one forward pass hands down. */
interface Pass {
  readonly tape: Tape;
  readonly mode: ForwardMode;
  readonly paths: PathDropper;
}

/**
 * One micro arc as the released code retrains it: reduction cells halve the map by operands of
 * stride 2, outputs are the concatenated loose ends, paths may be dropped.
 */
export class MicroOfficialNetwork implements ChildNetwork {
  readonly #layers: ChildLayers;
  readonly #structure: MicroStructure;

  /**
   * Creates the weights of `arc` from the streams of `random`.
   *
   * @throws {ArcError} If its cells have another number of nodes.
   */
  constructor(
    readonly backend: Backend,
    readonly options: MicroOfficialOptions,
    random: Random,
    readonly arc: MicroArc,
  ) {
    const parameters = microOfficialParameters(options, arc);
    this.#structure = microOfficialStructure(arc, options);
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
    const trains = this.options.auxiliaryHead?.trainable ?? false;
    return this.weights.names.filter((name) => trains || !isAuxiliary(name));
  }

  /** The same as {@link MicroOfficialNetwork.trained}. `arc` is the network's own. */
  pathOf(arc: Arc): string[] {
    expectOwnArc(arc, this.arc);
    return [...this.trained];
  }

  /**
   * Records the network on `images [n,h,w,c]`. `arc` is the network's own. `mode.dropPath` drops
   * paths; `mode.auxiliary` runs the auxiliary head where the network has one.
   */
  forward(tape: Tape, arc: Arc, images: Tensor, mode: ForwardMode): ChildOutputs {
    expectOwnArc(arc, this.arc);
    const pass = { tape, mode, paths: new PathDropper(tape, mode, this.options.layers) };
    const stem = new Activation(this.#layers.convNorm(tape, images, microNames.stem, { mode }));
    let [earlier, previous] = [stem, stem];
    let auxiliaryLogits: Tensor | null = null;
    for (const plan of this.#structure.layers) {
      const first = this.#calibrate(pass, earlier, plan, 0);
      const second = this.#calibrate(pass, previous, plan, 1);
      const prefix = microOfficialNames.base(plan.layer);
      const rectified = second.rectified(tape);
      const base = new Activation(this.#layers.convNorm(tape, rectified, prefix, { mode }));
      if (second !== previous) second.drop(tape);
      const output = this.#cell(pass, plan, [first, base]);
      for (const past of new Set([earlier, first, base])) {
        if (past !== previous) past.drop(tape);
      }
      [earlier, previous] = [previous, output];
      const { auxiliaryHead: head } = this.options;
      if (head && mode.auxiliary && plan.layer === this.#structure.auxLayer) {
        const rectified = output.rectified(tape);
        auxiliaryLogits = auxiliaryHead(this.#layers, tape, rectified, this.#structure, mode);
      }
    }
    const [features] = tape.apply(relu, [previous.tensor], {});
    for (const past of [earlier, previous]) past.drop(tape);
    const logits = this.#layers.head(tape, features, microNames.head, mode);
    return { logits, auxiliaryLogits };
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#layers.dispose();
  }

  /** The input as the layer reads it: `x` itself, or a new activation. */
  #calibrate(
    { tape, mode }: Pass,
    x: Activation,
    { layer, inputs }: MicroLayerPlan,
    input: 0 | 1,
  ): Activation {
    const { calibration } = inputs[input];
    if (calibration === "none") return x;
    const prefix = microNames.calibration(layer, input);
    const rectified = x.rectified(tape);
    return new Activation(
      calibration === "reduce"
        ? this.#layers.factorizedReduction(tape, rectified, prefix, mode)
        : this.#layers.convNorm(tape, rectified, prefix, { mode }),
    );
  }

  /** The output of a layer's cell; its inputs stay. */
  #cell(pass: Pass, plan: MicroLayerPlan, inputs: readonly Activation[]): Activation {
    const { tape, mode } = pass;
    const tensors = [...inputs];
    const cell = this.arc[plan.cell];
    cell.nodes.forEach((_, node) => tensors.push(this.#node(pass, plan, node, tensors)));
    const looseEnds = microCellLooseEnds(cell);
    if (looseEnds.length === 1) {
      // No node can read the last one, so that it is the loose end.
      for (const node of tensors.slice(2, -1)) node.drop(tape);
      return tensors[tensors.length - 1];
    }
    const ends = looseEnds.map((end): Term => {
      const { tensor } = tensors[end];
      if (operandStride(plan, end) === 1) return { tensor, owned: false };
      const prefix = microOfficialNames.looseInput(plan.layer, end);
      return {
        tensor: this.#layers.factorizedReduction(tape, tensor, prefix, mode),
        owned: true,
      };
    });
    const [output] = tape.apply(concat, ends.map(({ tensor }) => tensor), {});
    dropOwned(tape, ends);
    for (const node of tensors.slice(2)) node.drop(tape);
    return new Activation(output);
  }

  #node(
    pass: Pass,
    plan: MicroLayerPlan,
    node: number,
    tensors: readonly Activation[],
  ): Activation {
    const { tape } = pass;
    const terms = this.arc[plan.cell].nodes[node].operands.map(({ input, op }, operand) => {
      const place = { layer: plan.layer, node, operand };
      const term = this.#operand(pass, tensors[input], op, place, operandStride(plan, input));
      return pass.paths.apply(term, op, plan.layer);
    });
    const [total] = tape.apply(sum, terms.map(({ tensor }) => tensor), {});
    dropOwned(tape, terms);
    return new Activation(total);
  }

  /** One op on `x`, which stays. */
  #operand(
    { tape, mode }: Pass,
    x: Activation,
    id: number,
    place: MicroOfficialPlace,
    stride: 1 | 2,
  ): Term {
    const { kernel, pool } = MICRO_OPS[id];
    if (pool !== null) return { tensor: x.pooled(tape, pool, stride), owned: false };
    if (kernel === null) {
      if (stride === 1) return { tensor: x.tensor, owned: false };
      const prefix = microOfficialNames.identity(place);
      const tensor = this.#layers.factorizedReduction(tape, x.tensor, prefix, mode);
      return { tensor, owned: true };
    }
    let tensor = x.rectified(tape);
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const input = tensor;
      // The ReLU in front of the next repetition is part of this one's batch norm.
      const use = { mode, relu: repetition < REPETITIONS - 1 };
      const prefix = microOfficialNames.separable(place, kernel, repetition);
      tensor = this.#layers.separableNorm(tape, input, prefix, use, repetition === 0 ? stride : 1);
      if (repetition > 0) tape.drop(input);
    }
    return { tensor, owned: true };
  }
}
