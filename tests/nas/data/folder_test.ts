import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { cacheFolders } from "../../../nas/data/files.ts";
import { fetchFolder, loadFolder } from "../../../nas/data/folder.ts";
import { scanFolder, TEST_SHARE } from "../../../nas/data/folder_scan.ts";
import { resizeImages } from "../../../nas/data/resize.ts";
import { counting, failsWith, inTempDir } from "./make_idx.ts";
import { makeImage, makePng, writeTree } from "./make_images.ts";

const COLOURS = ["rgb(200, 10, 30)", "rgb(20, 180, 40)", "rgb(5, 60, 220)"];

/** `count` images of `side` pixels a side for each of the classes. */
function tree(classes: readonly string[], count: number, side = 4, prefix = "") {
  const files: Record<string, Uint8Array> = {};
  classes.forEach((name, k) => {
    for (let i = 0; i < count; i++) {
      files[`${prefix}${name}/${i}.png`] = makeImage("image/png", side, side, COLOURS[k % 3]);
    }
  });
  return files;
}

/** A data folder and a cache folder beside it. */
function inWorld(body: (from: string, caches: string[]) => Promise<void>): Promise<void> {
  return inTempDir(async (root) => {
    const from = join(root, "mine");
    await Deno.mkdir(from);
    await body(from, [join(root, "cache", "images")]);
  });
}

function cached(caches: readonly string[]): string[] {
  return Array.from(Deno.readDirSync(caches[0]), ({ name }) => name);
}

Deno.test("loadFolder() reads classes, pixels and labels, and takes a fifth for testing", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, tree(["b", "a"], 10));
    const { name, classNames, train, test, source } = await loadFolder({ from }, caches);
    assert.equal(name, "folder");
    assert.deepEqual(classNames, ["a", "b"]);
    assert.deepEqual([train.count, test.count], [16, 4]);
    assert.deepEqual([train.height, train.width, train.channels], [4, 4, 3]);
    assert.deepEqual(Array.from(train.labels), [...Array(8).fill(0), ...Array(8).fill(1)]);
    assert.deepEqual(Array.from(test.labels), [0, 0, 1, 1]);
    // b was given the first colour.
    assert.deepEqual(Array.from(train.images.subarray(8 * 48, 8 * 48 + 6)), [
      ...[200, 10, 30],
      ...[200, 10, 30],
    ]);
    assert.equal(source?.path, from);
    assert.match(source!.fingerprint, /^[0-9a-f]{64}$/);
  }));

Deno.test("loadFolder() takes the test images of test/ where there is one", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, {
      ...tree(["a", "b"], 3, 4, "train/"),
      ...tree(["a", "b"], 2, 4, "test/"),
    });
    const { train, test } = await loadFolder({ from }, caches);
    assert.deepEqual([train.count, test.count], [6, 4]);
  }));

Deno.test("loadFolder() splits train/ when there is no test/, and says what it leaves out", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, {
      ...tree(["a", "b"], 5, 4, "train/"),
      ...tree(["a", "b"], 2, 4, "more/"),
      "notes.txt": counting(3),
      "train/a/picture.gif": counting(3),
      "train/a/.hidden.png": counting(3),
      ".git/config": counting(3),
    });
    const said: string[] = [];
    const onProgress = (sentence: string) => said.push(sentence);
    const { classNames, train, test } = await loadFolder({ from, onProgress }, caches);
    assert.deepEqual(classNames, ["a", "b"]);
    assert.deepEqual([train.count, test.count], [8, 2]);
    assert.deepEqual(said, [
      `Left out what is no image of a class, 3 in ${from}: notes.txt, more, a/picture.gif`,
      `Decoding 10 images of ${from}`,
    ]);
  }));

