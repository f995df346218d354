/**
 * What a reader promises about damaged input, and trying whether it keeps the promise.
 *
 * @module
 */
import fc from "fast-check";
import { Random } from "../../engine/random.ts";
import { mutate } from "./mutate.ts";

/** A reader under test. */
export interface FuzzTarget {
  readonly name: string;
  /** What must hold for every input, in a sentence. */
  readonly property: string;
  /** Intact files, at least one. */
  readonly samples: readonly Uint8Array[];
  /** Classes of the errors that may be thrown. */
  // deno-lint-ignore no-explicit-any -- constructors take what they like
  readonly errors: readonly (new (...args: any[]) => Error)[];
  /** Whether the files are JSON, or hold some. */
  readonly json?: boolean;
  /** Further inputs beside damaged samples. */
  readonly inputs?: fc.Arbitrary<Uint8Array>;
  /** Puts checksums right, so that damage reaches what lies behind them. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Share of the cases that this target gets, 1 unless it is slow. */
  readonly weight?: number;
  /**
   * Reads `bytes`; throws one of `errors` to refuse them, and {@link Broken} where it accepts what it
   * must not.
   */
  readonly read: (bytes: Uint8Array, sample: Uint8Array) => unknown;
}

/** A promise that was not kept. */
export class Broken extends Error {
  override name = "Broken";
}

/** Throws {@link Broken} unless `condition` holds. */
export function promise(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Broken(sentence);
}

/** What became of the cases of one target. */
export interface FuzzCounts {
  readonly name: string;
  cases: number;
  refused: number;
  accepted: number;
  readonly failures: {
    readonly number: number;
    readonly what: string;
    readonly bytes: Uint8Array;
  }[];
  /** Seconds of the slowest case. */
  slowest: number;
}

/** A case may take this many seconds. */
const MOST_SECONDS = 10;
/** A case may make the process grow by this many bytes. */
const MOST_BYTES = 2 ** 29;
/** Characters of a message; settings may lack all of their fields, but what it quotes must be cut. */
const MOST_MESSAGE = 10_000;

/** The input of case `number`: the same for the same seed, whatever other cases ran. */
function inputOf(target: FuzzTarget, seed: number, number: number): [Uint8Array, Uint8Array] {
  const random = new Random(seed).fork(`${target.name} ${number}`);
  const sample = target.samples[random.integer(target.samples.length)];
  if (target.inputs !== undefined && random.uniform() < 0.3) {
    const [bytes] = fc.sample(target.inputs, { seed: random.uint32(), numRuns: 1 });
    return [bytes, sample];
  }
  const other = target.samples[random.integer(target.samples.length)];
  const changed = mutate(sample, other, target.json ?? false, random);
  const mend = target.repair !== undefined && random.uniform() < 0.6;
  return [mend ? target.repair!(changed) : changed, sample];
}

/** Runs one case; null where the promise was kept. */
async function runCase(
  target: FuzzTarget,
  [bytes, sample]: readonly [Uint8Array, Uint8Array],
  counts: FuzzCounts,
): Promise<string | null> {
  const [time, before] = [performance.now(), Deno.memoryUsage().rss];
  let failure: string | null = null;
  try {
    await target.read(bytes, sample);
    counts.accepted++;
  } catch (error) {
    const known = target.errors.some((type) => error instanceof type) && !(error instanceof Broken);
    const { name, message, stack } = error as Error;
    if (!known) failure = error instanceof Broken ? message : `${name}: ${message}\n${stack}`;
    else if (message.length > MOST_MESSAGE) failure = `a message of ${message.length} characters`;
    else if (message.trim() === "") failure = "an empty message";
    counts.refused++;
  }
  const seconds = (performance.now() - time) / 1000;
  const grown = Deno.memoryUsage().rss - before;
  counts.slowest = Math.max(counts.slowest, seconds);
  if (failure === null && seconds > MOST_SECONDS) failure = `${seconds.toFixed(1)} s`;
  if (failure === null && grown > MOST_BYTES) failure = `${grown} bytes of memory`;
  return failure;
}

/** Runs cases `first` to `first + cases - 1` of a target. */
export async function fuzz(
  target: FuzzTarget,
  cases: number,
  seed: number,
  first = 0,
): Promise<FuzzCounts> {
  const failures: FuzzCounts["failures"] = [];
  const counts: FuzzCounts = {
    ...{ name: target.name, cases, refused: 0, accepted: 0, failures, slowest: 0 },
  };
  // The samples themselves are accepted, or the target would promise nothing.
  for (const sample of target.samples) await target.read(sample, sample);
  for (let number = first; number < first + cases; number++) {
    const input = inputOf(target, seed, number);
    const what = await runCase(target, input, counts);
    if (what !== null) failures.push({ number, what, bytes: input[0] });
  }
  return counts;
}
