/**
 * Which architectures are written differently and compute the same? Counting one network twice makes
 * every statistic over architectures look surer than it is.
 *
 * @module
 */
import { formatArc } from "./arc.ts";
import type { Arc } from "./arc.ts";
import { MACRO_OPS, type MacroArc } from "./macro/arc.ts";
import { executedArc, type OpMode } from "./macro/structure.ts";
import type { MicroArc, MicroCell } from "./micro/arc.ts";

/** How an arc is read, as far as that makes different texts one network. */
export interface GraphReading {
  /** Whether the sampled op runs; default `correct`. */
  readonly opMode?: OpMode | undefined;
  /** Whether separable convolutions are built as full ones of the same window; default false. */
  readonly fullSeparables?: boolean;
}

/**
 * A text that two arcs share exactly where they are the same network up to the order of its parts.
 *
 * Macro layers stand in a chain, so only ops can coincide: all of them with `opMode: released`,
 * separable and full convolutions with `fullSeparables`. Micro nodes that do not read each other may
 * stand in any order, and so may the two operands of a node, because they are added.
 *
 * @param arc A valid arc.
 * @param reading How it becomes a network.
 */
export function graphKey(arc: Arc, reading: GraphReading = {}): string {
  return arc.space === "macro" ? macroKey(arc, reading) : microKey(arc);
}

function macroKey(arc: MacroArc, { opMode, fullSeparables = false }: GraphReading): string {
  const executed = executedArc(arc, opMode);
  if (!fullSeparables) return formatArc(executed);
  const layers = executed.layers.map(({ op, skips }) => ({ op: fullOp(op), skips }));
  return formatArc({ ...executed, layers });
}

/** The full convolution of the same window in place of a separable one. */
function fullOp(id: number): number {
  const { kind, kernel } = MACRO_OPS[id];
  if (kind !== "sep_conv") return id;
  return MACRO_OPS.findIndex((op) => op.kind === "conv" && op.kernel === kernel);
}

function microKey({ normal, reduction }: MicroArc): string {
  return `${cellKey(normal)} | ${cellKey(reduction)}`;
}

/** The least text of a cell over all orders in which its nodes can stand. */
function cellKey({ nodes }: MicroCell): string {
  let least: string | null = null;
  /** New number of each tensor of the cell; the two inputs keep theirs. */
  const places = new Map<number, number>([[0, 0], [1, 1]]);
  const extend = (texts: readonly string[]) => {
    if (texts.length === nodes.length) {
      const text = texts.join("; ");
      if (least === null || text < least) least = text;
      return;
    }
    nodes.forEach(({ operands }, node) => {
      const tensor = node + 2;
      if (places.has(tensor) || operands.some(({ input }) => !places.has(input))) return;
      const parts = operands.map(({ input, op }) => `${places.get(input)} ${op}`).sort();
      places.set(tensor, texts.length + 2);
      extend([...texts, parts.join(" ")]);
      places.delete(tensor);
    });
  };
  extend([]);
  return least!;
}
