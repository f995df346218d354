// The retraining networks written down once more, straight from enas-spec.md A.5 and B.6 and in the
// released code's form: skips are concatenated, every tensor is reduced at a pooling point, nothing
// is computed once for several readers. For the CPU; nothing is released.
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
  relu,
  sum,
} from "../../../engine/ops/mod.ts";
import type { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { macroArcRows, microArcDecisions } from "../../../nas/space/mod.ts";
import type { MacroOfficialNetwork } from "../../../nas/child/macro/official.ts";
import type { MicroOfficialNetwork } from "../../../nas/child/micro/official.ts";

/** Either retraining network. */
export type OfficialNetwork = MacroOfficialNetwork | MicroOfficialNetwork;

/** Which numbers normalise. */
export type Statistics = "batch" | "moving";

/** Gives every scale, offset and moving average a value that shows when it is mixed up. */
export function scrambleOfficial({ weights, averages }: OfficialNetwork, random: Random): void {
  for (
    const [store, ending, draw] of [
      [weights, "/gamma", () => 1 + 0.3 * random.normal()],
      [weights, "/beta", () => 0.3 * random.normal()],
      [averages, "/mean", () => 0.3 * random.normal()],
      [averages, "/variance", () => 0.5 + random.uniform()],
    ] as const
  ) {
    for (const name of store.names.filter((name) => name.endsWith(ending))) {
      store.set(name, Array.from({ length: store.get(name).shape[0] }, draw));
    }
  }
}

/** Logits of a macro network. */
export function macroOfficialByHand(
  network: MacroOfficialNetwork,
  images: Tensor,
  statistics: Statistics,
): Tensor {
  const { skipIndex, separableOps, filters } = network.options;
  const { act, conv, norm, reduce, join, pool, depthwise, classify, w } = parts(
    network,
    statistics,
  );
  const rows = macroArcRows(network.arc);
  const distance = Math.floor(rows.length / 3);
  let f = filters;
  let layers = [norm(conv(images, w("stem/conv")), "stem")];
  rows.forEach(([id, ...bits], layer) => {
    const names = [
      "conv3x3",
      "sep_conv3x3",
      "conv5x5",
      "sep_conv5x5",
      "avg_pool3x3",
      "max_pool3x3",
    ];
    const at = `layer${layer}/${names[id]}`;
    const point = act(norm(conv(act(layers[layer]), w(`${at}/point/conv`)), `${at}/point`));
    let y: Tensor;
    if (id >= 4) y = pool(point, id === 4, 1);
    else if (separableOps === "separable" && (id === 1 || id === 3)) {
      y = norm(conv(depthwise(point, `${at}/depthwise`, 1), w(`${at}/pointwise`)), at);
    } else y = norm(conv(point, w(`${at}/conv`)), at);
    if (layer > 0) {
      const shift = skipIndex === "layer-output" ? 1 : 0;
      const sources = bits.flatMap((bit, i) => bit === 1 ? [i + shift] : []);
      const at = `layer${layer}/merge`;
      const pieces = [...sources.map((source) => `${at}/source${source}`), `${at}/own`];
      const weight = network.backend.fromArray(
        pieces.flatMap((name) => [...w(name).cpu]),
        [1, 1, pieces.length * f, f],
      );
      const all = join([...sources.map((source) => layers[source]), y]);
      y = norm(conv(act(all), weight), at);
    }
    layers.push(y);
    if (distance > 0 && (layer === distance - 1 || layer === 2 * distance - 1)) {
      layers = layers.map((x, source) => reduce(x, `layer${layer}/reduce${source}`));
      f *= 2;
    }
  });
  return classify(layers.at(-1)!);
}

/** Logits of a micro network without drop-path. */
export function microOfficialByHand(
  network: MicroOfficialNetwork,
  images: Tensor,
  statistics: Statistics,
): Tensor {
  const { layers: L, filters } = network.options;
  const { act, conv, norm, reduce, join, pool, depthwise, classify, plus, w } = parts(
    network,
    statistics,
  );
  const decisions = microArcDecisions(network.arc);
  const half = decisions.length / 2;
  const op = (x: Tensor, id: number, at: string, stride: 1 | 2) => {
    if (id === 4) return stride === 2 ? reduce(x, `${at}/identity`) : x;
    if (id >= 2) return pool(x, id === 2, stride);
    const sep = `${at}/${id === 0 ? "sep_conv3x3" : "sep_conv5x5"}`;
    const once = norm(
      conv(depthwise(act(x), `${sep}/0/depthwise`, stride), w(`${sep}/0/pointwise`)),
      `${sep}/0`,
    );
    return norm(
      conv(depthwise(act(once), `${sep}/1/depthwise`, 1), w(`${sep}/1/pointwise`)),
      `${sep}/1`,
    );
  };
  const distance = Math.floor(L / 3);
  let f = filters;
  const stem = norm(conv(images, w("stem/conv")), "stem");
  let prev = [stem, stem];
  for (let layer = 0; layer < L + 2; layer++) {
    const reduction = layer === distance || layer === 2 * distance + 1;
    if (reduction) f *= 2;
    let [a, b] = prev;
    const at = `layer${layer}`;
    if (a.shape[1] !== b.shape[1]) a = reduce(act(a), `${at}/input0`);
    else if (a.shape[3] !== f) a = norm(conv(act(a), w(`${at}/input0/conv`)), `${at}/input0`);
    if (b.shape[3] !== f) b = norm(conv(act(b), w(`${at}/input1/conv`)), `${at}/input1`);
    b = norm(conv(act(b), w(`${at}/base/conv`)), `${at}/base`);
    const integers = reduction ? decisions.slice(half) : decisions.slice(0, half);
    const tensors = [a, b];
    const read = new Set<number>();
    for (let c = 0; 4 * c < integers.length; c++) {
      const [x, y] = [0, 1].map((operand) => {
        const [index, id] = integers.slice(4 * c + 2 * operand);
        read.add(index);
        const stride = reduction && index < 2 ? 2 : 1;
        return op(tensors[index], id, `${at}/node${c}/${"xy"[operand]}`, stride);
      });
      tensors.push(plus(x, y));
    }
    const loose = tensors.flatMap((x, i) => {
      if (read.has(i)) return [];
      return [reduction && i < 2 ? reduce(x, `${at}/loose${i}`) : x];
    });
    prev = [prev[1], join(loose)];
  }
  return classify(act(prev[1]));
}

function parts(network: OfficialNetwork, statistics: Statistics) {
  const tape = new Tape(network.backend);
  const w = (name: string) => network.weights.get(name);
  const act = (x: Tensor) => tape.apply(relu, [x], {})[0];
  const conv = (x: Tensor, weight: Tensor, stride: 1 | 2 = 1, shift: 0 | 1 = 0) =>
    tape.apply(conv2d, [x, weight], { stride, shift })[0];
  const norm = (x: Tensor, prefix: string) => {
    const attributes = { epsilon: 1e-5, relu: false };
    const inputs = [x, w(`${prefix}/gamma`), w(`${prefix}/beta`)];
    if (statistics === "batch") return tape.apply(batchNorm, inputs, attributes)[0];
    const averages = ["mean", "variance"].map((part) => network.averages.get(`${prefix}/${part}`));
    return tape.apply(batchNormInference, [...inputs, ...averages], attributes)[0];
  };
  const join = (tensors: Tensor[]) => tape.apply(concat, tensors, {})[0];
  return {
    w,
    act,
    conv,
    norm,
    join,
    plus: (x: Tensor, y: Tensor) => tape.apply(sum, [x, y], {})[0],
    reduce: (x: Tensor, prefix: string) =>
      norm(
        join([conv(x, w(`${prefix}/even`), 2, 0), conv(x, w(`${prefix}/odd`), 2, 1)]),
        prefix,
      ),
    pool: (x: Tensor, average: boolean, stride: 1 | 2) =>
      average
        ? tape.apply(avgPool, [x], { size: 3, stride })[0]
        : tape.apply(maxPool, [x], { size: 3, stride })[0],
    depthwise: (x: Tensor, name: string, stride: 1 | 2) =>
      tape.apply(depthwiseConv2d, [x, w(name)], { stride })[0],
    classify: (x: Tensor) => {
      const [features] = tape.apply(globalAvgPool, [x], {});
      return tape.apply(matmul, [features, w("head/weight")], {})[0];
    },
  };
}
