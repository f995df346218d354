/**
 * Plain numeric rows behind the curves, and their thinning for very long logs.
 *
 * @module
 */

/** One row of a curve: every column a number, or null where it was not measured. */
export type Row<Column extends string> = Readonly<Record<Column, number | null>>;

/** Curves are thinned to at most this many points. */
export const MAX_POINTS = 1000;

/**
 * Thins rows to at most `limit`, keeping first, last and, from each stretch between, the row that
 * sticks out most (largest-triangle-three-buckets, summed over the columns). All columns keep the
 * same rows, and every row kept is one that was logged.
 *
 * @param rows rows in the order of `x`
 * @param x column along the horizontal axis
 * @param columns columns whose shape counts
 * @param limit largest number of rows returned, at least 3
 * @returns the same array when it is short enough, else a new one
 */
export function downsampleRows<Column extends string, R extends Row<Column>>(
  rows: readonly R[],
  x: Column,
  columns: readonly Column[],
  limit = MAX_POINTS,
): readonly R[] {
  if (!Number.isInteger(limit) || limit < 3) {
    throw new RangeError(`Expected limit to be an integer of at least 3 but found ${limit}`);
  }
  if (rows.length <= limit) return rows;
  const scales = columns.map((column) => spread(rows, column));
  const kept: R[] = [rows[0]];
  const width = (rows.length - 2) / (limit - 2);
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const start = 1 + Math.floor(bucket * width);
    const end = 1 + Math.floor((bucket + 1) * width);
    const nextEnd = Math.min(rows.length, 1 + Math.floor((bucket + 2) * width));
    const before = kept[kept.length - 1];
    const next = rows.slice(end, Math.max(nextEnd, end + 1));
    const nextX = mean(next, x);
    const areas = new Float64Array(end - start);
    columns.forEach((column, c) => {
      const nextY = mean(next, column);
      const y0 = before[column] ?? nextY;
      for (let i = start; i < end; i++) {
        const y = rows[i][column];
        if (y === null || !Number.isFinite(y)) continue;
        const dx = (before[x] ?? 0) - nextX;
        const area = Math.abs(
          dx * (y - y0) - ((before[x] ?? 0) - (rows[i][x] ?? 0)) * (nextY - y0),
        );
        if (Number.isFinite(area)) areas[i - start] += area / scales[c];
      }
    });
    let best = 0;
    for (let i = 1; i < areas.length; i++) if (areas[i] > areas[best]) best = i;
    kept.push(rows[start + best]);
  }
  kept.push(rows[rows.length - 1]);
  return kept;
}

function mean<Column extends string>(rows: readonly Row<Column>[], column: Column): number {
  let sum = 0, count = 0;
  for (const row of rows) {
    const value = row[column];
    if (value !== null && Number.isFinite(value)) sum += value, count++;
  }
  return count === 0 ? 0 : sum / count;
}

function spread<Column extends string>(rows: readonly Row<Column>[], column: Column): number {
  let low = Infinity, high = -Infinity;
  for (const row of rows) {
    const value = row[column];
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? high - low : 1;
}
