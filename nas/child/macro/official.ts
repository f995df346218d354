/**
 * The network in which the released code retrains a macro arc (spec A.2, A.3, A.5). It is not the
 * child of the search: docs/graph_modes.md lists the differences.
 *
 * @module
 */
import type { Backend } from "../../../engine/backend.ts";
import { avgPool, maxPool, sum } from "../../../engine/ops/mod.ts";
import type { ParameterStore } from "../../../engine/parameters.ts";
import type { Random } from "../../../engine/random.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { Arc } from "../../space/arc.ts";
import { MACRO_OPS, type MacroArc } from "../../space/macro/arc.ts";
import type { MacroOfficialOptions } from "../../space/macro/network_spec.ts";
import { liveReductions } from "../../space/macro/structure.ts";
import { ChildLayers } from "../layers.ts";
import {
  isSeparable,
  macroOfficialNames,
  macroOfficialParameters,
  mergedSources,
} from "./official_parameters.ts";
import { macroNames } from "./parameters.ts";
import { Activation } from "../micro/activation.ts";
import type { ChildNetwork, ChildOutputs, ForwardMode } from "../network.ts";
import { expectOwnArc } from "../own_arc.ts";

/**
 * One macro arc as the released code retrains it: pre-activation layers, skips concatenated into a
 * 1x1 convolution, channels doubled at every pooling point.
 *
 * Like the released graph it has a factorised reduction for every tensor at a pooling point. Those
 * that nothing reads are not computed; their parameters exist and can only decay.
 */
export class MacroOfficialNetwork implements ChildNetwork {
  readonly #layers: ChildLayers;

  /**
   * Creates the weights of `arc` from the streams of `random`.
   *
   * @throws {ArcError} If the arc has another number of layers, or a pooling op that is refused.
   */
  constructor(
    readonly backend: Backend,
    readonly options: MacroOfficialOptions,
    random: Random,
    readonly arc: MacroArc,
  ) {
    const parameters = macroOfficialParameters(options, arc);
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

  get trained(): readonly string[] {
    return this.weights.names;
  }

  /** All parameters but those of reductions that nothing reads. `arc` is the network's own. */
  pathOf(arc: Arc): string[] {
    expectOwnArc(arc, this.arc);
    return macroOfficialParameters(this.options, this.arc, "live").parameters
      .map(({ name }) => name);
  }

  /** Records the network on `images [n,h,w,c]`. `arc` is the network's own. */
  forward(tape: Tape, arc: Arc, images: Tensor, mode: ForwardMode): ChildOutputs {
    expectOwnArc(arc, this.arc);
    const live = liveReductions(this.arc, this.options.skipIndex);
    /** Entry 0 is the stem's output, entry i + 1 that of layer i; null once nothing reads it. */
    let outputs: (Activation | null)[] = [];
    outputs.push(new Activation(this.#layers.convNorm(tape, images, macroNames.stem, { mode })));
    this.arc.layers.forEach((_, layer) => {
      const merges = layer > 0;
      let y = this.#op(tape, layer, outputs[layer]!.rectified(tape), mode, merges);
      if (merges) y = this.#merge(tape, layer, y, outputs, mode);
      outputs.push(new Activation(y));
      if (live[layer].length > 0) {
        const reduced: (Activation | null)[] = outputs.map(() => null);
        for (const source of live[layer]) {
          const { tensor } = outputs[source]!;
          const prefix = macroNames.reduction(layer, source);
          const half = this.#layers.factorizedReduction(tape, tensor, prefix, mode);
          reduced[source] = new Activation(half);
        }
        for (const output of outputs) output?.drop(tape);
        outputs = reduced;
      }
    });
    const { tensor } = outputs.pop()!;
    for (const output of outputs) output?.drop(tape);
    return {
      logits: this.#layers.head(tape, tensor, macroNames.head, mode),
      auxiliaryLogits: null,
    };
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#layers.dispose();
  }

  /** The op of a layer on the rectified input `x`, which stays; `relu` if ReLU follows. */
  #op(tape: Tape, layer: number, x: Tensor, mode: ForwardMode, relu: boolean): Tensor {
    const op = MACRO_OPS[this.arc.layers[layer].op];
    const body = macroNames.body(layer, op);
    const point = this.#layers.convNorm(tape, x, macroNames.point(layer, op), { mode, relu: true });
    let y: Tensor;
    if (op.kind === "pool") {
      // A pool of rectified numbers needs no further ReLU.
      const pool = op.pool === "avg" ? avgPool : maxPool;
      [y] = tape.apply(pool, [point], { size: 3, stride: 1 });
    } else if (isSeparable(op, this.options)) {
      y = this.#layers.separableNorm(tape, point, body, { mode, relu });
    } else y = this.#layers.convNorm(tape, point, body, { mode, relu });
    tape.drop(point);
    return y;
  }

  /** 1x1 convolution and batch norm over the rectified skips and `own`, which is not read again. */
  #merge(
    tape: Tape,
    layer: number,
    own: Tensor,
    outputs: readonly (Activation | null)[],
    mode: ForwardMode,
  ): Tensor {
    const { merge, mergeOwn, mergeSource } = macroOfficialNames;
    const sources = mergedSources(this.arc, layer, this.options.skipIndex);
    const terms = sources.map((source) =>
      this.#layers.conv(tape, outputs[source]!.rectified(tape), mergeSource(layer, source), mode)
    );
    terms.push(this.#layers.conv(tape, own, mergeOwn(layer), mode));
    tape.drop(own);
    let [y] = terms;
    if (terms.length > 1) {
      [y] = tape.apply(sum, terms, {});
      for (const term of terms) tape.drop(term);
    }
    return this.#layers.norm(tape, y, merge(layer), { mode });
  }
}
