import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const script = fileURLToPath(new URL("run", root));
const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
const lines: Record<string, string> = JSON.parse(
  await Deno.readTextFile(new URL("cli/tasks.json", root)),
);
const tasks = Object.keys(lines);

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; `null` when it is not there. */
async function spawn(
  program: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Result | null> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, { args, ...options }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function run(args: string[]): Promise<Result> {
  const result = await spawn(script, args);
  assert.ok(result !== null, `${script} cannot be started`);
  return result;
}

Deno.test("run and .ci/run are executable", async () => {
  for (const path of ["run", ".ci/run"]) {
    const { mode } = await Deno.stat(new URL(path, root));
    assert.ok(mode === null || (mode & 0o111) === 0o111, `${path} is not executable`);
  }
});

Deno.test({
  name: "run, .ci/run and the scripts of bench/ are clean under shellcheck",
  ignore: await spawn("shellcheck", ["--version"]) === null,
  async fn() {
    const bench = [...Deno.readDirSync(new URL("bench/", root))].map(({ name }) => `bench/${name}`);
    const paths = ["run", ".ci/run", ...bench.filter((path) => path.endsWith(".sh"))];
    assert.ok(paths.length >= 4);
    const result = await spawn(
      "shellcheck",
      paths.map((path) => fileURLToPath(new URL(path, root))),
    );
    assert.equal(result!.code, 0, result!.stdout);
  },
});

Deno.test("run gets the Deno that runs this test", async () => {
  const pinned = (await Deno.readTextFile(script)).match(/^deno_version=(\S+)$/m)?.[1];
  assert.match(pinned ?? "", /^\d+\.\d+\.\d+$/);
  assert.equal(pinned, Deno.version.deno, "run this test through ./run test");
});

Deno.test("every task has its line", () => {
  assert.deepEqual(tasks, Object.keys(config.tasks));
});

Deno.test("run without a task prints its usage, a line for each task, and exits with 2", async () => {
  const { code, stdout, stderr } = await run([]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: \.\/run TASK/);
  const shown = stderr.split("\n").filter((line) => line.startsWith("  ")).map((line) =>
    line.trim()
  );
  assert.deepEqual(
    shown.map((line) => line.replace(/ +/, " ")),
    Object.entries(lines).map(([name, does]) => `${name} ${does}`),
  );
});

Deno.test("run prints versions", async () => {
  const { code, stdout } = await run(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^enaslab ${config.version}\ndeno ${Deno.version.deno} \\(V8`));
});

Deno.test("run starts the pinned Deno itself, in the caller's folder", async () => {
  const cwd = await Deno.realPath(await Deno.makeTempDir({ prefix: "enaslab deno " }));
  try {
    const say = "console.log(JSON.stringify([Deno.version.deno, Deno.cwd(), Deno.args]))";
    const result = await spawn(script, ["deno", "eval", say, "a b"], { cwd });
    assert.equal(result!.code, 0, result!.stderr);
    assert.deepEqual(JSON.parse(result!.stdout), [Deno.version.deno, cwd, ["a b"]]);
  } finally {
    await Deno.remove(cwd);
  }
});

Deno.test("the scripts of bench/ find Deno as run does", async () => {
  for (const name of ["crash", "same", "gpu"]) {
    const text = await Deno.readTextFile(new URL(`bench/${name}.sh`, root));
    // Of gpu.sh only the part that runs where there is a network; the other unpacks a Deno.
    const [here] = text.split("# --- Running");
    assert.match(here, /"\$root\/run" deno (run|eval) /, name);
    assert.doesNotMatch(here, /exec deno |have deno/, name);
  }
});

Deno.test("run names the known tasks when it does not know one", async () => {
  for (const unknown of ["serach", "se.rch", "--", "-x"]) {
    const { code, stdout, stderr } = await run([unknown]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.ok(stderr.includes(`there is no task '${unknown}'`), stderr);
    assert.ok(stderr.includes(tasks.join(" ")), stderr);
  }
});

/** Calls of the program, as its arguments, with what they were called with. */
interface Calls {
  readonly result: Result;
  readonly calls: { args: string[]; caller: string; run: string; backend: string }[];
}

/** Calls `run` of a folder with the real tasks, in whose place for the program stands one that only notes. */
async function inFolder(
  body: (call: (args: string[], env?: Record<string, string>) => Promise<Calls>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "enaslab, run " });
  try {
    await Deno.copyFile(script, `${folder}/run`);
    for (const name of ["node_modules", "cli", "other, place"]) {
      await Deno.mkdir(`${folder}/${name}`);
    }
    await Deno.copyFile(new URL("cli/tasks.json", root), `${folder}/cli/tasks.json`);
    const { tasks, permissions } = config;
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ tasks, permissions }));
    await Deno.writeTextFile(
      `${folder}/cli.ts`,
      `const { INIT_CWD: caller, ENASLAB_RUN: run, DENO_WEBGPU_BACKEND: backend, FAIL } =
         Deno.env.toObject();
       const call = JSON.stringify({ args: Deno.args, caller, run, backend });
       Deno.writeTextFileSync("calls", call + "\\n", { append: true });
       Deno.exit(Deno.args[0] === FAIL ? 7 : 0);`,
    );
    await body(async (args, env = {}) => {
      // Empty stands for unset: run fills in a backend on Linux.
      const options = {
        cwd: `${folder}/other, place`,
        env: { DENO_WEBGPU_BACKEND: "", FAIL: "", ...env },
      };
      // Deno would make the path of a program absolute; a shell types it as it is.
      const result = await spawn("sh", ["../run", ...args], options);
      assert.ok(result !== null);
      const calls = await Deno.readTextFile(`${folder}/calls`).catch(() => "");
      await Deno.remove(`${folder}/calls`).catch(() => {});
      const place = await Deno.realPath(options.cwd);
      const noted = calls.trim().split("\n").filter((line) => line !== "").map((line) =>
        JSON.parse(line)
      );
      for (const { caller } of noted) assert.equal(await Deno.realPath(caller), place);
      return { result, calls: noted };
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("run passes arguments, folder and exit code through, from a path with spaces and commas", () =>
  inFolder(async (call) => {
    const { result, calls } = await call(["sample", "a b", "--count", "3"], { FAIL: "sample" });
    assert.equal(result.code, 7, result.stderr);
    assert.equal(calls.length, 1);
    const [{ args, run, backend }] = calls;
    assert.deepEqual(args, ["sample", "a b", "--count", "3"]);
    // What was typed is what hints begin with.
    assert.equal(run, "../run");
    assert.equal(backend, Deno.build.os === "linux" ? "vulkan" : "");
  }));

Deno.test("run fetches what a task needs before it, unless it shall not or need not", () =>
  inFolder(async (call) => {
    const called = async (args: string[], env?: Record<string, string>) => {
      const { calls, result } = await call(args, env);
      return { code: result.code, calls: calls.map(({ args }) => args) };
    };
    const cpu = ["--device", "cpu"];
    const search = ["search", "--dataset", "two words", ...cpu];
    assert.deepEqual(await called(search), {
      code: 0,
      calls: [["data", "--for", ...search], search],
    });
    // What cannot be had ends the task before it begins.
    assert.deepEqual(
      await called(search, { FAIL: "data" }),
      { code: 7, calls: [["data", "--for", ...search]] },
    );
    for (const task of ["train", "study"]) {
      assert.equal((await called([task, ...cpu])).calls.length, 2, task);
    }
    const alone = [
      ...[["--offline"], ["--help"], ["-h"], ["--from", "x"], ["--from=x"]].map((flags) => [
        ...["search", ...cpu],
        ...flags,
      ]),
      ["sample", "x"],
      ["report", "x"],
      ["plan", ...cpu],
    ];
    for (const args of alone) assert.deepEqual((await called(args)).calls, [args]);
  }));
