/**
 * The macro search space: whole networks, one op and some skip connections a layer (enas-spec.md
 * section A).
 *
 * @module
 */

import type { ArcGraph } from "../graph.ts";
import type { ArcReading, GraphReading } from "../reading.ts";
import { type ArcFormat, type ArcRow, checkSize, type Choice, Space } from "../space.ts";
import type { ImageKind, NetworkCost, SettingIssue, SizeWords, SpaceWords } from "../space.ts";
import { counted } from "../../text/words.ts";
import { integersOf } from "../tokens.ts";
import { rowsOf } from "../values.ts";
import {
  layersOfCount,
  MACRO_OPS,
  type MacroArc,
  macroArcDecisions,
  macroArcFromDecisions,
  macroArcFromRows,
  macroArcRows,
  type MacroOp,
  skipRate,
  validateMacroArc,
} from "./arc.ts";
import { macroSupernetParameters } from "./cost.ts";
import {
  macroCost,
  macroFinalIssues,
  macroFinalSpec,
  macroIssues,
  macroRefusedOps,
  type MacroSettings,
  macroSharedSpec,
  type MacroSpec,
} from "./network_spec.ts";
import { executedArc, skipSource, skipSources } from "./structure.ts";
import { formatMacroArc, parseMacroArc } from "./text.ts";

/** What the macro space is; {@link MACRO} is the one. */
export class MacroSpace extends Space<MacroArc, MacroSpec, MacroSettings> {
  readonly name = "macro";
  readonly label = "Macro";
  readonly ops: readonly MacroOp[] = MACRO_OPS;
  readonly size: SizeWords = { noun: "layer", each: "", setting: "layers" };
  readonly words: SpaceWords = {
    builds: "The macro space chooses the op and the skip connections of every layer of the network",
    opPlaces: "layers",
    opPlacesOfArcs: "layers of the arcs",
    opHead: "Op of each layer",
    text:
      "The text of an arc reads layer by layer: the number of its op, then one digit for each " +
      "earlier tensor, 1 where it is added.",
  };
  readonly hasSkips = true;
  readonly readings = {
    skipIndex: ["stem-first", "layer-output"],
    opMode: ["correct", "released"],
  };
  readonly textHint = "brackets around the rows of a macro arc";

  sizeOf({ layers }: MacroArc): number {
    return layers.length;
  }

  sizeOfCount(count: number): number | null {
    return layersOfCount(count);
  }

  validate(value: unknown): MacroArc {
    return validateMacroArc(value);
  }

  format(arc: MacroArc, format: ArcFormat): string {
    return formatMacroArc(arc, format);
  }

  parse(text: string): MacroArc {
    return parseMacroArc(text);
  }

  /** Bracketed rows, but not two lists of several integers, which are cells. */
  recognises(text: string): boolean {
    if (/[|a-z]/i.test(text)) return false;
    if (!/[[\]]/.test(text)) return this.sizeOfCount(integersOf(text)) !== null;
    const lists = text.split("[").slice(1).map(integersOf);
    return lists.length !== 2 || lists[0] <= 1;
  }

  toJson(arc: MacroArc): number[][] {
    return macroArcRows(arc);
  }

  fromJson(value: unknown): MacroArc {
    return macroArcFromRows(rowsOf(value, "arc"));
  }

  rows(arc: MacroArc, { skipIndex }: ArcReading = {}): ArcRow[] {
    return formatMacroArc(arc, "rows").split("\n").map((text, layer) => ({
      text,
      op: MACRO_OPS[arc.layers[layer].op].label,
      skips: skipSources(arc, layer, skipIndex),
    }));
  }

  choices(size: number): readonly Choice[] {
    checkSize(this, size);
    const cell = null;
    return Array.from({ length: size }, (_, place): Choice[] => [
      { kind: "op", cell, place, slot: null, count: MACRO_OPS.length },
      ...Array.from(
        { length: place },
        (_, slot): Choice => ({ kind: "skip", cell, place, slot, count: 2 }),
      ),
    ]).flat();
  }

  fromDecisions(decisions: ArrayLike<number>): MacroArc {
    return macroArcFromDecisions(decisions);
  }

  toDecisions(arc: MacroArc): number[] {
    return macroArcDecisions(arc);
  }

