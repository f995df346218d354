/**
 * The rule by which a claim is judged: fixed before the data are seen.
 *
 * @module
 */
import type { Interval } from "./bootstrap.ts";

/** What the data say of a claim. */
export type Verdict = "supported" | "contradicted" | "undecidable";

/** What a claim says of a quantity. */
export type ClaimedSide =
  /** The quantity is above 0. */
  | "positive"
  /** It is below 0. */
  | "negative"
  /** It is not above 0, or too little to matter. */
  | "not positive"
  /** It is 0, or too close to 0 to matter. */
  | "none";

/**
 * Judges a claim by an interval of the quantity it is about (already widened for the number of claims,
 * where several are judged).
 *
 * - A claim of an effect is supported where the whole interval lies on the claimed side of 0, and
 *   contradicted where the interval excludes an effect of `margin` on that side.
 * - A claim of no effect is supported where the interval lies within `margin`, and contradicted where
 *   it lies beyond 0 on the side that is denied.
 * - All else, and every undefined interval, is undecidable: absence of evidence is no evidence.
 */
export function judge(side: ClaimedSide, { low, high }: Interval, margin: number): Verdict {
  if (!(low <= high)) return "undecidable";
  switch (side) {
    case "positive":
      return low > 0 ? "supported" : high < margin ? "contradicted" : "undecidable";
    case "negative":
      return high < 0 ? "supported" : low > -margin ? "contradicted" : "undecidable";
    case "not positive":
      return high < margin ? "supported" : low > 0 ? "contradicted" : "undecidable";
    case "none":
      if (low > -margin && high < margin) return "supported";
      return low > 0 || high < 0 ? "contradicted" : "undecidable";
  }
}
