/**
 * How an arc becomes a network, as far as its text leaves that open.
 *
 * @module
 */

import type { OpMode, SkipIndex } from "./macro/structure.ts";
import type { ReductionPrev } from "./micro/structure.ts";

/** How the run that found an arc read it; an arc alone does not say. A space reads its own fields. */
export interface ArcReading {
  /** How skip bits of a macro arc are read. */
  readonly skipIndex?: SkipIndex | undefined;
  /** Whether the ops of a macro arc run, or max pooling in their place (spec A.6). */
  readonly opMode?: OpMode | undefined;
  /** What the layer behind a reduction cell of a micro arc reads (spec B.4). */
  readonly reductionPrev?: ReductionPrev | undefined;
}

/** How an arc is read, as far as that makes different texts one network. */
export interface GraphReading {
  /** Whether the sampled op runs; default `correct`. */
  readonly opMode?: OpMode | undefined;
  /** Whether separable convolutions are built as full ones of the same window; default false. */
  readonly fullSeparables?: boolean | undefined;
}
