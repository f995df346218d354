/**
 * Two children of one shared graph and the weights that both read, as figure 4 of the thesis shows
 * them.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../../nas/space/macro/arc.ts";
import { executedArc } from "../../nas/space/macro/structure.ts";
import type { MicroArc } from "../../nas/space/micro/arc.ts";
import { macroWeightGroups, type MacroWeightOptions } from "../../nas/space/macro/weight_groups.ts";
import { microWeightGroups, type MicroWeightOptions } from "../../nas/space/micro/weight_groups.ts";
import {
  countSharedWeights,
  type SharedWeights,
  type WeightGroup,
} from "../../nas/space/weight_groups.ts";
import { opName } from "./op_names.ts";
import { arrow, rect, round, sheet, text, type Tone } from "./shapes.ts";

/** Groups of both children, ready to be compared. */
export interface Pair {
  readonly counts: SharedWeights;
  /** Tensors that both read in groups that `which` picks. */
  shared(which: (group: WeightGroup) => boolean): number;
}

/**
 * Compares the weights of two macro arcs.
 *
 * @param arcs two valid arcs with as many layers
 * @param options see {@link macroWeightGroups}
 */
export function macroPair(
  arcs: readonly [MacroArc, MacroArc],
  options: MacroWeightOptions,
): Pair {
  return pair(macroWeightGroups(arcs[0], options), macroWeightGroups(arcs[1], options));
}

/**
 * Compares the weights of two micro arcs.
 *
 * @param arcs two valid arcs with as many nodes
 * @param options see {@link microWeightGroups}
 */
export function microPair(
  arcs: readonly [MicroArc, MicroArc],
  options: MicroWeightOptions,
): Pair {
  return pair(microWeightGroups(arcs[0], options), microWeightGroups(arcs[1], options));
}

function pair(first: readonly WeightGroup[], second: readonly WeightGroup[]): Pair {
  const keys = new Set(second.map(({ key }) => key));
  const both = first.filter(({ key }) => keys.has(key));
  return {
    counts: countSharedWeights(first, second),
    shared: (which) => both.filter(which).reduce((sum, { tensors }) => sum + tensors, 0),
  };
}

/** Who uses a place: one of the two children, or both. */
export type Owner = "first" | "second" | "both";

/** Colours of the places of each. */
export const TONES: Readonly<Record<Owner, Tone>> = {
  first: "strong",
  second: "second",
  both: "third",
};

const MACRO = { label: 62, width: 92, height: 30, column: 98, row: 66 } as const;

/**
 * Draws the graph of all macro children: between two tensors six ops side by side; the ways of both
 * children through them.
 *
 * @param arcs two valid arcs with as many layers
 * @param options ids, and what decides the weights
 * @returns an `<svg class="drawn shared">` element as text
 */
