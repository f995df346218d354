/**
 * How a sampler draws an arc, step by step, as figures 5 and 10 of the thesis show it: every
 * decision with the probability of each value, and the value that the arc has.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../../nas/space/macro/arc.ts";
import { skipSource } from "../../nas/space/macro/structure.ts";
import type { SkipIndex } from "../../nas/space/macro/structure.ts";
import { MICRO_OPS, type MicroArc, type MicroCellName } from "../../nas/space/micro/arc.ts";
import type { SpaceOp } from "../../nas/space/space.ts";
import type { ArcDecision } from "../../nas/run/events.ts";
import { formatPercent } from "../format.ts";
import { opColour } from "../palette.ts";
import type { TracedArc } from "./facts.ts";
import { opName } from "./op_names.ts";
import { rect, round, sheet, text, texts } from "./shapes.ts";

/** Height of a bar for a probability of 1. */
const BAR = 36;
/** Height of one line of decisions: bars, percentages, names, and room below. */
const LINE = 88;
const LABEL = 64;
const MACRO = { op: 56, skip: 34, skipsPerLine: 12, gap: 26 } as const;
const MICRO = { input: 30, op: 50, gap: 18 } as const;

/** Bars of what has no colour of its own. */
const NEUTRAL = "#7f93ad";

/** How one value of a decision is drawn. */
interface Choice {
  readonly name: string;
  readonly probability: number;
  readonly chosen: boolean;
  /** Colour of its bar. */
  readonly fill: string;
}

/**
 * Draws the decisions of a macro arc: a line a layer, the op on the left, its skip bits on the right.
 *
 * @param arc A valid arc.
 * @param trace its decisions
 * @param options ids, and how skip bits are read
 * @returns an `<svg class="drawn sampling">` element as text
 */
export function drawMacroSampling(
  arc: MacroArc,
  trace: TracedArc,
  { id, skipIndex }: { readonly id: string; readonly skipIndex: SkipIndex },
): string {
  const skipsAt = LABEL + MACRO.op * MACRO_OPS.length + MACRO.gap;
  const most = Math.min(arc.layers.length - 1, MACRO.skipsPerLine);
  const parts = [heading(LABEL, "Which operation?")];
  if (most > 0) parts.push(heading(skipsAt, "Add which earlier tensor? Probability of yes"));
  const said: string[] = [];
  let y = 30;
  arc.layers.forEach(({ skips }, layer) => {
    const op = trace.decision("op", null, layer, null);
    parts.push(lineLabel(y, `Layer ${layer + 1}`, stepText(layer)));
    parts.push(...row(LABEL, y, MACRO.op, opChoices(op, MACRO_OPS)));
    const bits = skips.map((_, bit): Choice => {
      const { probabilities, chosen } = trace.decision("skip", null, layer, bit);
      const source = skipSource(bit, skipIndex);
      return {
        name: source === 0 ? "stem" : String(source),
        probability: probabilities[1],
        chosen: chosen === 1,
        fill: NEUTRAL,
      };
    });
    for (let first = 0; first === 0 || first < bits.length; first += MACRO.skipsPerLine) {
      const some = bits.slice(first, first + MACRO.skipsPerLine);
      parts.push(...row(skipsAt, y, MACRO.skip, some));
      y += LINE;
    }
    said.push(saidOp(`Layer ${layer + 1}`, op, MACRO_OPS) + saidSkips(bits));
  });
  return sheet({
    id,
    classes: "sampling",
    title: `How the sampler draws this arc of ${arc.layers.length} layers, decision by decision`,
    description: said.join(" "),
    width: Math.max(skipsAt + MACRO.skip * most, skipsAt + (most > 0 ? 290 : 0)),
    height: y,
    parts,
  });
}

/**
 * Draws the decisions of one cell of a micro arc: two lines a node, one an operand.
 *
 * @param arc A valid arc.
 * @param trace its decisions
 * @param options ids, and which cell
 * @returns an `<svg class="drawn sampling">` element as text
 */
