/**
 * Adam over the controller's parameters, on the CPU in f64 (spec C.4).
 *
 * @module
 */
import { type AdamAttributes, adamStep } from "../../../engine/reference/optimizers.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { mapParameters, parameterNames, type PerParameter } from "./lstm.ts";
import type { StoredTensor } from "../strategy.ts";

/**
 * Numbers of the optimiser; names as in the configuration. The released code has β1 = 0,
 * β2 = 0.999, ε = 1e-3, added outside the bias correction.
 */
export type AdamOptions = AdamAttributes;

/** Moments of each parameter and the number of steps taken. */
export class ControllerAdam<Name extends string> {
  readonly #first: PerParameter<Float64Array, Name>;
  readonly #second: PerParameter<Float64Array, Name>;
  /** Steps taken. */
  step = 0;

  /** @param parameters Tensors of the CPU backend; updated in place. */
  constructor(
    readonly parameters: PerParameter<Tensor, Name>,
    readonly options: AdamOptions,
  ) {
    this.#first = mapParameters(parameters, ({ cpu }) => new Float64Array(cpu.length));
    this.#second = mapParameters(parameters, ({ cpu }) => new Float64Array(cpu.length));
  }

  /** One step against `gradients`. */
  update(gradients: PerParameter<Tensor, Name>): void {
    this.step++;
    for (const name of parameterNames(this.parameters)) {
      adamStep({
        w: this.parameters[name].cpu,
        m: this.#first[name],
        v: this.#second[name],
        g: gradients[name].cpu,
        t: this.step,
      }, this.options);
    }
  }

  /** Copies of the moments: `adam_m.<name>` and `adam_v.<name>`. */
  moments(): Record<string, StoredTensor> {
    return Object.fromEntries(
      parameterNames(this.parameters).flatMap((name) => {
        const { shape } = this.parameters[name];
        return [
          [`adam_m.${name}`, { shape, data: this.#first[name].slice() }],
          [`adam_v.${name}`, { shape, data: this.#second[name].slice() }],
        ];
      }),
    );
  }

  /** Goes on after `step` steps from moments that have the right shapes. */
  restore(step: number, moments: Readonly<Record<string, StoredTensor>>): void {
    this.step = step;
    for (const name of parameterNames(this.parameters)) {
      this.#first[name].set(moments[`adam_m.${name}`].data);
      this.#second[name].set(moments[`adam_v.${name}`].data);
    }
  }
}
