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
  "#289eb0",
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

/** Fill and text of a cell whose value is the lower, middle or upper end of a range, by theme. */
const HEAT_STOPS = {
  light: ["#f1f6fe", "#7fb0ef", "#113c82"],
  dark: ["#1e2937", "#2f64b4", "#b5d3ff"],
} as const;

/** How many colours a heat map has. */
export const HEAT_LEVELS = 9;

/**
 * Colours of a heat map from the lowest value to the highest, each with black or white text,
 * white where it reads well.
 *
 * @param theme the ground that the map stands on
 * @returns {@linkcode HEAT_LEVELS} colours
 */
export function heatColours(theme: "light" | "dark"): readonly OpColour[] {
  const stops = HEAT_STOPS[theme];
  return Array.from({ length: HEAT_LEVELS }, (_, level) => {
    const place = 2 * level / (HEAT_LEVELS - 1);
    const below = Math.min(1, Math.floor(place));
    const fill = mix(stops[below], stops[below + 1], place - below);
    const text = contrast(fill, "#ffffff") >= 4.5 ? "#ffffff" : "#000000";
    return { fill, text };
  });
}

/** Part of the way from one colour to another. */
function mix(from: string, to: string, part: number): string {
  const [a, b] = [from, to].map(channels);
  return "#" +
    a.map((value, i) => Math.round(value + part * (b[i] - value)).toString(16).padStart(2, "0"))
      .join("");
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

/**
 * Contrast of two colours as WCAG 2 defines it: 4.5 is enough for text, 3 for lines and large text.
 *
 * @param a `#rrggbb`
 * @param b `#rrggbb`
 * @returns 1 to 21
 */
export function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map(luminance).sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
