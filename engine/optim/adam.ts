/**
 * Adam (Kingma and Ba 2015) in TensorFlow's form, with epsilon outside the bias correction.
 *
 * `m ← β1·m + (1−β1)·g`, `v ← β2·v + (1−β2)·g²`,
 * `w ← w − lr·√(1−β2^t)/(1−β1^t) · m/(√v + ε)`
 *
 * @module
 */
import source from "../../shaders/adam.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import type { Blocks, ParameterStore, Selection } from "../parameters.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { adamReference } from "../reference/optimizers.ts";
import type { Tensor } from "../tensor.ts";
import { globalNorm } from "./clip.ts";

const kernel = defineKernel({
  name: "adam",
  source,
  bindings: {
    weight: "read_write f32",
    first_moment: "read_write f32",
    second_moment: "read_write f32",
    gradient: "read f32",
    chunks: "read vec4u",
    clip: "read f32",
  },
  params: { count: "u32", rate: "f32", beta1: "f32", beta2: "f32", epsilon: "f32" },
});

/** Constants of {@link Adam}. */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Bound of the global gradient norm; 0 for none. */
  readonly clip: number;
}

/** Adam over the parameters of one store; the controller's optimiser. */
export class Adam {
  #blocks: [Blocks, Blocks];
  #moments = new Map<string, readonly [Tensor, Tensor]>();
  /** Steps taken so far. */
  steps = 0;

  constructor(readonly store: ParameterStore, readonly options: AdamOptions) {
    this.#blocks = [store.newBlocks(), store.newBlocks()];
    for (const name of store.names) {
      this.#moments.set(name, [
        store.slice(this.#blocks[0], name),
        store.slice(this.#blocks[1], name),
      ]);
    }
  }

  /** First and second moment of a parameter. */
  moments(name: string): readonly [Tensor, Tensor] {
    return this.#moments.get(name)!;
  }

  /**
   * Records one step; returns `[norm, scale, go]` of the gradients, which the caller releases. Where the
   * norm or `loss [1]` is not finite, `go` is 0, and weights and moments keep their bits.
   */
  step(selection: Selection, learningRate: number, loss?: Tensor): Tensor {
    const { store, options: { beta1, beta2, epsilon, clip } } = this;
    const t = ++this.steps;
    const norm = globalNorm(store, selection, clip, loss);
    store.backend.choose({
      cpu: () => {
        if (norm.cpu[2] === 0) return;
        for (const name of selection.names) {
          const w = store.get(name).cpu;
          const [m, v] = this.moments(name).map((moment) => moment.cpu);
          const g = store.gradient(name).cpu.map((value) => value * norm.cpu[1]);
          const next = adamReference({ w, m, v, g, t }, { learningRate, beta1, beta2, epsilon });
          w.set(next.w);
          m.set(next.m);
          v.set(next.v);
        }
      },
      gpu: (gpu) => {
        const rate = learningRate * Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
        for (const { block, chunks, count } of selection.parts) {
          const tensors = {
            weight: store.blocks[block],
            first_moment: this.#blocks[0][block],
            second_moment: this.#blocks[1][block],
            gradient: store.gradientBlocks[block],
            chunks,
            clip: norm,
          };
          gpu.run(kernel, {}, tensors, { count, rate, beta1, beta2, epsilon }, flatGrid(count));
        }
      },
    });
    return norm;
  }
}
