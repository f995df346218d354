/**
 * Runs all tests, two processes of `deno test` at a time, and counts them together.
 *
 * Processes, and not the threads of `deno test --parallel`, because tests change environment variables
 * and measure the memory of their process. Two, because a test keeps one core busy and the software
 * driver some of another.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** How to run tests. */
export interface TestRun {
  /** Folder whose tests run. */
  readonly root: URL;
  /** Processes at a time. */
  readonly jobs: number;
  /** Most files of a process. */
  readonly filesEach: number;
  /** Options of `deno test`, such as `--filter`. */
  readonly options: readonly string[];
  /** Gets what a process said, once it has ended, and what all came to. */
  readonly print: (text: string) => void;
}

/** How many tests passed and failed. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** How long a test took. */
interface TestTime {
  readonly name: string;
  readonly file: string;
  readonly seconds: number;
}

/** How many of the slowest tests are named. */
const NAMED_SLOW = 10;

/**
 * Runs every test file under the root's `tests/` in one process or another. Before the last line, which
 * is like that of `deno test`, the slowest tests are named, and those that were left out or failed.
 *
 * @returns true where every process ended well and counted its tests
 */
export async function runTests(
  { root, jobs, filesEach, options, print }: TestRun,
): Promise<boolean> {
  const started = performance.now();
  const waiting = batches(await testFiles(root, "tests"), filesEach);
  const sum = { passed: 0, failed: 0 };
  const troubles: string[] = [];
  const left: string[] = [];
  const times: TestTime[] = [];
  const work = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      const { code, text, tests } = await denoTest(root, [...options, ...files]);
      print(text);
      times.push(...tests);
      const counts = countsOf(text);
      sum.passed += counts?.passed ?? 0;
      sum.failed += counts?.failed ?? 0;
      troubles.push(...failuresOf(text));
      left.push(...leftOutOf(text));
      // Deno counts no test that ended its process, nor those behind it.
      if (counts === null || (code !== 0 && counts.failed === 0)) {
        troubles.push(`deno test ended with exit code ${code}: ${files.join(" ")}`);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const seconds = Math.round((performance.now() - started) / 1000);
  const { passed, failed } = sum;
  const good = troubles.length === 0 && failed === 0;
  const time = `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  const word = good ? "ok" : "FAILED";
  const slowest = times.toSorted((a, b) => b.seconds - a.seconds).slice(0, NAMED_SLOW);
  if (slowest.length > 0) {
    print(["Slowest tests:", ...slowest.map(timeLine), ""].join("\n"));
  }
  const ignored = left.length === 0 ? "" : ` | ${left.length} ignored`;
  if (left.length > 0) print(["Left out on this machine:", ...left, ""].join("\n"));
  print(
    [...troubles, `${word} | ${passed} passed | ${failed} failed${ignored} (${time})\n`].join("\n"),
  );
  return good;
}

/** Files that `deno test` would find, too, by path from the root. */
export async function testFiles(root: URL, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await testFiles(root, path));
    else if (/(^|[._])test\.[cm]?[jt]sx?$/.test(name)) found.push(path);
  }
  return found.sort();
}

/**
 * Files to be run together. The command line's come first: some take minutes, and what takes longest shall
 * not be the last to begin.
 */
export function batches(files: readonly string[], most: number): string[][] {
  const first = (path: string) => path.startsWith("tests/cli/") ? 0 : 1;
  const queue = files.toSorted((a, b) => first(a) - first(b));
  const count = Math.ceil(queue.length / most);
  return Array.from({ length: count }, (_, i) => queue.slice(i * most, (i + 1) * most));
}

async function denoTest(
  root: URL,
  args: readonly string[],
): Promise<{ readonly code: number; readonly text: string; readonly tests: TestTime[] }> {
  const times = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--quiet", "--no-check", `--junit-path=${times}`, ...args],
      cwd: fileURLToPath(root),
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      text: decoder.decode(stdout) + decoder.decode(stderr),
      tests: timesOf(await Deno.readTextFile(times)),
    };
  } finally {
    await Deno.remove(times);
  }
}

/** The times in a report in JUnit's format; none where the process ended before it wrote one. */
function timesOf(report: string): TestTime[] {
  const attribute = (tag: string, name: string) =>
    tag.match(new RegExp(` ${name}="([^"]*)"`))?.[1]
      .replace(
        /&(quot|apos|lt|gt|amp);/g,
        (_, entity: keyof typeof ENTITIES) => ENTITIES[entity],
      ) ??
      "";
  return (report.match(/<testcase [^>]*>/g) ?? []).map((tag) => ({
    name: attribute(tag, "name"),
    file: attribute(tag, "classname"),
    seconds: Number(attribute(tag, "time")),
  }));
}

const ENTITIES = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };

function timeLine({ name, file, seconds }: TestTime): string {
  return `${seconds.toFixed(1).padStart(7)} s  ${name} (${file.replace(/^\.\//, "")})`;
}

/** The numbers of Deno's last line: `ok | 5 passed (2 steps) | 0 failed | 1 ignored (3s)`. */
function countsOf(text: string): Counts | null {
  const line = plain(text).findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line));
  const found = line?.match(/\| (\d+) passed.*\| (\d+) failed/);
  return found ? { passed: Number(found[1]), failed: Number(found[2]) } : null;
}

/** Names and places of tests that failed, which Deno lists behind its reasons. */
function failuresOf(text: string): string[] {
  const lines = plain(text);
  const from = lines.findLastIndex((line) => line.trim() === "FAILURES");
  return from < 0 ? [] : lines.slice(from).filter((line) => / => .*:\d+:\d+$/.test(line));
}

/** Names of tests that this machine lacks something for, as Deno says them: `name ... ignored (0ms)`. */
function leftOutOf(text: string): string[] {
  return plain(text).flatMap((line) => line.match(/^\s*(.+) \.\.\. ignored \(/)?.[1] ?? []).sort();
}

function plain(text: string): string[] {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "").split("\n");
}

if (import.meta.main) {
  const good = await runTests({
    root: new URL("../../", import.meta.url),
    jobs: 2,
    filesEach: 4,
    options: Deno.args,
    print: (text) => Deno.stdout.writeSync(new TextEncoder().encode(text)),
  });
  if (!good) Deno.exit(1);
}
