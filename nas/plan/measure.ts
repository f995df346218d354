/**
 * Measures on a device how long a network trains and scores, within a bounded time: real training
 * steps and scoring passes on random images, at small batches and without touching any data set.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { MemoryBudgetError } from "../../engine/errors.ts";
import type { ImageBytes } from "../../engine/image_bytes.ts";
import type { Arc } from "../space/arc.ts";
import { Bench, type MeasuredNetwork, randomImages, secondsOf } from "./bench.ts";
import type { LinearTime } from "./work.ts";

/** What was measured. */
export interface NetworkTimes {
  /** Of a training step. */
  readonly step: LinearTime;
  /** Of a forward pass. */
  readonly pass: LinearTime;
  /** Batches at which training steps, and passes, were timed. */
  readonly stepBatches: readonly number[];
  readonly passBatches: readonly number[];
  /** Architectures timed. */
  readonly arcs: number;
  /** Filters of the network that was timed: fewer than the run's where that is too slow to time. */
  readonly filters: number;
  /** Seconds by which first steps took longer: the device compiles its kernels then. */
  readonly compilation: number;
}

/** The small batch. */
const SMALL = 2;
/** Least work for the smallest measurement, in steps of the small batch. */
const LEAST_STEPS = 9;
/** Numbers of architectures, by preference; networks that every architecture has alone are costly. */
const ARC_COUNTS = { shared: [4, 2, 1], alone: [3, 1] };
/** Parts of the time for training steps, and for passes. */
const SHARES = { step: 0.4, pass: 0.3 };
/** Rounds over all architectures at one batch, where there is time, and further ones at the largest. */
const ROUNDS = 3;
const MORE_ROUNDS = 3;
/** Most by which a batch is larger than the one before. */
const GROWTH = 8;

/**
 * Times training steps and forward passes at a small and at a larger batch, up to the run's own where
 * time allows. Begins with few filters and doubles them while the time allows it; a network that is
 * too slow to time, or too large for the device's memory, is judged by the two widest that were timed.
 *
 * @throws {MemoryBudgetError} If not even the narrowest network fits.
 */
export async function measureNetwork(network: MeasuredNetwork): Promise<NetworkTimes> {
  const images = randomImages(network.backend, network.images);
  try {
    const widest = await widestBench(network, images);
    try {
      const counts = network.alone ? ARC_COUNTS.alone : ARC_COUNTS.shared;
      const count = counts.find((n) =>
        n <= network.arcs.length && n * widest.seconds * LEAST_STEPS <= network.seconds
      ) ?? 1;
      if (count > 1) {
        try {
          using bench = new Bench(network, images, spread(network.arcs, count), widest.filters);
          return await timeBench(bench, widest);
        } catch (error) {
          if (!(error instanceof MemoryBudgetError)) {
            throw error;
          }
        }
      }
      return await timeBench(widest.bench, widest);
    } finally {
      widest.bench.dispose();
    }
  } finally {
    images.dispose();
  }
}

/** A network of one width, and the next narrower one. */
interface Width {
  readonly filters: number;
  /** Of a step of the small batch. */
  readonly seconds: number;
  readonly before: Width | null;
}

/** The network of the middle architecture, as wide as there is time for. */
async function widestBench(
  network: MeasuredNetwork,
  images: ImageBytes,
): Promise<Width & { readonly bench: Bench; readonly compilation: number }> {
  const middle = [network.arcs[network.arcs.length >> 1]];
  let compilation = 0;
  let widest: Width & { readonly bench: Bench } | null = null;
  for (const filters of widths(network.filters)) {
    if (widest !== null && twiceAsWide(widest) * LEAST_STEPS > network.seconds) break;
    let bench: Bench | null = null;
    try {
      bench = new Bench(network, images, middle, filters);
      const first = await bench.steps(SMALL);
      let seconds = await bench.steps(SMALL);
      if (3 * LEAST_STEPS * seconds < network.seconds) {
        seconds = Math.min(seconds, await bench.steps(SMALL));
      }
      compilation += Math.max(0, first - seconds);
      widest?.bench.dispose();
      widest = { bench, filters, seconds, before: widest };
    } catch (error) {
      bench?.dispose();
      if (!(error instanceof MemoryBudgetError) || widest === null) {
        widest?.bench.dispose();
        throw error;
      }
      break;
    }
  }
  return { ...widest!, compilation };
}

/** Seconds that a step hardly exceeds with twice the filters: what grows, grows fourfold at most. */
function twiceAsWide({ seconds, before }: Width): number {
  const growth = before === null ? seconds : Math.max(0, seconds - before.seconds);
  return Math.min(4 * seconds, seconds + 4 * growth);
}

/** Times steps and passes, and turns them into those of the run. */
async function timeBench(
  bench: Bench,
  widest: Width & { readonly compilation: number },
): Promise<NetworkTimes> {
  const { about: network, arcs, filters } = bench;
  // From the architectures that are timed to those of the run, and to its filters.
  const scale = widthFactor(widest, network) * meanFlops(network, network.arcs, filters) /
    meanFlops(network, arcs, filters);
  let { compilation } = widest;
  const fit = async (time: (batch: number) => Promise<number>, target: number, share: number) => {
    const timed = await timeBatches(time, target, share * network.seconds / arcs.length);
    compilation += timed.compilation * arcs.length;
    const { fixed, perImage } = straightLine(timed.times);
    return {
      time: { fixed, perImage: perImage * scale },
      batches: timed.times.map(([batch]) => batch),
    };
  };
  const { training, scoring } = network;
  const steps = await fit((batch) => bench.steps(batch), training.batchSize, SHARES.step);
  const passes = await fit((batch) => bench.passes(batch), scoring.batchSize, SHARES.pass);
  return {
    step: steps.time,
    pass: passes.time,
    stepBatches: steps.batches,
    passBatches: passes.batches,
    arcs: arcs.length,
    filters,
    compilation,
  };
}

