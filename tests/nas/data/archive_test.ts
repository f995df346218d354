import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { readArchive } from "../../../nas/data/archive.ts";
import { counting, failsWith } from "./make_idx.ts";
import { makeTar } from "./make_cifar.ts";

/** `printf 'tiny contents\n' > a.bin; tar cf - a.bin | xz`: an xz archive, made once with xz 5.4. */
const XZ =
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AGRdADCLiEbUHUaM0Up5RLsR17/Pui1crEoC8X/u6YqB45JA++CyGFQCvrAqulo3NviePcI54Gfo8FdT/xgLfBee7DE3/rN5npObOR8Ph1M2FITj00QmUU0xGLJWdeLF4ngiK+/13QAAbDlxKMUv66IAAYABgFAAAD5xYGGxxGf7AgAAAAAEWVo=";

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Response(bytes).body!;
}

function gzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes));
}

const ADVICE = "get another one";

Deno.test("readArchive() finds files in any folder, plain and gzipped, in any chunks", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 2000 }),
      fc.uint8Array({ maxLength: 2000 }),
      fc.constantFrom("", "./", "some/folder/"),
      fc.boolean(),
      fc.integer({ min: 1, max: 900 }),
      async (a, b, folder, gzipped, step) => {
        const tar = makeTar([
          { path: "folder/", type: "Directory" },
          { path: `${folder}a.bin`, bytes: a },
          { path: `${folder}other.txt`, bytes: counting(700) },
          { path: `${folder}b.bin`, bytes: b },
        ]);
        const bytes = gzipped ? gzip(tar) : tar;
        let at = 0;
        const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
          pull(controller) {
            if (at >= bytes.length) return controller.close();
            controller.enqueue(bytes.slice(at, at += step));
          },
        });
        const found = await readArchive(stream, ["a.bin", "b.bin"], "x.tar", ADVICE);
        assert.deepEqual([...found.keys()].sort(), ["a.bin", "b.bin"]);
        assert.deepEqual(found.get("a.bin"), Uint8Array.from(a));
        assert.deepEqual(found.get("b.bin"), Uint8Array.from(b));
      },
    ),
    { numRuns: 40, examples: [[Uint8Array.of(1), Uint8Array.of(2), "", true, 1]] },
  ));

Deno.test("readArchive() reads xz", async () => {
  const bytes = Uint8Array.from(Buffer.from(XZ, "base64"));
  const found = await readArchive(streamOf(bytes), ["a.bin"], "x.tar.xz", ADVICE);
  assert.equal(new TextDecoder().decode(found.get("a.bin")), "tiny contents\n");
});

Deno.test("readArchive() rejects damaged archives of each kind, naming them", async () => {
  const tar = makeTar([{ path: "a.bin", bytes: counting(5000) }]);
  const xz = Uint8Array.from(Buffer.from(XZ, "base64"));
  const flipped = gzip(tar);
  flipped[flipped.length - 6] ^= 0xff; // the checksum
  const damaged = [
    new Uint8Array(),
    tar.slice(0, 3000),
    gzip(tar).slice(0, -20),
    flipped,
    xz.slice(0, -40),
    new TextEncoder().encode("<html>".repeat(200)),
  ];
  for (const bytes of damaged) {
    await assert.rejects(
      readArchive(streamOf(bytes), ["a.bin"], "broken.tar", ADVICE),
      failsWith("DataError", "broken.tar", ADVICE),
    );
  }
});

Deno.test("readArchive() names files that are missing", async () => {
  const tar = makeTar([{ path: "a.bin", bytes: counting(5) }]);
  await assert.rejects(
    readArchive(streamOf(tar), ["a.bin", "b.bin", "c.bin"], "some.tar", ADVICE),
    failsWith("DataError", "some.tar", "no b.bin, c.bin"),
  );
});

Deno.test("readArchive() takes regular files only, and writes none", async () => {
  const tar = makeTar([
    { path: "a.bin", type: "SymbolicLink", link: "/etc/hostname" },
    { path: "../../escape.bin", bytes: counting(5) },
  ]);
  await assert.rejects(
    readArchive(streamOf(tar), ["a.bin"], "link.tar", ADVICE),
    failsWith("DataError", "no a.bin"),
  );
  const found = await readArchive(streamOf(tar), ["escape.bin"], "link.tar", ADVICE);
  assert.deepEqual(found.get("escape.bin"), counting(5));
  assert.throws(() => Deno.statSync("../../escape.bin"), Deno.errors.NotFound);
});
