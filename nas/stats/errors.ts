/**
 * Errors of the statistics, and the rules for data that a statistic cannot use.
 *
 * The rules: a value that is not a finite number, lists of different lengths and too few values are
 * refused with a {@link StatsError}. A statistic that the data do not define (a correlation with a
 * constant, the spread of one value) is NaN, never 0.
 *
 * @module
 */

/** Data that a statistic cannot be computed from. */
export class StatsError extends RangeError {
  override readonly name = "StatsError";
}

/** Throws {@link StatsError} unless `values` are at least `least` finite numbers. */
export function requireFinite(values: readonly number[], least: number, what = "values"): void {
  if (values.length < least) {
    throw new StatsError(`Expected at least ${least} ${what} but found ${values.length}`);
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new StatsError(
      `Expected finite ${what} but found ${values[wrong]} at place ${wrong}; leave out what was ` +
        "not measured",
    );
  }
}

/** Throws {@link StatsError} unless `x` and `y` are equally long and finite, with two pairs at least. */
export function requirePairs(x: readonly number[], y: readonly number[]): void {
  if (x.length !== y.length) {
    throw new StatsError(
      `Expected as many values of y as of x but found ${y.length} and ${x.length}`,
    );
  }
  requireFinite(x, 2, "values of x");
  requireFinite(y, 2, "values of y");
}
