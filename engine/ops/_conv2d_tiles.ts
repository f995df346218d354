/**
 * Tiles of the convolution kernels that suit real GPUs: which there are for a class of shapes, and
 * which one runs. Every one of them gives equal bits, so the choice is free: the autotuner's where it
 * has measured, else the one that an estimate prefers.
 *
 * @module
 */
import type { GpuRecorder } from "../webgpu/recorder.ts";
import type { TemplateValues } from "../webgpu/template.ts";
import type { Geometry } from "./_conv2d_geometry.ts";

/** Passes of a convolution. `backward_input` is that of stride 1. */
export const CONV_PASSES = ["forward", "backward_input", "backward_weight"] as const;

/** A pass of a convolution. */
export type ConvPass = typeof CONV_PASSES[number];

/** Shapes that are tuned together. Channels are counted in vec4s. */
export interface ConvClass {
  readonly pass: ConvPass;
  readonly kernel: number;
  readonly stride: number;
  /** Pixels of an output row. */
  readonly width: number;
  /** Output pixels of all images, rounded up to a power of two. */
  readonly pixels: number;
  /** Channels that are summed over and those that come out; of weight gradients those of x and dy. */
  readonly cin4: number;
  readonly cout4: number;
}

/** A kernel with its template values, the geometry's left out. */
export interface ConvTile {
  readonly kernel: "direct" | "tiled";
  readonly values: TemplateValues;
}

/** Workgroup memory that every adapter has, in bytes. */
const PORTABLE_BYTES = 16384;
/** Most workgroup memory that a tile takes where there is more. */
const LARGEST_BYTES = 49152;
/** Workgroups with which a large GPU of 132 multiprocessors is busy. */
const ENOUGH_GROUPS = 264;
/** Most vec4 columns of a tile. */
const MAX_COLUMNS = 16;

/** The class of a pass; large channel counts are rounded up to a multiple of 8 vec4s. */
export function convClass(pass: ConvPass, { kernel, stride, params }: Geometry): ConvClass {
  const rounded = (vec4s: number) => vec4s <= 32 ? vec4s : Math.ceil(vec4s / 8) * 8;
  return {
    pass,
    kernel,
    stride,
    width: params.ow,
    pixels: 2 ** Math.ceil(Math.log2(params.n * params.oh * params.ow)),
    cin4: rounded(params.cin4),
    cout4: rounded(params.cout4),
  };
}

/** Text of a class, for example `conv2d forward k3 s1 w32 p131072 i9 o9`. */
export function classKey({ pass, kernel, stride, width, pixels, cin4, cout4 }: ConvClass): string {
  return `conv2d ${pass} k${kernel} s${stride} w${width} p${pixels} i${cin4} o${cout4}`;
}

/** The class that {@link classKey} wrote, or null for other text. */
export function parseClass(key: string): ConvClass | null {
  const found = key.match(/^conv2d (\w+) k(\d+) s(\d) w(\d+) p(\d+) i(\d+) o(\d+)$/);
  const pass = CONV_PASSES.find((name) => name === found?.[1]);
  if (found === null || pass === undefined) return null;
  const [kernel, stride, width, pixels, cin4, cout4] = found.slice(2).map(Number);
  return { pass, kernel, stride, width, pixels, cin4, cout4 };
}

/** Text of a tile, for example `tiled BM64 BN9 BC1 TM4 TN3 T48`. */
export function tileName({ kernel, values }: ConvTile): string {
  return [kernel, ...Object.entries(values).map(([name, value]) => name + value)].join(" ");
}

/** The tile with which a pass runs on `gpu`, whose tile set is `tiled`. */
export function chooseTile(gpu: GpuRecorder, shapes: ConvClass): ConvTile {
  const key = classKey(shapes);
  let tile = gpu.tiles.get(key) as ConvTile | undefined;
  if (tile === undefined) {
    const name = gpu.tuning.get(key);
    // A choice for a GPU with more workgroup memory does not fit every other.
    const candidates = candidateTiles(shapes, LARGEST_BYTES);
    tile = candidates.find((candidate) => tileName(candidate) === name) ?? defaultTile(shapes);
    gpu.tiles.set(key, tile);
  }
  return tile;
}

