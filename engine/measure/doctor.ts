/**
 * Compares every operation on this device with its reference.
 *
 * @module
 */
import { checkOpCase, type OpCheck } from "./check_op.ts";
import type { AdapterDescription } from "../webgpu/device.ts";
import { GpuBackend } from "../webgpu/gpu_backend.ts";
import type { TileSet } from "../webgpu/target.ts";
import type { Op } from "../op.ts";

/** The worst of all cases of one pass of one operation. */
export interface OpDiagnosis extends OpCheck {
  /** Kernels that ran, where they are not those that this device uses: `conv2d` has several sets. */
  readonly tileSet: TileSet | null;
  readonly ok: boolean;
  /** What the device reported instead of a result. */
  readonly failure: string | null;
}

/** What the doctor found. */
export interface Diagnosis {
  readonly adapter: AdapterDescription;
  /** Kernels that this device uses. */
  readonly tileSet: TileSet;
  /** True when every operation is within its tolerance. */
  readonly ok: boolean;
  /** In the order of the registry. */
  readonly ops: readonly OpDiagnosis[];
}

/** How to diagnose. */
export interface DiagnoseOptions {
  /** Opens further devices: one for each other set of kernels, and one after each failure. */
  readonly open?: (options: { readonly tileSet: TileSet }) => Promise<GpuBackend>;
  /** Called before each operation. */
  readonly onOp?: (name: string, done: number, total: number) => void;
}

const TILE_SETS: readonly TileSet[] = ["direct", "subgroup", "tiled"];
/** Operations with kernels of their own in each tile set. */
const TILED_OPS = ["conv2d"];

/**
 * Runs all cases of all `ops` that have GPU kernels, forward and backward.
 *
 * @param gpu the device; it stays open and holds what it held before
 * @param ops usually the registry, `OPS`
 * @returns one entry an operation and pass; an operation that the device rejected has one entry with
 * an infinite error
 */
export async function diagnose(
  gpu: GpuBackend,
  ops: readonly Op[],
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const open = options.open ?? ((how) => GpuBackend.open(how));
  const tileSets = TILE_SETS.filter((tileSet) =>
    tileSet !== gpu.target.tileSet && (tileSet !== "subgroup" || gpu.adapter.subgroupSize > 0)
  );
  const jobs = ops.filter((op) => op.gpu !== null).flatMap((op) =>
    (TILED_OPS.includes(op.name) ? [gpu.target.tileSet, ...tileSets] : [gpu.target.tileSet])
      .map((tileSet) => ({ op, tileSet }))
  );
  const devices = new Map<TileSet, GpuBackend>([[gpu.target.tileSet, gpu]]);
  const diagnoses: OpDiagnosis[] = [];
  try {
    for (const [done, { op, tileSet }] of jobs.entries()) {
      options.onOp?.(op.name, done, jobs.length);
      const device = devices.get(tileSet) ?? await open({ tileSet });
      devices.set(tileSet, device);
      const found = await diagnoseOp(device, op);
      diagnoses.push(
        ...found.map((entry) => ({
          ...entry,
          tileSet: tileSet === gpu.target.tileSet ? null : tileSet,
        })),
      );
      // A device remembers its first error: the next operation gets a fresh one.
      if (found.some(({ failure }) => failure !== null)) {
        devices.delete(tileSet);
        if (device !== gpu) await device.close().catch(() => {});
      }
    }
  } finally {
    for (const device of devices.values()) if (device !== gpu) await device.close();
  }
  return {
    adapter: gpu.adapter,
    tileSet: gpu.target.tileSet,
    ok: diagnoses.every(({ ok }) => ok),
    ops: diagnoses,
  };
}

/** The worst case of each pass of one operation. */
async function diagnoseOp(
  gpu: GpuBackend,
  op: Op,
): Promise<Omit<OpDiagnosis, "tileSet">[]> {
  const worst = new Map<string, OpCheck>();
  for (const opCase of op.cases) {
    try {
      for (const check of await checkOpCase(gpu, op, opCase)) {
        const before = worst.get(check.pass);
        if (before === undefined || check.maxError > before.maxError) {
          worst.set(check.pass, check);
        }
      }
    } catch (error) {
      return [{
        op: op.name,
        pass: "forward",
        case: opCase.name,
        maxError: Infinity,
        tolerance: op.tolerance ?? 0,
        ok: false,
        failure: (error as Error).message,
      }];
    }
  }
  return Array.from(worst.values(), (check) => ({
    ...check,
    ok: check.maxError <= check.tolerance,
    failure: null,
  }));
}
