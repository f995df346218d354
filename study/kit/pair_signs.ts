/**
 * Kendall's tau-b of the same lists under many resamples: which of two comes first is looked at once.
 *
 * @module
 */

/** Signs of all differences `values[i] − values[j]`, row by row. */
export function pairSigns(values: readonly number[]): Int8Array {
  const n = values.length;
  const signs = new Int8Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) signs[i * n + j] = Math.sign(values[i] - values[j]);
  }
  return signs;
}

/** Two lists, held against each other again and again. */
export class RankPairs {
  readonly #x: Int8Array;
  readonly #y: Int8Array;
  readonly #n: number;
  /** Denominator of tau-b of the lists as they are; 0 where one is constant. */
  readonly #scale: number;

  constructor(x: readonly number[], y: readonly number[]) {
    this.#x = pairSigns(x);
    this.#y = pairSigns(y);
    this.#n = x.length;
    this.#scale = Math.sqrt(untied(this.#x) * untied(this.#y));
  }

  /**
   * Tau-b of the lists in which place i stands `counts[i]` times; copies of one place tie with each
   * other. NaN where a list is constant.
   */
  tau(counts: ArrayLike<number>): number {
    const [x, y, n] = [this.#x, this.#y, this.#n];
    let [sum, untiedX, untiedY] = [0, 0, 0];
    for (let i = 1; i < n; i++) {
      if (counts[i] === 0) continue;
      let [row, rowX, rowY] = [0, 0, 0];
      for (let j = 0, at = i * n; j < i; j++, at++) {
        const weight = counts[j];
        row += weight * x[at] * y[at];
        rowX += weight * x[at] * x[at];
        rowY += weight * y[at] * y[at];
      }
      sum += counts[i] * row;
      untiedX += counts[i] * rowX;
      untiedY += counts[i] * rowY;
    }
    return untiedX === 0 || untiedY === 0 ? NaN : sum / Math.sqrt(untiedX * untiedY);
  }

  /**
   * Tau when place i of y is held against place `order[i]` of x, over the denominator of the lists as
   * they are: that of tau-b wherever `order` has every place once.
   */
  exchanged(order: ArrayLike<number>): number {
    const [x, y, n] = [this.#x, this.#y, this.#n];
    let sum = 0;
    for (let i = 1; i < n; i++) {
      const row = order[i] * n;
      for (let j = 0, at = i * n; j < i; j++, at++) sum += x[row + order[j]] * y[at];
    }
    return this.#scale === 0 ? NaN : sum / this.#scale;
  }
}

/** Pairs that differ. */
function untied(signs: Int8Array): number {
  return signs.reduce((count, sign) => count + sign * sign, 0) / 2;
}
