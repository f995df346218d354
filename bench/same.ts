/**
 * Runs the same commands with the code of two commits and compares what they computed: see same.sh.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { runResult } from "./run_result.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A command, and how to read what it left in the folder that it was started in. */
interface SameCase {
  readonly args: readonly string[];
  readonly result: (folder: string) => Readonly<Record<string, unknown>>;
}

const CASES: Readonly<Record<string, SameCase>> = {
  macro: { args: ["search", "--name", "macro", "--no-report"], result: ofRun("macro") },
  micro: {
    args: ["search", "--space", "micro", "--name", "micro", "--no-report"],
    result: ofRun("micro"),
  },
  train: {
    args: [
      "train",
      "--arc",
      "0 3 1 4 0 1 1 0 1 0",
      "--epochs",
      "2",
      "--name",
      "train",
      "--no-report",
    ],
    result: ofRun("train"),
  },
  study: {
    args: [
      ...["study", "estimator", "--scale", "tiny", "--dataset", "mnist", "--out", "study"],
      "--no-report",
    ],
    result: (folder) => trialsOf(join(folder, "study", "trials.sqlite")),
  },
};

function ofRun(name: string): SameCase["result"] {
  return (folder) => {
    const { events, arcs, files } = runResult(join(folder, "runs", name));
    return { ...files, "arcs.csv": arcs, "events.jsonl": events };
  };
}

/** Results of a study's trials by label, without times. */
function trialsOf(path: string): Record<string, unknown> {
  const store = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = store.prepare("SELECT id, result FROM trials ORDER BY id").all();
    return Object.fromEntries(
      rows.map(({ id, result }) => [String(id), withoutTimes(JSON.parse(String(result)))]),
    );
  } finally {
    store.close();
  }
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([key]) => !/seconds|time$/i.test(key));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutTimes(inner)]));
}

/** Runs a program to its end; throws with what it said where it fails. */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { INIT_CWD: "", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${decoder.decode(stderr)}`);
}

/** The tree of a commit, unpacked into `folder`. */
async function unpack(commit: string, folder: string): Promise<string> {
  const tree = join(folder, "tree");
  await Deno.mkdir(tree, { recursive: true });
  const archive = join(folder, "tree.tar");
  await run("git", ["archive", "--output", archive, commit], ROOT);
  await run("tar", ["-xf", archive, "-C", tree], folder);
  return tree;
}

/** What `name` computed with the code in `tree`, started in `folder`. */
async function compute(
  name: string,
  tree: string,
  folder: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { args, result } = CASES[name];
  const program = ["run", "-A", "--config", join(tree, "deno.json"), join(tree, "cli.ts")];
  await run(Deno.execPath(), [...program, ...args], folder);
  return result(folder);
}

/** Prints what differs; true where nothing does. */
function compare(
  name: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): boolean {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const different = parts.filter((part) => !isDeepStrictEqual(before[part], after[part]));
  say(`${name}: ${parts.length - different.length} of ${parts.length} equal`);
  for (const part of different) say(`  ${part} ${firstDifference(before[part], after[part])}`);
  return different.length === 0;
}

function firstDifference(before: unknown, after: unknown): string {
  if (before === undefined) return "is new";
  if (after === undefined) return "is missing";
  if (!Array.isArray(before) || !Array.isArray(after)) {
    return `differs: ${JSON.stringify(before)?.slice(0, 300)} | ${
      JSON.stringify(after)?.slice(0, 300)
    }`;
  }
  const at = before.findIndex((value, i) => !isDeepStrictEqual(value, after[i]));
  const line = at < 0 ? before.length : at;
  return `differs from line ${line + 1}: ${JSON.stringify(before[line])} | ${
    JSON.stringify(after[line])
  }`;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const [old, now] = Deno.args;
const names = (Deno.env.get("CASES") ?? Object.keys(CASES).join(" ")).split(" ");
const unknown = names.filter((name) => !Object.hasOwn(CASES, name));
if (old === undefined || unknown.length > 0) {
  say(`Expected bench/same.sh OLD [NEW] with CASES of ${Object.keys(CASES).join(", ")}`);
  Deno.exit(2);
}
const folder = Deno.makeTempDirSync({ prefix: "enaslab-same-" });
const sides = [join(folder, "old"), join(folder, "new")];
const trees = [
  await unpack(old, sides[0]),
  now === undefined ? ROOT : await unpack(now, sides[1]),
];
Deno.mkdirSync(sides[1], { recursive: true });
let same = true;
for (const name of names) {
  const [before, after] = [
    await compute(name, trees[0], sides[0]),
    await compute(name, trees[1], sides[1]),
  ];
  same = compare(name, before, after) && same;
}
if (same) Deno.removeSync(folder, { recursive: true });
else say(`What was computed lies in ${folder}`);
if (!same) Deno.exit(1);
