/**
 * Values at dotted paths, such as `child.layers`: the one way to name a setting in a text.
 *
 * @module
 */

import { isRecord } from "../space/values.ts";

/**
 * The value at a path.
 *
 * @param value Groups within each other, of unknown origin.
 * @param path Names with dots between; the empty path is the value itself.
 * @returns The value; undefined where a name on the way is missing.
 */
export function valueAt(value: unknown, path: string): unknown {
  if (path === "") return value;
  return path.split(".").reduce<unknown>(
    (at, key) => isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined,
    value,
  );
}

/**
 * A copy with values at some paths; groups that are missing are made.
 *
 * @param base Groups within each other; it is not changed.
 * @param values Values by path; a later one wins.
 */
export function withValues(base: unknown, values: Iterable<readonly [string, unknown]>): unknown {
  let copy = base;
  for (const [path, value] of values) copy = replaced(copy, path.split("."), value);
  return copy;
}

function replaced(at: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const group = isRecord(at) ? at : {};
  const entries = Object.entries(group).map(([name, inner]): [string, unknown] => [
    name,
    name === key ? replaced(inner, rest, value) : inner,
  ]);
  // `__proto__` is a name like any other here, which no schema knows.
  if (!Object.hasOwn(group, key)) entries.push([key, replaced(undefined, rest, value)]);
  return Object.fromEntries(entries);
}
