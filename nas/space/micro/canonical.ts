/**
 * Which cells are written differently and compute the same? Counting one network twice makes every
 * statistic over architectures look surer than it is.
 *
 * Colours of the nodes are refined by what they read and who reads them until nothing changes
 * (Weisfeiler and Leman 1968). Where nodes still share a colour, each of them is told apart from the others
 * in turn, and the way with the least text is taken. Two precautions keep that short, as in nauty (McKay
 * and Piperno 2014): ways whose colours do not read as the least are left, and so are those that come to a
 * text that is there already, because then the cell looks the same from both nodes.
 *
 * @module
 */

import type { MicroCell, MicroNode, MicroOperand } from "./arc.ts";

/**
 * One way to write a cell for all ways that differ in the order of nodes and operands alone: each node
 * reads earlier tensors, and of those that may come next the one that reads least does. Two cells are the
 * same graph exactly where these agree.
 *
 * @param cell A valid cell.
 */
export function canonicalCell({ nodes }: MicroCell): MicroCell {
  const ranks = canonicalRanks(nodes);
  /** New number of each tensor of the cell; the two inputs keep theirs. */
  const places = new Map<number, number>([[0, 0], [1, 1]]);
  const written: MicroNode[] = [];
  while (written.length < nodes.length) {
    let [next, operands]: [number, MicroNode["operands"] | null] = [-1, null];
    nodes.forEach((node, i) => {
      if (places.has(i + 2) || node.operands.some(({ input }) => !places.has(input))) return;
      const [first, second] = node.operands
        .map(({ input, op }): MicroOperand => ({ input: places.get(input) ?? input, op }))
        .sort(compareOperands);
      const order = operands === null ? -1 : compareNodes([first, second], operands);
      if (order < 0 || (order === 0 && ranks[i] < ranks[next])) {
        [next, operands] = [i, [first, second]];
      }
    });
    // Nodes of a valid cell read earlier ones, so that there is always one that may come next.
    if (operands === null) return { nodes };
    places.set(next + 2, written.length + 2);
    written.push({ operands });
  }
  return { nodes: written };
}

function compareNodes(left: MicroNode["operands"], right: MicroNode["operands"]): number {
  return compareOperands(left[0], right[0]) || compareOperands(left[1], right[1]);
}

function compareOperands(left: MicroOperand, right: MicroOperand): number {
  return left.input - right.input || left.op - right.op;
}

/** For each node what it reads and which nodes read it, with the op in between. */
interface Neighbours {
  readonly reads: readonly MicroOperand[];
  readonly readBy: readonly { readonly node: number; readonly op: number }[];
  /** Equal for twins: nodes that read the same and are read by the same, and so may change places. */
  readonly twins: string;
}

/** A number for each node; equal ones where nothing tells the nodes apart. */
type Colours = readonly number[];

/** Nodes by number, and the text that they are written as. */
interface Labelling {
  readonly colours: Colours;
  readonly text: string;
}

/** A number of its own for each node that depends on the graph alone, but for symmetries. */
function canonicalRanks(nodes: readonly MicroNode[]): Colours {
  const neighbours = nodes.map(({ operands }, node): Neighbours => {
    const readBy = nodes.flatMap((other, reader) =>
      other.operands.filter(({ input }) => input === node + 2)
        .map(({ op }) => ({ node: reader, op }))
    );
    const twins = JSON.stringify([operands.toSorted(compareOperands), readBy]);
    return { reads: operands, readBy, twins };
  });
  return leastLabelling(neighbours, refined(neighbours, nodes.map(() => 0))).colours;
}

/** Splits colours until nodes of one colour read, and are read by, the same colours with the same ops. */
function refined(neighbours: readonly Neighbours[], start: Colours): Colours {
  let colours = start;
  for (let count = 0;;) {
    const signatures = neighbours.map((node, i) => signature(node, i, colours));
    const order = [...new Set(signatures)].sort();
    if (order.length === count) return colours;
    count = order.length;
    const ranks = new Map(order.map((text, rank) => [text, rank]));
    colours = signatures.map((text) => ranks.get(text) ?? 0);
  }
}

