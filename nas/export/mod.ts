/**
 * What a run found, in forms that other programs read: architectures, weights, ONNX models.
 *
 * @module
 */
export { networkToOnnx, ONNX_FORMAT_VERSION, ONNX_OPSET, type OnnxSource } from "./onnx.ts";
export { arcOfWeights, arcProvenance, type FinishedRun, trainedOf } from "./portable.ts";
export {
  type ForwardGraph,
  GRAPH_INPUT,
  GRAPH_OUTPUT,
  type GraphOp,
  traceForward,
} from "./trace.ts";
