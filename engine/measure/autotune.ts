/**
 * Finding the fastest of several kernels that compute the same bits, by running them on the device.
 *
 * Ops name classes of shapes and the kernels that may run in each (`OpTuning`). What was found is
 * kept in a `TuningStore`, which the program supplies, so that a device is tuned once.
 *
 * @module
 */
import { DeviceTimer } from "./device_timer.ts";
import type { GpuBackend } from "../webgpu/gpu_backend.ts";
import type { Op, TuningProblem } from "../op.ts";

/** What was found for one class. */
export interface Tuned {
  readonly key: string;
  readonly choice: string;
  /** Of one run. */
  readonly milliseconds: number;
  /** The same of what runs untuned. */
  readonly untuned: number;
  readonly candidates: number;
}

/** How to tune. */
export interface AutotuneOptions {
  /** Whether classes that the store knows are measured again; default false. */
  readonly again?: boolean;
  /** Called before each class that is measured. */
  readonly onClass?: (key: string, done: number, total: number) => void;
}

/** A sample runs about this long, in milliseconds. */
const SAMPLE_MS = 2;
/** Most runs in a sample. */
const MAX_RUNS = 40;
const SAMPLES = 5;
/** Candidates that take this much longer than the fastest in a first run are left out. */
const HOPELESS = 2;
/** What is faster than the untuned kernel by less than this share may be so by chance. */
const WORTHWHILE = 0.02;

/**
 * Measures the classes `keys` with random operands and remembers the fastest kernel of each in
 * `gpu.tuning`. Nothing else should use the device meanwhile.
 *
 * @param ops usually the registry, `OPS`
 * @param keys names of classes: what `gpu.tiles` or that of a rehearsal has collected
 * @returns what was measured, in the order of `keys`
 * @throws {TypeError} For a key that belongs to none of `ops`.
 */
export async function autotune(
  gpu: GpuBackend,
  ops: readonly Op[],
  keys: Iterable<string>,
  { again = false, onClass }: AutotuneOptions = {},
): Promise<Tuned[]> {
  const wanted = [...keys].filter((key) => again || gpu.tuning.get(key) === undefined);
  const results: Tuned[] = [];
  const timer = new DeviceTimer(gpu);
  try {
    for (const [done, key] of wanted.entries()) {
      onClass?.(key, done, wanted.length);
      const problem = problemOf(gpu, ops, key);
      try {
        const result = await fastest(gpu, timer, key, problem);
        gpu.tuning.set(key, result.choice);
        gpu.tiles.delete(key);
        results.push(result);
      } finally {
        problem.release();
      }
    }
  } finally {
    await timer.close();
  }
  return results;
}

function problemOf(gpu: GpuBackend, ops: readonly Op[], key: string): TuningProblem {
  for (const { tuning } of ops) {
    const problem = tuning?.(gpu, key) ?? null;
    if (problem !== null) return problem;
  }
  throw new TypeError(`Expected a class of shapes of some op but found ${JSON.stringify(key)}`);
}

async function fastest(
  gpu: GpuBackend,
  timer: DeviceTimer,
  key: string,
  problem: TuningProblem,
): Promise<Tuned> {
  const { candidates } = problem;
  const time = (names: readonly string[], runs: number) =>
    timer.milliseconds(
      names.map((name) => () => {
        for (let run = 0; run < runs; run++) problem.record(name);
      }),
    );
  // The first run compiles.
  for (const name of candidates) problem.record(name);
  await gpu.queue.finish();
  const rough = await time(candidates, 1);
  const limit = HOPELESS * Math.min(...rough);
  const hopeful = candidates.filter((_, i) => i === 0 || rough[i] <= limit);
  const runs = Math.max(1, Math.min(MAX_RUNS, Math.round(SAMPLE_MS / Math.min(...rough))));
  const samples: number[][] = hopeful.map(() => []);
  for (let sample = 0; sample < SAMPLES; sample++) {
    (await time(hopeful, runs)).forEach((ms, i) => samples[i].push(ms / runs));
  }
  const medians = samples.map((times) => times.sort((a, b) => a - b)[SAMPLES >> 1]);
  const best = medians.indexOf(Math.min(...medians));
  const chosen = medians[best] < medians[0] * (1 - WORTHWHILE) ? best : 0;
  return {
    key,
    choice: hopeful[chosen],
    milliseconds: medians[chosen],
    untuned: medians[0],
    candidates: candidates.length,
  };
}
