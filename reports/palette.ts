/**
 * Colours of the report, chosen to read on white and on the dark background alike.
 *
 * @module
 */

/** Colours of runs that share a chart, in the order of the runs. */
export const RUN_COLOURS: readonly string[] = [
  "#2f7de1",
  "#e2762b",
  "#1f9d74",
  "#c2478f",
  "#8a63d2",
  "#b08b16",
  "#2aa3b5",
  "#7c8797",
];

/** Colours of the series of a single run, by meaning. */
export const SERIES_COLOURS = {
  main: "#2f7de1",
  second: "#e2762b",
  third: "#1f9d74",
  quiet: "#8793a5",
} as const;

/** Colour of skip connections. */
export const SKIP_COLOUR = "#dc3f4d";

/** Fill and text colour of each op, by op id: convolutions cold, pooling warm. */
export const OP_COLOURS: readonly { readonly fill: string; readonly text: string }[] = [
  { fill: "#2563c9", text: "#ffffff" },
  { fill: "#8ab4f3", text: "#10233f" },
  { fill: "#6b3fc4", text: "#ffffff" },
  { fill: "#bda3f0", text: "#241343" },
  { fill: "#1d9a7c", text: "#ffffff" },
  { fill: "#efb03f", text: "#3a2600" },
];

/**
 * Colour of a run in charts that overlay several.
 *
 * @param index place of the run in the report
 * @returns a colour as `#rrggbb`
 */
export function runColour(index: number): string {
  return RUN_COLOURS[index % RUN_COLOURS.length];
}

/**
 * Colours of an op; grey for an id outside the table.
 *
 * @param op op id
 * @returns fill and text colour
 */
export function opColour(op: number): { readonly fill: string; readonly text: string } {
  return OP_COLOURS[op] ?? { fill: "#8793a5", text: "#ffffff" };
}

/**
 * The same colour, partly transparent.
 *
 * @param colour `#rrggbb`
 * @param alpha opacity, 0..1
 * @returns `#rrggbbaa`
 */
export function withAlpha(colour: string, alpha: number): string {
  return colour + Math.round(alpha * 255).toString(16).padStart(2, "0");
}