/** A text of a node's colour, of what it reads and of who reads it. */
function signature({ reads, readBy }: Neighbours, node: number, colours: Colours): string {
  const readers = readBy.map(({ node: reader, op }) => pairCode(colours[reader], op));
  return String.fromCharCode(
    colours[node],
    ...readCodes(reads, colours),
    ...readers.sort(ascending),
  );
}

/** What a node reads, in terms of colours, in an order of its own. */
function readCodes([first, second]: readonly MicroOperand[], colours: Colours): [number, number] {
  const codeOf = ({ input, op }: MicroOperand) =>
    pairCode(input < 2 ? input : 2 + colours[input - 2], op);
  const [a, b] = [codeOf(first), codeOf(second)];
  return a < b ? [a, b] : [b, a];
}

/** A number for a colour and an op; there are fewer than 128 colours and 256 ops. */
function pairCode(colour: number, op: number): number {
  return 256 * colour + op;
}

function ascending(left: number, right: number): number {
  return left - right;
}

/** What all nodes read, in the order of their colours. */
function textOf(neighbours: readonly Neighbours[], colours: Colours): string {
  return neighbours.map(({ reads }, node) =>
    String.fromCharCode(colours[node], ...readCodes(reads, colours))
  ).sort().join("");
}

/**
 * One of each set of twins among the nodes of the first colour that several have; empty where every node
 * has its own.
 */
function firstShared(neighbours: readonly Neighbours[], colours: Colours): number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const shared = Math.min(
    ...[...counts].filter(([, count]) => count > 1).map(([colour]) => colour),
  );
  const found = new Map<string, number>();
  colours.forEach((colour, node) => {
    if (colour === shared) found.set(neighbours[node].twins, node);
  });
  return [...found.values()];
}

/** The colours that come of telling each of `nodes` apart, as far as they read as the least. */
function leastRefinements(
  neighbours: readonly Neighbours[],
  colours: Colours,
  nodes: readonly number[],
): Colours[] {
  if (nodes.length === 1) return [apart(neighbours, colours, nodes[0])];
  const ways = nodes.map((node): Labelling => {
    const refinement = apart(neighbours, colours, node);
    return { colours: refinement, text: textOf(neighbours, refinement) };
  });
  const least = ways.map(({ text }) => text).sort()[0];
  return ways.filter(({ text }) => text === least).map((way) => way.colours);
}

/** What telling `chosen` apart from the nodes of its colour leads to. */
function apart(neighbours: readonly Neighbours[], colours: Colours, chosen: number): Colours {
  return refined(neighbours, colours.map((colour, node) => 2 * colour + Number(node !== chosen)));
}

function leastLabelling(neighbours: readonly Neighbours[], colours: Colours): Labelling {
  const shared = firstShared(neighbours, colours);
  if (shared.length === 0) return { colours, text: textOf(neighbours, colours) };
  const [first, ...others] = leastRefinements(neighbours, colours, shared);
  let least = leastLabelling(neighbours, first);
  for (const way of others) {
    // A text that is there already shows an order of the nodes that turns the cell into itself.
    const { text } = least;
    if (anyText(neighbours, way, false) === text || anyText(neighbours, way, true) === text) {
      continue;
    }
    const found = leastLabelling(neighbours, way);
    if (found.text < least.text) least = found;
  }
  return least;
}

/**
 * The text that telling some node apart, again and again, leads to; with `choosing` one whose colours read
 * as the least, which takes longer to find.
 */
function anyText(neighbours: readonly Neighbours[], colours: Colours, choosing: boolean): string {
  const shared = firstShared(neighbours, colours);
  if (shared.length === 0) return textOf(neighbours, colours);
  const nodes = choosing ? shared : shared.slice(0, 1);
  return anyText(neighbours, leastRefinements(neighbours, colours, nodes)[0], choosing);
}
