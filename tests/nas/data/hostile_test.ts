/**
 * Files made to break their reader: what the fuzzer found, and sizes that must be refused before
 * anything of that size is made.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { plainPng, pngChunk } from "../../../bench/fuzz/files.ts";
import { readArchive } from "../../../nas/data/archive.ts";
import { scanFolder } from "../../../nas/data/folder_scan.ts";
import { gunzipIfNeeded, parseIdx } from "../../../nas/data/idx.ts";
import { decodeImage } from "../../../nas/data/image_file.ts";
import { makeTar } from "./make_cifar.ts";
import { counting, failsWith, inTempDir } from "./make_idx.ts";
import { makeImage, writeTree } from "./make_images.ts";

const streamOf = (bytes: Uint8Array) => new Response(new Uint8Array(bytes)).body!;
const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));

/** Runs `body` and asserts that the process did not grow by more than 64 MiB. */
async function staysSmall(body: () => Promise<unknown> | unknown): Promise<void> {
  const before = Deno.memoryUsage().rss;
  await body();
  const grown = Deno.memoryUsage().rss - before;
  assert.ok(grown < 2 ** 26, `${grown} bytes`);
}

Deno.test("a gzip stream is not unpacked beyond its limit", async () => {
  const bomb = gzip(new Uint8Array(2 ** 26));
  await staysSmall(() =>
    assert.throws(
      () => gunzipIfNeeded(bomb, "x.gz", "replace it", 2 ** 20),
      failsWith("DataError", "a gzip stream of at most 1048576 bytes in x.gz", "found more"),
    )
  );
  assert.equal(gunzipIfNeeded(bomb, "x.gz").length, 2 ** 26);
});

Deno.test("an idx header of 2^96 elements is refused by the size of the file", () =>
  assert.throws(
    () => parseIdx(Uint8Array.of(0, 0, 8, 3, ...Array(12).fill(255)), "x", 3),
    failsWith("DataError", "only 0: the file is truncated"),
  ));

Deno.test("an archive is not unpacked beyond its limit, nor when it is packed twice", async () => {
  const tar = makeTar([{ path: "other", bytes: new Uint8Array(2 ** 22) }]);
  const read = (bytes: Uint8Array) =>
    readArchive(streamOf(bytes), ["a.bin"], "x.tar", "x", 2 ** 20);
  await assert.rejects(
    () => read(gzip(tar)),
    failsWith("DataError", "it holds more than 1048576 bytes"),
  );
  await assert.rejects(() => read(gzip(gzip(tar))), failsWith("DataError", "packed twice"));
});

Deno.test("a tar header that claims a gigabyte takes no memory, and names lead nowhere", async () => {
  const huge = makeTar([{ path: "a.bin", bytes: counting(10) }]);
  huge.set(new TextEncoder().encode("07777777777\0"), 124);
  huge.fill(0x20, 148, 156);
  const sum = huge.subarray(0, 512).reduce((a, b) => a + b, 0);
  huge.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  await staysSmall(() =>
    assert.rejects(
      () => readArchive(streamOf(huge), ["a.bin"], "x.tar", "x"),
      failsWith("DataError", "a damaged one"),
    )
  );
  const odd = makeTar([
    { path: "../../a.bin", bytes: counting(3) },
    { path: "/etc/passwd", bytes: counting(3) },
    { path: "b.bin", type: "SymbolicLink", link: "/etc/passwd" },
  ]);
  const found = await readArchive(streamOf(odd), ["a.bin"], "x.tar", "x");
  assert.deepEqual([...found.keys()], ["a.bin"]);
  await assert.rejects(
    () => readArchive(streamOf(odd), ["b.bin"], "x.tar", "x"),
    failsWith("DataError", "no b.bin"),
  );
  const twice = makeTar([
    { path: "x/a.bin", bytes: counting(3) },
    { path: "y/a.bin", bytes: counting(4) },
  ]);
  await assert.rejects(
    () => readArchive(streamOf(twice), ["a.bin"], "x.tar", "x"),
    failsWith("DataError", "a.bin is there twice"),
  );
});

Deno.test("a small PNG that claims a large image is refused before it is decoded", () =>
  staysSmall(() =>
    assert.rejects(
      () => decodeImage(plainPng(10_000, 10_000, 100), "x.png"),
      failsWith("DataError", "for 300000000 bytes of pixels"),
    )
  ));

Deno.test("a PNG says its size first and once", async () => {
  const png = plainPng(2, 2);
  const header = png.subarray(8, 33);
  const parts: [Uint8Array[], string][] = [
    [[png.subarray(0, 33), header, png.subarray(33)], 'chunk "IHDR" at byte 33'],
    [[png.subarray(0, 8), png.subarray(33)], 'chunk "IDAT" at byte 8'],
    [[png.subarray(0, 33), pngChunk("IEND", new Uint8Array())], "0 bytes of data"],
  ];
  for (const [pieces, message] of parts) {
    const bytes = new Uint8Array(Buffer.concat(pieces));
    await assert.rejects(() => decodeImage(bytes, "x.png"), failsWith("DataError", message));
  }
});

Deno.test("a JPEG that claims 65,535 pixels a side is refused before it is decoded", async () => {
  const jpeg = makeImage("image/jpeg", 16, 16, "red");
  const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  jpeg.fill(0xff, frame + 5, frame + 9);
  await staysSmall(() =>
    assert.rejects(
      () => decodeImage(jpeg, "x.jpg"),
      failsWith("DataError", "an image of 65535x65535 pixels"),
    )
  );
  await assert.rejects(
    () => decodeImage(jpeg.subarray(0, frame), "x.jpg"),
    failsWith("DataError", "a damaged JPEG (no size)"),
  );
});

Deno.test("links among own images lead to images or are refused", () =>
  inTempDir(async (root) => {
    const red = makeImage("image/png", 2, 2, "red");
    await writeTree(root, { "a/1.png": red, "a/2.png": red, "b/1.png": red, "b/2.png": red });
    await Deno.symlink(join(root, "a/1.png"), join(root, "a/link.png"));
    await Deno.symlink(root, join(root, "a/circle"));
    await Deno.symlink(join(root, "nowhere"), join(root, "a/nowhere"));
    const { train, test, ignored } = await scanFolder(root);
    assert.equal(train.length + test.length, 5);
    assert.deepEqual([...ignored].sort(), ["a/circle", "a/nowhere"]);
    const endless = join(root, "a/endless.png");
    await Deno.symlink("/dev/zero", endless);
    await assert.rejects(
      () => scanFolder(root),
      failsWith("DataError", endless, "what is no regular file"),
    );
    await Deno.remove(endless);
    await Deno.writeFile(endless, red);
    await Deno.truncate(endless, 2 ** 29);
    await assert.rejects(() => scanFolder(root), failsWith("DataError", "536870912 bytes, more"));
  }));
