/**
 * A child network's forward pass as a list of operations. The network's own code is run with a tape
 * that computes shapes alone, so that what is exported cannot drift from what is trained.
 *
 * @module
 */
import type { Op } from "../../engine/op.ts";
import type { Shape } from "../../engine/shape.ts";
import { formatShape } from "../../engine/shape.ts";
import { Tape } from "../../engine/tape.ts";
import { Tensor } from "../../engine/tensor.ts";
import type { Arc } from "../space/arc.ts";
import type { ChildNetwork } from "../child/network.ts";

/** Name of the images in a {@link ForwardGraph}. */
export const GRAPH_INPUT = "images";
/** Name of the logits in a {@link ForwardGraph}. */
export const GRAPH_OUTPUT = "logits";

/** One operation of a {@link ForwardGraph}. Tensors go by name. */
export interface GraphOp {
  /** Name of the op in the engine's registry, such as `conv2d`. */
  readonly op: string;
  /** Names of what it reads: {@link GRAPH_INPUT}, a parameter, or an output of an earlier op. */
  readonly inputs: readonly string[];
  /** Shapes of the inputs, in the engine's layout. */
  readonly inputShapes: readonly Shape[];
  /** Attributes as the op takes them. */
  readonly attributes: unknown;
  /** Names of what it makes: {@link GRAPH_OUTPUT}, or `tensor/0`, `tensor/1`, … */
  readonly outputs: readonly string[];
}

/**
 * A forward pass of one image with moving averages and without dropout. Parameters are called
 * `weights/<name>` and `averages/<name>`, as in a safetensors file.
 */
export interface ForwardGraph {
  /** `[1,h,w,c]`. */
  readonly imageShape: Shape;
  /** In the order in which they run. */
  readonly ops: readonly GraphOp[];
  /** Number of logits; they are the output of the last op. */
  readonly classes: number;
}

/**
 * Traces the evaluation of `arc`. Computes nothing and allocates nothing on the network's backend.
 *
 * @param shape `[height, width, channels]` of the images.
 * @throws {ArcError} If `arc` does not belong to the network.
 * @throws {ShapeError} If images of that shape do not fit it.
 */
export function traceForward(
  network: ChildNetwork,
  arc: Arc,
  shape: readonly [number, number, number],
): ForwardGraph {
  const names = new Map<Tensor, string>();
  for (const group of ["weights", "averages"] as const) {
    const store = network[group];
    for (const name of store.names) names.set(store.get(name), `${group}/${name}`);
  }
  const imageShape = [1, ...shape];
  const images = shapeOnly(imageShape);
  names.set(images, GRAPH_INPUT);
  const tape = new TracingTape(network, names);
  const mode = { batchNorm: "moving", dropout: null } as const;
  const { logits } = network.forward(tape, arc, images, mode);
  const output = tape.nameOf(logits);
  const renamed = (name: string) => name === output ? GRAPH_OUTPUT : name;
  const ops = tape.ops.map((op) => ({ ...op, outputs: op.outputs.map(renamed) }));
  return { imageShape, ops, classes: logits.shape[1] };
}

/** A tensor that has a shape and no values. */
function shapeOnly(shape: Shape): Tensor {
  return new Tensor(shape, "f32", { kind: "cpu", data: new Float64Array(0) });
}

/** Notes every op instead of running it. */
class TracingTape extends Tape {
  readonly ops: GraphOp[] = [];
  #names: Map<Tensor, string>;
  #made = 0;

  constructor({ backend }: ChildNetwork, names: Map<Tensor, string>) {
    super(backend);
    this.#names = names;
  }

  override apply<Attributes>(
    op: Op<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
  ): readonly Tensor[] {
    const inputShapes = inputs.map((input) => input.shape);
    const outputs = op.shape(inputShapes, attributes).map(shapeOnly);
    for (const output of outputs) this.#names.set(output, `tensor/${this.#made++}`);
    this.ops.push({
      op: op.name,
      inputs: inputs.map((input) => this.nameOf(input)),
      inputShapes,
      attributes,
      outputs: outputs.map((output) => this.nameOf(output)),
    });
    return outputs;
  }

  /** Nothing to release: the tensors have no values. */
  override drop(): void {}

  /** The name of an image, a parameter or an output; a network reads nothing else. */
  nameOf(tensor: Tensor): string {
    const name = this.#names.get(tensor);
    if (name !== undefined) return name;
    throw new TypeError(
      `Expected a network that reads its images, its parameters and its own outputs but found ` +
        `another tensor ${formatShape(tensor.shape)}; export it without values made on the way`,
    );
  }
}
