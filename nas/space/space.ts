/**
 * What a search space is: its ops, the text and JSON of its arcs, the decisions that lead to one, its
 * neighbours, its encodings, what it costs, and the network that it describes as plain data. Everything
 * that differs between spaces is asked for here; registry.ts lists the spaces.
 *
 * @module
 */

import { adjacencyEncoding, type ArcGraph, type Encoding, oneHot, pathEncoding } from "./graph.ts";
import type { ArcReading, GraphReading } from "./reading.ts";
import { counted } from "../text/words.ts";
import { checkPositiveInteger } from "./values.ts";

/** What the arcs of all spaces have in common. */
export interface SpaceArc {
  /** Name of the space. */
  readonly space: string;
}

/** An operation of a space. */
export interface SpaceOp {
  /** Number in the arc, from 0. */
  readonly id: number;
  /** Name in files and on the command line. */
  readonly name: string;
  /** What sort of op it is, such as `conv`, `sep_conv`, `pool` or `identity`. */
  readonly kind: string;
  /** Name for people. */
  readonly label: string;
}

/** One decision on the way to an arc: which of `count` values it may take. */
export interface Choice {
  /** `op`: which operation; `skip`: whether a skip bit is set; `input`: which earlier tensor. */
  readonly kind: "op" | "skip" | "input";
  /** Cell that the decision belongs to; null in a space without cells. */
  readonly cell: string | null;
  /** Layer, or node of the cell, 0-based. */
  readonly place: number;
  /** Number of the skip bit, or operand of a node; null where there is one op alone. */
  readonly slot: number | null;
  /** Number of values; the decision is one of 0..count-1. */
  readonly count: number;
}

/** A stream of random numbers; `Random` of the engine is one. */
export interface RandomStream {
  /** Next number in [0, 1). */
  uniform(): number;
  /** Next integer in [0, bound). */
  integer(bound: number): number;
}

/** What of the images decides about a network. */
export interface ImageKind {
  /** `[height, width, channels]`. */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
}

/** Everything but weights and arc that a network is made of; JSON. */
export interface SpaceSpec {
  readonly space: string;
  /** `faithful`: the searched graph; `official`: the released code's network for one arc. */
  readonly graph: "faithful" | "official";
  readonly options: {
    readonly layers: number;
    readonly filters: number;
    readonly inputChannels: number;
    readonly classes: number;
    readonly batchNormDecay: number;
  };
}

/** What a space reads of a search's configuration, which fits as it is. */
export interface SpaceSettings {
  readonly child: NetworkSettings;
  readonly finalTraining: NetworkSettings & { readonly graph: "faithful" | "official" };
}

/** Settings of a network of any space. */
export interface NetworkSettings {
  readonly filters: number;
  readonly batchNormDecay: number;
}

/** A setting that does not fit others. */
export interface SettingIssue {
  /** Path, such as `child.filters`. */
  readonly path: string;
  readonly message: string;
}

/** Cost of one child. */
export interface NetworkCost {
  /** Trainable parameters that the child reads; those of an auxiliary head are not counted. */
  readonly parameters: number;
  /** Floating-point operations of one forward pass of one image, 2 for a multiply-add. */
  readonly flops: number;
}

/** How large the arcs of a space are, in words. */
export interface SizeWords {
  /** What is counted, in the singular. */
  readonly noun: string;
  /** Said behind the number: empty, or such as " a cell". */
  readonly each: string;
  /** The setting in `child` that says how many. */
  readonly setting: string;
}

/** What reports say of a space. */
export interface SpaceWords {
  /** How it builds a network; a sentence without a final period. */
  readonly builds: string;
  /** What each has an op, in the plural. */
  readonly opPlaces: string;
  /** The same, of arcs. */
  readonly opPlacesOfArcs: string;
  /** Heading of a column with the ops of arcs. */
  readonly opHead: string;
  /** How to read the text of an arc; a sentence. */
  readonly text: string;
}

