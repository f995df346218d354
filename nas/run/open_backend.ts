/**
 * The device of a run: a GPU with what is known of its fast kernels, or the CPU.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import type { SearchConfig } from "../config/mod.ts";
import type { RunConfig } from "./events.ts";
import { openTuning } from "./tuning_file.ts";

/**
 * Opens the device of a run, whose kernels are those that were found fastest on it; {@link close}
 * closes it. `note` gets a sentence where what was found cannot be read.
 */
export async function openBackend(
  device: SearchConfig["device"],
  memoryBudget: number | undefined,
  note: (sentence: string) => void = () => {},
  profile = false,
): Promise<{ backend: Backend; adapter: RunConfig["adapter"] }> {
  if (device === "cpu") {
    const adapter = { description: "f64 reference on the CPU", vendor: "cpu", fallback: true };
    return { backend: new CpuBackend(), adapter };
  }
  const gpu = await GpuBackend.open({
    profile,
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
    tuning: (adapter) => openTuning(adapter, { note }),
  });
  const { description, vendor, fallback } = gpu.adapter;
  return { backend: gpu, adapter: { description, vendor, fallback } };
}

/** Closes what {@link openBackend} opened. */
export async function close(backend: Backend): Promise<void> {
  if (backend.kind === "gpu") await (backend as GpuBackend).close().catch(() => {});
}
