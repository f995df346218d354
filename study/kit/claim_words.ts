/**
 * Judged claims in words, for the paragraphs of a report.
 *
 * @module
 */
import type { JudgedClaim } from "../../nas/stats/mod.ts";
import { countedOf, signedNumber } from "../../nas/text/words.ts";

/** What is said of claims by their ids. */
export interface ClaimWords {
  /** Such as `+0.31 points (98.3 % interval −0.20 to +0.82; p 0.120; 12 pairs)`. */
  readonly numbers: (id: string) => string;
  /** Such as `undecidable (about 40 pairs would decide)`. */
  readonly verdict: (id: string) => string;
}

/** Speaks of claims about points of accuracy; an id that is not among them is an error. */
export function claimWords(claims: readonly JudgedClaim[]): ClaimWords {
  const byId = (id: string) => {
    const claim = claims.find((one) => one.id === id);
    if (claim === undefined) throw new RangeError(`Expected a judged claim but found none: ${id}`);
    return claim;
  };
  return {
    numbers: (id) => evidenceWords(byId(id), "points"),
    verdict: (id) => verdictWords(byId(id)),
  };
}

/**
 * The numbers behind a verdict, such as `+0.31 points (98.3 % interval −0.20 to +0.82; p 0.120; 12 pairs)`.
 *
 * @param unit of the value, such as `points`
 */
export function evidenceWords(claim: JudgedClaim, unit: string): string {
  const { value, ci, level, p, n, unit: things } = claim;
  if (value === null) return "an amount not measured yet";
  const interval = ci === null
    ? "no interval"
    : `${(100 * level!).toFixed(1)} % interval ${signedNumber(ci[0], 2)} to ${
      signedNumber(ci[1], 2)
    }`;
  const chance = p === null ? "" : `; p ${p < 0.001 ? "below 0.001" : p.toFixed(3)}`;
  return `${signedNumber(value, 2)} ${unit} (${interval}${chance}; ${countedOf(n, things)})`;
}

function verdictWords({ verdict, nToDecide, unit }: JudgedClaim): string {
  if (verdict !== "undecidable" || nToDecide === null) return verdict;
  return `undecidable (about ${countedOf(nToDecide, unit)} would decide)`;
}

/** How many claims got which verdict. */
export function countWords(claims: readonly JudgedClaim[]): string {
  const count = (verdict: JudgedClaim["verdict"]) =>
    claims.filter((claim) => claim.verdict === verdict).length;
  const silent = claims.filter(({ n }) => n === 0).length;
  const without = silent === 0 ? "" : ` (${silent} of them for want of data)`;
  return `Of ${claims.length} claims ${count("supported")} are supported, ` +
    `${count("contradicted")} contradicted and ${count("undecidable")} undecidable${without}.`;
}
