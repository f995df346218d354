/**
 * Reader and writer of the safetensors format: the length of the header (u64, little endian), the
 * header (JSON, padded with spaces to a multiple of 8 bytes), the bytes of all tensors back to back.
 * Source: https://github.com/huggingface/safetensors, section "Format".
 *
 * Like the Python library, the writer sorts tensors by element type, widest first, then by name, so
 * that all data is aligned and the same tensors give the same bytes. Assumes a little-endian
 * machine, as every machine is that Deno runs on.
 *
 * @module
 */
import { writeFileAtomic } from "../files/atomic.ts";
import { readBounded } from "../files/bounded.ts";
import { StoreError } from "./errors.ts";

/** Element types that can be stored, in the order in which tensors are written. */
const DTYPES = {
  F64: Float64Array,
  F32: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;

/** Name of an element type. */
export type SafetensorsDtype = keyof typeof DTYPES;

/** Elements of a tensor; the array's class gives the element type. */
export type SafetensorsData = Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array;

/** One tensor. */
export interface SafetensorsTensor {
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements, last dimension fastest; as many as the shape says. */
  readonly data: SafetensorsData;
}

/** Contents of a file. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their bytes. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** `__metadata__`: free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The limit that the reference implementation sets to the header, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;

/** Most bytes of a file that are read at once. */
const MAX_FILE_BYTES = 2 ** 32;

const METADATA = "__metadata__";

function dtypeOf(name: string, data: SafetensorsData): SafetensorsDtype {
  for (const [dtype, array] of Object.entries(DTYPES)) {
    if (data instanceof array) return dtype as SafetensorsDtype;
  }
  throw new TypeError(
    `encodeSafetensors() expects tensor "${name}" as ${Object.keys(DTYPES).join(", ")} ` +
      `but found ${Object.prototype.toString.call(data)}`,
  );
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Encodes tensors; the same tensors and metadata give the same bytes, in whatever order they come.
 *
 * @throws {TypeError} When a tensor's name is `__metadata__`, its element type cannot be stored, or
 * its shape does not fit its data.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const order = Object.keys(DTYPES);
  const entries = [...tensors].map(([name, { shape, data }]) => {
    if (name === METADATA) {
      throw new TypeError(`encodeSafetensors() expects another tensor name than ${METADATA}`);
    }
    const valid = shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
    if (!valid || elementCount(shape) !== data.length) {
      throw new TypeError(
        `encodeSafetensors() expects the shape of tensor "${name}" to hold its ${data.length} ` +
          `elements but found [${shape.join(",")}]`,
      );
    }
    return { name, shape, data, dtype: dtypeOf(name, data) };
  });
  entries.sort((a, b) =>
    order.indexOf(a.dtype) - order.indexOf(b.dtype) || (a.name < b.name ? -1 : 1)
  );
  const fields: string[] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) {
    const pairs = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
    fields.push(`"${METADATA}":{${pairs.join(",")}}`);
  }
  let end = 0;
  for (const { name, shape, data, dtype } of entries) {
    const data_offsets = [end, end += data.byteLength];
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
  }
  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(header, 8);
  bytes.fill(0x20, 8 + header.length, 8 + padded);
  let at = 8 + padded;
  for (const { data } of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** One tensor's line of the header, checked by itself. */
interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** A value of the header in a message: never the whole of it, and never by its own `toString`. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.every(isCount) ? `[${value.slice(0, 8)}]` : "a list";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return isObject(value) ? "an object" : String(value);
}

/** The names of a hostile file are as long as it likes. */
function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

type Fail = (expected: string, found: string) => never;

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && value as number >= 0;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseEntry(name: string, value: unknown, dataBytes: number, fail: Fail): Entry {
  const entry = isObject(value) ? value : fail(`an object for tensor "${name}"`, shown(value));
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) {
    const known = Object.keys(DTYPES).join(", ");
    return fail(
      `tensor "${name}" as one of ${known}`,
      dtype === undefined ? "no dtype" : shown(dtype),
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(
      `a shape of whole numbers for tensor "${name}"`,
      shape === undefined ? "none" : shown(shape),
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(
      `two data_offsets for tensor "${name}"`,
      offsets === undefined ? "none" : shown(offsets),
    );
  }
  const [begin, end] = offsets as [number, number];
  const known = dtype as SafetensorsDtype;
  const length = elementCount(shape) * DTYPES[known].BYTES_PER_ELEMENT;
  if (end - begin !== length) {
    fail(`${length} bytes for tensor "${name}" of shape [${shape.join(",")}]`, `${end - begin}`);
  }
  if (end > dataBytes) {
    fail(`data up to byte ${end} for tensor "${name}"`, `only ${dataBytes}: the file is truncated`);
  }
  return { name, dtype: known, shape, begin, end };
}

/** The header as an object, and where it ends. */
function parseHeader(bytes: Uint8Array, fail: Fail): [Record<string, unknown>, number] {
  if (bytes.length < 8) return fail("a header length of 8 bytes", `only ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    return fail(`a header of at most ${MAX_HEADER_BYTES} bytes`, `a length of ${length}`);
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    return fail(`a header of ${length} bytes`, `only ${bytes.length - 8}: the file is truncated`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (error) {
    return fail("a header in JSON", (error as Error).message);
  }
  return [isObject(header) ? header : fail("a header with an object", shown(header)), start];
}

/**
 * Decodes a whole file; the tensors are copies, independent of `bytes`.
 *
 * @param file Name for error messages.
 * @throws {StoreError} When the header is no valid one, an element type is unknown, tensors overlap
 * or leave gaps, or the file is truncated or too long.
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const fail: Fail = (expected, found) => {
    throw new StoreError(
      `Expected ${cut(expected)} in ${file} but found ${
        cut(found)
      }; replace the file by an intact copy`,
      file,
    );
  };
  const [header, start] = parseHeader(bytes, fail);
  const { [METADATA]: metadata = {}, ...rest } = header;
  if (!isObject(metadata) || !Object.values(metadata).every((text) => typeof text === "string")) {
    fail(`texts in ${METADATA}`, "something else");
  }
  const dataBytes = bytes.length - start;
  const entries = Object.entries(rest)
    .map(([name, value]) => parseEntry(name, value, dataBytes, fail))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, SafetensorsTensor>();
  let at = 0;
  for (const { name, dtype, shape, begin, end } of entries) {
    if (begin !== at) {
      const fault = begin < at ? "it overlaps the tensor before it" : "there is a gap before it";
      fail(`tensor "${name}" to begin at byte ${at}`, `${begin}: ${fault}`);
    }
    const data = new DTYPES[dtype](bytes.slice(start + begin, start + end).buffer);
    tensors.set(name, { shape, data });
    at = end;
  }
  if (at !== dataBytes) fail(`${at} data bytes`, `${dataBytes}: the file is too long`);
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Writes tensors to `path`, whole or not at all; see {@link encodeSafetensors}.
 *
 * @throws {StoreError} When the file cannot be written.
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const bytes = encodeSafetensors(tensors, metadata);
  try {
    writeFileAtomic(path, bytes);
  } catch (cause) {
    throw new StoreError(
      `Expected to write ${path} but found ${(cause as Error).message}; ` +
        "free some space or choose a folder that can be written to",
      path,
      { cause },
    );
  }
}

/** Reads a file; see {@link decodeSafetensors}. A missing file is a {@link StoreError} too. */
export function readSafetensors(path: string): SafetensorsFile {
  let bytes: Uint8Array;
  try {
    bytes = readBounded(path, MAX_FILE_BYTES);
  } catch (cause) {
    throw new StoreError(
      `Expected a safetensors file at ${path} but found ${(cause as Error).message}; ` +
        "give a run that wrote checkpoints",
      path,
      { cause },
    );
  }
  return decodeSafetensors(bytes, path);
}
