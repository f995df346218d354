import assert from "node:assert/strict";
import { join } from "node:path";
import {
  configValue,
  getPreset,
  listConfigFields,
  PRESET_NAMES,
  SPACE_NAMES,
} from "../../nas/config/mod.ts";
import { assertRefused, cli, scratch } from "./helpers.ts";

for (const command of ["search", "train", "report", "sample", "doctor", "data"]) {
  Deno.test(`${command} --help explains its flags on stdout`, async () => {
    const { code, stdout, stderr } = await cli([command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: deno run -A .*cli\\.ts'? ${command} `));
    assert.match(stdout, /-h, --help/);
    assert.equal(stderr, "");
    if (command === "search") {
      assert.match(stdout, /--layers <N> +Layers of the child model; [^-]*\[layers\] \(quick: 6\)/);
      assert.match(stdout, /--op-mode <NAME> [^-]*macro only \(quick:\s+correct\)/);
    }
    if (command === "search" || command === "train") {
      assert.match(stdout, /--preset <NAME> +configuration to start from: quick \([^-]*paper \(/);
      for (const preset of PRESET_NAMES) assert.match(stdout, new RegExp(`\\b${preset}\\s+\\(`));
    }
  });
}

/** Arguments, exit code, and what the only sentence on stderr says. */
const wrong: readonly [args: string, code: number, sentence: RegExp][] = [
  ["serch", 2, /Expected a known command but found serch; did you mean search\?/],
  ["search --layrs 3", 2, /Expected a known flag but found --layrs; did you mean --layers\?/],
  ["search --layers", 2, /Expected a value after --layers <N> but found nothing/],
  ["search --layers many", 2, /Expected --layers to be an integer from 1 to 1000 but found "many"/],
  ["search --epochs 0", 2, /Expected --epochs to be an integer of at least 1 but found 0/],
  ["search --epochs -1", 2, /Expected --epochs to be an integer of at least 1 but found -1/],
  ["search --dataset nope", 2, /Expected --dataset to be one of mnist, .* but found "nope"/],
  ["search --space nano", 2, /Expected --space to be one of macro, micro but found "nano"/],
  ["search --nodes 3", 2, /Expected --nodes only in the micro space but found it in the macro sp/],
  ["search --space micro --op-mode released", 2, /Expected --op-mode only in the macro space but/],
  ["search --space micro --nodes 0", 2, /Expected --nodes to be an integer from 1 to 32 but/],
  ["search --sampler best", 2, /Expected --sampler to be one of "controller", "random" but found/],
  ["search --filters 5", 2, /Expected --filters to be even, .* but found 5/],
  ["search --batch 2000", 2, /Expected --batch to be at most 1000, .* but found 2000/],
  [
    "search --preset huge",
    2,
    /Expected --preset to be one of quick, paper, official-code, thesis but found "huge"/,
  ],
  [
    "search --set child.depth=3",
    2,
    /Expected --set to name a setting of the macro space but found child.depth/,
  ],
  ["search --memory lots", 2, /Expected --memory to be a number of MiB greater than 0 but found/],
  ["search --memory 9 --device cpu", 2, /Expected --memory only with --device gpu/],
  ["search extra", 2, /Expected no further argument but found extra/],
  ["sample here", 2, /Expected the flag --count <N> but found nothing/],
  ["sample . --count 0", 2, /Expected --count to be an integer from 1 to \d+ but found "0"/],
  ["sample . --count 1", 2, /Expected a run with a config.json in .* but found/],
  [
    "report nowhere",
    2,
    /Expected a run with a config.json in .*nowhere but found no such file; give/,
  ],
  ["data nope", 2, /Expected NAME to be one of mnist, .* but found "nope"/],
  ["doctor --device tpu", 2, /Expected --device to be gpu or cpu but found "tpu"/],
];
for (const [args, code, sentence] of wrong) {
  Deno.test(`${args}: exit code ${code} and one sentence`, async () => {
    assertRefused(await cli(args.split(" ")), code, sentence);
  });
}

Deno.test("search --print-config prints the preset quick of the macro space as JSON", async () => {
  const { code, stdout } = await cli(["search", "--print-config"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), getPreset("quick").config);
});

for (const space of SPACE_NAMES) {
  Deno.test(`search --print-config prints each preset of the ${space} space`, async () => {
    await Promise.all(PRESET_NAMES.map(async (preset) => {
      const args = ["search", "--preset", preset, "--space", space, "--print-config"];
      const { code, stdout, stderr } = await cli(args);
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), getPreset(preset, space).config, preset);
    }));
  });
}

Deno.test("search --settings prints value, unit, source and the preset's reason", async () => {
  const args = ["search", "--preset", "official-code", "--space", "micro", "--nodes", "7"];
  const { code, stdout } = await cli([...args, "--settings"]);
  assert.equal(code, 0);
  const { config, sources } = getPreset("official-code", "micro");
  const expected = listConfigFields(config).flatMap(({ path, description }) => {
    const value = configValue(config, path);
    return [
      path === "child.nodes" ? `${path} = 7 (preset official-code: 5)` : `${path} = ${value}`,
      `    ${description}`,
      `    In official-code: ${sources[path]}`,
    ];
  });
  assert.deepEqual(stdout.trimEnd().split("\n"), expected);
  // Every description has a unit and a source.
  const descriptions = stdout.split("\n").filter((line) => line.includes(" Source: "));
  assert.equal(descriptions.length, expected.length / 3);
  for (const line of descriptions) assert.match(line, /\[[^\]]+\]\. Source: \S/);
});

Deno.test("a corrupt data file is named with both hashes", async () => {
  const from = Deno.makeTempDirSync({ dir: scratch });
  for (const part of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3"]) {
    Deno.writeTextFileSync(join(from, `${part}-ubyte.gz`), "no idx file");
  }
  Deno.writeTextFileSync(join(from, "t10k-labels-idx1-ubyte.gz"), "no idx file");
  const { code, stderr } = await cli(["search", "--dataset", "fashion-mnist", "--from", from]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /Expected SHA-256 [0-9a-f]{64} in .*\.gz but found [0-9a-f]{64}; give --from/,
  );
  assert.ok(!stderr.includes("    at "), "a stack trace is shown");
});

Deno.test("data names the folder of verified files", async () => {
  const { code, stdout } = await cli(["data", "mnist", "--json"]);
  assert.equal(code, 0);
  const result = JSON.parse(stdout);
  assert.equal(result.name, "mnist");
  assert.equal(result.files.length, 4);
  assert.ok(Deno.statSync(join(result.folder, result.files[0])).isFile);
});
