/**
 * Attributes and tensors in the messages of ONNX.
 *
 * @module
 */
import onnxProto, { type onnx } from "onnx-proto";
import { elementCount, formatShape, type Shape } from "../../engine/shape.ts";

const { AttributeType } = onnxProto.onnx.AttributeProto;
const { DataType } = onnxProto.onnx.TensorProto;

/** An attribute that is a list of integers. */
export function intsAttribute(name: string, ints: readonly number[]): onnx.IAttributeProto {
  return { name, type: AttributeType.INTS, ints: [...ints] };
}

/** An attribute that is one integer. */
export function intAttribute(name: string, i: number): onnx.IAttributeProto {
  return { name, type: AttributeType.INT, i };
}

/** An attribute that is one f32. */
export function floatAttribute(name: string, f: number): onnx.IAttributeProto {
  return { name, type: AttributeType.FLOAT, f };
}

/** A constant of f32. Throws a `TypeError` where `data` does not fill `shape`. */
export function floatTensor(name: string, shape: Shape, data: Float32Array): onnx.ITensorProto {
  if (elementCount(shape) !== data.length) {
    throw new TypeError(
      `Expected ${elementCount(shape)} numbers for ${name} ${formatShape(shape)} but found ` +
        `${data.length}; give the values of the network that was traced`,
    );
  }
  return { name, dims: [...shape], dataType: DataType.FLOAT, rawData: bytesOf(data) };
}

/** A constant list of integers. */
export function int64Tensor(name: string, values: readonly number[]): onnx.ITensorProto {
  const data = BigInt64Array.from(values, BigInt);
  return { name, dims: [values.length], dataType: DataType.INT64, rawData: bytesOf(data) };
}

/** An input or output of f32; a text names a dimension that is free. */
export function floatValue(
  name: string,
  shape: readonly (number | string)[],
): onnx.IValueInfoProto {
  const dim = shape.map((extent) =>
    typeof extent === "string" ? { dimParam: extent } : { dimValue: extent }
  );
  return { name, type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } } };
}

/** The bytes of an array; ONNX stores little-endian numbers, as every machine has that runs Deno. */
function bytesOf(data: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
