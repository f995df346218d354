/**
 * Kills small runs at random instants, resumes them and compares them with runs that were never
 * interrupted: `bench/crash.sh N` kills N times in all.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { Random } from "../engine/random.ts";
import { runResult } from "./run_result.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const OUT = Deno.makeTempDirSync({ prefix: "enaslab-crash-" });

const DATA = ["--dataset", "synthetic", "--image-size", "8", "--images", "200", "--batch", "16"];
const SEARCH = [
  ...["search", ...DATA, "--filters", "4", "--epochs", "3", "--final-epochs", "3", "--no-report"],
  ...["--set", "child.stepsPerEpoch=20", "--set", "controller.updatesPerEpoch=6"],
  ...["--set", "controller.arcsPerUpdate=3", "--set", "search.scoredArcs=4"],
  ...["--set", "finalTraining.stepsPerEpoch=20"],
];
/** Settings of the runs that are killed; each takes a few seconds. */
const CASES = {
  macro: [...SEARCH, "--layers", "4"],
  micro: [...SEARCH, "--space", "micro", "--layers", "1", "--nodes", "2"],
  train: [
    ...["train", ...DATA, "--arc", "0 3 1 4 0 1", "--filters", "4", "--epochs", "8"],
    ...["--no-report", "--set", "finalTraining.stepsPerEpoch=30"],
  ],
};
type Case = keyof typeof CASES;
const NAMES = Object.keys(CASES) as Case[];
/** Seconds between checkpoints: after every step, a few in a run, never. */
const CADENCES = ["0", "0.02", "0.2", "1000"];
/** Most kills of one run. */
const MOST = 3;

const decoder = new TextDecoder();
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

/** Starts the program; kills it after `killAfter` milliseconds, if given and it still runs then. */
async function start(args: readonly string[], killAfter?: number): Promise<"ended" | "killed"> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "cli.ts"), ...args],
    cwd: OUT,
    env: { INIT_CWD: "", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = killAfter === undefined
    ? null
    : setTimeout(() => process.kill("SIGKILL"), killAfter);
  const { code, signal, stderr } = await process.output();
  if (timer !== null) clearTimeout(timer);
  if (signal === "SIGKILL") return "killed";
  if (code === 0) return "ended";
  throw new Error(`${args.join(" ")} ended with ${code}:\n${decoder.decode(stderr)}`);
}

/** The arguments that begin a run, or go on with it where it has begun. */
function argumentsOf(name: Case, run: string, cadence: string): string[] {
  const folder = join(OUT, "runs", run);
  const checkpoint = ["--checkpoint", cadence];
  if (exists(join(folder, "config.json"))) return [CASES[name][0], "--resume", run, ...checkpoint];
  // Killed before it had any settings: there is nothing to go on with.
  if (exists(folder)) Deno.removeSync(folder, { recursive: true });
  return [...CASES[name], "--name", run, ...checkpoint];
}

/** Whether the log of a run says that nothing is left to do. */
function isComplete(run: string): boolean {
  const log = join(OUT, "runs", run, "events.jsonl");
  return exists(log) && Deno.readTextFileSync(log).includes('"status":"completed"');
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Kills `wanted` times; returns how many of these kills left no trace. */
async function crash(wanted: number, random: Random): Promise<number> {
  const whole = new Map<Case, { readonly milliseconds: number; readonly result: unknown }>();
  for (const name of NAMES) {
    const began = performance.now();
    await start([...CASES[name], "--name", name]);
    const milliseconds = performance.now() - began;
    whole.set(name, { milliseconds, result: runResult(join(OUT, "runs", name)) });
  }
  let kills = 0;
  let equal = 0;
  for (let i = 0; kills < wanted; i++) {
    const name = NAMES[i % NAMES.length];
    const { milliseconds, result } = whole.get(name)!;
    const run = `${name}-${i}`;
    const cadence = CADENCES[random.integer(CADENCES.length)];
    const most = Math.min(1 + random.integer(MOST), wanted - kills);
    const instants: number[] = [];
    for (;;) {
      const last = instants.length === most;
      // Most of the time before 300 ms goes into starting Deno.
      const instant = 300 + random.uniform() * milliseconds;
      const state = await start(argumentsOf(name, run, cadence), last ? undefined : instant);
      if (state !== "killed") break;
      instants.push(Math.round(instant));
      // It may have been killed after its last event.
      if (isComplete(run)) break;
    }
    const same = isDeepStrictEqual(runResult(join(OUT, "runs", run)), result);
    kills += instants.length;
    if (same) equal += instants.length;
    say(
      `${run}, a checkpoint every ${cadence} s, killed after ${instants.join(", ") || "no"} ms: ` +
        (same ? "equal" : "NOT equal"),
    );
  }
  say(`${equal} of ${kills} equal`);
  return equal;
}

const [count = "20", seed = String(Date.now() % 2 ** 32)] = Deno.args;
if (!/^[1-9]\d*$/.test(count) || !/^\d+$/.test(seed)) {
  say("Expected bench/crash.sh [NUMBER OF KILLS [SEED OF THEIR INSTANTS]]");
  Deno.exit(2);
}
say(`Instants from seed ${seed}, runs in ${OUT}`);
const equal = await crash(Number(count), new Random(Number(seed)));
if (equal < Number(count)) Deno.exit(1);
Deno.removeSync(OUT, { recursive: true });
