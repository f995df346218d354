import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type SafetensorsTensor,
  writeSafetensors,
} from "../../../nas/run/safetensors.ts";
import { failsWith, inTempDir } from "../data/make_idx.ts";

/** Made by tests/golden/make_safetensors.py with the Python library. */
const GOLDEN = fileURLToPath(
  new URL("../../golden/safetensors_small.safetensors", import.meta.url),
);

/** What that script put into it. */
const TENSORS = new Map<string, SafetensorsTensor>([
  ["stem/weights", { shape: [2, 3], data: Float32Array.of(-0.5, -0.25, 0, 0.25, 0.5, 0.75) }],
  ["baseline", { shape: [], data: Float64Array.of(0.1) }],
  ["random.state", { shape: [4], data: Uint32Array.of(1, 2 ** 32 - 1, 0, 12345) }],
  ["a naïve name", { shape: [2], data: Int32Array.of(-1, 2) }],
  ["bytes", { shape: [3], data: Uint8Array.of(7, 8, 255) }],
  ["empty", { shape: [0, 4], data: new Float32Array() }],
]);
const METADATA = { format: "enaslab" };

Deno.test("readSafetensors() reads the Python library's file", () => {
  const { tensors, metadata } = readSafetensors(GOLDEN);
  assert.deepEqual({ ...metadata }, METADATA);
  assert.deepEqual([...tensors.keys()].sort(), [...TENSORS.keys()].sort());
  for (const [name, tensor] of TENSORS) assert.deepEqual(tensors.get(name), tensor, name);
});

Deno.test("encodeSafetensors() gives the Python library's bytes, in whatever order tensors come", () => {
  const golden = Deno.readFileSync(GOLDEN);
  assert.deepEqual(encodeSafetensors(TENSORS, METADATA), golden);
  assert.deepEqual(encodeSafetensors(new Map([...TENSORS].reverse()), METADATA), golden);
});

Deno.test("decodeSafetensors() undoes encodeSafetensors() bit for bit", () => {
  const data = fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.uint32Array(),
    fc.int32Array(),
    fc.uint8Array(),
  );
  const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");
  const tensors = fc.dictionary(name, data);
  fc.assert(fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (arrays, metadata) => {
    const map = new Map(
      Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length, 1], data }]),
    );
    const bytes = encodeSafetensors(map, metadata);
    const decoded = decodeSafetensors(bytes, "x");
    assert.deepEqual(Object.entries(decoded.metadata).sort(), Object.entries(metadata).sort());
    assert.equal(decoded.tensors.size, map.size);
    for (const [name, { shape, data }] of map) {
      const found = decoded.tensors.get(name)!;
      assert.deepEqual(found.shape, shape);
      assert.equal(found.data.constructor, data.constructor);
      assert.deepEqual(new Uint8Array(found.data.buffer), bytesOf(data));
    }
  }));
});

function bytesOf(data: SafetensorsTensor["data"]): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

Deno.test("encodeSafetensors() begins the data at a multiple of 8 bytes", () => {
  for (let length = 1; length < 20; length++) {
    const bytes = encodeSafetensors(
      new Map([["n".repeat(length), { shape: [1], data: Float64Array.of(1) }]]),
    );
    assert.equal(bytes.length % 8, 0);
    assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
  }
});

Deno.test("encodeSafetensors() writes a view's own elements alone", () => {
  const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const bytes = encodeSafetensors(new Map([["x", { shape: [2], data: view }]]));
  assert.deepEqual(decodeSafetensors(bytes, "x").tensors.get("x")!.data, Float32Array.of(2, 3));
});

Deno.test("encodeSafetensors() rejects shapes, names and types that cannot be stored", () => {
  const data = Float32Array.of(1, 2);
  const encode = (name: string, tensor: unknown) =>
    encodeSafetensors(new Map([[name, tensor as SafetensorsTensor]]));
  assert.throws(() => encode("x", { shape: [3], data }), failsWith("TypeError", '"x"', "[3]"));
  assert.throws(() => encode("x", { shape: [-1, -2], data }), failsWith("TypeError", "[-1,-2]"));
  assert.throws(() => encode("__metadata__", { shape: [2], data }), failsWith("TypeError"));
  assert.throws(
    () => encode("x", { shape: [2], data: BigInt64Array.of(1n, 2n) }),
    failsWith("TypeError", "BigInt64Array", "F64, F32, U32"),
  );
});

/** A file with `header` as it stands, then `data` zero bytes. */
function rawFile(header: string, data: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

Deno.test("decodeSafetensors() rejects damaged headers and layouts, naming file and fault", () => {
  const f = (offsets: number[], shape = [1]) => entry("F32", shape, offsets);
  const cases: [string, string, number][] = [
    ["JSON", "{", 0],
    ["object", "[]", 0],
    ["__metadata__", '{"__metadata__":{"a":1}}', 0],
    ['object for tensor "a"', '{"a":1}', 0],
    ["F16", `{"a":${entry("F16", [1], [0, 2])}}`, 2],
    ["toString", `{"a":${entry("toString", [1], [0, 2])}}`, 2],
    ["shape", `{"a":${entry("F32", [1.5], [0, 6])}}`, 6],
    ["shape", `{"a":${entry("F32", [-1], [4, 0])}}`, 4],
    ["data_offsets", `{"a":${entry("F32", [1], [0])}}`, 4],
    ["data_offsets", `{"a":${entry("F32", [1], "04")}}`, 4],
    ["4 bytes", `{"a":${f([0, 8])}}`, 8],
    ["truncated", `{"a":${f([0, 4])}}`, 3],
    ["too long", `{"a":${f([0, 4])}}`, 5],
    ["overlaps", `{"a":${f([0, 8], [2])},"b":${f([4, 8])}}`, 8],
    ["gap", `{"a":${f([0, 4])},"b":${f([8, 12])}}`, 12],
    ["gap", `{"a":${f([4, 8])}}`, 8],
  ];
  for (const [fault, header, data] of cases) {
    assert.throws(
      () => decodeSafetensors(rawFile(header, data), "weights"),
      failsWith("StoreError", "weights", fault),
    );
  }
  assert.equal(decodeSafetensors(rawFile("{}", 0), "empty").tensors.size, 0);
});

Deno.test("decodeSafetensors() rejects a header that is not UTF-8 or absurdly long", () => {
  const bytes = rawFile('{"x":1}', 0);
  bytes[10] = 0xff;
  assert.throws(() => decodeSafetensors(bytes, "w"), failsWith("StoreError", "JSON"));
  new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true);
  assert.throws(() => decodeSafetensors(bytes, "w"), failsWith("StoreError", "at most"));
});

Deno.test("decodeSafetensors() rejects every truncation of the Python library's file", () => {
  const golden = Deno.readFileSync(GOLDEN);
  for (let length = 0; length < golden.length; length++) {
    assert.throws(
      () => decodeSafetensors(golden.subarray(0, length), "w"),
      failsWith("StoreError"),
    );
  }
});

Deno.test("writeSafetensors() and readSafetensors() go through a file and explain failures", () =>
  inTempDir((folder) => {
    const path = join(folder, "a.safetensors");
    writeSafetensors(path, TENSORS, METADATA);
    assert.deepEqual(readSafetensors(path).tensors.get("baseline"), TENSORS.get("baseline"));
    const nowhere = join(folder, "none", "a.safetensors");
    assert.throws(() => writeSafetensors(nowhere, TENSORS), failsWith("StoreError", nowhere));
    assert.throws(() => readSafetensors(nowhere), failsWith("StoreError", nowhere));
    return Promise.resolve();
  }));
