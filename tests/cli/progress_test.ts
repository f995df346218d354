import assert from "node:assert/strict";
import { Lines } from "../../cli/bar.ts";
import { cli, smallTrain } from "./helpers.ts";

/** What is written to stderr meanwhile, line by line. */
function heard(body: () => void): string[] {
  const { writeSync } = Deno.stderr;
  let text = "";
  Deno.stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    body();
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  return text.trimEnd().split("\n");
}

Deno.test("without a terminal a line comes at each stage, each phase that lasts, each minute", () => {
  let now = 0;
  const lines = new Lines(() => now);
  const show = (second: number, phase: string, stage = "search") => {
    now = second;
    lines.update({
      fraction: second / 200,
      remaining: 200 - second,
      phase,
      stage,
      detail: `step ${second}`,
    });
  };
  const said = heard(() => {
    show(1, "epoch 1");
    show(2, "epoch 1");
    show(5, "epoch 2"); // Too soon for another line.
    show(12, "epoch 2");
    show(71, "epoch 2");
    show(73, "epoch 2");
    show(74, "epoch 1", "from scratch");
  });
  assert.deepEqual(said, [
    "epoch 1: step 1; 0.5 %, 3 min 19 s left",
    "epoch 2: step 12; 6.0 %, 3 min 08 s left",
    "epoch 2: step 73; 36.5 %, 2 min 07 s left",
    "epoch 1: step 74; 37.0 %, 2 min 06 s left",
  ]);
  assert.deepEqual(heard(() => new Lines(null).update({ fraction: 0, remaining: 1, phase: "x" })), [
    "",
  ]);
});

Deno.test("training shows epoch, step and time left without a terminal; --quiet shows nothing", async () => {
  const args = (name: string, ...more: string[]) =>
    smallTrain("[1]", "progress", "--name", name, "--device", "cpu", "--no-report", ...more);
  const shown = await cli(args("shown"));
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stderr, /^epoch 1\/2: step 1 of 10; [\d.]+ %, .* left$/m);
  const quiet = await cli(args("quiet", "--quiet"));
  assert.equal(quiet.code, 0, quiet.stderr);
  assert.equal(quiet.stderr, "");
  assert.match(quiet.stdout, /test/);
});
