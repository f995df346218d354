/**
 * A small data set made by formula, for tests only: nobody's results should rest on it.
 *
 * Class k of K is a sinusoidal grating, 2 waves across the image, with its crests at the angle
 * `pi * k / K`; the phase varies by up to 60 degrees either way and Gaussian noise is added. One
 * convolution tells the classes apart, so a child network learns it within seconds.
 *
 * @module
 */
import type { Dataset, ImageSet } from "./dataset.ts";

/** What {@link syntheticDataset} makes. */
export interface SyntheticOptions {
  /** Number of classes. */
  readonly classes?: number;
  /** Rows and columns of an image. */
  readonly side?: number;
  /** Training images, classes in turn. */
  readonly train?: number;
  /** Test images, classes in turn. */
  readonly test?: number;
  /** Standard deviation of the noise in grey levels (0..255). */
  readonly noise?: number;
  /** Same seed, same bytes. */
  readonly seed?: number;
}

/**
 * The mulberry32 generator (Tommy Ettinger): uniform numbers in [0, 1), 32 bits of state. Good
 * enough to make pictures; training uses the engine's generator.
 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One split; `random` is advanced. */
function gratings(
  count: number,
  classes: number,
  side: number,
  noise: number,
  random: () => number,
): ImageSet {
  const images = new Uint8Array(count * side * side);
  const labels = new Uint8Array(count);
  const wave = (2 * 2 * Math.PI) / side;
  for (let n = 0, at = 0; n < count; n++) {
    labels[n] = n % classes;
    const angle = (Math.PI * labels[n]) / classes;
    const phase = ((random() * 2 - 1) * Math.PI) / 3;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++, at++) {
        const along = x * Math.cos(angle) + y * Math.sin(angle);
        // Box-Muller; 1 - random() keeps the logarithm finite.
        const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
        const grey = 128 + 80 * Math.cos(wave * along + phase) + noise * normal;
        images[at] = Math.min(255, Math.max(0, Math.round(grey)));
      }
    }
  }
  return { images, labels, count, height: side, width: side, channels: 1 };
}

/**
 * Makes the data set; the registry's `synthetic` is the one with all defaults: 4 classes of 8x8
 * images, 800 for training and 200 for testing.
 *
 * @throws {RangeError} When there are fewer than 2 or more than 256 classes.
 */
export function syntheticDataset(options: SyntheticOptions = {}): Dataset {
  const { classes = 4, side = 8, train = 800, test = 200, noise = 25, seed = 1 } = options;
  if (!Number.isInteger(classes) || classes < 2 || classes > 256) {
    throw new RangeError(`syntheticDataset() expects 2..256 classes but found ${classes}`);
  }
  const random = mulberry32(seed);
  return {
    name: "synthetic",
    classNames: Array.from({ length: classes }, (_, k) => `${Math.round((180 * k) / classes)} deg`),
    train: gratings(train, classes, side, noise, random),
    test: gratings(test, classes, side, noise, random),
  };
}
