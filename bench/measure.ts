/**
 * Timing: contenders take turns, so that a busy minute of the machine hits all of them alike.
 *
 * @module
 */
import process from "node:process";
import type { Contender } from "./cases/types.ts";

/** A sample runs about this long, so that the 11 ms of waiting on Deno weigh little. */
const SAMPLE_MS = 300;
/** Most passes in a sample; bounds the outputs that a lazy peer holds until the end. */
const MAX_PASSES = 64;

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
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Elapsed and processor milliseconds of one pass. */
async function sample(
  contender: Contender,
  passes: number,
): Promise<{ wall: number; cpu: number }> {
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  await contender.run(passes);
  const wall = (performance.now() - start) / passes;
  const { user, system } = process.cpuUsage(cpuStart);
  return { wall, cpu: (user + system) / 1000 / passes };
}

/** Passes of a sample; the first run, which compiles, does not count. */
async function calibrate(contender: Contender): Promise<number> {
  await contender.run(1);
  const { wall: single } = await sample(contender, 1);
  if (single > SAMPLE_MS) return 1;
  const { wall: several } = await sample(contender, 4);
  return Math.max(1, Math.min(MAX_PASSES, Math.round(SAMPLE_MS / several)));
}

/**
 * Times each contender once a round, for `rounds` rounds, beginning with another one each round.
 * A contender that fails is left out from then on and reported to `fail`; its timing is absent.
 */
export async function measure(
  contenders: ReadonlyMap<string, Contender>,
  rounds: number,
  fail: (name: string, error: unknown) => void,
): Promise<Map<string, Timing>> {
  const running = new Map<
    string,
    { contender: Contender; passes: number; times: number[]; cpu: number[] }
  >();
  for (const [name, contender] of contenders) {
    try {
      running.set(name, {
        contender,
        passes: await calibrate(contender),
        times: [],
        cpu: [],
      });
    } catch (error) {
      fail(name, error);
    }
  }
  for (let round = 0; round < rounds; round++) {
    const names = [...running.keys()];
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
    }]),
  );
}
