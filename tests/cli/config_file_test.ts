import assert from "node:assert/strict";
import { join } from "node:path";
import { assertRefused, cli, scratch } from "./helpers.ts";

const PRINT = ["search", "--dataset", "synthetic", "--image-size", "8", "--images", "200"];

Deno.test("--config reads what --print-config wrote, and the config.json of a run", async () => {
  const wanted = [...PRINT, "--space", "micro", "--seed", "9", "--set", "child.l2=0.25"];
  const { stdout, code, stderr } = await cli([...wanted, "--print-config"]);
  assert.equal(code, 0, stderr);
  const file = join(scratch, "settings.json");
  Deno.writeTextFileSync(file, stdout);
  assert.equal((await cli(["search", "--config", file, "--print-config"])).stdout, stdout);
  const run = join(scratch, "runs", "a-run");
  Deno.mkdirSync(run, { recursive: true });
  const config = { run: "a-run", hyperparameters: JSON.parse(stdout) };
  Deno.writeTextFileSync(join(run, "config.json"), JSON.stringify(config));
  assert.equal((await cli(["search", "--config", "a-run", "--print-config"])).stdout, stdout);
  const more = await cli(["search", "--config", file, "--seed", "10", "--print-config"]);
  assert.deepEqual(JSON.parse(more.stdout), { ...JSON.parse(stdout), seed: 10 });
});

Deno.test("--config and the space of other flags must agree", async () => {
  const file = join(scratch, "macro.json");
  Deno.writeTextFileSync(file, (await cli([...PRINT, "--print-config"])).stdout);
  assertRefused(
    await cli(["search", "--config", file, "--space", "micro"]),
    2,
    /Expected --config to be of the micro space, as --space says, but found .* of the macro space/,
  );
  assertRefused(
    await cli(["train", "--config", file, "--arc", "0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2"]),
    2,
    /Expected --config to be of the micro space, as --arc says, but found .* of the macro space/,
  );
});

Deno.test("a file that is no configuration is the caller's mistake", async () => {
  const file = join(scratch, "wrong.json");
  const config = ["search", "--config", file];
  assertRefused(await cli(config), 2, /Expected --config to be a file that --print-config wrote/);
  Deno.writeTextFileSync(file, "{");
  assertRefused(await cli(config), 2, /Expected --config to be a file that --print-config wrote/);
  Deno.writeTextFileSync(file, '{"space": "macro"}');
  const { code, stderr } = await cli(config);
  assert.equal(code, 2);
  assert.match(stderr, /Expected (the )?seed to be .*\(--config .*wrong\.json\)/);
  const both = await cli([...config, "--preset", "quick"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /'--config <FILE\|RUN>' cannot be used with option '--preset <NAME>'/);
});
