/**
 * All cases, and how the command line selects among them.
 *
 * @module
 */
import { batchNormCases } from "./batch_norm.ts";
import { convCases } from "./conv.ts";
import type { BenchCase } from "./types.ts";
import { windowCases } from "./windows.ts";

/** Every case, in the order of the table. */
export const CASES: readonly BenchCase[] = [
  ...convCases,
  ...batchNormCases,
  ...windowCases,
];

/** Large cases that only their full name selects: on a software adapter they take minutes. */
const LARGE: ReadonlySet<string> = new Set(["conv3x3.train.C"]);

/**
 * The cases that `selectors` name: a full name, or the beginning of names (`conv`, `batch_norm`).
 * No selector means all but the large ones. Returns the selector that names nothing as `unknown`.
 */
export function selectCases(
  selectors: readonly string[],
): { cases: BenchCase[]; unknown: string | null } {
  const usual = CASES.filter(({ name }) => !LARGE.has(name));
  if (selectors.length === 0) return { cases: usual, unknown: null };
  const chosen = new Set<BenchCase>();
  for (const selector of selectors) {
    const exact = CASES.filter(({ name }) => name === selector);
    const found = exact.length > 0 ? exact : usual.filter(({ name }) => name.startsWith(selector));
    if (found.length === 0) return { cases: [], unknown: selector };
    for (const benchCase of found) chosen.add(benchCase);
  }
  return {
    cases: CASES.filter((benchCase) => chosen.has(benchCase)),
    unknown: null,
  };
}
