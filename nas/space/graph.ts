/**
 * An arc as a plain graph of ops and sums, whatever its space; what encodings for surrogates read.
 *
 * @module
 */

/** One node: an op on the one tensor that it reads, or with `op` null the sum of all that it reads. */
export interface GraphNode {
  /** Id of the op; null for a sum, which is a tensor that other nodes may read. */
  readonly op: number | null;
  /** Tensors that it reads: 0..inputs-1 are the graph's inputs, then come the nodes in order. */
  readonly reads: readonly number[];
}

/** The graph of a network, or of one cell of it; a node reads inputs and earlier nodes alone. */
export interface ArcGraph {
  /** Number of tensors that come from outside. */
  readonly inputs: number;
  readonly nodes: readonly GraphNode[];
  /** Tensors that leave the graph. */
  readonly outputs: readonly number[];
}

/** What an arc is turned into for a surrogate; see `Space.encode`. */
export type Encoding = "one-hot" | "adjacency" | "path";

/** Names of all encodings. */
export const ENCODINGS: readonly Encoding[] = ["one-hot", "adjacency", "path"];

/**
 * Which tensors read which, then the op of each op node, one-hot (Ying 2019; White 2020, "adjacency
 * one-hot"). An edge counts how often the later tensor reads the earlier one, directly or through an
 * op, so that the order of operands does not show.
 *
 * @param graph The graph of an arc.
 * @param ops Number of ops of the space.
 * @returns First an entry for each pair of an earlier tensor and a sum, then `ops` for each op node.
 */
export function adjacencyEncoding({ inputs, nodes }: ArcGraph, ops: number): number[] {
  const sums = nodes.flatMap(({ op }, i) => op === null ? [inputs + i] : []);
  const tensors = [...Array.from({ length: inputs }, (_, i) => i), ...sums];
  /** The tensor that `read` stands for: that which an op reads. */
  const source = (read: number): number =>
    read < inputs || nodes[read - inputs].op === null ? read : nodes[read - inputs].reads[0];
  const edges = sums.flatMap((sum) => {
    const sources = nodes[sum - inputs].reads.map(source);
    return tensors.filter((tensor) => tensor < sum)
      .map((tensor) => sources.filter((found) => found === tensor).length);
  });
  const chosen = nodes.flatMap(({ op }) => op === null ? [] : oneHot(op, ops));
  return [...edges, ...chosen];
}

/**
 * Which sequences of ops lead from an input to an output (White 2020, BANANAS: "truncated path
 * encoding"). Of longer sequences there would be exponentially many, and few arcs have one in common.
 *
 * @param graph The graph of an arc.
 * @param ops Number of ops of the space.
 * @param longest Ops of the longest sequence that is told apart.
 * @returns For each input 1 + ops + ops² + … entries of 0 or 1, the sequences by length, then in
 * lexicographic order.
 */
export function pathEncoding(
  { inputs, nodes, outputs }: ArcGraph,
  ops: number,
  longest: number,
): number[] {
  /** Number of the first sequence of each length. */
  const firsts = Array.from({ length: longest + 2 }, (_, k) => (ops ** k - 1) / (ops - 1));
  return Array.from({ length: inputs }, (_, input) => {
    /** By length, the sequences that reach each tensor, each as a number in base `ops`. */
    const reached: Set<number>[][] = [];
    const empty = () => Array.from({ length: longest + 1 }, () => new Set<number>());
    for (let i = 0; i < inputs; i++) {
      const own = empty();
      if (i === input) own[0].add(0);
      reached.push(own);
    }
    for (const { op, reads } of nodes) {
      const own = empty();
      for (const read of reads) {
        reached[read].forEach((paths, length) => {
          const now = op === null ? length : length + 1;
          if (now > longest) return;
          for (const path of paths) own[now].add(op === null ? path : path * ops + op);
        });
      }
      reached.push(own);
    }
    const bits = new Array<number>(firsts[longest + 1]).fill(0);
    for (const output of outputs) {
      reached[output].forEach((paths, length) => {
        for (const path of paths) bits[firsts[length] + path] = 1;
      });
    }
    return bits;
  }).flat();
}

/** `length` entries of 0, but 1 at `value`. */
export function oneHot(value: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Number(i === value));
}
