/**
 * Runs, files and arguments of somebody who means no good, on the command line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { terminalText } from "../../cli/terminal.ts";
import { cli, scratch } from "./helpers.ts";
import { makeRun } from "../reports/fixture.ts";

/** What a terminal obeys: colours, the bell, the cursor, another title, direction, nothing to see. */
const EVIL = "\x1b[2J\x1b]0;x\x07\r\x9b31m\u202egnp\u2066\u200b\ufeff\u{e0041}\x7f";

/** Anything but text, line feeds and tabs. */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function writeRun(name: string, change: (text: string) => string = (text) => text): string {
  const folder = join(scratch, "hostile", name);
  Deno.mkdirSync(folder, { recursive: true });
  const { config, events } = makeRun({ epochs: 1, stepsPerEpoch: 2, trainEpochs: 1, run: "evil" });
  Deno.writeTextFileSync(join(folder, "config.json"), change(JSON.stringify(config)));
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
  Deno.writeTextFileSync(join(folder, "events.jsonl"), lines);
  return folder;
}

Deno.test("terminalText() writes out what a terminal would obey, and leaves all else", () => {
  const plain = "Ärger 文字 עברית 🙂 e\u0301 \n\t";
  assert.equal(terminalText(plain), plain);
  assert.equal(terminalText("\x1b[2J\u202e"), "\\u001b[2J\\u202e");
  const json = JSON.stringify({ [EVIL]: EVIL });
  assert.doesNotMatch(terminalText(json), OBEYED);
  assert.deepEqual(JSON.parse(terminalText(json)), { [EVIL]: EVIL });
});

Deno.test("no control character of a path, a name or a setting reaches the terminal", async () => {
  const run = writeRun(`run${EVIL.replaceAll("/", "")}`);
  const broken = writeRun("broken", (text) => text.replace('"preset":"quick"', '"preset":1'));
  Deno.writeTextFileSync(join(broken, "config.json"), `{"schemaVersion":"${EVIL}"`);
  const arc = join(scratch, "hostile", `arc${EVIL}.json`);
  Deno.writeTextFileSync(arc, `{"format":"${EVIL}"}`);
  const calls: [args: string[], code: number][] = [
    [["report", run], 0],
    [["report", broken], 2],
    [["sample", run, "--count", "1"], 2],
    [["export", run, "--out", join(scratch, "hostile", "out")], 2],
    [["train", "--arc", arc], 2],
    [["train", "--arc", EVIL.replaceAll(/[\n\0]/g, "")], 2],
    [["search", `--${EVIL}`], 2],
    [["search", "--dataset", EVIL], 2],
    [["data", EVIL], 2],
    [["data", "constructor"], 2],
    [["search", "--set", "__proto__.x=1"], 2],
    [["search", "--set", "constructor.prototype.x=1"], 2],
    [["search", "--set", "child.__proto__=1"], 2],
    [["search", "--preset", "__proto__"], 2],
    [[EVIL], 2],
  ];
  for (const [args, code] of calls) {
    const result = await cli(args);
    const said = result.stdout + result.stderr;
    assert.equal(result.code, code, `${args[0]}: ${said}`);
    assert.doesNotMatch(said, OBEYED, `${args[0]}: ${JSON.stringify(said)}`);
    assert.doesNotMatch(said, /fault of enaslab|\n\s+at /, said);
    assert.ok(said.trim() !== "");
  }
});