/** All tiles worth trying in a class; with `bytes` of workgroup memory, by default what all have. */
export function candidateTiles(shapes: ConvClass, bytes = PORTABLE_BYTES): ConvTile[] {
  const most = Math.min(bytes, LARGEST_BYTES);
  return shapes.pass === "backward_weight"
    ? [...weightTiles(shapes, most), ...directWeightTiles(shapes)]
    : [...forwardTiles(shapes, most), ...directForwardTiles(shapes)];
}

/**
 * The tile that promises the most arithmetic for each load from workgroup memory, among those that
 * make enough workgroups; where none does, the one that makes most.
 */
export function defaultTile(shapes: ConvClass): ConvTile {
  let best: { tile: ConvTile; score: number; groups: number } | null = null;
  for (const tile of candidateTiles(shapes)) {
    const groups = Math.min(groupsOf(shapes, tile), ENOUGH_GROUPS);
    const score = scoreOf(shapes, tile);
    if (
      best === null || groups > best.groups || (groups === best.groups && score > best.score)
    ) {
      best = { tile, score, groups };
    }
  }
  return best!.tile;
}

/** Multiply-adds for each load, times the shares of lanes, columns and rows that do useful work. */
function scoreOf({ pass, kernel, cin4, cout4 }: ConvClass, { kernel: kind, values }: ConvTile) {
  if (kind === "direct") return 0;
  const { BM, BN, TM, TN, T } = values;
  const lanes = T / (Math.ceil(T / 32) * 32);
  const columns = cout4 / (Math.ceil(cout4 / BN) * BN);
  if (pass !== "backward_weight") return lanes * columns * 4 * TM * TN / (TM + 4 * TN);
  const rows = kernel * kernel * cin4;
  return lanes * columns * rows / (Math.ceil(rows / BM) * BM) * 4 * TM * TN / (TM + TN);
}

function groupsOf(shapes: ConvClass, { kernel: kind, values }: ConvTile): number {
  if (kind === "direct") return 1;
  const { kernel, width, pixels, cin4, cout4 } = shapes;
  const columns = Math.ceil(cout4 / values.BN);
  if (shapes.pass !== "backward_weight") return Math.ceil(pixels / values.BM) * columns;
  const splits = Math.min(weightSplits(pixels, kernel * kernel * cin4 * cout4), pixels / width);
  return splits * Math.ceil(kernel * kernel * cin4 / values.BM) * columns;
}

/** Weight gradients: vec4 pairs of accumulators of all threads together. */
const WEIGHT_BLOCKS = 2 ** 19;
/** Ranges of output rows that are summed separately, at most. */
const WEIGHT_SPLITS = 256;
/** Output pixels that a range should have at least. */
const SPLIT_PIXELS = 64;

/**
 * How many ranges of output rows the weight gradient sums separately, at most: a function of the
 * shapes alone, so that neither the device nor tuning moves a bit. `blocks` is the number of pairs of
 * an input and an output vec4 over all taps.
 */
export function weightSplits(pixels: number, blocks: number): number {
  const busy = Math.min(WEIGHT_SPLITS, Math.ceil(WEIGHT_BLOCKS / blocks));
  return Math.max(1, Math.min(busy, Math.floor(pixels / SPLIT_PIXELS)));
}

/** Pixels of a tile and of a thread of the forward kernel. */
const FORWARD_ROWS = [
  [128, 8],
  [128, 4],
  [64, 8],
  [64, 4],
  [32, 4],
  [32, 2],
  [16, 2],
] as const;
/** Multiplications of a vec4 by a number in one turn of a loop; more text would compile for seconds. */
const MAX_UNROLLED = 512;

