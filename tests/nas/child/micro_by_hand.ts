// The micro child written down once more, straight from enas-spec.md B.2 to B.5 and in the released
// code's form: calibration looks at the tensors' sizes, every op computes anew, the loose ends are
// concatenated and convolved with the stacked rows of the bank. For the CPU; nothing is released.
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
  relu,
  sum,
} from "../../../engine/ops/mod.ts";
import type { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { MicroNetwork } from "../../../nas/child/micro/network.ts";

/** Decisions `idx1, op1, idx2, op2, …` of the normal and of the reduction cell. */
export type MicroDecisions = readonly number[];

/** The decisions of any arc with `nodes` nodes a cell. */
export function anyDecisions(nodes: number): fc.Arbitrary<number[]> {
  const one = (c: number) => fc.tuple(fc.nat(c + 1), fc.nat(4), fc.nat(c + 1), fc.nat(4));
  return fc.tuple(...Array.from({ length: 2 * nodes }, (_, i) => one(i % nodes)))
    .map((rows) => rows.flat());
}

/** Gives every scale, offset and moving average a value that shows when it is mixed up. */
export function scrambleMicro({ weights, averages }: MicroNetwork, random: Random): void {
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

/** What {@link microChildByHand} computes. */
export interface MicroByHand {
  readonly logits: Tensor;
  /** Of the auxiliary head, where the network has one. */
  readonly auxiliaryLogits: Tensor | null;
  /** Input of every batch norm. */
  readonly normalised: ReadonlyMap<string, Tensor>;
}

/** Runs the child of `decisions` on `images`. */
export function microChildByHand(
  network: MicroNetwork,
  decisions: MicroDecisions,
  images: Tensor,
  statistics: "batch" | "moving" = "batch",
): MicroByHand {
  const { options: { layers: L, filters, reductionPrev, auxiliaryHead }, backend } = network;
  const tape = new Tape(backend);
  const w = (name: string) => network.weights.get(name);
  const normalised = new Map<string, Tensor>();
  const act = (x: Tensor) => tape.apply(relu, [x], {})[0];
  const conv = (x: Tensor, weight: Tensor, stride: 1 | 2 = 1, shift: 0 | 1 = 0) =>
    tape.apply(conv2d, [x, weight], { stride, shift })[0];
  const norm = (x: Tensor, prefix: string) => {
    normalised.set(prefix, x);
    const attributes = { epsilon: 1e-5, relu: false };
    const inputs = [x, w(`${prefix}/gamma`), w(`${prefix}/beta`)];
    if (statistics === "batch") return tape.apply(batchNorm, inputs, attributes)[0];
    const averages = ["mean", "variance"].map((part) => network.averages.get(`${prefix}/${part}`));
    return tape.apply(batchNormInference, [...inputs, ...averages], attributes)[0];
  };
  const reduce = (x: Tensor, prefix: string) => {
    const halves = [conv(x, w(`${prefix}/even`), 2, 0), conv(x, w(`${prefix}/odd`), 2, 1)];
    return norm(tape.apply(concat, halves, {})[0], prefix);
  };
  const op = (x: Tensor, id: number, bank: string, row: number) => {
    if (id === 4) return x;
    if (id === 3) return tape.apply(maxPool, [x], { size: 3, stride: 1 })[0];
    if (id === 2) return tape.apply(avgPool, [x], { size: 3, stride: 1 })[0];
    const kernel = id === 0 ? "sep_conv3x3" : "sep_conv5x5";
    for (const stack of [0, 1]) {
      const at = `${bank}/${kernel}/${stack}/row${row}`;
      const [y] = tape.apply(depthwiseConv2d, [act(x), w(`${at}/depthwise`)], { stride: 1 });
      x = norm(conv(y, w(`${at}/pointwise`)), at);
    }
    return x;
  };
  const cell = (integers: readonly number[], a: Tensor, b: Tensor, layer: number) => {
    const tensors = [a, b];
    const read = new Set<number>();
    for (let c = 0; 4 * c < integers.length; c++) {
      const [first, firstOp, second, secondOp] = integers.slice(4 * c);
      const x = op(tensors[first], firstOp, `layer${layer}/node${c}/x`, first);
      const y = op(tensors[second], secondOp, `layer${layer}/node${c}/y`, second);
      tensors.push(tape.apply(sum, [x, y], {})[0]);
      read.add(first).add(second);
    }
    const loose = tensors.map((_, i) => i).filter((i) => !read.has(i));
    const f = b.shape[3];
    const rows = loose.flatMap((i) => [...w(`layer${layer}/output/row${i}`).cpu]);
    const stacked = backend.fromArray(rows, [1, 1, loose.length * f, f]);
    const [all] = tape.apply(concat, loose.map((i) => tensors[i]), {});
    return norm(conv(act(all), stacked), `layer${layer}/output`);
  };

  const classify = (x: Tensor, name: string) => {
    const [features] = tape.apply(globalAvgPool, [x], {});
    return tape.apply(matmul, [features, w(name)], {})[0];
  };
  const distance = Math.floor(L / 3);
  const half = decisions.length / 2;
  let f = filters;
  let auxiliaryLogits: Tensor | null = null;
  const stem = norm(conv(images, w("stem/conv")), "stem");
  let prev = [stem, stem];
  for (let layer = 0; layer < L + 2; layer++) {
    const reduction = layer === distance || layer === 2 * distance + 1;
    let [a, b] = prev;
    if (reduction) {
      f *= 2;
      [a, b] = [prev[1], reduce(prev[1], `layer${layer}/reduce`)];
    }
    const next = reduction && reductionPrev !== "earlier" ? b : prev[1];
    if (a.shape[1] !== b.shape[1]) a = reduce(act(a), `layer${layer}/input0`);
    else if (a.shape[3] !== f) {
      a = norm(conv(act(a), w(`layer${layer}/input0/conv`)), `layer${layer}/input0`);
    }
    if (b.shape[3] !== f) {
      b = norm(conv(act(b), w(`layer${layer}/input1/conv`)), `layer${layer}/input1`);
    }
    const integers = reduction ? decisions.slice(half) : decisions.slice(0, half);
    const out = cell(integers, a, b, layer);
    if (auxiliaryHead && layer === 2 * distance + 2) {
      const [pooled] = tape.apply(avgPool, [act(out)], { size: 5, stride: 3, padding: "valid" });
      const projected = act(norm(conv(pooled, w("aux/project/conv")), "aux/project"));
      const spatial = act(norm(conv(projected, w("aux/spatial/conv")), "aux/spatial"));
      auxiliaryLogits = classify(spatial, "aux/head/weight");
    }
    prev = [next, out];
  }
  return { logits: classify(act(prev[1]), "head/weight"), auxiliaryLogits, normalised };
}