Deno.test("loadFolder() takes val/ or valid/ beside train/ for validation", () =>
  inWorld(async (from, caches) => {
    for (const name of ["val", "valid"]) {
      const folder = join(from, name);
      await writeTree(folder, {
        ...tree(["a", "b"], 5, 4, "train/"),
        ...tree(["a", "b"], 2, 4, `${name}/`),
        ...tree(["a", "b"], 1, 4, "test/"),
      });
      for (const how of ["decoded", "cached"]) {
        const { train, validation, test } = await loadFolder({ from: folder }, caches);
        assert.deepEqual([train.count, validation, test.count], [14, 4, 2], how);
        assert.deepEqual(Array.from(train.labels.subarray(10)), [0, 0, 1, 1], how);
      }
    }
    const { contents } = await fetchFolder({ from: join(from, "val"), imageSize: 3 }, caches);
    assert.deepEqual(contents, {
      classes: ["a", "b"].map((name) => ({ name, train: 5, validation: 2, test: 1 })),
      shape: [3, 3, 3],
      files: { least: [4, 4], most: [4, 4] },
      splits: { validation: "own", test: "own" },
    });
    await Deno.mkdir(join(from, "val", "valid"));
    await assert.rejects(
      loadFolder({ from: join(from, "val") }, caches),
      failsWith("DataError", "val and valid", "keep one of them"),
    );
  }));

Deno.test("loadFolder() follows links and names those that leave the folder", () =>
  inWorld(async (from, caches) => {
    const away = await Deno.realPath(await Deno.makeTempDir({ dir: join(from, "..") }));
    const files = tree(["a", "b"], 5);
    await writeTree(from, tree(["a"], 5));
    await writeTree(away, tree(["b"], 5));
    await Deno.writeFile(join(away, "one.png"), files["a/0.png"]);
    await Deno.symlink(join(away, "b"), join(from, "b"));
    await Deno.symlink(join(away, "one.png"), join(from, "a", "one.png"));
    await Deno.symlink(join(from, "a", "0.png"), join(from, "a", "again.png"));
    const said: string[] = [];
    const onProgress = (sentence: string) => said.push(sentence);
    const { classNames, train, test } = await loadFolder({ from, onProgress }, caches);
    assert.deepEqual([classNames, train.count + test.count], [["a", "b"], 12]);
    assert.equal(
      said[0],
      `2 links out of ${from}, followed: b to ${join(away, "b")}, a/one.png to ` +
        join(away, "one.png"),
    );
  }));

Deno.test("loadFolder() works without a cache that can be written, and says so", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, tree(["a", "b"], 5));
    await Deno.mkdir(join(caches[0], ".."), { recursive: true });
    await Deno.writeFile(caches[0], counting(1));
    const said: string[] = [];
    const onProgress = (sentence: string) => said.push(sentence);
    const { train } = await loadFolder({ from, onProgress }, caches);
    assert.equal(train.count, 8);
    assert.match(said.at(-1)!, /^The decoded images are not kept: /);
  }));

Deno.test("where the environment names no home there is no cache, and own images work", () =>
  inWorld(async (from) => {
    await writeTree(from, tree(["a", "b"], 5));
    const names = ["HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA", "ENASLAB_DATA"];
    const before = names.map((name) => [name, Deno.env.get(name)] as const);
    for (const name of names) Deno.env.delete(name);
    try {
      assert.deepEqual(cacheFolders(), []);
      const said: string[] = [];
      const { train } = await loadFolder({ from, onProgress: (text) => said.push(text) });
      assert.equal(train.count, 8);
      assert.match(said.at(-1)!, /not kept: neither HOME nor ENASLAB_DATA says where/);
    } finally {
      for (const [name, value] of before) if (value !== undefined) Deno.env.set(name, value);
    }
  }));

Deno.test("scanFolder() gives each class its share of test images, whatever its size", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 2, maxLength: 4 }), (
      counts,
    ) =>
      inTempDir(async (root) => {
        for (const [k, count] of counts.entries()) {
          const names = Array.from({ length: count }, (_, i) => [`c${k}/${i}.JPG`, counting(1)]);
          await writeTree(root, Object.fromEntries(names));
        }
        const { train, test } = await scanFolder(root);
        counts.forEach((count, k) => {
          const tested = test.filter(({ label }) => label === k).length;
          assert.equal(tested, Math.max(1, Math.round(TEST_SHARE * count)));
          assert.equal(train.filter(({ label }) => label === k).length, count - tested);
        });
        const names = [...train, ...test].map(({ name }) => name);
        assert.equal(new Set(names).size, counts.reduce((a, b) => a + b));
      })),
    { numRuns: 10 },
  ));