export function drawMicroSampling(
  arc: MicroArc,
  trace: TracedArc,
  { id, cell }: { readonly id: string; readonly cell: MicroCellName },
): string {
  const { nodes } = arc[cell];
  const opsAt = LABEL + MICRO.input * (nodes.length + 1) + MICRO.gap;
  const parts = [heading(LABEL, "Which tensor?"), heading(opsAt, "Which operation on it?")];
  const said: string[] = [];
  let y = 30;
  nodes.forEach((_, node) => {
    for (const operand of [0, 1]) {
      const input = trace.decision("input", cell, node, operand);
      const op = trace.decision("op", cell, node, operand);
      // The sampler takes both inputs of a node, then both ops.
      const draw = 4 * node + operand + 1;
      const label = operand === 0 ? `Tensor ${node + 2}` : "";
      parts.push(lineLabel(y, label, `draws ${draw}, ${draw + 2}`));
      parts.push(...row(
        LABEL,
        y,
        MICRO.input,
        input.probabilities.map((probability, i) => ({
          name: String(i),
          probability,
          chosen: i === input.chosen,
          fill: NEUTRAL,
        })),
      ));
      parts.push(...row(opsAt, y, MICRO.op, opChoices(op, MICRO_OPS)));
      y += LINE;
      const where = `Tensor ${node + 2}, ${operand === 0 ? "first" : "second"} operand`;
      said.push(
        `${where}: tensor ${input.chosen} with ${percent(input)}. ${saidOp(where, op, MICRO_OPS)}`,
      );
    }
  });
  return sheet({
    id,
    classes: "sampling",
    title: `How the sampler draws the ${cell} cell, decision by decision`,
    description: said.join(" "),
    width: opsAt + MICRO.op * MICRO_OPS.length,
    height: y,
    parts,
  });
}

/**
 * The natural logarithm of the probability of drawing exactly this arc.
 *
 * @param trace all its decisions
 * @returns sum over the decisions of the logarithm of the chosen value's probability
 */
export function traceLogProbability({ event }: TracedArc): number {
  return event.decisions.reduce(
    (sum, { probabilities, chosen }) => sum + Math.log(probabilities[chosen]),
    0,
  );
}

function opChoices(
  { probabilities, chosen }: ArcDecision,
  ops: readonly SpaceOp[],
): Choice[] {
  return probabilities.map((probability, i) => ({
    name: opName(ops[i].name),
    probability,
    chosen: i === chosen,
    fill: opColour(ops[i].name).fill,
  }));
}

/** Bars side by side; the chosen ones stand in red frames. */
function row(x: number, y: number, width: number, choices: readonly Choice[]): string[] {
  const bottom = y + 12 + BAR;
  const bar = Math.min(width - 12, 26);
  const middle = (i: number) => x + (i + 0.5) * width;
  const frames = choices.map(({ chosen }, i) =>
    chosen
      ? rect({ x: x + i * width + 2, y: y + 4, width: width - 4, height: LINE - 10 }, {
        tone: "hot",
        radius: 6,
        border: 1.6,
        classes: "chosen",
      })
      : ""
  );
  const bars = choices.map(({ probability, fill }, i) => {
    const height = Math.max(BAR * probability, 1);
    return `<rect x="${round(middle(i) - bar / 2)}" y="${round(bottom - height)}" width="${
      round(bar)
    }" height="${round(height)}" fill="${fill}" data-p="${probability.toPrecision(4)}"/>`;
  });
  const numbers = choices.map(({ probability, chosen }, i) => (
    { x: middle(i), y: bottom + 12, words: points(probability), bold: chosen }
  ));
  const names = choices.map(({ name }, i) => ({ x: middle(i), y: bottom + 24, words: name }));
  return [
    ...frames,
    ...bars,
    texts(numbers, { size: 10, anchor: "middle" }),
    texts(names, { size: 9.5, anchor: "middle", colour: "soft" }),
  ];
}

/** Per cent without a sign, which would not fit: `16.7`, or `<0.1`. */
function points(probability: number): string {
  const value = 100 * probability;
  if (value > 0 && value < 0.05) return "<0.1";
  return value > 99.95 && value < 100 ? ">99.9" : value.toFixed(1);
}

function heading(x: number, words: string): string {
  return text(x + 4, 16, words, { size: 12, bold: true, colour: "soft" });
}

function lineLabel(y: number, words: string, step: string): string {
  return text(0, y + 28, words, { size: 12, bold: true }) +
    text(0, y + 44, step, { size: 9.5, colour: "soft" });
}

/** Draws in their order: the op of each layer, then its bits together. */
function stepText(layer: number): string {
  return layer === 0 ? "draw 1" : `draws ${2 * layer}, ${2 * layer + 1}`;
}

function percent({ probabilities, chosen }: ArcDecision): string {
  return formatPercent(probabilities[chosen]);
}

function saidOp(where: string, decision: ArcDecision, ops: readonly SpaceOp[]): string {
  return `${where}: ${ops[decision.chosen].label} with ${percent(decision)}.`;
}

function saidSkips(bits: readonly Choice[]): string {
  if (bits.length === 0) return "";
  return ` Skips: ${
    bits.map(({ name, probability, chosen }) =>
      `${name} ${chosen ? "yes" : "no"} (yes with ${formatPercent(probability, 0)})`
    ).join(", ")
  }.`;
}
