/**
 * Stochastic gradient descent with momentum, L2 and clipping of gradient norms.
 *
 * `g' = scale·g + 2·l2·w`, `m ← momentum·m + g'`, `w ← w − rate·(g' + momentum·m)`, or
 * with `nesterov: false` `w ← w − rate·m`
 *
 * The form of TensorFlow's `MomentumOptimizer(use_nesterov=True)`; L2 is the gradient of `l2·Σw²`
 * (spec D.2), or with `l2Mode: "conventional"` of `½·l2·Σw²` over the weights alone.
 *
 * @module
 */
import source from "../../shaders/sgd.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import type { Blocks, ExactValues, ParameterStore, Selection } from "../parameters.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type L2Mode, penaltyReference, sgdReference } from "../reference/optimizers.ts";
import type { Tensor } from "../tensor.ts";
import { clipGradients, type ClipMode } from "./clip.ts";

const kernel = defineKernel({
  name: "sgd",
  source,
  bindings: {
    weight: "read_write vec4f",
    velocity: "read_write vec4f",
    gradient: "read vec4f",
    chunks: "read vec4u",
    clip: "read f32",
    norm: "read f32",
  },
  params: {
    count: "u32",
    clip_first: "u32",
    clip_stride: "u32",
    rate: "f32",
    momentum: "f32",
    l2: "f32",
    l2_other: "f32",
  },
});

/** Constants of {@link Sgd}. */
export interface SgdOptions {
  readonly momentum: number;
  /** Whether a step looks ahead along the momentum, as Nesterov's does; default true. */
  readonly nesterov?: boolean;
  /** Factor of `Σw²` in the loss; see `l2Mode`. */
  readonly l2: number;
  /** Bound of the norm of the loss's gradient, L2 left out; 0 for none. */
  readonly clip: number;
  /** Whose norm `clip` bounds. Default: `global`. */
  readonly clipMode?: ClipMode;
  /** Default: `released`. */
  readonly l2Mode?: L2Mode;
}

/**
 * The optimiser of the child models. Weights outside a step's selection stay as they are.
 *
 * The released code steps every variable at every step: what the path does not read gets L2 and keeps
 * its momentum (spec D.2). To do the same, step a selection of all parameters, and give the path's
 * gradients to {@link ParameterStore.clearGradients} after each step.
 */
export class Sgd {
  #velocityBlocks: Blocks;
  #velocities = new Map<string, Tensor>();

  constructor(readonly store: ParameterStore, readonly options: SgdOptions) {
    this.#velocityBlocks = store.newBlocks();
    for (const name of store.names) {
      this.#velocities.set(name, store.slice(this.#velocityBlocks, name));
    }
  }

  /** The momentum of a parameter. */
  velocity(name: string): Tensor {
    return this.#velocities.get(name)!;
  }

  /** The momentum of every parameter, without rounding. */
  velocities(): Promise<Map<string, ExactValues>> {
    return this.store.exactValues(this.#velocityBlocks);
  }

  /** Overwrites all momenta; throws `ShapeError` where they belong to another model. */
  loadVelocities(values: ReadonlyMap<string, ExactValues>): void {
    this.store.check(values);
    for (const [name, { data }] of values) this.store.backend.write(this.velocity(name), data);
  }

  /**
   * Records one step on the selected parameters. Returns `[norm, scale, go]`: the global norm of their
   * gradients before clipping and L2, the global clipping factor, 1 with `clipMode: "tensor"`, and
   * whether the step was taken: where norm or `loss [1]` is not finite, `go` is 0, and weights and
   * momenta keep their bits. The caller releases it.
   */
  step(selection: Selection, learningRate: number, loss?: Tensor): Tensor {
    const { store, options: { momentum, l2, clip, clipMode = "global", l2Mode = "released" } } =
      this;
    const { nesterov = true } = this.options;
    const { norm, factors } = clipGradients(store, selection, clip, clipMode, loss);
    store.backend.choose({
      cpu: () => {
        if (norm.cpu[2] === 0) return;
        selection.names.forEach((name, k) => {
          const scale = factors === null ? norm.cpu[1] : factors.cpu[k];
          const w = store.get(name).cpu;
          const m = this.velocity(name).cpu;
          const g = store.gradient(name).cpu.map((value) => value * scale);
          const next = sgdReference({ w, m, g }, {
            learningRate,
            momentum,
            nesterov,
            l2: penaltyReference(l2, l2Mode, store.role(name) === "weight"),
          });
          w.set(next.w);
          m.set(next.m);
        });
      },
      gpu: (gpu) => {
        for (const { block, chunks, count, before } of selection.parts) {
          const tensors = {
            weight: store.blocks[block],
            velocity: this.#velocityBlocks[block],
            gradient: store.gradientBlocks[block],
            chunks,
            clip: factors ?? norm,
            norm,
          };
          const params = {
            count,
            clip_first: factors === null ? 1 : before,
            clip_stride: factors === null ? 0 : 1,
            rate: learningRate,
            momentum,
            l2: penaltyReference(l2, l2Mode, true),
            l2_other: penaltyReference(l2, l2Mode, false),
          };
          gpu.run(kernel, { NESTEROV: Number(nesterov) }, tensors, params, flatGrid(count));
        }
      },
    });
    if (factors !== null) store.backend.release(factors);
    return norm;
  }
}
