/**
 * A network and its architecture as an ONNX model, which other programs run without enaslab.
 *
 * Input `images [N,channels,height,width]`, f32, bytes scaled to 0..1; mean and deviation of the
 * training images are taken off inside the model. Output `logits [N,classes]`. N is free, the image
 * size is not. Batch norms use the moving averages.
 *
 * @module
 */
import onnxProto, { type onnx } from "onnx-proto";
import type { ParameterValues } from "../../engine/parameters.ts";
import { type Arc, formatArc } from "../space/arc.ts";
import type { ChildNetwork } from "../child/network.ts";
import type { LoadedNetwork, NetworkInput } from "../child/stored_network.ts";
import { ENASLAB_VERSION } from "../run/versions.ts";
import { OnnxGraphWriter } from "./onnx_graph.ts";
import { floatValue } from "./onnx_values.ts";
import { GRAPH_INPUT, GRAPH_OUTPUT, traceForward } from "./trace.ts";

/** Version of the operators; onnxruntime has read it since 1.12. */
export const ONNX_OPSET = 17;

/** Version of what the model's metadata and its input and output mean. */
export const ONNX_FORMAT_VERSION = "1";

/** What becomes a model: a network and one architecture that it can compute. */
export type OnnxSource = Omit<LoadedNetwork, "arc"> & { readonly arc: Arc };

/**
 * Writes a model. Reads the weights from the network's backend and changes nothing there.
 *
 * @returns the bytes of an `.onnx` file; the same source gives the same bytes
 * @throws {ArcError} If the architecture does not belong to the network.
 */
export async function networkToOnnx(source: OnnxSource): Promise<Uint8Array> {
  const { network, arc, shape } = source;
  const traced = traceForward(network, arc, shape);
  const writer = new OnnxGraphWriter(await parametersOf(network));
  writer.normalise(source);
  for (const op of traced.ops) writer.write(op);
  const [height, width, channels] = shape;
  const model: onnx.IModelProto = {
    irVersion: onnxProto.onnx.Version.IR_VERSION,
    opsetImport: [{ domain: "", version: ONNX_OPSET }],
    producerName: "enaslab",
    producerVersion: ENASLAB_VERSION,
    docString: `${arc.space} architecture ${formatArc(arc)}, trained on ${source.dataset}. ` +
      `Input: ${GRAPH_INPUT} [N,${channels},${height},${width}], bytes / 255. Output: logits.`,
    graph: {
      name: `${source.spec.space}_${source.spec.graph}`,
      node: writer.nodes,
      initializer: writer.initializers,
      input: [floatValue(GRAPH_INPUT, ["N", channels, height, width])],
      output: [floatValue(GRAPH_OUTPUT, ["N", traced.classes])],
    },
    metadataProps: Object.entries(metadataOf(source)).map(([key, value]) => ({ key, value })),
  };
  return onnxProto.onnx.ModelProto.encode(model).finish();
}

/** Weights and averages by the names that a traced graph uses. */
async function parametersOf(network: ChildNetwork): Promise<Map<string, ParameterValues>> {
  const parameters = new Map<string, ParameterValues>();
  for (const group of ["weights", "averages"] as const) {
    for (const [name, values] of await network[group].values()) {
      parameters.set(`${group}/${name}`, values);
    }
  }
  return parameters;
}

/** The model's `metadata_props`. */
function metadataOf(
  { spec, arc, dataset, classNames, shape, mean, std }: OnnxSource,
): Record<string, string> {
  const input: NetworkInput = { dataset, classNames, shape, mean, std };
  return {
    format_version: ONNX_FORMAT_VERSION,
    enaslab_version: ENASLAB_VERSION,
    arc: formatArc(arc),
    space: spec.space,
    graph: spec.graph,
    dataset,
    class_names: JSON.stringify(classNames),
    spec: JSON.stringify(spec),
    input: JSON.stringify(input),
  };
}
