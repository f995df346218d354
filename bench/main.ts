/**
 * Benchmarks of the engine and of other libraries on the same adapter.
 *
 * ```text
 * ./run bench [CASES…] [--rounds N] [--batch NS] [--peers NAMES] [--tuning MODE]
 *                 [--json] [--markdown FILE]
 * ./run bench scaling …
 * ```
 *
 * @module
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { AdapterDescription } from "../engine/webgpu/device.ts";
import { caseNames, selectCases } from "./cases/mod.ts";
import { measureCeilings } from "./ceilings.ts";
import { PEERS } from "./peers/mod.ts";
import type { Peer, PeerEntry } from "./peers/types.ts";
import { type PassResult, profile } from "./profile.ts";
import { toJson, toText } from "./report.ts";
import type { BenchReport, PeerStatus } from "./bench_report.ts";
import { type CaseResult, reasonOf, runCase } from "./run_case.ts";
import { scaling } from "./scaling/main.ts";
import { runStep, type StepResult } from "./steps/run_step.ts";
import { openGpu, tuneCases, TUNING_MODES, type TuningMode } from "./tuning.ts";
import { progress, UsageError, wholeNumber } from "./usage.ts";

const USAGE = `./run bench [CASES...] [--rounds N] [--batch NS] [--peers NAMES]
                 [--tuning MODE] [--json] [--markdown FILE]
./run bench scaling [--help]   step time against batch, channels, layers, pixels

CASES            names or beginnings of names; default: all but the largest, which are marked
                 ${caseNames().join("\n                 ")}
                 ceilings    only the adapter's ceilings, which every run measures
                 ours        every pass of our kernels by itself, no peers
--rounds N       samples of each contender (default 5)
--batch NS       images of a training step, one number or more such as 16,64,128
                 (default: each case's own)
--peers NAMES    comma-separated, of: ${
  PEERS.map(({ name }) => name).join(", ")
} (default: all); "" for none
--tuning MODE    kernels of shapes where an adapter has several: kept (default), those that were
                 found fastest before; none, those that run untuned; measure, find the fastest for
                 these cases first and keep them
--json           one JSON object on stdout instead of the table
--markdown FILE  also writes the table to FILE, a name in bench/results/ or a path, after each case`;

/** What the command line asked for. */
interface Options {
  readonly selectors: readonly string[];
  readonly rounds: number;
  /** Of training steps; none for each case's own. */
  readonly batches: readonly number[];
  readonly peers: readonly PeerEntry[];
  readonly tuning: TuningMode;
  readonly json: boolean;
  readonly markdown: string | null;
}

