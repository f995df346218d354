/**
 * Damages the files that enaslab reads and tries whether every reader keeps its promise: it refuses
 * with a sentence, or what it returns is valid. Prints the counts of each target and exits with 1 on
 * any failure.
 *
 * ```sh
 * deno run -A bench/fuzz.ts [--cases N] [--target NAME] [--seed N] [--case NUMBER]
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fuzzTargets } from "./fuzz/mod.ts";
import { fuzz, type FuzzCounts } from "./fuzz/target.ts";
import { table } from "./text_table.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "12000" },
    target: { type: "string" },
    seed: { type: "string", default: "1" },
    case: { type: "string" },
  },
});

const folder = Deno.makeTempDirSync({ prefix: "enaslab-fuzz-" });
let failed = 0;
try {
  const all = await fuzzTargets(folder);
  const targets = all.filter(({ name }) => values.target === undefined || name === values.target);
  if (targets.length === 0) {
    say(`Expected --target to be one of ${all.map(({ name }) => name).join(", ")}`);
    Deno.exit(2);
  }
  const seed = Number(values.seed);
  const weights = targets.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const counts: FuzzCounts[] = [];
  for (const target of targets) {
    const share = Math.ceil(Number(values.cases) * (target.weight ?? 1) / weights);
    const count = values.case === undefined
      ? await fuzz(target, share, seed)
      : await fuzz(target, 1, seed, Number(values.case));
    counts.push(count);
    for (const { number, what } of count.failures.slice(0, 5)) {
      say(`${target.name}, case ${number} of seed ${seed}: ${what}\n  ${target.property}`);
    }
  }
  failed = counts.reduce((sum, { failures }) => sum + failures.length, 0);
  const sum = (of: (count: FuzzCounts) => number) => counts.reduce((a, b) => a + of(b), 0);
  const total = {
    name: "all",
    cases: sum(({ cases }) => cases),
    refused: sum(({ refused }) => refused),
    accepted: sum(({ accepted }) => accepted),
    failures: counts.flatMap(({ failures }) => failures),
    slowest: Math.max(...counts.map(({ slowest }) => slowest)),
  };
  const head = ["reader", "cases", "refused", "accepted", "failures", "slowest case, ms"];
  const rows = [...counts, total].map((count) => [
    count.name,
    ...[count.cases, count.refused, count.accepted, count.failures.length].map(String),
    (1000 * count.slowest).toFixed(0),
  ]);
  say(`Fuzzed on ${new Date().toISOString().slice(0, 10)}, seed ${seed}\n`);
  say(table([head, ...rows]));
} finally {
  Deno.removeSync(folder, { recursive: true });
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (failed > 0) Deno.exit(1);
