// The tables of docs/fidelity.md against the configuration and its presets.
import assert from "node:assert/strict";
import {
  configValue,
  getPreset,
  listConfigFields,
  parseSearchConfig,
  PRESET_NAMES,
  type SearchConfig,
  type SpaceName,
} from "../../../nas/config/mod.ts";

/** The rows of enas-spec.md section K. */
const SECTION_K = [
  "macro op mode",
  "macro skip index",
  "macro reward BN",
  "micro reward dropout",
  "entropy (macro)",
  "skip KL probability",
  "baseline init",
  "clipping",
  "L2 factor",
  "aux head trainable",
  "fixed sep conv",
  "fixed pool op",
  "micro reduction prev",
  "val_acc",
  "eval arcs",
];

type Row = Readonly<Record<string, string>>;

/** The table behind a heading, a record of its columns for each row. */
async function table(heading: string): Promise<Row[]> {
  const text = await Deno.readTextFile(new URL("../../../docs/fidelity.md", import.meta.url));
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, heading);
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const cells = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim());
  const [names, , ...rows] = lines.map(cells);
  return rows.map((row) => {
    assert.equal(row.length, names.length, row.join(" | "));
    return Object.fromEntries(names.map((name, i) => [plain(name), row[i]]));
  });
}

const plain = (text: string) => text.replaceAll("`", "");
const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, value]) => value);

function spaces(row: Row): SpaceName[] {
  if (row.space === "both") return ["macro", "micro"];
  assert.ok(row.space === "macro" || row.space === "micro", row.space);
  return [row.space];
}

/** `config` with one field replaced; throws a `ConfigError` for a value that it cannot have. */
function replaced(config: SearchConfig, path: string, text: string): SearchConfig {
  const [group, name] = path.split(".");
  const value: unknown = /^(\d+|true|false)$/.test(text) ? JSON.parse(text) : text;
  const copy = structuredClone(config) as unknown as Record<string, Record<string, unknown>>;
  copy[group][name] = value;
  return parseSearchConfig(copy);
}

Deno.test("docs/fidelity.md has every switch, and each is a setting with these values", async () => {
  const rows = await table("Switches");
  const switches = new Set(rows.map((row) => row.switch));
  for (const name of SECTION_K) assert.ok(switches.has(name), name);
  for (const row of rows) {
    const path = plain(row.setting);
    for (const space of spaces(row)) {
      const field = listConfigFields(space).find((candidate) => candidate.path === path);
      assert.ok(field !== undefined, `${path} is a setting of the ${space} space`);
      const { config } = getPreset("official-code", space);
      const released = quoted(row.released);
      const alternatives = quoted(row.alternatives);
      assert.ok(alternatives.length > 0, path);
      // What the released code leaves undefined has no value of that name.
      if (path === "finalTraining.poolOps") assert.deepEqual(released, []);
      else assert.deepEqual(released, [String(configValue(config, path))], `${path}, ${space}`);
      for (const value of alternatives) {
        assert.ok(!released.includes(value));
        const changed = replaced(config, path, value);
        assert.equal(String(configValue(changed, path)), value, path);
      }
    }
    for (const column of ["source", "what it changes"]) assert.ok(row[column].length > 2, path);
  }
  const other = getPreset("official-code").config;
  assert.throws(() => replaced(other, "child.opMode", "faithful"), /released/);
});

Deno.test("docs/fidelity.md says what each preset uses, of every switch", async () => {
  const rows = await table("Presets");
  const told = new Set<string>();
  for (const row of rows) {
    const path = plain(row.setting);
    for (const space of spaces(row)) {
      assert.ok(!told.has(`${path} ${space}`), `${path} stands twice for ${space}`);
      told.add(`${path} ${space}`);
      const values = PRESET_NAMES.map((name) => configValue(getPreset(name, space).config, path));
      assert.deepEqual(
        PRESET_NAMES.map((name) => plain(row[name])),
        values.map(String),
        `${path}, ${space}`,
      );
    }
  }
  for (const row of await table("Switches")) {
    for (const space of spaces(row)) {
      assert.ok(told.has(`${plain(row.setting)} ${space}`), `${row.setting}, ${space}`);
    }
  }
});
