/**
 * Small intact files that the fuzzer damages, made by the writers of this project.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32, deflateSync, gunzipSync, gzipSync } from "node:zlib";
import { createCanvas } from "@napi-rs/canvas";
import { Header } from "tar";

/** A small arc of each space, as text. */
export const ARC_TEXTS = ["0 1 0 5 1 1", "0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2"];

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Bytes as text, whatever they are. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** An idx file of unsigned bytes that count upwards. */
export function idxFile(shape: readonly number[]): Uint8Array {
  const length = shape.reduce((product, extent) => product * extent, 1);
  const bytes = new Uint8Array(4 + 4 * shape.length + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 | shape.length);
  shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent));
  for (let i = 0; i < length; i++) bytes[4 + 4 * shape.length + i] = i % 10;
  return bytes;
}

/** `bytes` as a gzip stream. */
export function gzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes));
}

/** The damaged plain bytes below a gzip stream, compressed again with a right checksum. */
export function regzip(bytes: Uint8Array): Uint8Array {
  try {
    return gzip(gunzipSync(bytes, { finishFlush: 2 }));
  } catch {
    return gzip(bytes);
  }
}

/** A picture with some colours. */
export function picture(
  type: "image/png" | "image/jpeg" | "image/webp",
  width: number,
  height: number,
): Uint8Array {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let x = 0; x < width; x++) {
    context.fillStyle = `rgb(${(37 * x) % 256}, ${(91 * x) % 256}, 99)`;
    context.fillRect(x, 0, 1, height);
  }
  return new Uint8Array(type === "image/png" ? canvas.toBuffer(type) : canvas.toBuffer(type, 90));
}

/** A BMP of 24 bits a pixel. */
export function plainBmp(width: number, height: number): Uint8Array {
  const row = 4 * Math.ceil(width * 3 / 4);
  const bytes = Buffer.alloc(54 + row * height, 77);
  bytes.fill(0, 0, 54).write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  [54, 40, width, height].forEach((value, i) => bytes.writeUInt32LE(value, 10 + 4 * i));
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return new Uint8Array(bytes);
}

/** One chunk of a PNG with its checksum. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG without alpha, `pixels` of which are there. */
export function plainPng(width: number, height: number, pixels = width * height): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(Math.ceil(pixels / width) * (1 + 3 * width), 0);
  return new Uint8Array(Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", new Uint8Array()),
  ]));
}

/** Puts the checksums of a PNG's chunks right, as far as there are chunks. */
export function repairPng(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  for (let at = 8; at + 12 <= changed.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > changed.length) break;
    view.setUint32(end, crc32(changed.subarray(at + 4, end)));
    at = end + 4;
  }
  return changed;
}

/** Puts the length of a safetensors header right, as far as there is one. */
export function repairSafetensors(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  let end = changed.lastIndexOf(0x7d) + 1;
  while (changed[end] === 0x20) end++;
  if (end >= 8) new DataView(changed.buffer).setBigUint64(0, BigInt(end - 8), true);
  return changed;
}

/** A tar archive of files. */
export function tarFile(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (const [path, bytes] of Object.entries(files)) {
    const header = new Header({ path, size: bytes.length, type: "File", mode: 0o644 });
    header.encode();
    blocks.push(header.block!, bytes, new Uint8Array((512 - bytes.length % 512) % 512));
  }
  blocks.push(new Uint8Array(1024));
  return new Uint8Array(Buffer.concat(blocks));
}

/** Puts the checksum of the first header of a tar archive right. */
export function repairTar(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  if (changed.length < 512) return changed;
  changed.fill(0x20, 148, 156);
  const sum = changed.subarray(0, 512).reduce((a, b) => a + b, 0);
  changed.set(bytesOf(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return changed;
}

/** An xz archive of `a.bin` with `tiny contents`, made once with xz 5.4. */
export const XZ_ARCHIVE: Uint8Array = new Uint8Array(Buffer.from(
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AGRdADCLiEbUHUaM0Up5RLsR17/Pui1crEoC8X/u6YqB45JA++CyGFQCvrAqulo3NviePcI54Gfo8FdT/xgLfBee7DE3/rN5npObOR8Ph1M2FITj00QmUU0xGLJWdeLF4ngiK+/13QAAbDlxKMUv66IAAYABgFAAAD5xYGGxxGf7AgAAAAAEWVo=",
  "base64",
));
