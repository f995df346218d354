/**
 * The macro space's shared graph: one set of weights from which the child of any arc is computed
 * (spec sections A.1 to A.4).
 *
 * @module
 */
import type { Backend } from "../../../engine/backend.ts";
import { avgPool, depthwiseConv2d, maxPool, sum } from "../../../engine/ops/mod.ts";
import type { ParameterStore } from "../../../engine/parameters.ts";
import type { Random } from "../../../engine/random.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { ArcError } from "../../space/errors.ts";
import { MACRO_OPS, type MacroArc } from "../../space/macro/arc.ts";
import type { MacroNetworkOptions } from "../../space/macro/network_spec.ts";
import { executedArc, liveReductions } from "../../space/macro/structure.ts";
import { ChildLayers } from "../layers.ts";
import { macroNames, macroParameters } from "./parameters.ts";
import type { ChildNetwork, ChildOutputs, ForwardMode } from "../network.ts";

/** Shared weights of the macro space, or the weights of a single child. */
export class MacroNetwork implements ChildNetwork {
  readonly #layers: ChildLayers;

  /**
   * Creates all weights of the shared graph, or with `arc` those of this child alone, from the
   * streams of `random`.
   */
  constructor(
    readonly backend: Backend,
    readonly options: MacroNetworkOptions,
    random: Random,
    arc: MacroArc | null = null,
  ) {
    const parameters = macroParameters(options, arc === null ? null : this.#executed(arc));
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

  /** Names of the parameters that the child of `arc` reads; a step on `arc` changes no other. */
  pathOf(arc: MacroArc): string[] {
    return macroParameters(this.options, this.#executed(arc)).parameters.map(({ name }) => name);
  }

  /** Records the child of `arc` on `images [n,h,w,c]`. */
  forward(tape: Tape, arc: MacroArc, images: Tensor, mode: ForwardMode): ChildOutputs {
    const { skipIndex } = this.options;
    const first = skipIndex === "layer-output" ? 1 : 0;
    const executed = this.#executed(arc);
    const live = liveReductions(executed, skipIndex);
    /** Entry 0 is the stem's output, entry i + 1 that of layer i; null once nothing reads it. */
    const outputs: (Tensor | null)[] = [];
    outputs.push(this.#layers.convNorm(tape, images, macroNames.stem, { mode }));
    executed.layers.forEach(({ op, skips }, layer) => {
      let y = this.#op(tape, layer, op, outputs[layer]!, mode);
      if (layer > 0) {
        const terms = [y, ...outputs.filter((_, i) => skips[i - first])] as Tensor[];
        if (terms.length > 1) {
          const [total] = tape.apply(sum, terms, {});
          tape.drop(y);
          y = total;
        }
        y = this.#layers.norm(tape, y, macroNames.skip(layer), { mode });
      }
      outputs.push(y);
      if (live[layer].length > 0) {
        const reduced: (Tensor | null)[] = outputs.map(() => null);
        for (const source of live[layer]) {
          const prefix = macroNames.reduction(layer, source);
          reduced[source] = this.#layers.factorizedReduction(tape, outputs[source]!, prefix, mode);
        }
        outputs.forEach((output) => output !== null && tape.drop(output));
        outputs.splice(0, outputs.length, ...reduced);
      }
    });
    const last = outputs[outputs.length - 1]!;
    return {
      logits: this.#layers.head(tape, last, macroNames.head, mode),
      auxiliaryLogits: null,
    };
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#layers.dispose();
  }

  /** The arc that runs when `arc` was sampled. */
  #executed(arc: MacroArc): MacroArc {
    if (arc.layers.length !== this.options.layers) {
      throw new ArcError(
        `Expected an architecture of ${this.options.layers} layers, as the network has, but found ` +
          `${arc.layers.length}`,
      );
    }
    return executedArc(arc, this.options.opMode);
  }

  /** The branch of one op: 1x1 convolution, then the op's own convolution or pool. */
  #op(tape: Tape, layer: number, id: number, x: Tensor, mode: ForwardMode): Tensor {
    const op = MACRO_OPS[id];
    const body = macroNames.body(layer, op);
    const point = this.#layers.convNorm(tape, x, macroNames.point(layer, op), { mode, relu: true });
    const pool = { size: 3, stride: 1 };
    let y: Tensor;
    if (op.kind === "pool") {
      [y] = op.pool === "avg"
        ? tape.apply(avgPool, [point], pool)
        : tape.apply(maxPool, [point], pool);
      tape.drop(point);
      return y;
    }
    if (op.kind === "conv") {
      y = this.#layers.conv(tape, point, `${body}/conv`, mode);
      tape.drop(point);
    } else {
      const depthwise = this.#layers.weight(`${body}/depthwise`, mode);
      const [spatial] = tape.apply(depthwiseConv2d, [point, depthwise], { stride: 1 });
      tape.drop(point);
      y = this.#layers.conv(tape, spatial, `${body}/pointwise`, mode);
      tape.drop(spatial);
    }
    return this.#layers.norm(tape, y, body, { mode, relu: true, masked: true });
  }
}
