/**
 * Writes docs/presets.md from the presets: `deno run -A tests/tools/presets_page.ts`. A test
 * compares the page with what this would write.
 *
 * @module
 */
import {
  configValue,
  getPreset,
  listConfigFields,
  PRESET_NAMES,
  SPACE_NAMES,
  type SpaceName,
} from "../../nas/config/mod.ts";

/** Where the page lies. */
export const PRESETS_PAGE: URL = new URL("../../docs/presets.md", import.meta.url);

/** The text of docs/presets.md. */
export function presetsPage(): string {
  const lines = [
    "# Presets",
    "",
    "Every setting of every preset. `./run search --preset NAME --space SPACE --settings`",
    "prints each value with its unit, its source in the released code and the preset's reason;",
    "`--print-config` prints the configuration as JSON, and any flag or `--set PATH=VALUE`",
    "overrides it. Written by `deno run -A tests/tools/presets_page.ts`.",
    "",
    ...PRESET_NAMES.map((name) => `- \`${name}\`: ${getPreset(name).summary}.`),
  ];
  for (const space of SPACE_NAMES) lines.push("", `## ${title(space)}`, "", ...table(space));
  return `${lines.join("\n")}\n`;
}

function title(space: SpaceName): string {
  return space === "macro" ? "Macro space" : "Micro space";
}

function table(space: SpaceName): string[] {
  const presets = PRESET_NAMES.map((name) => getPreset(name, space).config);
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["setting", ...PRESET_NAMES.map((name) => `\`${name}\``)]),
    row(["---", ...PRESET_NAMES.map(() => "---")]),
    ...listConfigFields(presets[0]).map(({ path }) =>
      row([`\`${path}\``, ...presets.map((config) => String(configValue(config, path)))])
    ),
  ];
}

if (import.meta.main) Deno.writeTextFileSync(PRESETS_PAGE, presetsPage());
