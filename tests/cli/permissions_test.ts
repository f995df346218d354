import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { assertRefused, type CliResult, scratch } from "./helpers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG = join(ROOT, "deno.json");

/** A folder and a home whose names need quotes in a shell, and are lists to Deno's own flags. */
const HOME = join(scratch, "a home, with commas");
const FOLDER = join(scratch, "a folder, 'so' to say");
for (const folder of [HOME, FOLDER]) Deno.mkdirSync(folder);

/** Runs a task as a user does, with the permissions that the task has. */
async function task(name: string, ...args: string[]): Promise<CliResult> {
  const { INIT_CWD: _, ENASLAB_DATA: _data, XDG_CACHE_HOME: _cache, ...env } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--config", CONFIG, name, ...args],
    cwd: FOLDER,
    clearEnv: true,
    env: { ...env, HOME, DENO_DIR: await denoDir(), NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const said = text(stderr).split("\n").filter((line) => !line.includes("XDG_RUNTIME_DIR"));
  return { code, stdout: text(stdout), stderr: said.join("\n") };
}

/** Where Deno keeps what it has fetched, wherever HOME is. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

const PRODUCT_TASKS = Object.entries(config.tasks).filter(([, line]) => line.includes(" cli.ts "));

Deno.test("each task of the product has a named set, and only data's has the network", () => {
  assert.ok(PRODUCT_TASKS.length >= 10);
  for (const [name, line] of PRODUCT_TASKS) {
    const set = name === "data" || name === "report" ? name : "lab";
    assert.equal(line, `deno run -qP=${set} cli.ts ${name}`);
  }
  const { lab, report, data } = config.permissions;
  assert.deepEqual([lab.net, lab.run, report.net], [{ deny: true }, { deny: true }, {
    deny: true,
  }]);
  assert.deepEqual([report.run, data.run], [["open", "xdg-open"], ["npm", "apt-get"]]);
  assert.ok(Deno.statSync(CONFIG).size < 4000);
});

Deno.test("tasks work in any folder, for any home, and read and write outside of both", async () => {
  const outside = Deno.makeTempDirSync({ prefix: "enaslab outside, " });
  try {
    const out = join(outside, "runs");
    const train = (arc: string, ...more: string[]) =>
      task(
        ...["train", "--arc", arc, "--dataset", "synthetic", "--image-size", "8", "--filters", "2"],
        ...["--images", "40", "--batch", "8", "--epochs", "1", "--device", "cpu"],
        ...["--set", "finalTraining.stepsPerEpoch=1", ...more],
      );
    const one = await train("[4]", "--name", "one", "--out", out, "--no-report");
    assert.equal(one.code, 0, one.stderr);
    const run = join(out, "one");
    const report = await task("report", run, "--out", join(outside, "page.html"));
    assert.equal(report.code, 0, report.stderr);
    assert.ok(Deno.statSync(join(outside, "page.html")).isFile);
    const two = await train(run, "--name", "two");
    assert.equal(two.code, 0, two.stderr);
    // Without --out below the caller's folder.
    assert.ok(Deno.statSync(join(FOLDER, "runs", "two", "report.html")).isFile);
    // Neither folder nor home was taken apart at its spaces and commas.
    const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names(FOLDER), ["runs"]);
    assert.ok(names(HOME).every((name) => name === ".cache"));
  } finally {
    Deno.removeSync(outside, { recursive: true });
  }
});

Deno.test("the sets keep a program from the network and from other programs", async () => {
  const folder = Deno.makeTempDirSync({ dir: scratch });
  const { permissions } = config;
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ permissions }));
  await Deno.writeTextFile(
    join(folder, "try.ts"),
    `const refused = async (body: () => unknown) => {
       try { await body(); return "done"; } catch (error) { return (error as Error).name; }
     };
     console.log(JSON.stringify([
       await refused(() => Deno.connect({ hostname: "127.0.0.1", port: 9 })),
       await refused(() => new Deno.Command("true").output()),
       await refused(() => Deno.readTextFile("deno.json")),
     ]));`,
  );
  const tried = async (set: string) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", `-qP=${set}`, "try.ts"],
      cwd: folder,
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    return JSON.parse(new TextDecoder().decode(stdout));
  };
  assert.deepEqual(await tried("lab"), ["NotCapable", "NotCapable", "done"]);
  assert.deepEqual(await tried("report"), ["NotCapable", "NotCapable", "done"]);
  // Nothing listens there; that it was asked is enough.
  assert.deepEqual(await tried("data"), ["ConnectionRefused", "NotCapable", "done"]);
});

Deno.test("a denied permission ends in a sentence, not in a stack", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "--no-prompt",
        "--allow-env",
        "--allow-sys",
        "--allow-ffi",
        `--allow-read=${ROOT}`,
      ],
      ...["--config", CONFIG, join(ROOT, "cli.ts"), "search", "--dataset", "idx", "--from", FOLDER],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", INIT_CWD: "" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertRefused(
    { code, stdout: text(stdout), stderr: text(stderr) },
    1,
    /Expected permission for read access to .* `deno run -A cli\.ts`, and see docs\/permissions\.md/,
  );
});
