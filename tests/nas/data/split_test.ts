import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BatchSampler,
  channelMoments,
  epochBatches,
  splitDataset,
  stratifiedSplit,
} from "../../../nas/data/split.ts";

/** A 32-bit linear congruential generator; `state` can be saved. */
class Lcg {
  constructor(public state: number) {}
  readonly next = (): number => {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 2 ** 32;
  };
}

const upTo = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

Deno.test("splitDataset() gives disjoint splits of the sizes asked for", () => {
  const sizes = fc.integer({ min: 2, max: 300 }).chain((count) =>
    fc.integer({ min: 2, max: count }).chain((images) =>
      fc.tuple(
        fc.constant(count),
        fc.constant(images),
        fc.integer({ min: 1, max: images - 1 }),
        fc.option(fc.nat()),
      )
    )
  );
  fc.assert(fc.property(sizes, ([count, images, validation, seed]) => {
    const random = seed === null ? {} : { random: new Lcg(seed).next };
    const split = splitDataset(count, { images, validation, ...random });
    assert.equal(split.validation.length, validation);
    assert.equal(split.train.length, images - validation);
    const both = [...split.train, ...split.validation];
    assert.equal(new Set(both).size, images);
    assert.ok(both.every((index) => index < count));
  }));
});

Deno.test("stratifiedSplit() gives each class its share of both splits, to within one image", () => {
  const cases = fc.tuple(
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 6 }),
    fc.double({ min: 0.05, max: 0.6, noNaN: true }),
    fc.double({ min: 0.3, max: 1, noNaN: true }),
    fc.nat(),
  );
  fc.assert(fc.property(cases, ([counts, share, use, seed]) => {
    const labels = Uint8Array.from(counts.flatMap((n, k) => Array<number>(n).fill(k)));
    const validation = Math.max(1, Math.min(labels.length - 1, Math.round(labels.length * share)));
    const train = Math.max(1, Math.round((labels.length - validation) * use));
    const random = new Lcg(seed).next;
    const split = stratifiedSplit(labels, { train, validation, random });
    assert.deepEqual([split.train.length, split.validation.length], [train, validation]);
    assert.equal(new Set([...split.train, ...split.validation]).size, train + validation);
    const classOf = (indices: Uint32Array, k: number) =>
      indices.filter((index) => labels[index] === k).length;
    // Where classes are large enough to keep one for training, shares are exact.
    if (counts.some((n) => n * (1 - validation / labels.length) < 2)) return;
    counts.forEach((n, k) => {
      const wanted = n * validation / labels.length;
      assert.ok(Math.abs(classOf(split.validation, k) - wanted) < 1, `class ${k} of ${counts}`);
      const left = n - classOf(split.validation, k);
      const trained = left * train / (labels.length - validation);
      assert.ok(Math.abs(classOf(split.train, k) - trained) < 1, `class ${k} of ${counts}`);
    });
  }));
});

Deno.test("stratifiedSplit() keeps an image of every class to train with", () => {
  const labels = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 1, 2);
  for (let seed = 0; seed < 20; seed++) {
    const { train } = stratifiedSplit(labels, {
      ...{ train: 4, validation: 5 },
      random: new Lcg(seed).next,
    });
    assert.deepEqual(new Set(train.map((index) => labels[index])), new Set([0, 1, 2]));
  }
});

Deno.test("stratifiedSplit() takes given images for validation alone, by class, and no others", () => {
  const labels = Uint8Array.of(...[0, 0, 0, 0, 1, 1, 1, 1], ...[0, 0, 1, 1]);
  const random = new Lcg(3).next;
  const all = stratifiedSplit(labels, { train: 8, validation: 4, given: 4, random });
  assert.deepEqual(all.validation.toSorted(), Uint32Array.of(8, 9, 10, 11));
  assert.deepEqual(all.train.toSorted(), upTo(8));
  const few = stratifiedSplit(labels, { train: 4, validation: 2, given: 4, random });
  assert.ok(few.validation.every((index) => index >= 8) && few.train.every((index) => index < 8));
  assert.deepEqual(few.validation.map((index) => labels[index]).toSorted(), Uint32Array.of(0, 1));
  assert.deepEqual(few.train.map((index) => labels[index]).toSorted(), Uint32Array.of(0, 0, 1, 1));
  assert.throws(
    () => stratifiedSplit(labels, { train: 9, validation: 3, given: 4, random }),
    /1\.\.8 training images/,
  );
});

Deno.test("splitDataset() is deterministic by seed and differs between seeds", () => {
  const split = (seed: number) => splitDataset(500, { validation: 50, random: new Lcg(seed).next });
  assert.deepEqual(split(1), split(1));
  assert.notDeepEqual(split(1).validation, split(2).validation);
});