/** Seconds that the program waits for a small result after the device has it. */
export async function measureWait(backend: Backend): Promise<number> {
  const tensor = backend.fromArray([0], [1]);
  const times: number[] = [];
  for (let i = 0; i < 4; i++) times.push(await secondsOf(() => backend.toArray(tensor)));
  backend.release(tensor);
  return Math.min(...times);
}

/** The line through times at one or two batches; nothing in it is less than zero. */
export function straightLine(
  times: readonly (readonly [batch: number, seconds: number])[],
): LinearTime {
  const [[smallBatch, small], [largeBatch, large]] = [times[0], times[times.length - 1]];
  const slope = times.length < 2 ? Infinity : (large - small) / (largeBatch - smallBatch);
  // A line from zero is the steepest that noise can make of it.
  const perImage = Math.max(0, Math.min(slope, large / largeBatch));
  return { fixed: large - perImage * largeBatch, perImage };
}

/** Times at rising batches. */
interface Timed {
  /** The fastest of several rounds: what else the machine does makes the others slower. */
  readonly times: [batch: number, seconds: number][];
  readonly compilation: number;
}

/**
 * Times the small batch and then larger ones, up to `target`, as long as `seconds` allow; at least
 * twice the small batch, where the memory allows that.
 */
async function timeBatches(
  time: (batch: number) => Promise<number>,
  target: number,
  seconds: number,
): Promise<Timed> {
  const times: [batch: number, seconds: number][] = [];
  let [spent, compilation] = [0, 0];
  const round = async (batch: number) => {
    const taken = await time(batch);
    spent += taken;
    return taken;
  };
  const measure = async (batch: number) => {
    // The first round finds kernels to compile and memory to allocate.
    const first = await round(batch);
    let fastest = await round(batch);
    if (ROUNDS * fastest < (seconds - spent) / 2) fastest = Math.min(fastest, await round(batch));
    if (first > fastest) {
      compilation += first - fastest;
      spent -= first - fastest;
    }
    times.push([batch, fastest]);
  };
  let limit = target;
  await measure(Math.min(SMALL, target));
  for (;;) {
    const [batch] = times[times.length - 1];
    let next = Math.min(limit, GROWTH * batch);
    while (next >= 1.5 * batch && 2 * atMost(times, next) > seconds - spent) next = next >> 1;
    // Two batches make a line.
    if (times.length === 1) next = Math.min(limit, Math.max(next, 2 * batch));
    if (next < 1.5 * batch) break;
    try {
      await measure(next);
    } catch (error) {
      if (!(error instanceof MemoryBudgetError)) throw error;
      limit = next >> 1;
    }
  }
  const last = times[times.length - 1];
  for (let i = 0; i < MORE_ROUNDS && spent + last[1] < seconds; i++) {
    last[1] = Math.min(last[1], await round(last[0]));
  }
  return { times, compilation };
}

/** Seconds that a batch larger than those timed will hardly exceed. */
function atMost(times: Timed["times"], batch: number): number {
  const [last, each] = times[times.length - 1];
  const proportional = each * batch / last;
  if (times.length === 1) return proportional;
  const [before, less] = times[times.length - 2];
  const slope = Math.max(0, (each - less) / (last - before));
  return Math.min(proportional, each + 2 * slope * (batch - last));
}

/**
 * How many times as long an image takes with all filters as with those of the widest timed network:
 * its time is taken as a part in proportion to the filters, as memory traffic is, and one in
 * proportion to their square, as operations are.
 */
function widthFactor(
  { filters: wide, seconds, before }: Width,
  network: MeasuredNetwork,
): number {
  const all = network.filters;
  if (all === wide) return 1;
  const { arcs } = network;
  const most = meanFlops(network, arcs, all) / meanFlops(network, arcs, wide);
  if (before === null) return most;
  const { filters: narrow, seconds: less } = before;
  const square = (seconds / wide - less / narrow) / (wide - narrow);
  const linear = seconds / wide - square * wide;
  return Math.min(most, Math.max(all / wide, (linear * all + square * all ** 2) / seconds));
}

/** Filters to time, rising by factors of about two up to all of them; even, for reductions. */
function widths(filters: number): number[] {
  const narrower = [8, 4, 2].map((factor) => 2 * Math.round(filters / factor / 2));
  return [...new Set(narrower.filter((width) => width >= 2 && width < filters)), filters];
}

/** `count` of the values, one from the middle of each of as many equal parts. */
function spread<T>(values: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => {
    return values[Math.floor((i + 0.5) / count * values.length)];
  });
}

function meanFlops({ flopsOf }: MeasuredNetwork, arcs: readonly Arc[], filters: number): number {
  return arcs.reduce((sum, arc) => sum + flopsOf(arc, filters), 0) / arcs.length;
}
