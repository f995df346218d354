/**
 * What suits an adapter: the one place that decides by it.
 *
 * Every decision is a value that can be forced, so that each variant of a kernel runs on each adapter,
 * in tests above all.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import { MAX_TEXTURE_ROWS, TEXTURE_ROW_BYTES } from "../memory/texture_pages.ts";
import type { AdapterDescription } from "./device.ts";
import type { LoadPath } from "./load_path.ts";

/**
 * Which convolution kernels run: `direct` keeps tiles in registers and runs anywhere, `subgroup` also
 * shares loads among the lanes of a subgroup and suits software adapters, `tiled` stages tiles in
 * workgroup memory and suits real GPUs.
 */
export type TileSet = "direct" | "subgroup" | "tiled";

/** What kernels are chosen by. */
export interface Target {
  readonly tileSet: TileSet;
  /** Lanes of a subgroup, where the tile set is `subgroup`. */
  readonly subgroupSize: number;
  /** Where `stream` bindings of kernels load from. */
  readonly loadPath: LoadPath;
  /** Most bytes of one binding. */
  readonly largestBinding: number;
  /** Bytes of workgroup memory. */
  readonly workgroupBytes: number;
  /** Whether weight gradients are summed in as many ranges as fill a GPU, or a processor. */
  readonly weightSplits: "many" | "few";
  /** Rows that one thread normalises, so that it loads the channel's numbers once. */
  readonly batchNormRows: number;
  /** Most rows whose statistics one workgroup for four channels makes in one dispatch. */
  readonly smallBatchNorm: number;
  /** Pixels that one thread of a factorised reduction makes in rows of at most 4 pixels and longer ones. */
  readonly reductionPixels: readonly [narrow: number, wide: number];
}

/** What suits real GPUs: many threads, cheap loads. */
export const REAL_GPU = {
  tileSet: "tiled",
  loadPath: "storage",
  weightSplits: "many",
  batchNormRows: 4,
  smallBatchNorm: 16384,
  reductionPixels: [2, 2],
} as const satisfies Partial<Target>;

/** What suits software adapters, which have few threads to fill and costly loads. */
const SOFTWARE = {
  batchNormRows: 32,
  smallBatchNorm: 16384,
  reductionPixels: [4, 8],
} as const satisfies Partial<Target>;

/** What is asked of an adapter. */
export type TargetAdapter = Pick<
  AdapterDescription,
  "description" | "fallback" | "subgroupSize" | "loadPath" | "limits"
>;

/**
 * What suits `adapter`, but for what is `forced`. Throws {@link DeviceError} where it cannot do what is
 * forced.
 */
export function targetOf(adapter: TargetAdapter, forced: Partial<Target> = {}): Target {
  const { fallback, subgroupSize, limits } = adapter;
  const tileSet = forced.tileSet ??
    (!fallback ? "tiled" : subgroupSize > 0 ? "subgroup" : "direct");
  if (tileSet === "subgroup" && subgroupSize === 0) {
    throw new DeviceError(
      `Expected subgroups for the tile set subgroup but ${adapter.description} has none; use direct`,
    );
  }
  const loadPath = forced.loadPath ?? adapter.loadPath;
  const largestBinding = Math.min(
    forced.largestBinding ?? Infinity,
    limits.maxBufferSize,
    limits.maxStorageBufferBindingSize,
    // What kernels stream from must fit into a texture too.
    loadPath === "texture" ? MAX_TEXTURE_ROWS * TEXTURE_ROW_BYTES : Infinity,
  );
  return {
    subgroupSize,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    weightSplits: tileSet === "tiled" ? "many" : "few",
    ...(fallback ? SOFTWARE : REAL_GPU),
    ...forced,
    tileSet,
    loadPath,
    largestBinding,
  };
}

/** Version of the kernels and of the names of classes and candidates; raised when any of them changes. */
export const TUNING_VERSION = 1;

/** Remembers the fastest kernel of each class of shapes on one adapter. */
export interface TuningStore {
  /** Name of the kernel for a class, or undefined. A name that no longer exists does no harm. */
  get(key: string): string | undefined;
  set(key: string, choice: string): void;
}

/** The store of a device that was never tuned; it keeps nothing. */
export const NOTHING_TUNED: TuningStore = { get: () => undefined, set() {} };