function forwardTiles({ kernel: K, cin4, cout4 }: ConvClass, bytes: number): ConvTile[] {
  const BC = channelStep(K, cin4);
  const wide = [3, 2].find((TN) => !wasteful(cout4, columnsOf(cout4, TN)));
  return FORWARD_ROWS.flatMap(([BM, TM]) =>
    (wide === undefined ? [1] : [wide, 1]).flatMap((TN): ConvTile[] => {
      const BN = columnsOf(cout4, TN);
      const T = BM / TM * BN / TN;
      const used = 16 * (2 * K * BC * (BM + 4 * BN) + BM);
      const fits = used <= bytes && T >= 16 && T <= 256 && 4 * K * BC * TM * TN <= MAX_UNROLLED;
      return fits ? [{ kernel: "tiled", values: { BM, BN, BC, TM, TN, T } }] : [];
    })
  );
}

/** Channel vec4s of a step: about 4 vec4s of inputs, with as little padding as possible. */
function channelStep(K: number, cin4: number): number {
  let best = 1;
  const padded = (step: number) => Math.ceil(cin4 / step) * step;
  for (let step = 2; step * K <= 4 && step <= cin4; step++) {
    if (padded(step) <= padded(best)) best = step;
  }
  return best;
}

/** Vec4 columns of a tile: all, or equal parts of them, rounded up to a multiple of `TN`. */
function columnsOf(cout4: number, TN: number): number {
  const parts = Math.ceil(cout4 / MAX_COLUMNS);
  return Math.ceil(Math.ceil(cout4 / parts) / TN) * TN;
}

/** Whether tiles of `BN` columns leave more than a seventh of them idle. */
function wasteful(cout4: number, BN: number): boolean {
  return Math.ceil(cout4 / BN) * BN > cout4 * 7 / 6;
}

/** Rows and columns of a thread of the weight kernel. */
const WEIGHT_THREADS = [[3, 3], [2, 2], [2, 1], [1, 1]] as const;

function weightTiles(
  { kernel, width, cin4, cout4 }: ConvClass,
  bytes: number,
): ConvTile[] {
  const rows = kernel * kernel * cin4;
  const found = new Map<string, ConvTile>();
  for (const [TM, TN] of WEIGHT_THREADS) {
    const BN = columnsOf(cout4, TN);
    if (TN > 1 && wasteful(cout4, BN)) continue;
    for (const threads of [64, 192]) {
      const most = Math.max(1, Math.floor(threads / (BN / TN))) * TM;
      const BM = Math.ceil(Math.ceil(rows / Math.ceil(rows / most)) / TM) * TM;
      const used = (pixels: number) => 16 * (2 * pixels * (BM + BN) + BM);
      const BK = [8, 4, 2].find((pixels) => pixels / 2 < width && used(pixels) <= bytes);
      if (BK === undefined) continue;
      const T = BM / TM * BN / TN;
      const tile: ConvTile = { kernel: "tiled", values: { BM, BN, BK, TM, TN, T } };
      found.set(tileName(tile), tile);
    }
  }
  return [...found.values()];
}

/** Strips of pixels and vec4s of channels of a thread; what keeps compilation short at each size. */
function directForwardTiles({ kernel: K, cout4 }: ConvClass): ConvTile[] {
  const sizes = K > 5 ? [[4, 1]] : K === 5 || cout4 === 1 ? [[4, 1], [8, 1]] : [[4, 1], [8, 2]];
  return sizes.map(([P, Q]) => ({ kernel: "direct", values: { P, Q } }));
}

function directWeightTiles({ kernel: K, cin4, cout4 }: ConvClass): ConvTile[] {
  const largest = [Math.min(K > 3 ? 1 : 2, cin4), Math.min(K > 5 ? 1 : 2, cout4)];
  const sizes = largest[0] * largest[1] === 1 ? [[1, 1]] : [[1, 1], largest];
  return sizes.map(([A, Q]) => ({ kernel: "direct", values: { A, Q, T: 64 } }));
}
