/**
 * Stochastic gradient descent with Nesterov momentum, L2 and global-norm clipping.
 *
 * `g' = scale·g + 2·l2·w`, `m ← momentum·m + g'`, `w ← w − rate·(g' + momentum·m)`
 *
 * The form of TensorFlow's `MomentumOptimizer(use_nesterov=True)`; L2 is the gradient of `l2·Σw²`
 * (spec D.2).
 *
 * @module
 */
import source from "../../shaders/sgd_nesterov.wgsl" with { type: "text" };
import type { GpuBackend } from "../gpu_backend.ts";
import { defineKernel } from "../kernel.ts";
import type { ParameterStore, Selection } from "../parameters.ts";
import { flatGrid } from "../queue.ts";
import { sgdNesterovReference } from "../reference/optimizers.ts";
import type { Tensor } from "../tensor.ts";
import { globalNorm } from "./clip.ts";

const kernel = defineKernel({
  name: "sgd_nesterov",
  source,
  storage: ["read_write", "read_write", "read", "read", "read"],
  params: { count: "u32", rate: "f32", momentum: "f32", l2: "f32" },
});

/** Constants of {@link Sgd}. */
export interface SgdOptions {
  readonly momentum: number;
  /** Factor of `Σw²` in the loss. */
  readonly l2: number;
  /** Bound of the global gradient norm; 0 for none. */
  readonly clip: number;
}

/** The optimiser of the child models. Weights outside a step's selection stay as they are. */
export class Sgd {
  #velocityBlock: Tensor | null;
  #velocities = new Map<string, Tensor>();

  constructor(readonly store: ParameterStore, readonly options: SgdOptions) {
    this.#velocityBlock = store.newBlock();
    for (const name of store.names) {
      this.#velocities.set(name, store.slice(this.#velocityBlock, name));
    }
  }

  /** The momentum of a parameter. */
  velocity(name: string): Tensor {
    return this.#velocities.get(name)!;
  }

  /**
   * Records one step on the selected parameters. Returns `[norm, scale]`: the global norm of their
   * gradients before clipping and L2, and the clipping factor. The caller releases it.
   */
  step(selection: Selection, learningRate: number): Tensor {
    const { store, options } = this;
    const norm = globalNorm(store, selection, options.clip);
    if (selection.chunks === null) {
      const scale = norm.cpu[1];
      for (const name of selection.names) {
        const w = store.get(name).cpu;
        const m = this.velocity(name).cpu;
        const g = store.gradient(name).cpu.map((value) => value * scale);
        const next = sgdNesterovReference({ w, m, g }, {
          learningRate,
          momentum: options.momentum,
          l2: options.l2,
        });
        w.set(next.w);
        m.set(next.m);
      }
      return norm;
    }
    (store.backend as GpuBackend).run(
      kernel,
      {},
      [store.block!, this.#velocityBlock!, store.gradientBlock!, selection.chunks, norm],
      {
        count: selection.count,
        rate: learningRate,
        momentum: options.momentum,
        l2: options.l2,
      },
      flatGrid(selection.count),
    );
    return norm;
  }
}
