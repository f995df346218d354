/**
 * All cases, and how the command line selects among them.
 *
 * @module
 */
import { batchNormCases } from "./batch_norm.ts";
import { LARGE_STEPS, STEP_CASES, type StepCase } from "../steps/cases.ts";
import { convCases } from "./conv.ts";
import type { BenchCase } from "./types.ts";
import { windowCases } from "./windows.ts";

/** Every case of a single op, in the order of the table. */
export const CASES: readonly BenchCase[] = [
  ...convCases,
  ...batchNormCases,
  ...windowCases,
];

/** Large cases that only their full name selects: on a software adapter they take minutes. */
const LARGE: ReadonlySet<string> = new Set(["conv3x3.train.C", ...LARGE_STEPS]);

/** Names of all cases; the large ones say so. */
export function caseNames(): string[] {
  return [...CASES, ...STEP_CASES].map(({ name }) =>
    LARGE.has(name) ? `${name}  (only by its full name)` : name
  );
}

/** What selectors chose. */
export interface Selected {
  readonly cases: readonly BenchCase[];
  readonly steps: readonly StepCase[];
  /** A selector that names nothing; the lists are empty then. */
  readonly unknown: string | null;
}

/**
 * The cases that `selectors` name: a full name, or the beginning of names (`conv`, `step.macro`). No
 * selector means all but the large ones.
 */
export function selectCases(selectors: readonly string[]): Selected {
  const names = [...CASES, ...STEP_CASES].map(({ name }) => name);
  const usual = names.filter((name) => !LARGE.has(name));
  const chosen = new Set(selectors.length === 0 ? usual : []);
  for (const selector of selectors) {
    const found = names.includes(selector)
      ? [selector]
      : usual.filter((name) => name.startsWith(selector));
    if (found.length === 0) return { cases: [], steps: [], unknown: selector };
    for (const name of found) chosen.add(name);
  }
  return {
    cases: CASES.filter(({ name }) => chosen.has(name)),
    steps: STEP_CASES.filter(({ name }) => chosen.has(name)),
    unknown: null,
  };
}
