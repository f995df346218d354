import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import fc from "fast-check";
import { fetchOwnIdx, loadOwnIdx } from "../../../nas/data/own_idx.ts";
import { counting, failsWith, inTempDir, makeIdx } from "./make_idx.ts";
import { writeTree } from "./make_images.ts";

/** The four files: 6 + 4 images of `shape` (height, width and perhaps channels), `classes` classes. */
function idxTree(shape: readonly number[], classes = 3): Record<string, Uint8Array> {
  const pixels = shape.reduce((a, b) => a * b, 1);
  const rank = shape.length + 1;
  return {
    [`train-images-idx${rank}-ubyte`]: makeIdx([6, ...shape], counting(6 * pixels)),
    "train-labels-idx1-ubyte": makeIdx([6], counting(6, 0, classes)),
    [`t10k-images-idx${rank}-ubyte`]: makeIdx([4, ...shape], counting(4 * pixels, 9)),
    "t10k-labels-idx1-ubyte": makeIdx([4], counting(4, 0, classes)),
  };
}

Deno.test("loadOwnIdx() takes sizes, channels and classes from the files, gzipped or not", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom([], [1], [3]),
      fc.integer({ min: 2, max: 6 }),
      fc.boolean(),
      (height, width, channels, classes, gzipped) =>
        inTempDir(async (from) => {
          const files = Object.entries(idxTree([height, width, ...channels], classes));
          await writeTree(
            from,
            Object.fromEntries(
              gzipped ? files.map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]) : files,
            ),
          );
          const { name, classNames, train, test, source } = await loadOwnIdx({ from });
          assert.equal(name, "idx");
          assert.deepEqual(classNames, ["0", "1", "2", "3", "4", "5"].slice(0, classes));
          assert.deepEqual([train.count, test.count], [6, 4]);
          assert.deepEqual(
            [train.height, train.width, train.channels],
            [height, width, channels[0] ?? 1],
          );
          assert.deepEqual(Uint8Array.from(train.images), counting(train.images.length));
          assert.equal(source?.path, from);
        }),
    ),
    { numRuns: 20 },
  ));

Deno.test("loadOwnIdx() resizes on request and fingerprints what it gives", () =>
  inTempDir(async (from) => {
    await writeTree(from, idxTree([4, 6]));
    const whole = await loadOwnIdx({ from });
    const small = await loadOwnIdx({ from, imageSize: 2 });
    assert.deepEqual([small.train.height, small.train.width, small.test.width], [2, 2, 2]);
    assert.notEqual(small.source?.fingerprint, whole.source?.fingerprint);
    assert.deepEqual((await loadOwnIdx({ from })).source, whole.source);
    await writeTree(from, { "t10k-labels-idx1-ubyte": makeIdx([4], counting(4, 1, 3)) });
    assert.notEqual((await loadOwnIdx({ from })).source?.fingerprint, whole.source?.fingerprint);
  }));

Deno.test("loadOwnIdx() explains what is wrong with the files", () =>
  inTempDir(async (root) => {
    const good = idxTree([3, 2]);
    const cases: [Record<string, Uint8Array>, ...string[]][] = [
      [{ ...good, "t10k-labels-idx1-ubyte": makeIdx([4], counting(4)) }, "0..2", "3 at image 3"],
      [
        { ...good, "t10k-images-idx3-ubyte": makeIdx([4, 2, 2], counting(16)) },
        "[3,2,1]",
        "[2,2,1]",
      ],
      [{ ...good, "train-labels-idx1-ubyte": makeIdx([6], new Uint8Array(6)) }, "at least two"],
      [{ ...good, "train-labels-idx1-ubyte": makeIdx([5], counting(5)) }, "6 labels", "found 5"],
      [{ ...good, "train-images-idx3-ubyte": good["train-images-idx3-ubyte"].subarray(0, 20) }],
      [idxTree([3, 2, 2]), "1 or 3 channels", "found 2"],
    ];
    for (const [i, [files, ...parts]] of cases.entries()) {
      const from = join(root, String(i));
      await Deno.mkdir(from);
      await writeTree(from, files);
      await assert.rejects(loadOwnIdx({ from }), failsWith("DataError", from, ...parts));
    }
    const from = join(root, "nowhere");
    await assert.rejects(
      loadOwnIdx({ from }),
      failsWith("DataError", from, "train-images-idx3-ubyte or train-images-idx4-ubyte"),
    );
  }));

Deno.test("fetchOwnIdx() checks the files and leaves them where they are", () =>
  inTempDir(async (from) => {
    await writeTree(from, idxTree([3, 2, 3]));
    const { how, folder, files } = await fetchOwnIdx({ from });
    assert.deepEqual([how, folder], ["read", from]);
    assert.deepEqual([...files].sort(), Object.keys(idxTree([3, 2, 3])).sort());
  }));
