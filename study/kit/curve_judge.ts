/**
 * Claims about pairs of runs: evidence from values of two arms, paired by the seed.
 *
 * @module
 */
import type { Claim, Evidence, Uniform } from "../../nas/stats/mod.ts";
import {
  accuracyAt,
  type Cell,
  cellsOf,
  type CurveData,
  markValue,
  meanEstimate,
  pairsOf,
  type Side,
} from "./curve_data.ts";
import type { Moment, Pick } from "./curve_plan.ts";
import { pairedEvidence, POINTS } from "./evidence.ts";
import type { ThesisQuote } from "../thesis/quotes.ts";

/** Builds claims from paired values of runs. */
export class Judge {
  readonly cells: readonly Cell[];

  constructor(readonly data: CurveData, readonly uniform: Uniform) {
    this.cells = cellsOf(data);
  }

  /**
   * Mean of b − a over the pairs of all given cells; null where no pair is complete. `limit` is how far
   * apart a pair can be.
   */
  paired(
    a: Side,
    b: Side,
    margin: number,
    limit: number = POINTS,
    cells: readonly Cell[] = this.cells,
  ): Evidence | null {
    return this.mean(cells.flatMap((cell) => pairsOf(cell, a, b).differences), margin, limit);
  }

  /** Mean of differences against 0; null where there is none. */
  mean(differences: readonly number[], margin: number, limit: number = POINTS): Evidence | null {
    return differences.length === 0
      ? null
      : pairedEvidence(differences, margin, this.uniform, limit);
  }

  /** Test accuracy after training from scratch, in points. */
  accuracy(arm: string, moment: Moment, how: Pick["how"] = "chosen"): Side {
    return { arm, value: accuracyAt(this.data, moment, how) };
  }

  /** Mean estimate of the last epoch's samples, in points. */
  estimate(arm: string): Side {
    return { arm, value: markValue(this.data, "last", meanEstimate) };
  }
}

/** A claim of the thesis or, without a quote, one of ours. Says where there are no data yet. */
export function claim(
  { remark, ...fields }: Omit<Claim, "quote" | "where"> & Partial<ThesisQuote>,
): Claim {
  const missing = fields.evidence === null ? " No runs that it needs are finished." : "";
  return { quote: "", where: "ours", ...fields, remark: `${remark}${missing}` };
}
