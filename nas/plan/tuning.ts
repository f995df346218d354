/**
 * Which classes of shapes a search runs, for the autotuner.
 *
 * @module
 */
import type { TuningStore } from "../../engine/webgpu/target.ts";
import type { SearchConfig } from "../config/mod.ts";
import { forecastMemory } from "./forecast.ts";
import type { DatasetSize } from "../data/facts.ts";

/** Notes every class that it is asked about, and knows none. */
export class ClassCollector implements TuningStore {
  /** In the order of the first question. */
  readonly classes = new Set<string>();

  get(key: string): undefined {
    this.classes.add(key);
  }

  set(): void {}
}

/**
 * Classes of shapes with several kernels to choose from that a search on a real GPU runs: those of
 * one training step and one scored batch of the architectures that `forecastMemory` rehearses, which
 * have every operation.
 */
export async function searchClasses(config: SearchConfig, size: DatasetSize): Promise<string[]> {
  const tuning = new ClassCollector();
  await forecastMemory(config, size, { tileSet: "tiled", loadPath: "storage", tuning });
  return [...tuning.classes];
}
