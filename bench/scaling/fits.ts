/**
 * Curves through measured times: polynomials and powers.
 *
 * @module
 */

/** A measured time, or anything else above zero, at a place. */
export interface Sample {
  readonly x: number;
  /** Above zero. */
  readonly y: number;
}

/** A curve and how well it fits. */
export interface Fit {
  /** `c0 + c1·x + c2·x² …`, or `c0·x^c1`. */
  readonly form: "polynomial" | "power";
  /** c0, c1, …; a coefficient of a polynomial has the unit of y over that power of x. */
  readonly coefficients: readonly number[];
  /** Share of the variance of y (of log y for a power) that the curve explains, at most 1. */
  readonly rSquared: number;
  /** Measured over predicted, less one, in the order of the samples. */
  readonly residuals: readonly number[];
}

/** The curve's value at `x`. */
export function predict(
  { form, coefficients }: Pick<Fit, "form" | "coefficients">,
  x: number,
): number {
  return form === "power"
    ? coefficients[0] * x ** coefficients[1]
    : coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

/**
 * The polynomial with the least sum of squared relative errors: a time is known to a share of itself,
 * so that small samples, which show the fixed cost, count as much as large ones.
 *
 * @throws {RangeError} If there are not more different places than the degree.
 */
export function polynomialFit(samples: readonly Sample[], degree: number): Fit {
  checkPlaces(samples, degree + 1);
  // Powers of numbers up to 1 keep the equations well conditioned.
  const unit = Math.max(...samples.map(({ x }) => Math.abs(x)));
  const powers = Array.from({ length: degree + 1 }, (_, power) => power);
  const rows = samples.map(({ x, y }) => powers.map((power) => (x / unit) ** power / y));
  const matrix = powers.map((i) => powers.map((j) => total(rows.map((row) => row[i] * row[j]))));
  const right = powers.map((i) => total(rows.map((row) => row[i])));
  const coefficients = solve(matrix, right).map((value, power) => value / unit ** power);
  return judged({ form: "polynomial", coefficients }, samples, (y) => y);
}

/**
 * The power with the least sum of squared errors of the logarithms.
 *
 * @throws {RangeError} If there are fewer than two different places, or one is not above zero.
 */
export function powerFit(samples: readonly Sample[]): Fit {
  checkPlaces(samples, 2);
  if (samples.some(({ x }) => x <= 0)) {
    throw new RangeError("powerFit() expects places above zero; leave out the others");
  }
  const [xs, ys] = [samples.map(({ x }) => Math.log(x)), samples.map(({ y }) => Math.log(y))];
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const exponent = total(xs.map((x, i) => (x - meanX) * (ys[i] - meanY))) /
    total(xs.map((x) => (x - meanX) ** 2));
  const coefficients = [Math.exp(meanY - exponent * meanX), exponent];
  return judged({ form: "power", coefficients }, samples, Math.log);
}

/**
 * Exponent of the power through each sample and the one before it, null for the first: 0 where only a
 * fixed cost counts, 1 where time is proportional.
 */
export function localExponents(samples: readonly Sample[]): (number | null)[] {
  return samples.map(({ x, y }, i) => {
    const before = samples[i - 1];
    return before === undefined ? null : Math.log(y / before.y) / Math.log(x / before.x);
  });
}

function checkPlaces(samples: readonly Sample[], wanted: number): void {
  const found = new Set(samples.map(({ x }) => x)).size;
  if (found < wanted) {
    throw new RangeError(
      `A fit of ${wanted} numbers expects as many different places but found ${found}; measure more`,
    );
  }
  const low = samples.find(({ y }) => !(y > 0));
  if (low !== undefined) {
    throw new RangeError(`A fit expects values above zero but found ${low.y} at ${low.x}`);
  }
}

function judged(
  curve: Pick<Fit, "form" | "coefficients">,
  samples: readonly Sample[],
  scale: (y: number) => number,
): Fit {
  const predicted = samples.map(({ x }) => predict(curve, x));
  const middle = mean(samples.map(({ y }) => scale(y)));
  const left = total(samples.map(({ y }, i) => (scale(y) - scale(predicted[i])) ** 2));
  const all = total(samples.map(({ y }) => (scale(y) - middle) ** 2));
  return {
    ...curve,
    // Equal values have no variance; a curve through them explains all there is.
    rSquared: all === 0 ? 1 : 1 - left / all,
    residuals: samples.map(({ y }, i) => y / predicted[i] - 1),
  };
}

/** Solves a positive definite system by elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const n = right.length;
  for (let pivot = 0; pivot < n; pivot++) {
    for (let row = pivot + 1; row < n; row++) {
      const factor = rows[row][pivot] / rows[pivot][pivot];
      for (let column = pivot; column <= n; column++) {
        rows[row][column] -= factor * rows[pivot][column];
      }
    }
  }
  const values = new Array<number>(n).fill(0);
  for (let row = n - 1; row >= 0; row--) {
    const known = total(
      values.map((value, column) => column > row ? value * rows[row][column] : 0),
    );
    values[row] = (rows[row][n] - known) / rows[row][row];
  }
  return values;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function mean(values: readonly number[]): number {
  return total(values) / values.length;
}
