import assert from "node:assert/strict";
import { join } from "node:path";
import {
  FASHION_MNIST,
  type FashionMnistSetup,
  fetchFashionMnist,
  loadFashionMnist,
} from "../../../nas/data/fashion_mnist.ts";
import { counting, failsWith, inTempDir, writeTinySource } from "./make_idx.ts";

/** A world of four folders: `origin` holds a good copy, the caches and the Debian folder are empty. */
async function inWorld(
  body: (setup: FashionMnistSetup, origin: string, calls: string[]) => Promise<void>,
): Promise<void> {
  await inTempDir(async (root) => {
    const origin = join(root, "origin");
    await Deno.mkdir(origin);
    const source = await writeTinySource(origin);
    const calls: string[] = [];
    await body(
      {
        source,
        cacheFolders: [join(root, "chosen", "tiny"), join(root, "cache", "tiny")],
        debianFolder: join(root, "debian"),
        surroundings: {
          whyNoInstall: () => Promise.resolve("only root may install packages"),
          install: (name) => Promise.reject(new Error(`unexpected installation of ${name}`)),
          download: (url) => {
            calls.push(url);
            return Promise.reject(new Error("no network"));
          },
          npmTarball: (name) => Promise.reject(new Error(`unexpected package ${name}`)),
        },
      },
      origin,
      calls,
    );
  });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(join(from, name), join(to, name));
  }
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("FASHION_MNIST names ten classes and four distinct hashes", () => {
  const { train, test, classNames } = FASHION_MNIST;
  const hashes = [train.images, train.labels, test.images, test.labels].map((f) => f.sha256);
  assert.equal(new Set(classNames).size, 10);
  assert.equal(new Set(hashes).size, 4);
  for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/);
});

Deno.test("loadFashionMnist() reads gzipped files from --from", () =>
  inWorld(async (setup, origin) => {
    const { train, test } = await loadFashionMnist({ from: origin }, setup);
    assert.deepEqual([train.count, train.height, train.width, train.channels], [6, 3, 2, 1]);
    assert.deepEqual(Uint8Array.from(train.images), counting(36));
    assert.deepEqual(Uint8Array.from(train.labels), counting(6, 4, 10));
    assert.deepEqual(Uint8Array.from(test.images), counting(24, 100));
  }));

