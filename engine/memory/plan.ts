/**
 * Planning of device memory: how long each tensor of some recorded commands is needed, and which of
 * them can lie in the same place one after the other.
 *
 * Commands are recorded first and planned when they are submitted, so that all lifetimes are known:
 * a tensor lives from the command that writes it to the last one that reads it, whenever the program
 * releases it. Where kernels load through textures (see load_path.ts) the buffer of a tensor lives
 * only until it is copied to its texture, if all that follows streams from there.
 *
 * @module
 */
import type { GpuStorage, PooledBuffer } from "./storage.ts";

/** What a command reads and writes. */
export interface Accesses {
  readonly storage: readonly GpuStorage[];
  /** One letter for each slice: r(ead), w(rite), t(exture). */
  readonly signature: string;
}

/**
 * Something that takes space from one moment to another, both included. The command numbered `i`
 * runs at moment `2i + 1`; what is copied to a texture for it is copied at `2i`.
 */
export interface Interval {
  /** Space it takes, in any unit. */
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** A buffer while commands need it. */
export interface Life extends Interval {
  readonly buffer: PooledBuffer;
  last: number;
}

/** Contents of a buffer as a texture, until the buffer is written again. */
export interface Mirror extends Interval {
  readonly buffer: PooledBuffer;
  /** Number in the order of the copies. */
  readonly index: number;
  last: number;
}

/** What some commands need. */
export interface Lifetimes {
  /** One for each buffer, in the order of their first use. Sizes in bytes. */
  readonly lives: readonly Life[];
  /** In the order of their copies. Sizes in bytes. */
  readonly mirrors: readonly Mirror[];
  /** For each command, the mirror that each `t` of its signature loads from. */
  readonly loads: readonly (readonly Mirror[])[];
}

const NO_LOADS: readonly Mirror[] = [];

/** Finds how long the buffers of `commands` and their textures are needed. */
export function lifetimesOf(commands: readonly Accesses[]): Lifetimes {
  const lives = new Map<PooledBuffer, Life>();
  const fresh = new Map<PooledBuffer, Mirror>();
  const mirrors: Mirror[] = [];
  const touch = (buffer: PooledBuffer, moment: number) => {
    const life = lives.get(buffer);
    if (life !== undefined) life.last = moment;
    else lives.set(buffer, { buffer, size: buffer.bytes, first: moment, last: moment });
  };
  const loads = commands.map(({ storage, signature }, i) => {
    const found: Mirror[] = [];
    storage.forEach(({ buffer }, k) => {
      if (signature[k] !== "t") {
        touch(buffer, 2 * i + 1);
        return;
      }
      let mirror = fresh.get(buffer);
      if (mirror === undefined) {
        touch(buffer, 2 * i);
        mirror = { buffer, index: mirrors.length, size: buffer.bytes, first: 2 * i, last: 0 };
        fresh.set(buffer, mirror);
        mirrors.push(mirror);
      }
      mirror.last = 2 * i + 1;
      found.push(mirror);
    });
    storage.forEach(({ buffer }, k) => {
      if (signature[k] === "w") fresh.delete(buffer);
    });
    return found.length > 0 ? found : NO_LOADS;
  });
  return { lives: [...lives.values()], mirrors, loads };
}

/** Most space that is needed at one moment: no plan needs less. */
export function liveBound(intervals: readonly Interval[]): number {
  const changes: [moment: number, size: number][] = [];
  for (const { size, first, last } of intervals) changes.push([first, size], [last + 1, -size]);
  changes.sort(([a, p], [b, q]) => a - b || p - q);
  let [space, most] = [0, 0];
  for (const [, size] of changes) most = Math.max(most, space += size);
  return most;
}

/** Which place each interval got, and how large the places are. */
export interface Places {
  /** Number of each interval's place. */
  readonly placeOf: readonly number[];
  /** Size of each place, largest first. */
  readonly sizes: readonly number[];
}

/**
 * Shares places among intervals that do not meet. The largest go first, each into the smallest place
 * that is free for its time; only where there is none a new place of its size is made. (The greedy
 * by size of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020.)
 */
export function sharePlaces(intervals: readonly Interval[]): Places {
  const placeOf = new Array<number>(intervals.length);
  const sizes: number[] = [];
  /** What lies in each place, in the order of time. */
  const taken: Interval[][] = [];
  for (const i of largestFirst(intervals)) {
    let place = taken.length - 1;
    while (place >= 0 && !insert(taken[place], intervals[i])) place--;
    if (place < 0) {
      place = taken.push([intervals[i]]) - 1;
      sizes.push(intervals[i].size);
    }
    placeOf[i] = place;
  }
  return { placeOf, sizes };
}

/** Puts an interval among others that are ordered by time; false if it meets one of them. */
function insert(taken: Interval[], interval: Interval): boolean {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle].last < interval.first) low = middle + 1;
    else high = middle;
  }
  if (low < taken.length && taken[low].first <= interval.last) return false;
  taken.splice(low, 0, interval);
  return true;
}

/** Where an interval lies: on which page, and where it begins there. */
export interface PagePlace {
  readonly page: number;
  readonly begin: number;
}

/** Places of intervals on pages, and how much of each page they take. */
export interface Packing {
  readonly places: readonly PagePlace[];
  readonly sizes: readonly number[];
}

/** What lies on a page. */
interface Packed extends Interval {
  readonly begin: number;
}

/**
 * Packs intervals onto pages of at most `limit`, so that those that meet do not overlap. The largest go
 * first, each into the narrowest gap that holds it, on the first page that has one. What is larger than
 * `limit` gets a page of its own: no device has such a tensor, but a rehearsal may.
 */
export function packPages(intervals: readonly Interval[], limit: number): Packing {
  const places = new Array<PagePlace>(intervals.length);
  const sizes: number[] = [];
  /** In the order of `begin`. */
  const pages: Packed[][] = [];
  for (const i of largestFirst(intervals)) {
    const { size, first, last } = intervals[i];
    let page = 0;
    let begin = -1;
    while (begin < 0) {
      if (page === pages.length) pages.push([]), sizes.push(0);
      begin = narrowestGap(pages[page], intervals[i], limit);
      if (begin < 0) page++;
    }
    places[i] = { page, begin };
    sizes[page] = Math.max(sizes[page], begin + size);
    const after = pages[page].findIndex((other) => other.begin > begin);
    pages[page].splice(after < 0 ? pages[page].length : after, 0, { begin, size, first, last });
  }
  return { places, sizes };
}

/** Where the narrowest gap for an interval begins; -1 if the page has none. */
function narrowestGap(packed: readonly Packed[], interval: Interval, limit: number): number {
  let [best, narrowest] = [-1, Infinity];
  let end = 0;
  for (const other of packed) {
    if (other.last < interval.first || interval.last < other.first) continue;
    const gap = other.begin - end;
    if (gap >= interval.size && gap < narrowest) [best, narrowest] = [end, gap];
    end = Math.max(end, other.begin + other.size);
  }
  if (best >= 0) return best;
  return packed.length === 0 || end + interval.size <= limit ? end : -1;
}

function largestFirst(intervals: readonly Interval[]): number[] {
  return intervals.map((_, i) => i).sort((a, b) => intervals[b].size - intervals[a].size || a - b);
}
