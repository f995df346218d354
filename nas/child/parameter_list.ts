/**
 * Collects the parameters and batch norms of a network, with the initial values of spec D.6.
 *
 * @module
 */
import { constantInit, heNormal } from "../../engine/init.ts";
import type { ParameterSpec } from "../../engine/parameters.ts";
import type { Shape } from "../../engine/shape.ts";

/** A batch norm's scale and offset. */
export function batchNormNames(prefix: string): { gamma: string; beta: string } {
  return { gamma: `${prefix}/gamma`, beta: `${prefix}/beta` };
}

/** A batch norm's moving averages. */
export function movingNames(prefix: string): { mean: string; variance: string } {
  return { mean: `${prefix}/mean`, variance: `${prefix}/variance` };
}

/** Name prefix and width of a batch norm. */
export interface BatchNormSpec {
  readonly prefix: string;
  readonly channels: number;
}

/** Parameters of a network in the making. */
export class ParameterList {
  readonly parameters: ParameterSpec[] = [];
  readonly batchNorms: BatchNormSpec[] = [];

  /** A weight: He normal with the fan-in of the shape in which the released code stores it. */
  weight(name: string, shape: Shape, fanIn: number): void {
    this.parameters.push({ name, shape, init: heNormal(fanIn) });
  }

  /** Scale 1 and offset 0. */
  batchNorm(prefix: string, channels: number): void {
    const { gamma, beta } = batchNormNames(prefix);
    this.parameters.push({ name: gamma, shape: [channels], init: constantInit(1), role: "scale" });
    this.parameters.push({ name: beta, shape: [channels], init: constantInit(0), role: "offset" });
    this.batchNorms.push({ prefix, channels });
  }

  /** A convolution `<prefix>/conv [kernel,kernel,cin,cout]` and its batch norm `<prefix>`. */
  convNorm(prefix: string, kernel: number, cin: number, cout: number): void {
    this.weight(`${prefix}/conv`, [kernel, kernel, cin, cout], kernel ** 2 * cin);
    this.batchNorm(prefix, cout);
  }

  /**
   * A separable convolution of `channels` to as many: `<prefix>/depthwise [kernel,kernel,channels]`,
   * `<prefix>/pointwise [1,1,channels,channels]` and the batch norm `<prefix>`.
   *
   * @param fanIn of both weights, from the shapes in which the released code stores them
   */
  separableNorm(
    prefix: string,
    kernel: number,
    channels: number,
    fanIn: { readonly depthwise: number; readonly pointwise: number },
  ): void {
    this.weight(`${prefix}/depthwise`, [kernel, kernel, channels], fanIn.depthwise);
    this.weight(`${prefix}/pointwise`, [1, 1, channels, channels], fanIn.pointwise);
    this.batchNorm(prefix, channels);
  }

  /** A factorised reduction of `cin` to `cout` channels (spec A.3). */
  factorizedReduction(prefix: string, cin: number, cout: number): void {
    this.weight(`${prefix}/even`, [1, 1, cin, cout / 2], cin);
    this.weight(`${prefix}/odd`, [1, 1, cin, cout / 2], cin);
    this.batchNorm(prefix, cout);
  }
}