Deno.test("scanFolder() moves at most one image of a class when one is added", () =>
  inTempDir(async (root) => {
    await writeTree(root, tree(["a", "b"], 20, 1));
    const before = new Set((await scanFolder(root)).test.map(({ name }) => name));
    await writeTree(root, { "a/new.png": counting(1) });
    const after = new Set((await scanFolder(root)).test.map(({ name }) => name));
    assert.ok([...before].filter((name) => !after.has(name)).length <= 1);
  }));

Deno.test("loadFolder() keeps one channel only when every image is grey", () =>
  inWorld(async (from, caches) => {
    const grey = makePng(2, 2, Uint8Array.of(1, 2, 3, 4), { grey: true });
    const files = { "a/1.png": grey, "a/2.png": grey, "b/1.png": grey, "b/2.png": grey };
    await writeTree(from, files);
    const all = await loadFolder({ from }, caches);
    assert.equal(all.train.channels, 1);
    assert.deepEqual(Array.from(all.train.images), [1, 2, 3, 4, 1, 2, 3, 4]);
    await writeTree(from, { "b/3.png": makeImage("image/png", 2, 2, COLOURS[0]) });
    const mixed = await loadFolder({ from }, caches);
    assert.equal(mixed.train.channels, 3);
    assert.deepEqual(Array.from(mixed.train.images.subarray(0, 6)), [1, 1, 1, 2, 2, 2]);
  }));

Deno.test("loadFolder() rejects mixed sizes, naming two files, and resizes on request", () =>
  inWorld(async (from, caches) => {
    const wide = counting(9 * 6 * 3);
    await writeTree(from, {
      ...tree(["a", "b"], 2, 6, "train/"),
      ...tree(["a", "b"], 1, 6, "test/"),
      "train/b/wide.png": makePng(9, 6, wide),
    });
    await assert.rejects(
      loadFolder({ from }, caches),
      failsWith(
        "DataError",
        join(from, "train/b/wide.png"),
        "6x6",
        join(from, "train/a/0.png"),
        "9x6",
        "--image-size",
      ),
    );
    assert.throws(() => Deno.statSync(caches[0]), Deno.errors.NotFound);
    const { train } = await loadFolder({ from, imageSize: 3 }, caches);
    assert.deepEqual([train.count, train.height, train.width], [5, 3, 3]);
    const single = {
      images: wide,
      labels: counting(1),
      count: 1,
      height: 6,
      width: 9,
      channels: 3,
    };
    assert.deepEqual(train.images.slice(-27), resizeImages(single, 3).images);
  }));

Deno.test("loadFolder() decodes once, and again when a file changes", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, tree(["a", "b"], 5));
    const said: string[] = [];
    const options = { from, onProgress: (sentence: string) => said.push(sentence) };
    const first = await loadFolder(options, caches);
    assert.equal(said.length, 1);
    const again = await loadFolder(options, caches);
    assert.equal(said.length, 1);
    assert.deepEqual(again.train.images, first.train.images);
    assert.deepEqual(again.test, first.test);
    assert.deepEqual(again.source, first.source);
    const small = await loadFolder({ ...options, imageSize: 2 }, caches);
    assert.equal(said.length, 2);
    assert.notEqual(small.source?.fingerprint, first.source?.fingerprint);
    assert.equal(cached(caches).length, 2);
    await writeTree(from, { "a/0.png": makeImage("image/png", 4, 4, "rgb(9, 9, 99)") });
    const changed = await loadFolder(options, caches);
    assert.equal(said.length, 3);
    assert.notEqual(changed.source?.fingerprint, first.source?.fingerprint);
    // The file of the earlier state is gone, that of the other size is kept.
    assert.equal(cached(caches).length, 2);
  }));

