import assert from "node:assert/strict";
import { join } from "node:path";
import { openRun, runFolder } from "../../nas/run/mod.ts";
import { assertReadable, assertRefused, cli, cliCommand, scratch, smallSearch } from "./helpers.ts";

/** Events without times, and without what a run is called. */
function eventsOf(name: string) {
  const { events } = openRun(join(scratch, "runs", name));
  return events.map((event) => ({ ...event, seconds: 0, run: "", time: "" }));
}

Deno.test("a search that was killed goes on with --resume to the same events", async () => {
  const folder = runFolder(join(scratch, "runs", "killed"));
  const settings = ["--epochs", "2", "--no-report"];
  const process = cliCommand(
    smallSearch("runs", "--name", "killed", "--checkpoint", "0", ...settings),
  ).spawn();
  const output = process.output();
  for (let waited = 0; !begun(); waited += 10) {
    assert.ok(waited < 30_000, "no checkpoint after 30 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  process.kill("SIGKILL");
  await output;
  assert.notEqual(openRun(folder.path).events.at(-1)!.type, "run_finished");
  const { code, stderr } = await cli(["search", "--resume", "killed"]);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /Process \d+, which worked on this run since .*, is gone; its lock is taken/,
  );
  assert.doesNotMatch(stderr, /from its beginning/);
  assertReadable(folder, "completed");
  assert.equal((await cli(smallSearch("runs", "--name", "whole", ...settings))).code, 0);
  assert.deepEqual(eventsOf("killed"), eventsOf("whole"));

  function begun(): boolean {
    try {
      return [...Deno.readDirSync(folder.checkpoints)].some(({ name }) => name === "state-000002");
    } catch {
      return false;
    }
  }
});

Deno.test("--resume refuses other settings, and runs that cannot go on", async () => {
  const refused = async (args: readonly string[], sentence: RegExp) =>
    assertRefused(await cli(args), 2, sentence);
  await refused(
    ["search", "--resume", "whole", "--filters", "8"],
    /Expected no --filters with --resume, .* takes only more epochs/,
  );
  await refused(
    ["search", "--resume", "whole", "--epochs", "1"],
    /Expected at least the 2 epochs \(search\.epochs\) .* but found 1/,
  );
  await refused(
    ["search", "--resume", "whole", "--epochs", "2.5"],
    /Expected --epochs to be an int/,
  );
  await refused(
    ["search", "--resume", "whole", "--set", "seed=2"],
    /Expected no --set with --resu/,
  );
  await refused(["search", "--resume", "whole"], /Expected a run that did not end in .* completed/);
  await refused(["train", "--resume", "whole"], /Expected a run of train .* found one of search/);
  await refused(["search", "--resume", "nowhere"], /Expected a run with a config.json in/);
});

Deno.test("--resume with more epochs goes on with a completed run", async () => {
  const { code, stderr } = await cli(["search", "--resume", "whole", "--epochs", "3"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /The run goes on to 3 epochs \(search\.epochs\) instead of 2;/);
  assertReadable(runFolder(join(scratch, "runs", "whole")), "completed");
  const epochs = eventsOf("whole").filter(({ type }) => type === "epoch_finished");
  assert.equal(epochs.length, 3);
});