  /** Layer l is its op's node 2l + 1 and the sum 2l + 2; the stem is tensor 0. */
  graphs(arc: MacroArc, { skipIndex, opMode }: ArcReading = {}): ArcGraph[] {
    /** Node of a source: 0 the stem, i + 1 layer i. */
    const tensor = (source: number) => 2 * source;
    const nodes = executedArc(arc, opMode).layers.flatMap(({ op, skips }, layer) => [
      { op, reads: [tensor(layer)] },
      {
        op: null,
        reads: [
          2 * layer + 1,
          ...skips.flatMap((set, bit) => set ? [tensor(skipSource(bit, skipIndex))] : []),
        ],
      },
    ]);
    return [{ inputs: 1, nodes, outputs: [nodes.length] }];
  }

  /**
   * Layers stand in a chain, so only ops can coincide: all of them with `opMode: released`, separable
   * and full convolutions with `fullSeparables`.
   */
  canonical(arc: MacroArc, { opMode, fullSeparables = false }: GraphReading = {}): MacroArc {
    const executed = executedArc(arc, opMode);
    if (!fullSeparables) return executed;
    const layers = executed.layers.map(({ op, skips }) => ({ op: fullOp(op), skips }));
    return { ...executed, layers };
  }

  override skipRate(arc: MacroArc): number {
    return skipRate(arc);
  }

  /** All six ops in turn, and every second skip. */
  example(size: number): MacroArc {
    return macroArcFromRows(
      Array.from({ length: size }, (_, layer) => [
        layer % MACRO_OPS.length,
        ...Array.from({ length: layer }, (_, earlier) => (layer + earlier) % 2),
      ]),
    );
  }

  largeArcs(size: number): MacroArc[] {
    return MACRO_OPS.map(({ id }) => uniformArc(size, id, true));
  }

  variedArcs(size: number): MacroArc[] {
    return [true, false].flatMap((skips) => MACRO_OPS.map(({ id }) => uniformArc(size, id, skips)));
  }

  sharedSpec(settings: MacroSettings, images: ImageKind): MacroSpec {
    return macroSharedSpec(settings, images);
  }

  finalSpec(settings: MacroSettings, arc: MacroArc, images: ImageKind): MacroSpec {
    return macroFinalSpec(settings, arc, images);
  }

  sizeOfSpec({ options: { layers } }: MacroSpec): number {
    return layers;
  }

  sizeIn({ child: { layers } }: MacroSettings): number {
    return layers;
  }

  finalReading({ child: { opMode }, finalTraining }: MacroSettings): GraphReading {
    const { graph, separableOps } = finalTraining;
    return graph === "faithful" ? { opMode } : { fullSeparables: separableOps === "full" };
  }

  refusedOps(settings: MacroSettings): number[] {
    return macroRefusedOps(settings);
  }

  issues(settings: MacroSettings): SettingIssue[] {
    return macroIssues(settings);
  }

  finalIssues(settings: MacroSettings, arc: MacroArc): SettingIssue[] {
    return macroFinalIssues(settings, arc);
  }

  depthLabel({ child: { layers } }: MacroSettings): string {
    return counted(layers, "layer");
  }

  inWords(arc: MacroArc): string {
    return `${arc.layers.length}-layer network with ` +
      counted(this.skips(arc).set, "skip connection");
  }

  cost(spec: MacroSpec, arc: MacroArc, shape: ImageKind["shape"]): NetworkCost {
    return macroCost(spec, arc, shape);
  }

  sharedParameters({ options }: MacroSpec): number {
    return macroSupernetParameters(options);
  }
}

/** The macro search space. */
export const MACRO: MacroSpace = new MacroSpace();

/** An arc with one op and all skips, or none. */
function uniformArc(layers: number, op: number, skips: boolean): MacroArc {
  return {
    space: "macro",
    layers: Array.from({ length: layers }, (_, l) => ({
      op,
      skips: new Array<boolean>(l).fill(skips),
    })),
  };
}

/** The full convolution of the same window in place of a separable one. */
function fullOp(id: number): number {
  const { kind, kernel } = MACRO_OPS[id];
  if (kind !== "sep_conv") return id;
  return MACRO_OPS.findIndex((op) => op.kind === "conv" && op.kernel === kernel);
}
