/**
 * The device of a run: a GPU with what is known of its fast kernels, or the CPU.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import type { AdapterDescription } from "../../engine/webgpu/device.ts";
import { GpuBackend, type GpuOptions } from "../../engine/webgpu/gpu_backend.ts";
import type { SharedGpu } from "../../engine/webgpu/shared_gpu.ts";
import type { SearchConfig } from "../config/mod.ts";
import type { RunConfig } from "./events.ts";
import { fixedTuning, type KnownTuning, openTuning } from "./tuning_file.ts";

/** The kernels with which a run began, and the adapter on which they were the fastest. */
export interface TunedBefore {
  readonly adapter: RunConfig["adapter"];
  /** Names of kernels by class of shapes. */
  readonly tuning: Readonly<Record<string, string>>;
}

/** A device, and what it computes with. */
export interface OpenedBackend {
  readonly backend: Backend;
  readonly adapter: RunConfig["adapter"];
  /** Names of kernels by class of shapes; undefined on the CPU, which has none to choose from. */
  readonly tuning: Readonly<Record<string, string>> | undefined;
}

/** How to open the device of a run. */
export interface OpenOptions {
  /** The GPU to open it on, which remains the caller's; default: one of its own. */
  readonly gpu?: SharedGpu | undefined;
  /** Most bytes of device memory; default: the engine's. */
  readonly memoryBudget?: number | undefined;
  /** Gets a sentence where what was tuned cannot be read, or is not used. */
  readonly note?: ((sentence: string) => void) | undefined;
  /** Measures every kernel. */
  readonly profile?: boolean | undefined;
  /** Of a run that goes on; on its adapter the kernels stay those with which it began. */
  readonly before?: TunedBefore | undefined;
}

/**
 * Opens the device of a run, whose kernels are those that were found fastest on it; {@link close}
 * closes it.
 */
export async function openBackend(
  device: SearchConfig["device"],
  { gpu: shared, memoryBudget, note = () => {}, profile = false, before }: OpenOptions = {},
): Promise<OpenedBackend> {
  if (device === "cpu") {
    const adapter = { description: "f64 reference on the CPU", vendor: "cpu", fallback: true };
    return { backend: new CpuBackend(), adapter, tuning: undefined };
  }
  const chosen: { tuning?: KnownTuning } = {};
  const options: GpuOptions = {
    profile,
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
    tuning: (adapter) => chosen.tuning = tuningOf(adapter, note, before),
  };
  const gpu = shared === undefined ? await GpuBackend.open(options) : await shared.open(options);
  const { description, vendor, fallback } = gpu.adapter;
  return {
    backend: gpu,
    adapter: { description, vendor, fallback },
    tuning: chosen.tuning?.known(),
  };
}

/** What the device was tuned to, or had been when the run began on it. */
function tuningOf(
  adapter: AdapterDescription,
  note: (sentence: string) => void,
  before: TunedBefore | undefined,
): KnownTuning {
  const now = openTuning(adapter, { note });
  if (before === undefined) return now;
  const { description, vendor } = before.adapter;
  if (description !== adapter.description || vendor !== adapter.vendor) return now;
  const text = (choices: Readonly<Record<string, string>>) =>
    JSON.stringify(Object.entries(choices).sort(([a], [b]) => a < b ? -1 : 1));
  if (text(before.tuning) !== text(now.known())) {
    note(
      "The device was tuned after the run had begun; the run goes on with the kernels with which it " +
        "began, a new run takes the new ones",
    );
  }
  return fixedTuning(before.tuning);
}

/** Closes what {@link openBackend} opened. */
export async function close(backend: Backend): Promise<void> {
  await backend.close().catch(() => {});
}