Deno.test("loadFashionMnist() finds the files in each folder it looks at", () =>
  inWorld(async (setup, origin) => {
    for (const folder of [...setup.cacheFolders, setup.debianFolder]) {
      await copyFolder(origin, folder);
      assert.equal((await loadFashionMnist({}, setup)).train.count, 6);
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("loadFashionMnist() says how to get missing files", () =>
  inWorld(async (setup) => {
    await assert.rejects(
      loadFashionMnist({}, setup),
      failsWith(
        "DataError",
        "`enaslab data fashion-mnist",
        "apt-get install dataset-fashion-mnist",
        "--from DIR",
        ...setup.cacheFolders,
        setup.debianFolder,
      ),
    );
  }));

Deno.test("loadFashionMnist() rejects a damaged file, naming it", () =>
  inWorld(async (setup, origin) => {
    const path = join(origin, setup.source.test.labels.file);
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await Deno.writeFile(path, bytes);
    await assert.rejects(
      loadFashionMnist({ from: origin }, setup),
      failsWith("DataError", path, "SHA-256"),
    );
  }));

Deno.test("loadFashionMnist() looks only at --from when it is given", () =>
  inWorld(async (setup, origin) => {
    await copyFolder(origin, setup.debianFolder);
    const empty = join(origin, "empty");
    await assert.rejects(
      loadFashionMnist({ from: empty }, setup),
      failsWith("DataError", empty, "train-images.gz", "found none"),
    );
  }));

Deno.test("fetchFashionMnist() copies from --from into the first cache folder", () =>
  inWorld(async (setup, origin) => {
    const result = await fetchFashionMnist({ from: origin }, setup);
    assert.equal(result.how, "copied");
    assert.equal(result.folder, setup.cacheFolders[0]);
    assert.deepEqual(namesIn(setup.cacheFolders[0]), [...result.files].sort());
    assert.equal((await loadFashionMnist({}, setup)).test.count, 4);
    assert.equal((await fetchFashionMnist({}, setup)).how, "verified");
  }));

Deno.test("fetchFashionMnist() writes nothing when one file of --from is damaged", () =>
  inWorld(async (setup, origin) => {
    await Deno.writeFile(join(origin, setup.source.test.labels.file), new Uint8Array(9));
    await assert.rejects(fetchFashionMnist({ from: origin }, setup), failsWith("DataError"));
    assert.throws(() => Deno.statSync(setup.cacheFolders[0]), Deno.errors.NotFound);
  }));

Deno.test("fetchFashionMnist() replaces a damaged cache from the Debian folder", () =>
  inWorld(async (setup, origin) => {
    await copyFolder(origin, setup.cacheFolders[0]);
    await Deno.writeFile(
      join(setup.cacheFolders[0], setup.source.train.images.file),
      new Uint8Array(9),
    );
    await copyFolder(origin, setup.debianFolder);
    assert.equal((await fetchFashionMnist({}, setup)).how, "copied");
    assert.equal((await loadFashionMnist({}, setup)).train.count, 6);
  }));

Deno.test("fetchFashionMnist() installs the package where it may", () =>
  inWorld(async (setup, origin) => {
    const surroundings = {
      ...setup.surroundings,
      whyNoInstall: () => Promise.resolve(null),
      install: (name: string) => {
        assert.equal(name, "dataset-fashion-mnist");
        return copyFolder(origin, setup.debianFolder);
      },
    };
    const said: string[] = [];
    const options = { onProgress: (sentence: string) => said.push(sentence) };
    const result = await fetchFashionMnist(options, { ...setup, surroundings });
    assert.equal(result.how, "installed");
    assert.deepEqual(said, ["Installing the package dataset-fashion-mnist"]);
    assert.equal((await loadFashionMnist({}, setup)).train.count, 6);
  }));

Deno.test("fetchFashionMnist() downloads the authors' files and verifies them", () =>
  inWorld(async (setup, origin) => {
    const surroundings = {
      ...setup.surroundings,
      download: (url: string) => Deno.readFile(join(origin, url.split("/").at(-1)!)),
    };
    const result = await fetchFashionMnist({}, { ...setup, surroundings });
    assert.equal(result.how, "downloaded");
    assert.equal((await loadFashionMnist({}, setup)).train.count, 6);
  }));

Deno.test("fetchFashionMnist() refuses a download with another hash", () =>
  inWorld(async (setup) => {
    const surroundings = {
      ...setup.surroundings,
      download: () => Promise.resolve(new TextEncoder().encode("<html>")),
    };
    await assert.rejects(
      fetchFashionMnist({}, { ...setup, surroundings }),
      failsWith("DataError", "SHA-256", "zalandoresearch", "--from DIR"),
    );
    assert.throws(() => Deno.statSync(setup.cacheFolders[0]), Deno.errors.NotFound);
  }));

Deno.test("fetchFashionMnist() lists what it tried when nothing works", () =>
  inWorld(async (setup, _origin, calls) => {
    await assert.rejects(
      fetchFashionMnist({}, setup),
      failsWith("DataError", "only root may install", "no network", "--from DIR"),
    );
    assert.deepEqual(calls, [
      "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/train-images.gz",
    ]);
  }));

Deno.test("fetchFashionMnist() explains a cache folder that cannot be made", () =>
  inWorld(async (setup, origin) => {
    const file = join(origin, "a_file");
    await Deno.writeTextFile(file, "");
    await assert.rejects(
      fetchFashionMnist({ from: origin }, { ...setup, cacheFolders: [join(file, "tiny")] }),
      failsWith("DataError", file, "ENASLAB_DATA"),
    );
  }));
