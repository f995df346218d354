import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  cifarFiles,
  type CifarSetup,
  type CifarSource,
  loadCifar,
} from "../../../nas/data/cifar.ts";
import { CIFAR10, cifar10Setup } from "../../../nas/data/cifar10.ts";
import { CIFAR100, cifar100Setup } from "../../../nas/data/cifar100.ts";
import { holdsFiles } from "../../../nas/data/files.ts";
import { channelMoments } from "../../../nas/data/split.ts";

Deno.test("CIFAR10 and CIFAR100 name their classes, and files with distinct hashes", () => {
  assert.equal(new Set(CIFAR10.classNames).size, 10);
  assert.equal(new Set(CIFAR100.classNames).size, 100);
  assert.deepEqual(CIFAR100.classNames, [...CIFAR100.classNames].sort());
  for (const [source, files] of [[CIFAR10, 6], [CIFAR100, 2]] as const) {
    const hashes = cifarFiles(source).map(({ sha256 }) => sha256);
    assert.equal(new Set(hashes).size, files);
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/);
  }
});

/** SHA-1 of the official files: CIFAR-10 as its authors' archive has them, CIFAR-100 likewise. */
const SHA1: Readonly<Record<string, string>> = {
  "data_batch_1.bin": "aadd24acce27caa71bf4b10992e9e7b2d74c2540",
  "data_batch_2.bin": "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795",
  "data_batch_3.bin": "1dd00a74ab1d17a6e7d73e185b69dbf31242f295",
  "data_batch_4.bin": "aab85764eb3584312d3c7f65fd2fd016e36a258e",
  "data_batch_5.bin": "26e2849e66a845b7f1e4614ae70f4889ae604628",
  "test_batch.bin": "67eb016db431130d61cd03c7ad570b013799c88c",
  "train.bin": "e207cd2e05b73b1393c74c7f5e7bea451d63e08e",
  "test.bin": "8fb6623e830365ff53cf14adec797474f5478006",
};

/** Tests the real files where they are cached; without them the test is reported as ignored. */
function testReal(setup: CifarSetup, source: CifarSource, mean: readonly number[]): void {
  const folder = setup.plan.cacheFolders.find((folder) => holdsFiles(folder, setup.plan.files));
  Deno.test({
    name: `${source.name}: the cached files are the official ones`,
    ignore: folder === undefined,
    async fn() {
      for (const { file } of setup.plan.files) {
        const bytes = await Deno.readFile(join(folder!, file));
        assert.equal(createHash("sha1").update(bytes).digest("hex"), SHA1[file], file);
      }
      const { train, test, classNames } = await loadCifar(setup, {});
      assert.deepEqual([train.count, test.count], [50_000, 10_000]);
      // Every class has as many images as every other.
      const counts = new Uint32Array(classNames.length);
      for (const label of train.labels) counts[label]++;
      assert.ok(counts.every((count) => count === 50_000 / classNames.length));
      const all = Uint32Array.from({ length: train.count }, (_, i) => i);
      channelMoments(train, all).mean.forEach((value, c) => {
        assert.ok(Math.abs(value - mean[c]) < 1e-3, `channel ${c}: ${value}`);
      });
    },
  });
}

// The channel means that others normalise these sets with.
testReal(cifar10Setup(), CIFAR10, [0.4914, 0.4822, 0.4465]);
testReal(cifar100Setup(), CIFAR100, [0.5071, 0.4867, 0.4408]);
