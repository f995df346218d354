import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { assertRefused, type CliResult, scratch, smallSearch } from "./helpers.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Runs a task as a user does, with the permissions that the task names. */
async function task(name: string, ...args: string[]): Promise<CliResult> {
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--config", CONFIG, name, ...args],
    cwd: scratch,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const said = text(stderr).split("\n").filter((line) => !line.includes("XDG_RUNTIME_DIR"));
  return { code, stdout: text(stdout), stderr: said.join("\n") };
}

const PRODUCT_TASKS = Object.entries(config.tasks).filter(([, line]) => line.includes(" cli.ts "));

Deno.test("tasks of the product name what they need, and only data reaches the network", () => {
  assert.ok(PRODUCT_TASKS.length >= 9);
  for (const [name, line] of PRODUCT_TASKS) {
    assert.doesNotMatch(line, / -A | --allow-all| --allow-(read|write|env|ffi|sys|run)( |$)/, name);
    assert.equal(line.includes("--allow-net"), name === "data", name);
    assert.equal(line.includes("--allow-run"), name === "data", name);
  }
});

Deno.test("search, report and sample work with the permissions of their tasks", async () => {
  const [, ...args] = smallSearch("allowed", "--name", "one", "--device", "cpu");
  const search = await task("search", ...args);
  assert.equal(search.code, 0, search.stderr);
  const run = join("allowed", "one");
  const report = await task("report", run);
  assert.equal(report.code, 0, report.stderr);
  const sample = await task("sample", run, "--count", "2");
  assert.equal(sample.stdout.trim().split("\n").length, 2, sample.stderr);
});

Deno.test("a denied permission ends in a sentence, not in a stack", async () => {
  const outside = Deno.makeTempDirSync({ prefix: "enaslab-outside-" });
  try {
    const [, ...args] = smallSearch("denied");
    assertRefused(
      await task("search", ...args, "--out", join(outside, "runs")),
      2,
      /Requires write access to .*; choose a folder/,
    );
    const own = ["--dataset", "idx", "--from", outside];
    assertRefused(
      await task("search", ...own),
      1,
      /Expected permission for read access to .*-A cli\.ts/,
    );
    assert.deepEqual([...Deno.readDirSync(outside)], []);
  } finally {
    Deno.removeSync(outside, { recursive: true });
  }
});
