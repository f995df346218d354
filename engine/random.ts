/**
 * A small seeded generator: forkable by name, serialisable, the same on every platform.
 *
 * The generator is xoshiro128** (Blackman and Vigna), its state filled by splitmix32.
 *
 * @module
 */

/** State of a {@link Random}: four u32 words, and the cached second normal deviate or null. */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | null;
}

/** A stream of pseudo-random numbers. Two streams with the same seed and label are equal. */
export class Random {
  #words: [number, number, number, number];
  #spareNormal: number | null = null;
  readonly #seed: number;

  /** @param seed any integer; only its low 32 bits count. */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
    let state = this.#seed;
    const fill = () => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#words = [fill(), fill(), fill(), fill()];
  }

  /** A new stream that depends on this stream's seed and on `label`, not on how far it was read. */
  fork(label: string): Random {
    let hash = (this.#seed ^ 0x811c9dc5) >>> 0;
    for (let i = 0; i < label.length; i++) {
      hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0;
    }
    return new Random(hash ^ (hash >>> 15));
  }

  /** Next integer in [0, 2^32). */
  uint32(): number {
    const s = this.#words;
    const scrambled = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 11);
    return scrambled;
  }

  /** Next number in [0, 1), with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** Next integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Next standard normal deviate (Box and Muller). */
  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Index drawn with the given probabilities, which sum to 1. */
  categorical(probabilities: ArrayLike<number>): number {
    let u = this.uniform();
    for (let i = 0; i < probabilities.length - 1; i++) {
      u -= probabilities[i];
      if (u < 0) return i;
    }
    return probabilities.length - 1;
  }

  /** A snapshot from which {@link Random.restore} continues exactly. */
  state(): RandomState {
    return { words: [...this.#words], spareNormal: this.#spareNormal };
  }

  /** Continues from `state`. */
  restore(state: RandomState): void {
    this.#words = [...state.words];
    this.#spareNormal = state.spareNormal;
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