function parseOptions(args: readonly string[]): Options | null {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "5" },
        batch: { type: "string" },
        peers: {
          type: "string",
          default: PEERS.map(({ name }) => name).join(","),
        },
        tuning: { type: "string", default: TUNING_MODES[0] },
        json: { type: "boolean", default: false },
        markdown: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(reasonOf(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const rounds = wholeNumber("--rounds", values.rounds);
  const batches = (values.batch?.split(",") ?? []).map((text) => wholeNumber("--batch", text));
  const names = values.peers.split(",").filter((name) => name !== "");
  const peers = names.map((name) => {
    const found = PEERS.find((peer) => peer.name === name);
    if (found === undefined) {
      const allowed = PEERS.map((peer) => peer.name).join(", ");
      throw new UsageError(
        `--peers expects some of ${allowed} but found ${name}`,
      );
    }
    return found;
  });
  const tuning = TUNING_MODES.find((mode) => mode === values.tuning);
  if (tuning === undefined) {
    throw new UsageError(
      `--tuning expects one of ${TUNING_MODES.join(", ")} but found ${values.tuning}`,
    );
  }
  return {
    selectors: positionals,
    rounds,
    batches,
    peers,
    tuning,
    json: values.json,
    markdown: values.markdown ?? null,
  };
}

async function loadPeers(
  entries: readonly PeerEntry[],
  adapter: AdapterDescription,
): Promise<{ peers: Peer[]; statuses: PeerStatus[] }> {
  const peers: Peer[] = [];
  const statuses: PeerStatus[] = [];
  for (const entry of entries) {
    try {
      const peer = await entry.load(adapter);
      peers.push(peer);
      statuses.push({
        name: peer.name,
        version: peer.version,
        adapter: peer.adapter,
        reason: null,
      });
    } catch (error) {
      statuses.push({
        name: entry.name,
        version: null,
        adapter: null,
        reason: reasonOf(error),
      });
    }
  }
  return { peers, statuses };
}

/** Measures; `keep` gets what there is after each case, so that a run that is ended loses one case. */
async function bench(
  options: Options,
  args: readonly string[],
  keep: (report: BenchReport) => Promise<void>,
): Promise<BenchReport> {
  const special = new Set(["ours", "ceilings"]);
  const selectors = options.selectors.filter((selector) => !special.has(selector));
  const onlySpecial = options.selectors.length > 0 && selectors.length === 0;
  const { cases, steps, unknown } = selectCases(selectors);
  if (unknown !== null) {
    throw new UsageError(
      `Expected the beginning of a case's name but found ${unknown}`,
    );
  }
  const loadBefore = Deno.loadavg()[0];
  const date = new Date().toISOString();
  const gpu = await openGpu(options.tuning, progress);
  const { peers, statuses } = await loadPeers(onlySpecial ? [] : options.peers, gpu.adapter);
  try {
    progress(`${gpu.adapter.description}: ceilings`);
    const ceilings = await measureCeilings(gpu, options.rounds);
    const chosen = (onlySpecial ? [] : steps).flatMap((step) =>
      (options.batches.length === 0 ? [step.batch] : options.batches)
        .map((batch) => ({ ...step, batch }))
    );
    const tuned = options.tuning !== "measure"
      ? []
      : await tuneCases(gpu, onlySpecial ? [] : cases, chosen, (key, done, total) =>
        progress(`tuning ${done + 1} of ${total}: ${key}`));
    const results: CaseResult[] = [];
    const stepResults: StepResult[] = [];
    const passes: PassResult[] = [];
    const processors = cpus();
    const report = (): BenchReport => ({
      conditions: {
        adapter: gpu.adapter.description,
        software: gpu.adapter.fallback,
        processor: `${processors.length} x ${processors[0]?.model ?? "unknown processor"}`,
        deno: Deno.version.deno,
        date,
        command: ["./run bench", ...args].join(" "),
        rounds: options.rounds,
        tuning: options.tuning,
        load: [loadBefore, Deno.loadavg()[0]],
      },
      ceilings,
      peers: statuses,
      results,
      steps: stepResults,
      passes,
      tuned,
    });
    for (const benchCase of onlySpecial ? [] : cases) {
      progress(benchCase.name);
      results.push(await runCase(gpu, benchCase, peers, options.rounds, ceilings));
      await keep(report());
    }
    // What was measured is kept: from here on it is there to be used.
    const tuning = options.tuning === "none" ? "none" : "kept";
    for (const step of chosen) {
      progress(`${step.name}, ${step.batch} images`);
      stepResults.push(await runStep(gpu, step, tuning, peers, options.rounds, ceilings));
      await keep(report());
    }
    if (options.selectors.includes("ours")) {
      for (const shape of ["A", "B"] as const) {
        progress(`passes of shape ${shape}`);
        passes.push(...await profile(gpu, shape, options.rounds));
      }
    }
    return report();
  } finally {
    for (const peer of peers) await peer.close?.();
    await gpu.close();
  }
}

/** Where `--markdown` writes: a bare name goes into bench/results/. */
function markdownPath(file: string): string | URL {
  return file.includes("/") ? file : new URL(`results/${file}`, import.meta.url);
}

async function main(args: readonly string[]): Promise<number> {
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
  try {
    if (args[0] === "scaling") {
      print(await scaling(args.slice(1)));
      return 0;
    }
    const options = parseOptions(args);
    if (options === null) {
      print(USAGE);
      return 0;
    }
    const { markdown } = options;
    const keep = async (report: BenchReport) => {
      if (markdown === null) return;
      await Deno.writeTextFile(markdownPath(markdown), `# Bench\n\n${toText(report)}`);
    };
    const report = await bench(options, args, keep);
    await keep(report);
    print(options.json ? JSON.stringify(toJson(report)) : toText(report));
    return 0;
  } catch (error) {
    progress(
      error instanceof UsageError ? `${error.message}; see --help` : reasonOf(error),
    );
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