Deno.test("loadFolder() does not trust a damaged cache file", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, tree(["a", "b"], 5));
    const first = await loadFolder({ from }, caches);
    const path = join(caches[0], cached(caches)[0]);
    const intact = await Deno.readFile(path);
    const flipped = intact.slice();
    flipped[flipped.length - 30] ^= 1;
    const other = new TextDecoder("latin1").decode(intact).replace('"version":2', '"version":9');
    const versioned = Uint8Array.from(other, (letter) => letter.charCodeAt(0));
    for (const bytes of [flipped, intact.slice(0, -1), versioned, new Uint8Array()]) {
      await Deno.writeFile(path, bytes);
      const said: string[] = [];
      const onProgress = (sentence: string) => said.push(sentence);
      const again = await loadFolder({ from, onProgress }, caches);
      assert.match(said[0], /^Decoding again, .*\.images is of no use: /);
      assert.deepEqual(again, first);
      assert.deepEqual(await Deno.readFile(path), intact);
    }
  }));

Deno.test("loadFolder() names broken images and caches nothing", () =>
  inWorld(async (from, caches) => {
    const files = tree(["a", "b"], 3);
    const broken = join(from, "b/1.png");
    await writeTree(from, { ...files, "b/1.png": files["b/1.png"].subarray(0, 60) });
    await assert.rejects(
      loadFolder({ from }, caches),
      failsWith("DataError", broken, "truncated PNG"),
    );
    await writeTree(from, { "b/1.png": new TextEncoder().encode("no image") });
    await assert.rejects(loadFolder({ from }, caches), failsWith("DataError", broken));
    assert.throws(() => Deno.statSync(caches[0]), Deno.errors.NotFound);
  }));

Deno.test("loadFolder() explains folders of another layout", () =>
  inWorld(async (from, caches) => {
    const png = makeImage("image/png", 2, 2, COLOURS[0]);
    const cases: [Record<string, Uint8Array | null>, ...string[]][] = [
      [{}, "found none (0 images"],
      [{ "1.png": png, "2.jpeg": png }, "found none (2 images", "one subfolder"],
      [{ "only/1.png": png }, "found one, only"],
      [{ "a/1.png": png, "a/2.png": png, "empty": null }, join("empty"), "the class is empty"],
      [{ "a/1.png": png, "b/1.png": png }, "at least 2 images a class", "a/1.png"],
      [
        { "train/a/1.png": png, "train/b/1.png": png, "test/a/1.png": png },
        join("test"),
        "found no b",
      ],
      [
        { ...tree(["a", "b"], 1, 2, "train/"), ...tree(["a", "b", "c"], 1, 2, "test/") },
        "found also c",
      ],
      [
        Object.fromEntries(Array.from({ length: 257 }, (_, k) => [`class${k}/1.png`, png])),
        "2 to 256",
        "found 257",
      ],
    ];
    for (const [i, [files, ...parts]] of cases.entries()) {
      const folder = join(from, `case${i}`);
      await Deno.mkdir(folder);
      await writeTree(folder, files);
      await assert.rejects(
        loadFolder({ from: folder }, caches),
        failsWith("DataError", folder, ...parts),
      );
    }
    const missing = join(from, "nowhere");
    await assert.rejects(
      loadFolder({ from: missing }, caches),
      failsWith("DataError", missing, "found none"),
    );
    const file = join(from, "file.png");
    await Deno.writeFile(file, png);
    await assert.rejects(loadFolder({ from: file }, caches), failsWith("DataError", file));
  }));

Deno.test("fetchFolder() decodes into the cache and names the file", () =>
  inWorld(async (from, caches) => {
    await writeTree(from, tree(["a", "b"], 2));
    const { how, folder, files } = await fetchFolder({ from }, caches);
    assert.deepEqual([how, folder], ["read", caches[0]]);
    assert.deepEqual(files, cached(caches));
  }));
