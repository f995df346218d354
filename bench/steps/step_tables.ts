/**
 * The results of training steps as tables: times, what the engine needs, where its memory goes.
 *
 * @module
 */
import { number, percent, ratio, spread, table } from "../text_table.ts";
import type { StepResult } from "./run_step.ts";

/** The tables of some training steps with a note on each, as blocks of Markdown. */
export function stepBlocks(steps: readonly StepResult[], peers: readonly string[]): string[] {
  return [
    stepTable(steps, peers),
    stepCostTable(steps),
    STEP_NOTE,
    stepMemoryTable(steps),
    MEMORY_NOTE,
  ];
}

/** Times of the contenders in a training step. */
function stepTable(steps: readonly StepResult[], names: readonly string[]): string {
  const header = [
    "training step",
    "batch",
    "ours images/s",
    ...names.flatMap((name) => [`${name} images/s`, `ours / ${name}`]),
    "ours GFLOP/s",
    "of FMA ceiling",
    "of copy ceiling",
    "ours ms (min..max)",
    ...names.map((name) => `${name} ms (min..max)`),
    "ours cpu ms",
    ...names.map((name) => `${name} cpu ms`),
    ...names.map((name) => `${name} loss difference`),
  ];
  const rows = steps.map((step) => {
    const peers = names.map((name) => step.peers[name]);
    return [
      step.case,
      String(step.batch),
      number(step.imagesPerSecond),
      ...peers.flatMap((peer) => [
        peer.value === null ? "failed" : number(peer.value),
        ratio(step.timing, peer.timing),
      ]),
      number(step.gflops),
      percent(step.ofCeiling),
      percent(step.ofCopying),
      spread(step.timing),
      ...peers.map((peer) => peer.timing ? spread(peer.timing) : "-"),
      number(step.timing.cpu),
      ...peers.map((peer) => peer.timing ? number(peer.timing.cpu) : "-"),
      ...peers.map((peer) => peer.maxError?.toExponential(1) ?? "-"),
    ];
  });
  return table([header, ...rows]);
}

/** What the engine needs for a training step. */
function stepCostTable(steps: readonly StepResult[]): string {
  const rows = steps.map((step) => [
    step.case,
    String(step.dispatches),
    number(step.recordMs),
    number(step.kernelMs),
    percent(step.kernelMs / step.timing.median),
    number(step.bytesMoved / 1e6),
    number(step.firstStep.cold),
    number(step.firstStep.warm),
  ]);
  return table([
    [
      "training step",
      "dispatches",
      "recording ms",
      "kernels ms",
      "of the step",
      "MB bound",
      "first step cold, s",
      "warm, s",
    ],
    ...rows,
  ]);
}

const STEP_NOTE =
  `A training step is forward, loss, gradients and the Nesterov update, on the same weights and ` +
  `images for every contender; GFLOP/s count three forward passes. The engine also gathers its ` +
  `batch and moves the averages of its batch norms, which the peers leave out. A step slower than ` +
  `4 s is timed once. "Recording" is the time in which the program records and submits a step; some ` +
  `drivers wait in there for earlier steps. "Kernels" is the sum of all dispatches, each timed alone, ` +
  `without copies; within a step they follow each other without a gap, so that a little overhead of ` +
  `each may hide. "MB bound" are the bytes of all bindings of all dispatches. First steps count from the start of a ` +
  `process to the end of its first step, with the driver's cache of kernels empty and full.`;

/** Where the device memory of a training step goes, in MiB. */
function stepMemoryTable(steps: readonly StepResult[]): string {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const rows = steps.map(({ case: name, memory: { live, allocated, storage, planned } }) => [
    name,
    mebibytes(live),
    mebibytes(planned.lasting),
    mebibytes(planned.places),
    mebibytes(planned.textures),
    mebibytes(allocated - planned.lasting - planned.places - planned.textures),
    mebibytes(allocated),
    number(allocated / live),
    mebibytes(planned.bound),
    number(allocated / planned.bound),
    mebibytes(storage),
    number(storage / live),
  ]);
  return table([
    [
      "training step",
      "MiB alive at most",
      "lasting",
      "buffers",
      "textures",
      "rounding and spare",
      "on the device",
      "of alive",
      "alive with textures",
      "of these",
      "without textures",
      "of alive",
    ],
    ...rows,
  ]);
}

const MEMORY_NOTE =
  `A tensor is alive from the dispatch that writes it to the last one that reads it, whenever the ` +
  `program releases it; what lasts between steps (weights, gradients, momenta, averages, images) is ` +
  `always alive. "Alive at most" is the largest sum of exact bytes at one moment: no allocator needs ` +
  `less for this order of operations. Where kernels load from textures, a tensor's buffer is given ` +
  `back once the tensor was copied to rows of a texture; both places are on the device at the moment ` +
  `of the copy, which "alive with textures" counts and "alive at most" does not. "Without textures" ` +
  `is what the same step takes where kernels load from buffers, as on a real GPU.`;
