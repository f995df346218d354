/**
 * What grows in each curve of the scaling bench, and what stays.
 *
 * @module
 */
import { macroArcFromRows } from "../../nas/space/mod.ts";
import { macroCase, type StepCase } from "../steps/cases.ts";

/** Sizes of a training step. */
export interface Sizes {
  readonly batch: number;
  readonly channels: number;
  readonly layers: number;
  /** Pixels. */
  readonly side: number;
}

/** What stays while one size grows: macro L6 C16 S16, 32 images. */
export const BASE: Sizes = { batch: 32, channels: 16, layers: 6, side: 16 };

/** One curve. */
export interface Sweep {
  readonly name: keyof Sizes | "controller";
  readonly title: string;
  /** What is timed. */
  readonly unit: "ms a step" | "ms an arc";
  /** Values of the size, ascending. */
  readonly values: readonly number[];
  /** Name of what the curve is a polynomial of. */
  readonly variable: string;
  /** That of a value: the value itself, or the pixels of a side. */
  variableOf(value: number): number;
  /** Degree of the polynomial: 1 where time should be linear. */
  readonly degree: 1 | 2;
  /** Ops of the layers, in turn; none for the controller, which draws its own. */
  readonly ops: readonly number[];
  /** Why this degree is expected, and what bends it. */
  readonly reading: string;
}

/** Numbers of the ops of the macro space, docs/conventions.md. */
const EVERY_OP: readonly number[] = [0, 1, 2, 3, 4, 5];
const CONV3X3: readonly number[] = [0];

const itself = (value: number): number => value;

/** Every curve, in the order of the page. */
export const SWEEPS: readonly Sweep[] = [
  {
    name: "batch",
    title: "Step time against the batch",
    unit: "ms a step",
    values: [16, 32, 64, 96, 128, 192, 256],
    variable: "images",
    variableOf: itself,
    degree: 1,
    ops: EVERY_OP,
    reading:
      "Every kernel but the update of the weights does its work once an image: a line. The " +
      "dispatches are as many at any batch and make most of its fixed cost. On a software " +
      "adapter the rest are dispatches too small for all its threads, which the growing " +
      "number of busy cores shows: the line of the processor time bends less. What is off " +
      "the elapsed time alone is other work on the machine.",
  },
  {
    name: "channels",
    title: "Step time against the channels",
    unit: "ms a step",
    values: [8, 12, 16, 24, 32, 36, 48, 64, 96],
    variable: "channels",
    variableOf: itself,
    degree: 2,
    ops: EVERY_OP,
    reading: "Convolutions grow with the square of the channels; pools, batch norms, depthwise " +
      "convolutions and copies with the channels themselves. The convolutions of a software " +
      "adapter with subgroups compute up to 16 channels in a tile: 24 and 36 channels pay " +
      "for 32 and 48 and lie above the fit where 16 and 32 lie below it. GFLOP/s grow with " +
      "the channels because a loaded pixel serves more multiply-adds.",
  },
  {
    name: "layers",
    title: "Step time against the layers",
    unit: "ms a step",
    values: [3, 6, 12, 18, 24],
    variable: "layers",
    variableOf: itself,
    degree: 1,
    ops: CONV3X3,
    reading: "Each third of the layers has half the side of the one before. All layers are 3x3 " +
      "convolutions with one skip, so that three more layers cost the same each time: a " +
      "line. (With all ops in turn, which of them see the large images would change with " +
      "every count.) Dispatches grow with the layers and are the same share of the time at " +
      "any depth.",
  },
  {
    name: "side",
    title: "Step time against the pixels",
    unit: "ms a step",
    values: [8, 12, 16, 20, 24, 28, 32],
    variable: "pixels",
    variableOf: (side) => side * side,
    degree: 1,
    ops: EVERY_OP,
    reading: "Every kernel does its work once a pixel: a line over the square of the side. Two " +
      "reductions halve the side, so that most dispatches see a quarter or a sixteenth of " +
      "the pixels, and small sides are ruled by the dispatches. The convolutions of a " +
      "software adapter with subgroups compute runs of 8 pixels of a row: sides of 12, 20 " +
      "and 28 pay for 16, 24 and 32.",
  },
  {
    name: "controller",
    title: "Controller time against the layers",
    unit: "ms an arc",
    values: [3, 6, 12, 18, 24],
    variable: "layers",
    variableOf: itself,
    degree: 2,
    ops: [],
    reading:
      "A layer is two steps of the LSTM, and a score for each earlier layer: a square with " +
      "a small leading coefficient, and no fixed cost to speak of.",
  },
];

/**
 * The network of a step with these sizes: the ops of a sweep in turn from the first layer on, and one
 * skip into every layer but the first, from two layers back.
 */
export function scalingCase(
  { batch, channels, layers, side }: Sizes,
  ops: readonly number[] = EVERY_OP,
): StepCase {
  const rows = Array.from({ length: layers }, (_, layer) => [
    ops[layer % ops.length],
    ...Array.from({ length: layer }, (_, bit) => Number(bit === layer - 1)),
  ]);
  return macroCase(layers, channels, side, batch, macroArcFromRows(rows));
}
