import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const script = fileURLToPath(new URL("run", root));
const tasks = Object.keys(
  JSON.parse(await Deno.readTextFile(new URL("deno.json", root))).tasks,
);

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

Deno.test("run and .ci/run are clean under shellcheck", async () => {
  const paths = ["run", ".ci/run"].map((path) => fileURLToPath(new URL(path, root)));
  const result = await spawn("shellcheck", paths);
  if (result === null) {
    // deno-lint-ignore no-console
    console.error("shellcheck is not installed: run and .ci/run were not checked by it");
    return;
  }
  assert.equal(result.code, 0, result.stdout);
});

Deno.test("run gets the Deno that runs this test", async () => {
  const pinned = (await Deno.readTextFile(script)).match(/^deno_version=(\S+)$/m)?.[1];
  assert.match(pinned ?? "", /^\d+\.\d+\.\d+$/);
  assert.equal(pinned, Deno.version.deno, "run this test through ./run test");
});

Deno.test("run without a task prints its usage and exits with 2", async () => {
  const { code, stdout, stderr } = await run([]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: \.\/run TASK/);
  for (const task of tasks) assert.match(stderr, new RegExp(`\\b${task}\\b`));
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

Deno.test("run passes arguments, folder and exit code through, from a path with spaces", async () => {
  const folder = await Deno.makeTempDir({ prefix: "enaslab run " });
  try {
    await Deno.copyFile(script, `${folder}/run`);
    await Deno.mkdir(`${folder}/node_modules`);
    await Deno.mkdir(`${folder}/other place`);
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      `{\n  "tasks": {\n    "sample": "deno run -A cli.ts sample"\n  }\n}\n`,
    );
    await Deno.writeTextFile(
      `${folder}/cli.ts`,
      `const { INIT_CWD, DENO_WEBGPU_BACKEND } = Deno.env.toObject();\n` +
        `console.log(JSON.stringify([Deno.args, INIT_CWD, DENO_WEBGPU_BACKEND]));\nDeno.exit(7);\n`,
    );
    // Empty stands for unset: run fills in a backend on Linux.
    const options = { cwd: `${folder}/other place`, env: { DENO_WEBGPU_BACKEND: "" } };
    const result = await spawn(`${folder}/run`, ["sample", "a b", "--count", "3"], options);
    assert.ok(result !== null);
    const { code, stdout } = result;
    assert.equal(code, 7);
    const [args, callerFolder, backend] = JSON.parse(stdout);
    assert.equal(backend, Deno.build.os === "linux" ? "vulkan" : "");
    assert.deepEqual(args, ["sample", "a b", "--count", "3"]);
    assert.equal(await Deno.realPath(callerFolder), await Deno.realPath(options.cwd));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
