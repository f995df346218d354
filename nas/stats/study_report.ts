/**
 * What a study came to, as data: claims with verdicts, tables and figures. A report is drawn from this
 * alone, years later too.
 *
 * @module
 */
import { z } from "zod";

/** Version of the layout; raised whenever a field changes its meaning or goes away. */
export const STUDY_REPORT_VERSION = 1;

const finite = z.number();
const orNull = finite.nullable();

const claimSchema = z.object({
  id: z.string(),
  quote: z.string(),
  where: z.string(),
  question: z.string(),
  side: z.enum(["positive", "negative", "not positive", "none"]),
  margin: finite,
  statistic: z.string(),
  value: orNull,
  ci: z.tuple([finite, finite]).readonly().nullable(),
  level: orNull,
  p: orNull,
  adjustedP: orNull,
  smallestP: orNull,
  n: finite,
  unit: z.string(),
  power: orNull,
  verdict: z.enum(["supported", "contradicted", "undecidable"]),
  nToDecide: orNull,
  remark: z.string(),
});

/** A cell of a table: text, a number, or null for what was not run. */
const cell = z.union([z.string(), finite, z.null()]);

const tableSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** What the table shows, in a sentence. */
  caption: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(cell)),
  /** Columns that hold numbers of the thesis, which are shown in grey. */
  thesisColumns: z.array(z.int().nonnegative()).default([]),
  /** Digits after the point of numbers, by column; whole numbers where left out. */
  digits: z.array(z.int().min(0).max(20).nullable()).default([]),
  /** Scale of these numbers where it is not the study's, such as that of the thesis. */
  scale: z.string().optional(),
});

const axis = z.object({
  title: z.string(),
  percent: z.boolean().default(false),
  /** Honoured by lines and scatters, whose values at or below 0 are then in the table alone. */
  logarithmic: z.boolean().optional(),
});
const errorPoint = z.object({
  label: z.string(),
  x: finite,
  y: finite,
  /** Ends of the error bars; null where the error is not known. */
  xLow: orNull,
  xHigh: orNull,
  yLow: orNull,
  yHigh: orNull,
});
const figureHead = {
  id: z.string(),
  title: z.string(),
  caption: z.string(),
  /** Scale of these numbers where it is not the study's, such as that of the thesis. */
  scale: z.string().optional(),
};
const bandPoint = z.object({ x: finite, y: orNull, low: orNull, high: orNull });
const series = z.object({ label: z.string(), dashed: z.boolean(), points: z.array(bandPoint) });

const figureSchema = z.discriminatedUnion("kind", [
  /** Values with intervals, one below the other, and a band of what does not matter. */
  z.object({
    ...figureHead,
    kind: z.literal("intervals"),
    axis,
    /** Half width of the band around 0; 0 for none. */
    margin: finite,
    rows: z.array(z.object({ label: z.string(), value: orNull, low: orNull, high: orNull })),
  }),
  /** Points with error bars both ways, by group. */
  z.object({
    ...figureHead,
    kind: z.literal("scatter"),
    x: axis,
    y: axis,
    groups: z.array(z.object({ label: z.string(), points: z.array(errorPoint) })),
  }),
  /** Lines over a common axis, with bands where there are several runs. */
  z.object({
    ...figureHead,
    kind: z.literal("lines"),
    x: axis,
    y: axis,
    series: z.array(series),
    /** A small panel below on the same horizontal axis, such as the learning rate. */
    under: z.object({ y: axis, series: z.array(series) }).optional(),
  }),
  /** Every run of every arm as a point, and the arm's mean. */
  z.object({
    ...figureHead,
    kind: z.literal("strips"),
    y: axis,
    arms: z.array(z.object({ label: z.string(), values: z.array(finite) })),
  }),
  /** Parts of a whole, one bar each, such as op shares. */
  z.object({
    ...figureHead,
    kind: z.literal("shares"),
    bars: z.array(z.string()),
    parts: z.array(z.object({ label: z.string(), shares: z.array(orNull) })),
  }),
  /** Ranks of the same things under several orders: crossing lines are changes of rank. */
  z.object({
    ...figureHead,
    kind: z.literal("bump"),
    orders: z.array(z.string()),
    lines: z.array(z.object({ label: z.string(), ranks: z.array(orNull) })),
  }),
  /** One value for each pair of a row and a column, such as tau by seed and epoch. */
  z.object({
    ...figureHead,
    kind: z.literal("heat"),
    /** What the values are. */
    value: axis,
    columns: z.array(z.string()),
    rows: z.array(z.object({ label: z.string(), values: z.array(orNull) })),
    /** Values of the lightest and the darkest colour. */
    range: z.tuple([finite, finite]),
  }),
  /** Boxes and arrows, such as the way of a controller from one data set to another. */
  z.object({
    ...figureHead,
    kind: z.literal("diagram"),
    direction: z.enum(["right", "down"]),
    boxes: z.array(z.object({
      id: z.string(),
      title: z.string(),
      /** Lines of small print below the title. */
      lines: z.array(z.string()),
      tone: z.enum(["plain", "strong", "muted"]),
    })),
    arrows: z.array(z.object({ from: z.string(), to: z.string(), label: z.string() })),
  }).refine(
    ({ boxes, arrows }) => {
      const ids = new Set(boxes.map(({ id }) => id));
      return ids.size > 0 && ids.size === boxes.length &&
        arrows.every(({ from, to }) => ids.has(from) && ids.has(to));
    },
    "expected at least one box, boxes of different ids, and arrows that join them",
  ),
]);

/** Checks what a study's `study.json` holds. */
export const studyReportSchema = z.object({
  version: z.literal(STUDY_REPORT_VERSION),
  /** Name on the command line, such as `thesis`. */
  study: z.string(),
  title: z.string(),
  /** What was asked, for a newcomer; paragraphs. */
  asked: z.array(z.string()),
  /** What was done; paragraphs. */
  done: z.array(z.string()),
  /** What came out and how sure it is; paragraphs. */
  found: z.array(z.string()),
  /** What these data cannot say. */
  caveats: z.array(z.string()),
  /** How far the settings are from the thesis's; shown on the page and under every table. */
  scale: z.object({
    /** Such as `scaled: 6 of 24 layers`. */
    label: z.string(),
    facts: z.array(z.object({ name: z.string(), value: z.string(), thesis: z.string() })),
  }),
  claims: z.array(claimSchema),
  tables: z.array(tableSchema),
  figures: z.array(figureSchema),
  cost: z.object({ seconds: finite, trials: z.int().nonnegative(), adapter: z.string() }),
  /** The command line that makes this study again. */
  command: z.string().optional(),
  /** Settings that decide what the study does, for the record. */
  settings: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  /** What was fixed before the trials ran, and the SHA-256 of its UTF-8 in lower-case hexadecimal. */
  protocol: z.object({ text: z.string(), hash: z.string() }).optional(),
  /** ISO 8601, UTC. */
  created: z.string(),
  /** Version of enaslab. */
  enaslab: z.string(),
});

/** What a study came to. */
export type StudyReport = z.infer<typeof studyReportSchema>;
/** One table of a {@link StudyReport}. */
export type StudyTable = z.infer<typeof tableSchema>;
/** One figure of a {@link StudyReport}. */
export type StudyFigure = z.infer<typeof figureSchema>;
/** A figure of one kind. */
export type StudyFigureOf<Kind extends StudyFigure["kind"]> = Extract<StudyFigure, { kind: Kind }>;
