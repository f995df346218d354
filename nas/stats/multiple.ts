/**
 * Several tests at once.
 *
 * @module
 */

/**
 * Holm's adjusted p-values, in the order given: each may be compared with the level as if it were the
 * only test. NaN (a test that could not be done) stays NaN and counts for nothing.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).filter((i) => !Number.isNaN(ps[i])).sort((a, b) =>
    ps[a] - ps[b]
  );
  const adjusted = ps.map(() => NaN);
  let largest = 0;
  order.forEach((place, rank) => {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * ps[place]));
    adjusted[place] = largest;
  });
  return adjusted;
}
