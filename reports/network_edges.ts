/**
 * The wires of a macro network as a plain list; the drawing shows exactly these.
 *
 * @module
 */

import type { MacroArc } from "../nas/space/macro/arc.ts";
import { poolingLayers, type SkipIndex, skipSource } from "../nas/space/macro/structure.ts";

/** Stands for the stem where an edge starts. */
export const STEM = -1;

/** One wire of the network. */
export interface NetworkEdge {
  /** `chain`: the main input of a layer (or of the head); `skip`: a set skip bit. */
  readonly kind: "chain" | "skip";
  /** Layer whose output travels along the edge, 0-based, or {@linkcode STEM}. */
  readonly from: number;
  /** Layer whose op (chain) or sum (skip) it enters; the number of layers stands for the head. */
  readonly to: number;
  /** The skip bit that asks for the edge; null for the chain. */
  readonly bit: number | null;
  /** Factorised reductions that the tensor passes on its way. */
  readonly reductions: number;
}

/**
 * Lists every wire of a network: the chain first, then the skips by layer and bit. Bit i of layer
 * l brings the input of layer i, that is the output of layer i−1 or of the stem; with
 * `layer-output`, the output of layer i.
 *
 * @param arc A valid arc.
 * @param skipIndex How skip bits are read.
 * @returns Layers + 1 chain edges and one skip edge for each set bit.
 */
export function networkEdges(
  arc: MacroArc,
  skipIndex: SkipIndex = "stem-first",
): NetworkEdge[] {
  const pools = poolingLayers(arc.layers.length);
  const reductions = (from: number, to: number): number =>
    pools.filter((pool) => from <= pool && pool < to).length;
  const chain = Array.from({ length: arc.layers.length + 1 }, (_, to): NetworkEdge => {
    const from = to - 1;
    return { kind: "chain", from, to, bit: null, reductions: reductions(from, to) };
  });
  const skips = arc.layers.flatMap(({ skips }, to) =>
    skips.flatMap((set, bit): NetworkEdge[] => {
      if (!set) return [];
      const from = skipSource(bit, skipIndex) - 1;
      return [{ kind: "skip", from, to, bit, reductions: reductions(from, to) }];
    })
  );
  return [...chain, ...skips];
}

/**
 * Names the start or end of an edge as the drawing does.
 *
 * @param place Layer, {@linkcode STEM}, or the number of layers for the head.
 * @param layers Number of layers.
 * @returns `stem`, `layer 1` (counted from 1) … or `head`.
 */
export function placeName(place: number, layers: number): string {
  if (place === STEM) return "stem";
  return place === layers ? "head" : `layer ${place + 1}`;
}
