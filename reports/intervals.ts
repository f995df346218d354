/**
 * How sure one can be of an accuracy measured on a finite number of images.
 *
 * @module
 */

/**
 * Binomial standard error of an accuracy.
 *
 * @param accuracy share of right answers, 0..1
 * @param images number of images it was measured on
 * @returns the standard error as a fraction, NaN when there are no images
 */
export function binomialStandardError(accuracy: number, images: number): number {
  return images > 0 ? Math.sqrt(accuracy * (1 - accuracy) / images) : NaN;
}

/**
 * Wilson score interval of an accuracy; unlike `p ± 1.96 s.e.` it never leaves 0..1.
 *
 * @param accuracy share of right answers, 0..1
 * @param images number of images it was measured on
 * @param z normal quantile; 1.96 gives a coverage of 95 %
 * @returns lower and upper end, 0..1
 */
export function wilsonInterval(
  accuracy: number,
  images: number,
  z = 1.959963984540054,
): [low: number, high: number] {
  if (!(images > 0)) return [NaN, NaN];
  const shrink = 1 + z * z / images;
  const centre = (accuracy + z * z / (2 * images)) / shrink;
  const half = z / shrink *
    Math.sqrt(accuracy * (1 - accuracy) / images + z * z / (4 * images * images));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
