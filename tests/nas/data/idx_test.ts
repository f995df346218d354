import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import fc from "fast-check";
import { joinImageSet, parseIdx, readIdx } from "../../../nas/data/idx.ts";
import { counting, failsWith, inTempDir, makeIdx } from "./make_idx.ts";

Deno.test("parseIdx() returns shape and bytes of plain and gzipped files", () => {
  fc.assert(fc.property(
    fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)),
    fc.boolean(),
    (shape, gzipped) => {
      const data = counting(shape[0] * shape[1] * shape[2], 7);
      const plain = makeIdx(shape, data);
      const parsed = parseIdx(gzipped ? new Uint8Array(gzipSync(plain)) : plain, "x", 3);
      assert.deepEqual(parsed.shape, shape);
      assert.deepEqual(Uint8Array.from(parsed.data), data);
    },
  ));
});

Deno.test("parseIdx() reads bytes that begin inside a larger buffer", () => {
  const file = makeIdx([2], counting(2, 5));
  const larger = new Uint8Array(file.length + 3);
  larger.set(file, 3);
  assert.deepEqual(Uint8Array.from(parseIdx(larger.subarray(3), "x", 1).data), counting(2, 5));
});

Deno.test("parseIdx() rejects every truncation of a file", () => {
  const file = makeIdx([2, 2, 2], counting(8));
  for (let length = 0; length < file.length; length++) {
    assert.throws(
      () => parseIdx(file.subarray(0, length), "cut", 3),
      failsWith("DataError", "cut"),
    );
  }
});

Deno.test("parseIdx() rejects a file that is too long", () => {
  const file = makeIdx([2], counting(3));
  assert.throws(
    () => parseIdx(file, "long", 1),
    failsWith("DataError", "2 data bytes", "in long", "3: it is too long"),
  );
});

Deno.test("parseIdx() rejects labels where images are expected", () => {
  assert.throws(
    () => parseIdx(makeIdx([20], counting(20)), "labels", 3),
    failsWith("DataError", "0x00000803", "labels", "0x00000801"),
  );
});

Deno.test("parseIdx() rejects another element type", () => {
  const file = makeIdx([2], counting(2));
  file[2] = 0x0d;
  assert.throws(() => parseIdx(file, "floats", 1), failsWith("DataError", "0x00000d01"));
});

Deno.test("parseIdx() rejects a shape whose product exceeds the file by far", () => {
  const file = makeIdx([0xffffffff, 0xffffffff, 0xffffffff], counting(8));
  assert.throws(() => parseIdx(file, "huge", 3), failsWith("DataError", "huge", "truncated"));
});

Deno.test("parseIdx() rejects damaged gzip streams, naming the file", () => {
  const zipped = new Uint8Array(gzipSync(makeIdx([200], counting(200))));
  const cut = zipped.subarray(0, zipped.length - 12);
  const flipped = zipped.slice();
  flipped[flipped.length - 6] ^= 0xff; // the checksum
  for (const damaged of [cut, flipped]) {
    assert.throws(() => parseIdx(damaged, "a.gz", 1), failsWith("DataError", "a.gz", "gzip"));
  }
});

Deno.test("readIdx() rejects a truncated file", () =>
  inTempDir(async (folder) => {
    const path = join(folder, "labels");
    await Deno.writeFile(path, makeIdx([5], counting(5)).subarray(0, 10));
    await assert.rejects(readIdx(path, 1), failsWith("DataError", path, "only 2"));
  }));

Deno.test("readIdx() names a missing file", () =>
  inTempDir(async (folder) => {
    const path = join(folder, "nothing");
    await assert.rejects(readIdx(path, 1), failsWith("DataError", path));
  }));

const images = parseIdx(makeIdx([3, 2, 2], counting(12)), "images", 3);
const expectations = { imagesFile: "images", labelsFile: "labels", classes: 10 };

Deno.test("joinImageSet() gives NHWC with one channel", () => {
  const set = joinImageSet(images, { shape: [3], data: counting(3) }, expectations);
  assert.equal(set.count, 3);
  assert.deepEqual([set.height, set.width, set.channels], [2, 2, 1]);
  assert.deepEqual(Uint8Array.from(set.images), counting(12));
  assert.deepEqual(set.labels, counting(3));
});

Deno.test("joinImageSet() rejects a count mismatch of images and labels", () => {
  assert.throws(
    () => joinImageSet(images, { shape: [4], data: counting(4) }, expectations),
    failsWith("DataError", "labels", "3 labels", "found 4"),
  );
});

Deno.test("joinImageSet() rejects a count other than the published one", () => {
  assert.throws(
    () =>
      joinImageSet(images, { shape: [3], data: counting(3) }, { ...expectations, count: 60000 }),
    failsWith("DataError", "images", "60000", "found 3"),
  );
});

Deno.test("joinImageSet() rejects a label out of range, naming the image", () => {
  assert.throws(
    () => joinImageSet(images, { shape: [3], data: counting(3, 8) }, expectations),
    failsWith("DataError", "labels", "0..9", "10 at image 2"),
  );
});

Deno.test("joinImageSet() rejects a set without pixels", () => {
  const none = { shape: [0, 28, 28], data: new Uint8Array() };
  assert.throws(
    () => joinImageSet(none, { shape: [0], data: new Uint8Array() }, expectations),
    failsWith("DataError", "images", "[0,28,28]"),
  );
});
