import assert from "node:assert/strict";

Deno.test("every type that an export of the engine mentions is exported, too", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", new URL("../../engine/mod.ts", import.meta.url).href],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  // It speaks of members without comments as well: what it says shows that it ran.
  assert.match(text, /missing-jsdoc/);
  assert.deepEqual(text.split("\n").filter((line) => line.includes("private-type-ref")), []);
});
