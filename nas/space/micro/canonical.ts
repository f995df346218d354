/**
 * Which cells are written differently and compute the same? Counting one network twice makes every
 * statistic over architectures look surer than it is.
 *
 * @module
 */

import type { MicroCell, MicroNode, MicroOperand } from "./arc.ts";

/**
 * The least of all ways to write a cell: its nodes in any order in which each reads earlier tensors
 * alone, and the operands of each in either order. Two cells are the same graph exactly where these
 * agree.
 *
 * @param cell A valid cell.
 * @returns The cell whose list of integers is the least in lexicographic order.
 */
export function canonicalCell({ nodes }: MicroCell): MicroCell {
  let least: readonly MicroNode[] | null = null;
  /** New number of each tensor of the cell; the two inputs keep theirs. */
  const places = new Map<number, number>([[0, 0], [1, 1]]);
  const extend = (written: readonly MicroNode[]) => {
    if (least !== null && compareNodes(written, least.slice(0, written.length)) > 0) return;
    if (written.length === nodes.length) {
      least = written;
      return;
    }
    nodes.forEach(({ operands }, node) => {
      const tensor = node + 2;
      if (places.has(tensor) || operands.some(({ input }) => !places.has(input))) return;
      const [first, second] = operands
        .map(({ input, op }): MicroOperand => ({ input: places.get(input) ?? input, op }))
        .sort(compareOperands);
      places.set(tensor, written.length + 2);
      extend([...written, { operands: [first, second] }]);
      places.delete(tensor);
    });
  };
  extend([]);
  return { nodes: least ?? nodes };
}

/** Lexicographic order of equally many nodes. */
function compareNodes(left: readonly MicroNode[], right: readonly MicroNode[]): number {
  for (const [i, { operands }] of left.entries()) {
    for (const [j, operand] of operands.entries()) {
      const order = compareOperands(operand, right[i].operands[j]);
      if (order !== 0) return order;
    }
  }
  return 0;
}

function compareOperands(left: MicroOperand, right: MicroOperand): number {
  return left.input - right.input || left.op - right.op;
}
