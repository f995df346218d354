/**
 * What the tests of both retraining networks share.
 *
 * @module
 */
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { ForwardMode } from "../../../nas/child/network.ts";
import { noise } from "./by_hand.ts";
import type { OfficialNetwork } from "./official_by_hand.ts";

/** Batch statistics, no dropout. */
export const BATCH: ForwardMode = { batchNorm: "batch", dropout: null };

/** Loss, logits and gradients of one forward and backward pass. */
export interface Pass {
  readonly logits: Float64Array;
  readonly auxiliaryLogits: Float64Array | null;
  /** Cross-entropy of the chosen head. */
  readonly loss: number;
  /** By the names of the parameters that took part. */
  readonly gradients: ReadonlyMap<string, Float64Array>;
}

/** Runs both passes on seeded images of `shape`, image i of class i modulo 3. */
export function runOfficial(
  network: OfficialNetwork,
  shape: readonly [number, number, number, number],
  mode: ForwardMode = BATCH,
  head: "main" | "auxiliary" = "main",
): Promise<Pass> {
  const { backend, weights } = network;
  const path = network.pathOf(network.arc);
  const count = shape.reduce((a, b) => a * b);
  const x = backend.fromArray(noise(new Random(3), count).map(Math.fround), shape);
  const labels = backend.fromArray(
    Array.from({ length: shape[0] }, (_, i) => i % 3),
    [shape[0]],
    "u32",
  );
  return backend.scope(async () => {
    const tape = new Tape(backend);
    for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
    const outputs = network.forward(tape, network.arc, x, mode);
    const chosen = head === "main" ? outputs.logits : outputs.auxiliaryLogits!;
    const [loss] = tape.apply(softmaxCrossEntropy, [chosen, labels], {});
    const pending = [outputs.logits, loss].map((tensor) => backend.read(tensor));
    const auxiliary = outputs.auxiliaryLogits && backend.read(outputs.auxiliaryLogits);
    const used = path.filter((name) => tape.used(weights.get(name)));
    tape.backward(loss);
    const gradients = used.map((name) => backend.read(weights.gradient(name)));
    backend.submit();
    for (const tensor of [x, labels]) backend.release(tensor);
    const [logits, [value]] = await Promise.all(pending);
    const values = await Promise.all(gradients);
    return {
      logits,
      auxiliaryLogits: await auxiliary,
      loss: value,
      gradients: new Map(used.map((name, i) => [name, values[i]])),
    };
  });
}

/** Logits of one forward pass without a tape to walk back. */
export function logitsOf(
  network: OfficialNetwork,
  shape: readonly [number, number, number, number],
  mode: ForwardMode = BATCH,
): Promise<Float64Array> {
  const { backend } = network;
  return backend.scope(() => {
    const count = shape.reduce((a, b) => a * b);
    const x = backend.fromArray(noise(new Random(3), count).map(Math.fround), shape);
    return backend.toArray(network.forward(new Tape(backend), network.arc, x, mode).logits);
  });
}
