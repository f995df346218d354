import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { batches, runTests, testFiles } from "./run_tests.ts";

const root = new URL("../../", import.meta.url);

/** Runs the tests in `files` of a folder of their own, two processes at a time. */
async function outcomeOf(
  files: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<{ good: boolean; said: string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "enaslab_tests_" });
  try {
    await Deno.mkdir(join(folder, "tests", "cli"), { recursive: true });
    await Deno.writeTextFile(join(folder, "deno.json"), "{}");
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, "tests", name), text);
    }
    let said = "";
    const good = await runTests({
      root: pathToFileURL(`${folder}/`),
      ...{ jobs: 2, filesEach: 1, options, print: (text) => said += text },
    });
    return { good, said: said.trimEnd().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const GOOD = `Deno.test("one", () => {});\nDeno.test("two", (t) => t.step("step", () => {}));\n`;
const BAD = `Deno.test("three", () => { throw new Error("wrong"); });\n`;

Deno.test("tests of all processes are counted together", async () => {
  const { good, said } = await outcomeOf({ "a_test.ts": GOOD, "cli/b_test.ts": GOOD });
  assert.equal(good, true);
  assert.match(said.at(-1)!, /^ok \| 4 passed \| 0 failed \(0m\d+s\)$/);
});

Deno.test("the slowest tests are named with their times, slowest first", async () => {
  const slow = (name: string, milliseconds: number) =>
    `Deno.test("<${name}>", () => new Promise((done) => setTimeout(done, ${milliseconds})));`;
  const fast = Array.from({ length: 10 }, (_, i) => slow(`t${i}`, 1)).join("\n");
  const { said } = await outcomeOf({
    "a_test.ts": `${slow("second", 200)}${fast}`,
    "b_test.ts": slow("first", 400),
  });
  const named = said.slice(said.indexOf("Slowest tests:") + 1, -1);
  assert.equal(named.length, 10);
  assert.match(named[0], /^ {4}0\.\d s {2}<first> \(tests\/b_test\.ts\)$/);
  assert.match(named[1], /^ {4}0\.\d s {2}<second> \(tests\/a_test\.ts\)$/);
});

Deno.test("a test that fails is named at the end, whatever process it ran in", async () => {
  const { good, said } = await outcomeOf({ "a_test.ts": BAD, "b_test.ts": GOOD });
  assert.equal(good, false);
  assert.match(said.at(-1)!, /^FAILED \| 2 passed \| 1 failed/);
  assert.match(said.at(-2)!, /^three => .*a_test\.ts:1:6$/);
});

Deno.test("tests that are left out are counted and named at the end", async () => {
  const ignored = `Deno.test({ name: "needs a moon", ignore: true, fn() {} });\n`;
  const { good, said } = await outcomeOf({ "a_test.ts": ignored + GOOD, "b_test.ts": GOOD });
  assert.equal(good, true);
  assert.match(said.at(-1)!, /^ok \| 4 passed \| 0 failed \| 1 ignored \(0m\d+s\)$/);
  assert.deepEqual(said.slice(-3, -1), ["Left out on this machine:", "needs a moon"]);
});

Deno.test("a process that ends without counting its tests fails them all", async () => {
  for (
    const ending of [`Deno.kill(Deno.pid, "SIGKILL");`, "throw new Error();", "this is no program"]
  ) {
    const { good, said } = await outcomeOf({ "a_test.ts": ending, "b_test.ts": GOOD });
    assert.equal(good, false, ending);
    assert.match(said.at(-1)!, /^FAILED \| 2 passed \| \d failed/);
    assert.match(said.join("\n"), /a_test\.ts/);
  }
});

Deno.test("options reach every process", async () => {
  const files = { "a_test.ts": GOOD, "b_test.ts": BAD };
  const { good, said } = await outcomeOf(files, ["--filter", "two"]);
  assert.equal(good, true);
  assert.match(said.at(-1)!, /^ok \| 1 passed \| 0 failed/);
});

Deno.test("every test file of the project is in one batch, the command line's first", async () => {
  const files = await testFiles(root, "tests");
  const found = batches(files, 6);
  assert.deepEqual(found.flat().toSorted(), files);
  assert.ok(found.every(({ length }) => length > 0 && length <= 6));
  assert.match(found[0][0], /^tests\/cli\//);
  assert.ok(files.length > 150 && files.includes("tests/tools/run_tests_test.ts"));
});
