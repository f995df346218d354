/**
 * Configurations of both spaces that a test can run within seconds.
 *
 * @module
 */
import { SharedGpu } from "../../../engine/webgpu/shared_gpu.ts";
import { type Arc, parseArc } from "../../../nas/space/mod.ts";
import type { ChildTrainer, TakenStep } from "../../../nas/child/trainer.ts";
import {
  getPreset,
  type MacroSearchConfig,
  mergeConfig,
  type MicroSearchConfig,
} from "../../../nas/config/mod.ts";
import type { RunEvent } from "../../../nas/run/events.ts";

/** What the runs of a test file compute on. */
export const gpu: SharedGpu = new SharedGpu();

const SHARED = {
  dataset: { name: "synthetic", images: 160, imageSize: 8, validationShare: 0.25 },
  strategy: { hiddenSize: 8 },
  evaluator: { batchSize: 10 },
  search: { updatesPerEpoch: 2, arcsPerUpdate: 2, epochs: 2, scoredArcs: 3, scoreImages: 20 },
} as const;
const CHILD = { batchSize: 8, stepsPerEpoch: 3, restartPeriod: 2 } as const;
const FINAL = { epochs: 2, stepsPerEpoch: 3, batchSize: 8, restartPeriod: 2 } as const;

/** Macro: 3 layers of 4 channels. */
export const SMALL_MACRO: MacroSearchConfig = mergeConfig(getPreset("quick").config, {
  ...SHARED,
  child: { ...CHILD, layers: 3, filters: 4 },
  finalTraining: { ...FINAL, filters: 4 },
});

/** Micro: cells of 2 nodes, 2 channels before the first reduction. */
export const SMALL_MICRO: MicroSearchConfig = mergeConfig(getPreset("quick", "micro").config, {
  ...SHARED,
  child: { ...CHILD, layers: 2, nodes: 2, filters: 2 },
  finalTraining: { ...FINAL, layers: 2, filters: 2 },
});

/** An architecture for {@link SMALL_MACRO}: two convolutions and a pool. */
export const MACRO_ARC: Arc = parseArc("0 3 1 4 0 1", "macro");

/** An architecture for {@link SMALL_MICRO}: every op once or more. */
export const MICRO_ARC: Arc = parseArc("0 0 1 4 2 2 1 1 | 0 3 1 0 2 4 0 1", "micro");

/** What a step measured; fails unless it changed weights. */
export async function takenStep(
  trainer: ChildTrainer,
  arc: Arc,
  learningRate: number,
): Promise<TakenStep> {
  const result = await trainer.step(arc, learningRate);
  if (result.skipped !== null) throw new Error(`The step was skipped: ${result.skipped.loss}`);
  return result;
}

/** The events of one type. */
export function eventsOf<T extends RunEvent["type"]>(
  events: readonly RunEvent[],
  type: T,
): Extract<RunEvent, { type: T }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** Events without what a clock said. */
export function withoutSeconds(events: readonly RunEvent[]): object[] {
  return events.map((event) => ({ ...event, seconds: 0 }));
}
