/**
 * One training step without a device: its operations, dispatches, and the memory it needs at least.
 *
 * @module
 */
import { NOTHING_TUNED, type TuningStore } from "../../engine/webgpu/target.ts";
import type { ForwardResult } from "../../engine/backend.ts";
import type { TileSet } from "../../engine/webgpu/target.ts";
import type { Bound, KernelSpec } from "../../engine/webgpu/kernel.ts";
import type { Op } from "../../engine/op.ts";
import { RehearsalBackend } from "../../engine/measure/rehearsal.ts";
import type { Grid } from "../../engine/webgpu/queue.ts";
import type { Shape } from "../../engine/shape.ts";
import type { TemplateValues } from "../../engine/webgpu/template.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { RATE, type StepCase, stepImages, stepNetwork, stepTrainer } from "./cases.ts";
import type { StepAttributes, StepGraph, StepNode, StepOp } from "./graph.ts";

/** What a rehearsal found. */
export interface RehearsedStep {
  readonly graph: StepGraph;
  /** Bytes of every binding of every dispatch: what a step moves if each is read or written once. */
  readonly bytesMoved: number;
  /**
   * Most bytes of tensors alive at one moment of the step: weights, gradients, momenta, images, and
   * every other tensor from the dispatch that writes it to the last one that reads it. No allocator
   * needs less with this order of operations.
   */
  readonly liveBytes: number;
  /** Bytes on the device after steps whose kernels load from buffers, as on a real GPU. */
  readonly storageBytes: number;
}

const STEP_OPS: readonly StepOp[] = [
  "conv2d",
  "depthwise_conv2d",
  "max_pool",
  "avg_pool",
  "batch_norm",
  "relu",
  "sum",
  "concat",
  "global_avg_pool",
  "matmul",
];

/** A step more than needed, to see what is left behind. */
const STEPS = 2;

interface Call {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: unknown;
}

/** Notes the operations and what they move. */
class RecordingBackend extends RehearsalBackend {
  readonly calls: Call[] = [];
  bytesMoved = 0;

  override forward(op: Op, inputs: readonly Tensor[], attributes: unknown): ForwardResult {
    const result = super.forward(op, inputs, attributes);
    this.calls.push({ op: op.name, inputs, output: result.outputs[0], attributes });
    return result;
  }

  override run<Bindings extends string, Params extends string>(
    kernel: KernelSpec<Bindings, Params>,
    values: TemplateValues,
    tensors: Bound<Bindings>,
    params: Readonly<Record<Params, number>>,
    grid: Grid,
  ): void {
    for (const { gpu } of Object.values<Tensor>(tensors)) this.bytesMoved += gpu.size;
    super.run(kernel, values, tensors, params, grid);
  }
}

/**
 * Rehearses a case with the kernels of `tileSet`, and of those the ones that `tuning` chooses.
 *
 * @throws {TypeError} If the network has an operation that {@link StepOp} does not list.
 */
export async function rehearseStep(
  stepCase: StepCase,
  tileSet: TileSet,
  tuning: TuningStore = NOTHING_TUNED,
): Promise<RehearsedStep> {
  const backend = new RecordingBackend({ tileSet, loadPath: "storage", tuning });
  const network = stepNetwork(backend, stepCase);
  const images = stepImages(backend, stepCase);
  const trainer = stepTrainer(network, images, stepCase);
  backend.bytesMoved = 0;
  for (let step = 0; step < STEPS; step++) await trainer.step(stepCase.arc, RATE);
  const { allocatedBytes, largestSubmit } = backend.memory.use();
  const { names } = network.weights;
  const parameters = names.map((name) => ({ name, shape: network.weights.get(name).shape }));
  const numbers = new Map<Tensor, number>(
    names.map((name, i) => [network.weights.get(name), i + 1]),
  );
  const calls = backend.calls.slice(0, backend.calls.length / STEPS).filter(({ op }) =>
    op !== "softmax_cross_entropy"
  );
  // The gather of the batch is no operation of the tape: what the first one reads is the batch.
  numbers.set(calls[0].inputs[0], 0);
  const nodes: StepNode[] = [];
  /** Appends a node and returns the number of its output. */
  const add = (op: StepOp, inputs: number[], shape: Shape, attributes: StepAttributes) =>
    names.length + nodes.push({ op, inputs, shape, attributes });
  for (const { op, inputs, output, attributes } of calls) {
    const read = inputs.map((input) => numbers.get(input)!);
    const known = STEP_OPS.find((name) => name === op);
    if (known !== undefined) {
      numbers.set(output, add(known, read, output.shape, attributes as StepAttributes));
    } else if (op === "factorized_reduction") {
      // Every second pixel of every second row through one 1x1 convolution, the others diagonally
      // between them through another.
      const [x, ...weights] = read;
      const half = [...output.shape.slice(0, 3), output.shape[3] / 2];
      const halves = weights.map((weight, shift) =>
        add("conv2d", [x, weight], half, { stride: 2, shift })
      );
      numbers.set(output, add("concat", halves, output.shape, {}));
    } else {
      throw new TypeError(`Expected one of ${STEP_OPS.join(", ")} in a network but found ${op}`);
    }
  }
  const { side, batch } = stepCase;
  return {
    graph: { images: [batch, side, side, 3], parameters, nodes },
    bytesMoved: backend.bytesMoved / STEPS,
    liveBytes: largestSubmit.bound,
    storageBytes: allocatedBytes,
  };
}