/** A row of an arc's text with what it means. */
export interface ArcRow {
  /** The row as the original code prints it. */
  readonly text: string;
  /** Name of its op for people; null for a row that says so itself. */
  readonly op: string | null;
  /** Tensors that its skip bits add, such as "stem, 2"; empty for none. */
  readonly skips: string;
}

/** How an arc is written: one line of integers, or rows for people. */
export type ArcFormat = "flat" | "rows";

/**
 * A search space. Sizes are the number of layers, or of nodes of a cell: what {@link Space.size} says.
 *
 * @typeParam A its arcs
 * @typeParam Spec its networks
 * @typeParam Settings what it reads of a configuration
 */
export abstract class Space<
  A extends SpaceArc = SpaceArc,
  Spec extends SpaceSpec = SpaceSpec,
  Settings extends SpaceSettings = SpaceSettings,
> {
  /** Its name in files and on the command line. */
  abstract readonly name: A["space"];
  /** Its name at the beginning of a line. */
  abstract readonly label: string;
  /** Its ops by id. */
  abstract readonly ops: readonly SpaceOp[];
  /** What its sizes count. */
  abstract readonly size: SizeWords;
  /** What reports say of it. */
  abstract readonly words: SpaceWords;
  /** Whether arcs have skip bits. */
  abstract readonly hasSkips: boolean;
  /** The values of each setting that says how an arc is read; see {@link ArcReading}. */
  abstract readonly readings: Readonly<Record<string, readonly string[]>>;
  /** Puts an end to doubt where a text of integers could belong to several spaces. */
  abstract readonly textHint: string;

  /** The arc's size. */
  abstract sizeOf(arc: A): number;
  /** The size whose arcs take `count` integers; null if there is none. */
  abstract sizeOfCount(count: number): number | null;
  /** Checks a value of unknown origin; throws `ArcError` if it is no arc of this space. */
  abstract validate(value: unknown): A;

  /** The arc as text that {@link Space.parse} reads back, without a line break at its end. */
  abstract format(arc: A, format: ArcFormat): string;
  /** Reads any text form of this space; throws `ArcError` with the place of the first mistake. */
  abstract parse(text: string): A;
  /** Whether a text has the form of this space's arcs; bare integers go by their number. */
  abstract recognises(text: string): boolean;
  /** The arc as JSON: rows of integers, or such rows by the name of each cell. */
  abstract toJson(arc: A): number[][] | Record<string, number[][]>;
  /** Builds an arc from what {@link Space.toJson} gave; throws `ArcError` if it is none. */
  abstract fromJson(value: unknown): A;
  /** The rows of the arc's text with what they mean. */
  abstract rows(arc: A, reading?: ArcReading): ArcRow[];

  /** The decisions that lead to an arc of this size, in order; throws `RangeError` for no size. */
  abstract choices(size: number): readonly Choice[];
  /** The arc of these decisions; throws `ArcError` if a number is out of range. */
  abstract fromDecisions(decisions: ArrayLike<number>): A;
  /** The inverse of {@link Space.fromDecisions}. */
  abstract toDecisions(arc: A): number[];

  /** The arc as one graph, or one for each cell. */
  abstract graphs(arc: A, reading?: ArcReading): ArcGraph[];
  /** The arc that stands for all those which compute the same network, up to the order of its parts. */
  abstract canonical(arc: A, reading?: GraphReading): A;

  /** An arc in which every op comes up about equally often, and so costs about what any does. */
  abstract example(size: number): A;
  /** Arcs of which one needs as much memory as any: one op everywhere, all skips or loose ends. */
  abstract largeArcs(size: number): A[];
  /** Arcs that together use every kernel that an arc of this size can use: few and many inputs. */
  abstract variedArcs(size: number): A[];

  /** The shared graph of a search. */
  abstract sharedSpec(settings: Settings, images: ImageKind): Spec;
  /** The network in which `arc` is trained from scratch. */
  abstract finalSpec(settings: Settings, arc: A, images: ImageKind): Spec;
  /** The size of the arcs that a network is for. */
  abstract sizeOfSpec(spec: Spec): number;
  /** The size of the arcs that a search of these settings proposes. */
  abstract sizeIn(settings: Settings): number;
  /** How arcs are read where they are trained from scratch, as far as that makes texts one network. */
  abstract finalReading(settings: Settings): GraphReading;
  /** Ids of the ops that training from scratch refuses. */
  abstract refusedOps(settings: Settings): number[];
  /** Settings of this space that do not fit each other. */
  abstract issues(settings: Settings): SettingIssue[];
  /** Why `arc` cannot be trained from scratch, whose size {@link Space.issues} cannot know. */
  abstract finalIssues(settings: Settings, arc: A): SettingIssue[];
  /** The depth of a search's child in words, such as "12 layers". */
  abstract depthLabel(settings: Settings): string;
  /** An arc in words, for sentences, such as "6-layer network with 7 skip connections". */
  abstract inWords(arc: A): string;

  /** What the child of an arc costs, for images of `[height, width, channels]`. */
  abstract cost(spec: Spec, arc: A, shape: ImageKind["shape"]): NetworkCost;
  /** Trainable parameters of the shared graph; an auxiliary head is not counted. */
  abstract sharedParameters(spec: Spec): number;

  /** Whether two arcs have the same text. */
  equal(a: A, b: A): boolean {
    const [left, right] = [this.toDecisions(a), this.toDecisions(b)];
    return left.length === right.length && left.every((value, i) => value === right[i]);
  }

  /** The arc's space and size in words, such as "micro, 5 nodes a cell". */
  describe(arc: A): string {
    return `${this.name}, ${this.sizeLabel(this.sizeOf(arc))}`;
  }

  /** A size in words, such as "12 layers". */
  sizeLabel(size: number): string {
    return `${counted(size, this.size.noun)}${this.size.each}`;
  }

  /** The exact number of arcs of a size; arcs that compute the same are counted apart. */
  count(size: number): bigint {
    return this.choices(size).reduce((product, { count }) => product * BigInt(count), 1n);
  }

  /** Every arc of a size once, in the lexicographic order of the decisions. Meant for small sizes. */
  *all(size: number): Generator<A, void, undefined> {
    const choices = this.choices(size);
    const decisions = choices.map(() => 0);
    for (let at = 0; at >= 0;) {
      yield this.fromDecisions(decisions);
      // One up, like an odometer.
      for (at = choices.length - 1; at >= 0; at--) {
        decisions[at] += 1;
        if (decisions[at] < choices[at].count) break;
        decisions[at] = 0;
      }
    }
  }

  /**
   * An arc by chance: ops and inputs uniform, skip bits each set with one probability.
   *
   * @param size Number of layers or nodes.
   * @param random One number is taken for each decision, in their order.
   * @param skipProbability Default 0.5, with which all arcs are equally likely.
   */
  random(size: number, random: RandomStream, skipProbability = 0.5): A {
    return this.fromDecisions(
      this.choices(size).map(({ kind, count }) =>
        kind === "skip" ? Number(random.uniform() < skipProbability) : random.integer(count)
      ),
    );
  }

  /**
   * All arcs that differ from this one in one decision: another op, another input, a skip bit set or
   * not. In the order of the decisions, then of the values.
   *
   * @param arc A valid arc.
   * @param kinds Decisions that may change; default all.
   */
  *neighbours(arc: A, kinds?: readonly Choice["kind"][]): Generator<A, void, undefined> {
    const decisions = this.toDecisions(arc);
    for (const [at, { kind, count }] of this.choices(this.sizeOf(arc)).entries()) {
      if (kinds !== undefined && !kinds.includes(kind)) continue;
      for (let value = 0; value < count; value++) {
        if (value !== decisions[at]) yield this.fromDecisions(decisions.with(at, value));
      }
    }
  }

  /**
   * One of {@link Space.neighbours}, all equally likely.
   *
   * @param arc A valid arc.
   * @param random One number is taken of it.
   * @param kinds Decisions that may change; default all.
   * @throws {RangeError} If there is none.
   */
  randomNeighbour(arc: A, random: RandomStream, kinds?: readonly Choice["kind"][]): A {
    const decisions = this.toDecisions(arc);
    const choices = this.choices(this.sizeOf(arc))
      .map(({ kind, count }) => kinds === undefined || kinds.includes(kind) ? count - 1 : 0);
    const total = choices.reduce((sum, others) => sum + others, 0);
    if (total === 0) {
      throw new RangeError(
        `Expected decisions of the ${this.name} space to change but found none of the kinds ` +
          `${kinds?.join(", ") ?? "that it has"}`,
      );
    }
    let left = random.integer(total);
    const at = choices.findIndex((others) => (left -= others) < 0);
    // The values but the present one, in order.
    const value = left + choices[at];
    return this.fromDecisions(decisions.with(at, value < decisions[at] ? value : value + 1));
  }

  /**
   * The arc as a vector whose length depends on its size alone, for a surrogate to read.
   *
   * - `one-hot`: every decision, one entry a value, in their order;
   * - `adjacency`: which tensors read which, and the op of each; the order of operands does not show;
   * - `path`: which sequences of at most three ops lead from an input to an output.
   *
   * @param arc A valid arc.
   * @param encoding Which.
   * @param reading How skip bits are read.
   */
  encode(arc: A, encoding: Encoding, reading?: ArcReading): Float64Array {
    const ops = this.ops.length;
    switch (encoding) {
      case "one-hot": {
        const choices = this.choices(this.sizeOf(arc));
        return Float64Array.from(
          this.toDecisions(arc).flatMap((value, i) => oneHot(value, choices[i].count)),
        );
      }
      case "adjacency":
        return Float64Array.from(
          this.graphs(arc, reading).flatMap((graph) => adjacencyEncoding(graph, ops)),
        );
      case "path":
        return Float64Array.from(
          this.graphs(arc, reading).flatMap((graph) => pathEncoding(graph, ops, LONGEST_PATH)),
        );
    }
  }

  /** The ops of an arc in the order of its decisions, by cell; one list in a space without cells. */
  opsByCell(arc: A): number[][] {
    const decisions = this.toDecisions(arc);
    const cells = new Map<string | null, number[]>();
    this.choices(this.sizeOf(arc)).forEach(({ kind, cell }, at) => {
      if (kind !== "op") return;
      const ops = cells.get(cell) ?? [];
      ops.push(decisions[at]);
      cells.set(cell, ops);
    });
    return [...cells.values()];
  }

  /** The ops of an arc in the order of its decisions. */
  opsOf(arc: A): number[] {
    return this.opsByCell(arc).flat();
  }

  /**
   * Share of each op among all ops of some arcs, which may differ in size.
   *
   * @returns Fractions by op id that sum to 1.
   * @throws {RangeError} If there is no arc.
   */
  opShares(arcs: readonly A[]): number[] {
    const ids = arcs.flatMap((arc) => this.opsOf(arc));
    if (ids.length === 0) throw new RangeError("Expected at least one architecture but found none");
    const counts = this.ops.map(() => 0);
    for (const id of ids) counts[id] += 1;
    return counts.map((count) => count / ids.length);
  }

  /** Skip bits of an arc that are set, and all that it has. */
  skips(arc: A): { readonly set: number; readonly possible: number } {
    const decisions = this.toDecisions(arc);
    const bits = this.choices(this.sizeOf(arc))
      .flatMap(({ kind }, at) => kind === "skip" ? [decisions[at]] : []);
    return { set: bits.filter((bit) => bit === 1).length, possible: bits.length };
  }

  /**
   * Share of an arc's skip bits that are set, as the released code logs it: 0 where its size leaves
   * none, null in a space without skips.
   */
  skipRate(_arc: A): number | null {
    return null;
  }
}

/** Ops of the longest sequence of a path encoding: 259 entries for six ops. */
const LONGEST_PATH = 3;

/** Refuses a size that is none; throws `RangeError` naming it by the space's word. */
export function checkSize({ size: { setting } }: Pick<Space, "size">, size: number): void {
  checkPositiveInteger(setting, size);
}
