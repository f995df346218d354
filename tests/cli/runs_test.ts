import assert from "node:assert/strict";
import { join } from "node:path";
import { runFolder, RunLock } from "../../nas/run/mod.ts";
import { assertRefused, cli, scratch, smallTrain } from "./helpers.ts";

const root = join(scratch, "listed");
const folderOf = (name: string) => runFolder(join(root, name));
const trained = cli(smallTrain("0", "listed", "--name", "one", "--no-report"));

/** Names and states that `runs` lists. */
async function listed(): Promise<[string, string][]> {
  const { code, stdout, stderr } = await cli(["runs", "--out", root, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).runs.map(({ name, state }: Record<string, string>) => [name, state]);
}

/** A copy of the first run under another name, its log cut after `lines` lines. */
function copy(name: string, lines: number): void {
  const [from, to] = [folderOf("one"), folderOf(name)];
  Deno.mkdirSync(to.checkpoints, { recursive: true });
  Deno.copyFileSync(from.config, to.config);
  const log = Deno.readTextFileSync(from.events).split("\n").slice(0, lines);
  Deno.writeTextFileSync(to.events, log.map((line) => `${line}\n`).join(""));
}

Deno.test("runs lists what lies there, with state, data, accuracy and size", async () => {
  assert.equal((await trained).code, 0);
  assert.match((await cli(["runs"], { cwd: root })).stdout, /^No runs in runs$/m);
  copy("two", 2);
  Deno.mkdirSync(join(root, "no-run"));
  Deno.mkdirSync(join(root, "broken"));
  Deno.writeTextFileSync(folderOf("broken").config, "{");
  {
    using _lock = RunLock.take(folderOf("two"));
    assert.deepEqual((await listed()).toSorted(), [["one", "completed"], ["two", "running"]]);
  }
  const { stdout, stderr } = await cli(["runs", "--out", root]);
  const [one] = stdout.split("\n").filter((line) => line.startsWith("one "));
  assert.match(
    one,
    /^one +completed +train +synthetic +test \d+\.\d % +\d{4}-\d\d-\d\d \d\d:\d\d +\d+\.\d s +\d+ kB$/,
  );
  assert.match(stdout, /^two +unfinished/m);
  assert.match(stderr, /Expected JSON in .*broken/);
});

Deno.test("runs rm removes runs, none that is going on, and nothing that is no run", async () => {
  await trained;
  copy("first", 9);
  copy("second", 9);
  const [first, second] = [folderOf("first"), folderOf("second")];
  {
    using _lock = RunLock.take(second);
    assertRefused(
      await cli(["runs", "rm", first.path, second.path]),
      2,
      /Expected a run that has ended in .*second but found one that is going on; end it first/,
    );
  }
  const none = Deno.makeTempDirSync({ dir: scratch });
  assertRefused(
    await cli(["runs", "rm", first.path, none]),
    2,
    /Expected a run with a config.json in .* but found none/,
  );
  assert.ok(Deno.statSync(first.config).isFile && Deno.statSync(none).isDirectory);
  const { code, stdout } = await cli(["runs", "rm", first.path, second.path]);
  assert.equal(code, 0);
  assert.match(stdout, /^Removed .*first\nRemoved .*second$/m);
  assert.throws(() => Deno.statSync(first.path), Deno.errors.NotFound);
  assert.throws(() => Deno.statSync(second.path), Deno.errors.NotFound);
});