Deno.test("splitDataset() keeps the validation split and a prefix of training when train shrinks", () => {
  const split = (train: number) =>
    splitDataset(500, { validation: 50, train, random: new Lcg(9).next });
  const large = split(400);
  const small = split(30);
  assert.deepEqual(small.validation, large.validation);
  assert.deepEqual(small.train, large.train.slice(0, 30));
});

Deno.test("splitDataset() without a generator follows file order as the ENAS code does", () => {
  const { train, validation } = splitDataset(10, { validation: 3 });
  assert.deepEqual(Array.from(train), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(Array.from(validation), [7, 8, 9]);
  const fewer = splitDataset(10, { validation: 3, images: 5 });
  assert.deepEqual(Array.from(fewer.train), [0, 1]);
  assert.deepEqual(Array.from(fewer.validation), [7, 8, 9]);
});

Deno.test("splitDataset() rejects impossible sizes", () => {
  const wrong = [
    { validation: 0 },
    { validation: 10 },
    { validation: 2.5 },
    { validation: 3, images: 11 },
    { validation: 3, images: NaN },
    { validation: 3, train: 8 },
    { validation: 3, train: 0 },
  ];
  for (const options of wrong) assert.throws(() => splitDataset(10, options), RangeError);
});

Deno.test("epochBatches() gives the ENAS batch counts", () => {
  const counts = [[45000, 128], [45000, 160], [50000, 100], [50000, 144]];
  assert.deepEqual(counts.map(([n, b]) => epochBatches(n, b)), [352, 282, 500, 348]);
});

Deno.test("BatchSampler hands out permutations back to back in full batches", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 50 }),
    fc.nat(),
    (count, batch, seed) => {
      const indices = upTo(count).map((index) => index * 3 + 1);
      const sampler = new BatchSampler(indices, batch, new Lcg(seed).next);
      assert.equal(sampler.batchesPerEpoch, Math.ceil(count / batch));
      const stream: number[] = [];
      while (stream.length < 3 * count) {
        const next = sampler.next();
        assert.equal(next.length, batch);
        stream.push(...next);
      }
      for (let epoch = 0; epoch < 3; epoch++) {
        const part = stream.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b);
        assert.deepEqual(part, Array.from(indices));
      }
    },
  ));
});

Deno.test("BatchSampler draws another permutation for each epoch", () => {
  const sampler = new BatchSampler(upTo(50), 50, new Lcg(1).next);
  assert.notDeepEqual(sampler.next(), sampler.next());
});

Deno.test("BatchSampler goes on from a restored state as if never interrupted", () => {
  const random = new Lcg(5);
  const sampler = new BatchSampler(upTo(23), 4, random.next);
  for (let i = 0; i < 8; i++) sampler.next();
  const state = sampler.state();
  const word = random.state;
  const expected = Array.from({ length: 20 }, () => Array.from(sampler.next()));

  const resumedRandom = new Lcg(0);
  const resumed = new BatchSampler(upTo(23), 4, resumedRandom.next);
  resumed.restore(state);
  resumedRandom.state = word;
  assert.deepEqual(Array.from({ length: 20 }, () => Array.from(resumed.next())), expected);
});

Deno.test("BatchSampler.restore() rejects a state of another split", () => {
  const sampler = new BatchSampler(upTo(5), 2, new Lcg(1).next);
  const order = upTo(5);
  for (
    const state of [
      { order: upTo(4), position: 0 },
      { order: Uint32Array.of(0, 1, 2, 3, 3), position: 0 },
      { order, position: 6 },
      { order, position: -1 },
    ]
  ) {
    assert.throws(() => sampler.restore(state), RangeError);
  }
});

Deno.test("BatchSampler rejects an empty split and a batch that is no size", () => {
  assert.throws(() => new BatchSampler(upTo(0), 2, Math.random), RangeError);
  assert.throws(() => new BatchSampler(upTo(3), 0, Math.random), RangeError);
});

Deno.test("channelMoments() gives mean and population deviation a channel over the indices", () => {
  // Two pixels of two channels an image; image 1 must not count.
  const images = Uint8Array.of(0, 255, 51, 255, 9, 9, 9, 9, 102, 255, 153, 255);
  const set = { images, labels: new Uint8Array(3), count: 3, height: 1, width: 2, channels: 2 };
  const { mean, std } = channelMoments(set, Uint32Array.of(0, 2));
  assert.ok(Math.abs(mean[0] - 0.3) < 1e-15);
  assert.equal(mean[1], 1);
  assert.ok(Math.abs(std[0] - Math.sqrt(0.05)) < 1e-15);
  assert.equal(std[1], 0);
  assert.throws(() => channelMoments(set, Uint32Array.of(3)), RangeError);
  assert.throws(() => channelMoments(set, upTo(0)), RangeError);
});
