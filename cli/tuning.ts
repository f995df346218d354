/**
 * Tuning the kernels of an adapter, for `doctor --tune`.
 *
 * @module
 */
import { autotune, type Tuned } from "../engine/measure/autotune.ts";
import type { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import { OPS } from "../engine/ops/mod.ts";
import { getPreset, SPACE_NAMES } from "../nas/config/mod.ts";
import { DATASET_SIZES } from "../nas/data/facts.ts";
import { searchClasses } from "../nas/plan/tuning.ts";
import { note, onStdout, print } from "./terminal.ts";

/**
 * Finds and keeps the fastest kernels for what `presets` run in both spaces, also where they were found before;
 * where the adapter has one kernel for each shape, says so and returns nothing.
 */
export async function tunePresets(
  gpu: GpuBackend,
  presets: readonly string[],
): Promise<Tuned[]> {
  if (gpu.target.tileSet !== "tiled") {
    note(`Nothing to tune: this adapter has one ${gpu.target.tileSet} kernel for each shape`);
    return [];
  }
  const classes = new Set<string>();
  for (const preset of presets) {
    for (const space of SPACE_NAMES) {
      const { config } = getPreset(preset, space);
      const size = DATASET_SIZES[config.dataset.name];
      for (const key of await searchClasses(config, size)) classes.add(key);
    }
  }
  return await autotune(gpu, OPS, classes, {
    again: true,
    onClass: (key, done, total) => note(`Tuning ${done + 1} of ${total}: ${key}`),
  });
}

/** Prints what was found. */
export function printTuned(tuned: readonly Tuned[]): void {
  if (tuned.length === 0) return;
  const width = Math.max(...tuned.map(({ key }) => key.length));
  const head = ["untuned ms", "tuned ms"].map((title) => title.padStart(11)).join("");
  print(`\n${onStdout("bold", "shapes".padEnd(width) + head + "  kernel")}`);
  for (const { key, choice, milliseconds, untuned } of tuned) {
    const times = [untuned, milliseconds].map((ms) => ms.toFixed(3).padStart(11)).join("");
    print(`${key.padEnd(width)}${times}  ${choice}`);
  }
}
