/**
 * The command line on a full disk, in a folder that cannot be written to, with readers that leave
 * early, and with signals at any moment.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRun, runFolder } from "../../nas/run/mod.ts";
import { cliCommand, type CliResult, interrupted, scratch, smallSearch } from "./helpers.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Runs a shell script in which `enaslab` is the program; `mount` works in it and ends with it. */
async function shell(script: string, mounts = false): Promise<CliResult> {
  const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const command = new Deno.Command(mounts ? "unshare" : "bash", {
    args: [
      ...(mounts ? ["--user", "--map-root-user", "--mount", "bash"] : []),
      "-c",
      `enaslab() { "${Deno.execPath()}" run -A --config "${file("deno.json")}" "${
        file("cli.ts")
      }" "$@"; }\n${script}`,
    ],
    cwd: scratch,
    env: { INIT_CWD: "", NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const said = decode(stderr).split("\n").filter((line) => !line.includes("XDG_RUNTIME_DIR"));
  return { code, stdout: decode(stdout), stderr: said.join("\n") };
}

const quoted = (args: readonly string[]) => args.map((arg) => `'${arg}'`).join(" ");

/** The sentences of enaslab among what was said; a stack has other lines. */
function sentences({ stderr }: CliResult): string[] {
  assert.doesNotMatch(stderr, /^\s+at |fault of enaslab|Uncaught|panicked/m);
  return stderr.split("\n").filter((line) => line.startsWith("enaslab: "));
}

/** All files below a folder with their contents. */
function contents(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (!isDirectory) files.set(path, Deno.readFileSync(path).toHex());
    else for (const [inner, text] of contents(path)) files.set(inner, text);
  }
  return files;
}

/** Whether this system lets a program mount folders for itself alone. */
const MOUNTS = (await new Deno.Command("unshare", {
  args: ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", scratch],
  stderr: "null",
}).output().catch(() => ({ success: false }))).success;
/** What the mounts lie on. */
const DISK = join(scratch, "disk");
Deno.mkdirSync(DISK);

const made = await shell(`enaslab ${quoted(smallSearch("made", "--name", "earlier"))}`);
assert.equal(made.code, 0, made.stderr);
const EARLIER = join(scratch, "made", "earlier");

/** A disk with an earlier run and `free` KiB left. */
const full = (free: number) =>
  `mount -t tmpfs -o size=4m tmpfs '${DISK}' && cp -r '${EARLIER}' '${DISK}/earlier' &&
   left=$(df --output=avail -k '${DISK}' | tail -1) &&
   head -c $(( (left - ${free}) * 1024 )) /dev/zero > '${DISK}/filler'`;
/** Copies what lies on the disk to where the mount does not hide it. */
const rescue = (name: string) => `rm '${DISK}/filler'; cp -r '${DISK}' '${join(scratch, name)}'`;

// The lock, the configuration and the log take a page of 4 KiB each.
for (const free of [0, 4, 8, 20]) {
  Deno.test({
    name: `a search on a disk with ${free} KiB left says so, and what lies there stays whole`,
    ignore: !MOUNTS,
    async fn() {
      const name = `full${free}`;
      const search = smallSearch("disk", "--name", "late");
      const result = await shell(
        `${full(free)}; enaslab ${quoted(search)}; code=$?; ${rescue(name)}; exit $code`,
        true,
      );
      const said = sentences(result);
      assert.equal(result.code, 1, result.stderr);
      assert.equal(said.length, 1, result.stderr);
      assert.match(
        said[0],
        /^enaslab: Expected to .* but found No space left on device .*free some/,
      );
      const before = contents(EARLIER);
      const after = contents(join(scratch, name, "earlier"));
      assert.deepEqual([...after.values()], [...before.values()]);
      const late = join(scratch, name, "late");
      const left = [...Deno.readDirSync(join(scratch, name))].map((entry) => entry.name);
      if (left.includes("late") && free > 0) {
        assert.equal(openRun(late).truncated, false);
        for (const file of contents(late).keys()) assert.doesNotMatch(file, /\.tmp$/);
      }
    },
  });
}

Deno.test({
  name: "a report on a full disk leaves the earlier one alone",
  ignore: !MOUNTS,
  async fn() {
    const result = await shell(
      `${full(0)}; enaslab report '${DISK}/earlier'; code=$?; ${rescue("report")}; exit $code`,
      true,
    );
    assert.equal(result.code, 1, result.stderr);
    assert.match(sentences(result).join(), /^enaslab: Expected to write .*No space left on device/);
    const after = contents(join(scratch, "report", "earlier"));
    assert.deepEqual([...after.values()], [...contents(EARLIER).values()]);
  },
});

Deno.test({
  name: "search and report in a read-only folder end with a sentence",
  ignore: !MOUNTS,
  async fn() {
    const result = await shell(
      `cp -r '${EARLIER}' '${DISK}/earlier' && mount --bind '${DISK}' '${DISK}' &&
       mount -o remount,ro,bind '${DISK}' || exit 9
       enaslab report '${DISK}/earlier' && exit 8
       enaslab ${quoted(smallSearch("disk", "--name", "late"))}`,
      true,
    );
    assert.equal(result.code, 2, result.stderr);
    const said = sentences(result);
    assert.equal(said.length, 2, result.stderr);
    for (const line of said) {
      assert.match(line, /Read-only file system .*; choose another|choose a/);
    }
    Deno.removeSync(join(DISK, "earlier"), { recursive: true });
  },
});

for (
  const [what, args] of Object.entries({
    search: smallSearch("closed", "--json"),
    sample: ["sample", EARLIER, "--count", "3000", "--json"],
    report: ["report", EARLIER, "--out", join(scratch, "closed.html")],
    doctor: ["doctor", "--device", "cpu", "--json"],
  })
) {
  Deno.test(`${what} survives a reader that leaves at once`, async () => {
    const result = await shell(`set -o pipefail; enaslab ${quoted(args)} | head -c 0`);
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(sentences(result), []);
  });
}

Deno.test("a result that cannot be written ends with a sentence", async () => {
  const result = await shell(`enaslab sample '${EARLIER}' --count 2 > /dev/full`);
  assert.equal(result.code, 1, result.stderr);
  assert.match(
    sentences(result).join(),
    /^enaslab: Expected to write the result to the standard output but found No space left/,
  );
});

Deno.test("a report replaces no device", async () => {
  const link = join(scratch, "null.html");
  Deno.symlinkSync("/dev/null", link);
  const result = await shell(`enaslab report '${EARLIER}' --out '${link}'`);
  assert.equal(result.code, 2, result.stderr);
  assert.match(
    sentences(result).join(),
    /but found something there that is no file; choose another/,
  );
  assert.ok(Deno.lstatSync(link).isSymlink);
});

/** Where a search shall be when the signal comes: what its log holds, and what makes it stay there. */
const PHASES = {
  "the weights train": ["child_step", "child.stepsPerEpoch=4000"],
  "the controller trains": ["controller_step", "search.updatesPerEpoch=2000"],
  "arcs are scored": ["controller_step", "search.scoredArcs=3000"],
  "the best arc trains": ["best_arc", "finalTraining.stepsPerEpoch=4000"],
} as const;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

Object.entries(PHASES).forEach(([phase, [seen, setting]], i) => {
  const [signal, code] = Object.entries(SIGNALS)[i % 3] as [keyof typeof SIGNALS, number];
  Deno.test(`${signal} while ${phase} ends the run with ${code}`, async () => {
    const folder = runFolder(join(scratch, "signals", phase));
    const args = smallSearch("signals", "--name", phase, "--no-report", "--set", setting);
    const result = await interrupted(args, folder, seen, signal);
    assert.equal(result.code, code, result.stderr);
    assert.deepEqual(sentences(result), []);
    assert.match(result.stderr, /Interrupted; /);
    const { events, truncated } = openRun(folder.path);
    const last = events.at(-1)!;
    assert.equal(truncated, false);
    assert.ok(last.type === "run_finished" && last.status === "interrupted", last.type);
  });
});

for (const [signal, code] of Object.entries(SIGNALS)) {
  Deno.test(`${signal} before a run begins, or while its report is written, leaves no broken run`, async () => {
    const folder = runFolder(join(scratch, "signals", signal));
    const early = cliCommand(smallSearch("signals", "--name", signal)).spawn();
    await new Promise((resolve) => setTimeout(resolve, 400));
    early.kill(signal as Deno.Signal);
    assert.equal((await early.output()).code, code);
    const begun = [...Deno.readDirSync(join(scratch, "signals"))].some(({ name }) =>
      name === signal
    );
    if (begun) assert.equal(openRun(folder.path).truncated, false);

    const name = `${signal} report`;
    const late = runFolder(join(scratch, "signals", name));
    const args = smallSearch("signals", "--name", name);
    const result = await interrupted(args, late, "run_finished", signal as Deno.Signal);
    // The report may be written before the signal arrives.
    assert.ok([0, code].includes(result.code), result.stderr);
    const { events, truncated } = openRun(late.path);
    assert.equal(truncated, false);
    assert.equal(events.at(-1)!.type, "run_finished");
    assert.equal((await shell(`enaslab report '${late.path}'`)).code, 0);
  });
}
