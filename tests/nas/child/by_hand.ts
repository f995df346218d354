// The macro child written down once more, straight from enas-spec.md A.2 to A.4: names are spelled
// out, nothing is released, and every tensor is reduced at a pooling point, needed later or not.
import fc from "fast-check";
import {
  avgPool,
  batchNorm,
  batchNormInference,
  concat,
  conv2d,
  depthwiseConv2d,
  globalAvgPool,
  matmul,
  maxPool,
  sum,
} from "../../../engine/ops/mod.ts";
import type { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { MacroNetwork } from "../../../nas/child/macro/network.ts";

const OPS = ["conv3x3", "sep_conv3x3", "conv5x5", "sep_conv5x5", "avg_pool3x3", "max_pool3x3"];

/** Rows `[op, bit 0, …]` of any architecture of `min` to `max` layers. */
export function anyRows(min: number, max: number): fc.Arbitrary<number[][]> {
  return fc.integer({ min, max }).chain((layers) =>
    fc.tuple(
      ...Array.from({ length: layers }, (_, l) =>
        fc.tuple(fc.nat(5), ...Array.from({ length: l }, () => fc.nat(1)))),
    )
  );
}

/** Standard normal images. */
export function noise(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

/** Gives every scale, offset and moving average a value that shows when it is mixed up. */
export function scramble(network: MacroNetwork, random: Random): void {
  const { weights, averages } = network;
  for (
    const [store, ending, draw] of [
      [weights, "/gamma", () => 1 + 0.3 * random.normal()],
      [weights, "/beta", () => 0.3 * random.normal()],
      [averages, "/mean", () => 0.3 * random.normal()],
      [averages, "/variance", () => 0.5 + random.uniform()],
    ] as const
  ) {
    for (const name of store.names.filter((name) => name.endsWith(ending))) {
      store.set(name, Array.from({ length: network.options.filters }, draw));
    }
  }
}

/** What {@link childByHand} computes. */
export interface ByHand {
  readonly logits: Tensor;
  /** Input of every batch norm. */
  readonly normalised: ReadonlyMap<string, Tensor>;
}

/** Runs the child `rows` on `images`. */
export function childByHand(
  network: MacroNetwork,
  rows: readonly (readonly number[])[],
  images: Tensor,
  statistics: "batch" | "moving" = "batch",
): ByHand {
  const tape = new Tape(network.backend);
  const w = (name: string) => network.weights.get(name);
  const normalised = new Map<string, Tensor>();
  const conv = (x: Tensor, name: string, stride: 1 | 2 = 1, shift: 0 | 1 = 0) =>
    tape.apply(conv2d, [x, w(name)], { stride, shift })[0];
  const norm = (x: Tensor, prefix: string, relu = false, epsilon = 1e-5) => {
    normalised.set(prefix, x);
    const inputs = [x, w(`${prefix}/gamma`), w(`${prefix}/beta`)];
    if (statistics === "batch") return tape.apply(batchNorm, inputs, { epsilon, relu })[0];
    const averages = ["mean", "variance"].map((part) => network.averages.get(`${prefix}/${part}`));
    return tape.apply(batchNormInference, [...inputs, ...averages], { epsilon, relu })[0];
  };
  const op = (x: Tensor, layer: number, id: number) => {
    const at = `layer${layer}/${OPS[id]}`;
    const point = norm(conv(x, `${at}/point/conv`), `${at}/point`, true);
    if (id === 4) return tape.apply(avgPool, [point], { size: 3, stride: 1 })[0];
    if (id === 5) return tape.apply(maxPool, [point], { size: 3, stride: 1 })[0];
    if (id === 0 || id === 2) return norm(conv(point, `${at}/conv`), at, true, 1e-3);
    const [depthwise] = tape.apply(depthwiseConv2d, [point, w(`${at}/depthwise`)], { stride: 1 });
    return norm(conv(depthwise, `${at}/pointwise`), at, true, 1e-3);
  };
  const reduce = (x: Tensor, prefix: string) => {
    const halves = [conv(x, `${prefix}/even`, 2, 0), conv(x, `${prefix}/odd`, 2, 1)];
    return norm(tape.apply(concat, halves, {})[0], prefix);
  };

  const distance = Math.floor(rows.length / 3);
  let layers = [norm(conv(images, "stem/conv"), "stem")];
  rows.forEach(([id, ...bits], layer) => {
    let y = op(layers[layer], layer, id);
    if (layer > 0) {
      const added = layers.filter((_, i) => bits[i] === 1);
      if (added.length > 0) [y] = tape.apply(sum, [y, ...added], {});
      y = norm(y, `layer${layer}/skip`);
    }
    layers.push(y);
    if (distance > 0 && (layer === distance - 1 || layer === 2 * distance - 1)) {
      layers = layers.map((x, source) => reduce(x, `layer${layer}/reduce${source}`));
    }
  });
  const [features] = tape.apply(globalAvgPool, [layers.at(-1)!], {});
  const [logits] = tape.apply(matmul, [features, w("head/weight")], {});
  return { logits, normalised };
}
