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

/** Fill of an op and the colour of text on it. */
export interface OpColour {
  readonly fill: string;
  readonly text: string;
}

/**
 * Colours of the ops of both spaces, by name, so that an op looks alike in either: convolutions
 * cold, pooling warm.
 */
export const OP_COLOURS: Readonly<Record<string, OpColour>> = {
  conv3x3: { fill: "#2563c9", text: "#ffffff" },
  sep_conv3x3: { fill: "#8ab4f3", text: "#10233f" },
  conv5x5: { fill: "#6b3fc4", text: "#ffffff" },
  sep_conv5x5: { fill: "#bda3f0", text: "#241343" },
  avg_pool3x3: { fill: "#1d9a7c", text: "#ffffff" },
  max_pool3x3: { fill: "#efb03f", text: "#3a2600" },
  identity: { fill: "#b6c0cc", text: "#1c2430" },
};

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
 * Colours of an op; grey for a name outside the table.
 *
 * @param name name of the op, such as `conv3x3`
 * @returns fill and text colour
 */
export function opColour(name: string): OpColour {
  return Object.hasOwn(OP_COLOURS, name) ? OP_COLOURS[name] : { fill: "#8793a5", text: "#ffffff" };
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
