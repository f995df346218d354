/**
 * Loads what is inlined into every report: the bundled text of Chart.js and the fonts.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** One font file of Inter (SIL Open Font License 1.1). */
export interface FontFile {
  /** Script the file covers; each is registered as a family of its own for pictures. */
  readonly subset: "latin" | "latin-ext" | "greek" | "cyrillic";
  readonly weight: 400 | 600;
  /** WOFF2. */
  readonly bytes: Uint8Array;
}

const require = createRequire(import.meta.url);

/**
 * Reads Chart.js and its error bars as one script that defines `Chart`, without source-map addresses.
 *
 * @returns the script, safe to inline
 */
export async function loadChartScript(): Promise<string> {
  const charts = join(dirname(require.resolve("chart.js")), "chart.umd.min.js");
  const errorBars = join(
    dirname(require.resolve("chartjs-chart-error-bars")),
    "index.umd.min.js",
  );
  const texts = await Promise.all([charts, errorBars].map(async (path) => {
    const text = await readFile(path, "utf8");
    if (/<\/script/i.test(text)) {
      throw new Error(`Cannot inline ${path}: it holds a closing script tag`);
    }
    return text.replace(/\n?\/\/# sourceMappingURL=\S*/g, "").trim();
  }));
  return texts.join("\n");
}

/**
 * Reads the fonts: Latin in two weights, the other scripts in one.
 *
 * @returns the font files, Latin first
 */
export function loadFonts(): Promise<FontFile[]> {
  const folder = join(dirname(require.resolve("@fontsource/inter/package.json")), "files");
  const wanted: readonly Omit<FontFile, "bytes">[] = [
    { subset: "latin", weight: 400 },
    { subset: "latin", weight: 600 },
    { subset: "latin-ext", weight: 400 },
    { subset: "greek", weight: 400 },
    { subset: "cyrillic", weight: 400 },
  ];
  return Promise.all(wanted.map(async ({ subset, weight }) => {
    const bytes = await readFile(join(folder, `inter-${subset}-${weight}-normal.woff2`));
    return { subset, weight, bytes };
  }));
}
