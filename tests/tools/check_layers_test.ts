import assert from "node:assert/strict";
import { checkCircles, checkImports, checkPlatform, checkTree } from "./check_layers.ts";

const allowed = [
  ["engine/ops/conv2d.ts", "engine/op.ts"],
  ["engine/ops/conv2d.ts", "engine/ops/_tiles.ts"],
  ["engine/ops/conv2d.ts", "shaders/conv2d_forward.wgsl"],
  ["engine/ops/mod.ts", "engine/ops/conv2d.ts"],
  ["engine/mod.ts", "engine/ops/mod.ts"],
  ["nas/search/search.ts", "engine/mod.ts"],
  ["nas/data/mnist.ts", "node:fs"],
  ["nas/config/schema.ts", "npm:zod@4.6.7"],
  ["nas/run/event_schema.ts", "nas/run/errors.ts"],
  ["nas/run/event_log.ts", "nas/files/atomic.ts"],
  ["reports/assets.ts", "node:fs"],
  ["reports/summary.ts", "nas/run/events.ts"],
  ["reports/arcs.ts", "nas/space/macro/arc.ts"],
  ["cli.ts", "nas/search/search.ts"],
] as const;

const forbidden = [
  ["engine/tape.ts", "engine/ops/conv2d.ts"],
  ["engine/ops/conv2d.ts", "engine/ops/matmul.ts"],
  ["engine/ops/_tiles.ts", "engine/ops/matmul.ts"],
  ["engine/tensor.ts", "nas/space/macro/arc.ts"],
  ["engine/random.ts", "npm:seedrandom@3.0.5"],
  ["engine/webgpu/queue.ts", "node:fs"],
  ["nas/space/macro/arc.ts", "engine/shape.ts"],
  ["nas/stats/rank.ts", "nas/search/search.ts"],
  ["nas/config/presets.ts", "engine/mod.ts"],
  ["nas/run/events.ts", "nas/run/run_folder.ts"],
  ["nas/strategy/controller/lstm.ts", "node:fs"],
  ["reports/html.ts", "node:fs"],
  ["nas/search/search.ts", "reports/html.ts"],
  ["reports/html.ts", "nas/run/run_folder.ts"],
  ["reports/html.ts", "engine/mod.ts"],
  ["mod.ts", "engine/tape.ts"],
  ["engine/tape.ts", "tests/helpers.ts"],
  ["somewhere/else.ts", "engine/mod.ts"],
] as const;

Deno.test("checkImports() lets the designed imports pass", () => {
  assert.deepEqual(checkImports(allowed.map(([from, to]) => ({ from, to }))), []);
});

for (const [from, to] of forbidden) {
  Deno.test(`checkImports() reports that ${from} imports ${to}`, () => {
    const violations = checkImports([{ from, to }]);
    assert.equal(violations.length, 1);
    assert.match(violations[0]!, new RegExp(`^${from} imports ${to}: .+`));
  });
}

Deno.test("checkCircles() reports circles of files and of folders of nas/", () => {
  const edges = (...pairs: string[]) =>
    pairs.map((pair) => pair.split(" ")).map(([from, to]) => ({ from, to }));
  const line = edges("engine/a.ts engine/b.ts", "engine/b.ts engine/c.ts", "nas/x/a.ts nas/y/b.ts");
  assert.deepEqual(checkCircles(line), []);
  const circle = [...line, ...edges("engine/c.ts engine/a.ts")];
  assert.match(checkCircles(circle).join(), /^engine\/a.ts, engine\/b.ts, engine\/c.ts: files/);
  const folders = [...line, ...edges("nas/y/c.ts nas/x/d.ts")];
  assert.deepEqual(checkCircles(folders), [
    "nas/x/, nas/y/: folders of nas/ import each other in a circle: nas/x/a.ts imports nas/y/b.ts, " +
    "nas/y/c.ts imports nas/x/d.ts",
  ]);
});

Deno.test("checkPlatform() reports Deno in the engine, not in comments", () => {
  const source = `// Deno.exit is not here\n/* nor Deno.env */\nconst f = Deno.cwd();\n`;
  assert.equal(checkPlatform("engine/webgpu/device.ts", source).length, 1);
  assert.match(
    checkPlatform("nas/strategy/controller/lstm.ts", "Deno.exit(1);")[0]!,
    /^nas\/strategy\/controller\/lstm\.ts uses Deno\.exit: /,
  );
  assert.deepEqual(checkPlatform("nas/run/run_folder.ts", "Deno.exit(1);"), []);
  assert.equal(checkPlatform("nas/run/events.ts", "Deno.exit(1);").length, 1);
});

Deno.test("checkTree() finds no violation in this tree", async () => {
  const { files, violations } = await checkTree(new URL("../../", import.meta.url));
  assert.ok(files > 0);
  assert.deepEqual(violations, []);
});

Deno.test("checkTree() finds a planted import, type imports and shaders included", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL(`file://${folder}/`);
    for (const path of ["engine/", "nas/", "reports/", "tests/", "shaders/"]) {
      await Deno.mkdir(new URL(path, root));
    }
    const write = (path: string, text: string) => Deno.writeTextFile(new URL(path, root), text);
    await write("deno.json", "{}");
    await write("shaders/a.wgsl", "");
    await write("nas/b.ts", "export type B = 1;\n");
    await write("engine/a.ts", `import type { B } from "../nas/b.ts";\nexport type A = B;\n`);
    await write("nas/c.ts", `import "../shaders/a.wgsl" with { type: "text" };\nDeno.exit();\n`);
    const { violations } = await checkTree(root);
    assert.deepEqual(violations.map((line) => line.split(":")[0]), [
      "engine/a.ts imports nas/b.ts",
      "nas/c.ts imports shaders/a.wgsl",
      "nas/c.ts uses Deno.exit",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
