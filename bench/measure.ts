/**
 * Timing: contenders take turns, so that a busy minute of the machine hits all of them alike.
 *
 * @module
 */
import process from "node:process";
import type { Timed } from "./cases/types.ts";

/** A sample runs about this long, so that the 11 ms of waiting on Deno weigh little. */
const SAMPLE_MS = 300;
/** Most passes in a sample. On a fast GPU small cases need thousands, or a sample would time the wait. */
const MAX_PASSES = 10_000;

/** Milliseconds of one pass. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /**
   * Processor time of this process, median. A software adapter computes in this process, so there
   * this figure hardly depends on other work on the machine.
   */
  readonly cpu: number;
  /** Passes of a sample: all are recorded, then one wait ends them. */
  readonly passes: number;
  readonly samples: number;
}

/** How to measure. */
export interface MeasureOptions {
  /** Whether every contender has run before; default false: a first run is then left out. */
  readonly warm?: boolean;
  /** What takes longer than this is sampled once; default: everything once a round. */
  readonly slowMs?: number;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Elapsed and processor milliseconds of one pass. */
async function sample(
  contender: Timed,
  passes: number,
): Promise<{ wall: number; cpu: number }> {
  const cpuStart = processorMs(contender);
  const start = performance.now();
  await contender.run(passes);
  const wall = (performance.now() - start) / passes;
  return { wall, cpu: (processorMs(contender) - cpuStart) / passes };
}

function processorMs(contender: Timed): number {
  if (contender.processorMs !== undefined) return contender.processorMs();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Samples taken so far, and the passes of those to come. */
interface Calibration {
  readonly passes: number;
  readonly times: number[];
  readonly cpu: number[];
  /** Whether no more samples are taken. */
  readonly done: boolean;
}

/** Passes of a sample; the first run, which compiles, does not count. */
async function calibrate(
  contender: Timed,
  { warm = false, slowMs = Infinity }: MeasureOptions,
): Promise<Calibration> {
  if (!warm) await contender.run(1);
  const { wall, cpu } = await sample(contender, 1);
  if (wall > slowMs) return { passes: 1, times: [wall], cpu: [cpu], done: true };
  const start = { times: [], cpu: [], done: false };
  if (wall > SAMPLE_MS) return { passes: 1, ...start };
  const most = Math.min(MAX_PASSES, contender.maxPasses ?? MAX_PASSES);
  // The wait hides in the time of few passes, so their number grows until they weigh more.
  let passes = 1;
  for (let elapsed = wall; elapsed < SAMPLE_MS / 2 && passes < most;) {
    passes = Math.min(most, Math.ceil(passes * Math.max(2, SAMPLE_MS / elapsed)));
    elapsed = passes * (await sample(contender, passes)).wall;
  }
  return { passes, ...start };
}

/**
 * Times each contender once a round, for `rounds` rounds, beginning with another one each round.
 * A contender that fails is left out from then on and reported to `fail`; its timing is absent.
 */
export async function measure(
  contenders: ReadonlyMap<string, Timed>,
  rounds: number,
  fail: (name: string, error: unknown) => void,
  options: MeasureOptions = {},
): Promise<Map<string, Timing>> {
  const running = new Map<string, Calibration & { readonly contender: Timed }>();
  for (const [name, contender] of contenders) {
    try {
      running.set(name, { contender, ...await calibrate(contender, options) });
    } catch (error) {
      fail(name, error);
    }
  }
  for (let round = 0; round < rounds; round++) {
    const names = [...running].flatMap(([name, { done }]) => done ? [] : [name]);
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      const entry = running.get(name)!;
      try {
        const { wall, cpu } = await sample(entry.contender, entry.passes);
        entry.times.push(wall);
        entry.cpu.push(cpu);
      } catch (error) {
        running.delete(name);
        fail(name, error);
      }
    }
  }
  return new Map(
    [...running].map(([name, { passes, times, cpu }]) => [name, {
      median: median(times),
      min: Math.min(...times),
      max: Math.max(...times),
      cpu: median(cpu),
      passes,
      samples: times.length,
    }]),
  );
}