export function drawMacroShared(
  arcs: readonly [MacroArc, MacroArc],
  options: MacroWeightOptions & { readonly id: string },
): string {
  const { id } = options;
  const weights = macroPair(arcs, options);
  const [first, second] = arcs.map((arc) => executedArc(arc, options.opMode));
  const middle = MACRO.label + MACRO.column * MACRO_OPS.length / 2;
  const top = 46;
  const node = (layer: number) => top + layer * MACRO.row;
  const back: string[] = [];
  const front: string[] = [legend()];
  let edges = 0;
  first.layers.forEach((_, layer) => {
    const [from, to] = [node(layer), node(layer + 1)];
    front.push(text(0, (from + to) / 2 + 4, `Layer ${layer + 1}`, { bold: true }));
    const idle: string[] = [];
    MACRO_OPS.forEach(({ name, label }, op) => {
      const owner = ownerOf(first.layers[layer].op === op, second.layers[layer].op === op);
      const x = MACRO.label + op * MACRO.column + MACRO.column / 2;
      const area = {
        x: x - MACRO.width / 2,
        y: (from + to - MACRO.height) / 2,
        width: MACRO.width,
        height: MACRO.height,
      };
      const ways = wayPath([middle, from], [x, area.y], [x, area.y + area.height], [middle, to]);
      const tensors = weights.shared(({ part, layer: l }) => part === "op" && l === layer);
      if (owner === null) idle.push(ways);
      else {
        back.push(
          edge(ways, to, middle, owner, owner === "both" ? `${id}-shared-${layer + 1}` : ""),
        );
        if (owner === "both") edges += tensors;
      }
      front.push(
        rect(area, {
          tone: owner === null ? "muted" : TONES[owner],
          radius: 6,
          border: owner === null ? 0.8 : 1.8,
          tooltip: `Layer ${layer + 1}: ${label}`,
        }),
        text(x, (from + to) / 2 + 4, opName(name) + (owner === "both" ? ` · ${tensors}` : ""), {
          size: 11,
          bold: owner === "both",
          anchor: "middle",
          colour: owner === null ? "soft" : "ink",
        }),
      );
    });
    back.unshift(
      `<path class="possible" d="${
        idle.join("")
      }" fill="none" stroke="#8793a5" stroke-opacity="0.5"/>`,
    );
  });
  for (let layer = 0; layer <= first.layers.length; layer++) {
    front.push(
      `<circle class="a-plain" cx="${middle}" cy="${node(layer)}" r="6" fill="#ffffff" ` +
        'stroke="#5b6675" stroke-width="1.4"/>',
    );
  }
  const end = node(first.layers.length);
  front.push(text(middle + 14, node(0) - 4, "Output of the stem", { size: 11, colour: "soft" }));
  front.push(text(middle + 14, end + 11, "To the head", { size: 11, colour: "soft" }));
  const elsewhere = [
    `${weights.shared(({ part }) => part === "frame")} of stem and head`,
    `${weights.shared(({ part }) => part === "norm")} of the batch norms behind the sums`,
    `${weights.shared(({ part }) => part === "reduction")} of factorised reductions`,
  ];
  return sheet({
    id,
    classes: "shared",
    title: "Two children of one shared graph, and the weights that both read",
    description: sharedSentence(weights.counts) +
      ` On shared edges: ${edges}. Besides: ${elsewhere.join(", ")}.`,
    width: MACRO.label + MACRO.column * MACRO_OPS.length,
    height: end + 18,
    parts: [...back, ...front],
  });
}

/**
 * Says how much two children share.
 *
 * @param counts their tensors
 * @returns a sentence
 */
export function sharedSentence({ first, second, shared }: SharedWeights): string {
  return `Child A reads ${first} weight tensors and child B reads ${second}; ${shared} of them ` +
    "are the same.";
}

/** Who has a place, given who fills it; null for nobody. */
export function ownerOf(first: boolean, second: boolean): Owner | null {
  return first && second ? "both" : first ? "first" : second ? "second" : null;
}

/** Says which colour is whose. */
export function legend(): string {
  const items = [["first", "Child A"], ["second", "Child B"], ["both", "Both"]] as const;
  return items.map(([owner, words], i) =>
    rect({ x: 1 + i * 92, y: 8, width: 16, height: 14 }, {
      tone: TONES[owner],
      radius: 4,
      border: 1.8,
    }) + text(24 + i * 92, 19, words)
  ).join("");
}

/** From a tensor through an op to the next tensor. */
function wayPath(
  start: readonly [number, number],
  enter: readonly [number, number],
  leave: readonly [number, number],
  end: readonly [number, number],
): string {
  const half = (a: readonly [number, number], b: readonly [number, number]) => {
    const y = round((a[1] + b[1]) / 2);
    return `M${round(a[0])} ${round(a[1])}C${round(a[0])} ${y} ${round(b[0])} ${y} ${round(b[0])} ${
      round(b[1])
    }`;
  };
  return half(start, enter) + half(leave, end);
}

function edge(path: string, to: number, middle: number, owner: Owner, id: string): string {
  return arrow(path, [middle, to - 6], Math.PI / 2, {
    tone: TONES[owner],
    width: owner === "both" ? 3 : 1.8,
    head: false,
    classes: `way ${owner}`,
    ...(id === "" ? {} : { id }),
  });
}
