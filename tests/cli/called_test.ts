import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asCalled, calledBy } from "../../cli/called.ts";
import { shellLine } from "../../nas/text/shell_line.ts";
import { cli, scratch } from "./helpers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("a call has the form in which it was typed, and one for files that travel", () => {
  const forms = (env: Record<string, string>, cwd = ROOT) => {
    const { here, there } = calledBy(env, cwd);
    return [here, there];
  };
  assert.deepEqual(forms({ ENASLAB_RUN: "./run" }), ["./run", "./run"]);
  // `run` starts a task, and both say where.
  const outer = { ENASLAB_RUN: "../enaslab/run", INIT_CWD: "/home" };
  assert.deepEqual(forms(outer), ["../enaslab/run", "./run"]);
  assert.deepEqual(forms({ ENASLAB_RUN: "/a b/run" }), ["'/a b/run'", "./run"]);
  assert.deepEqual(forms({ ENASLAB_RUN: "run" }), ["./run", "./run"]);
  const config = shellLine([join(ROOT, "deno.json")]);
  assert.deepEqual(forms({ INIT_CWD: ROOT }), ["deno task", "deno task"]);
  assert.deepEqual(forms({ INIT_CWD: join(ROOT, "runs") }), ["deno task", "deno task"]);
  assert.deepEqual(forms({ INIT_CWD: "/" }), [`deno task --config ${config}`, "deno task"]);
  assert.deepEqual(forms({}), ["deno run -A cli.ts", "deno run -A cli.ts"]);
  assert.deepEqual(forms({ INIT_CWD: "" }, join(ROOT, "cli"))[0], "deno run -A ../cli.ts");
  const main = shellLine([join(ROOT, "cli.ts")]);
  assert.deepEqual(forms({}, "/"), [`deno run -A ${main}`, "deno run -A cli.ts"]);
});

Deno.test("only commands between backticks get the form", () => {
  const hint = "type `enaslab data mnist`, or ask enaslab about `enaslab.json`";
  assert.match(asCalled(hint), /^type `\S.* data mnist`, or ask enaslab about `enaslab\.json`$/);
  assert.ok(!asCalled(hint).includes("`enaslab data"));
});

Deno.test("hints of every room have the form of the call", async () => {
  const none = ["report", "nowhere"];
  const hint = async (env: Record<string, string>) => (await cli(none, { env })).stderr;
  assert.match(await hint({ ENASLAB_RUN: "./run" }), /give a folder that `\.\/run search` made/);
  assert.match(
    await hint({ INIT_CWD: scratch }),
    /that `deno task --config .*deno\.json'? search` made/,
  );
});

Deno.test("no hint is written in one form of the call", async () => {
  const wrong: string[] = [];
  const look = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
      const path = join(folder, name);
      if (isDirectory) await look(path);
      else if (path.endsWith(".ts") && path !== join("cli", "called.ts")) {
        const text = await Deno.readTextFile(join(ROOT, path));
        const code = text.split("\n").filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line));
        if (code.some((line) => /[`'"](deno task|\.\/run) \w/.test(line))) wrong.push(path);
      }
    }
  };
  for (const room of ["cli", "nas", "study", "reports", "engine"]) await look(room);
  assert.deepEqual(wrong, []);
});
