/**
 * Learning-rate schedule: cosine annealing with warm restarts (Loshchilov and Hutter 2017), constant
 * within an epoch (spec D.3; flags `child_lr_T_0`, `child_lr_T_mul` of the original code).
 *
 * @module
 */

/** Shape of the schedule. */
export interface CosineSchedule {
  /** Rate at the start of each cycle. */
  readonly max: number;
  /** Rate towards the end of each cycle. */
  readonly min: number;
  /** Epochs of the first cycle, T_0. */
  readonly period: number;
  /** Factor between the lengths of successive cycles, T_mul. */
  readonly factor: number;
}

/**
 * Learning rate of 0-based `epoch`: `min + ½(max − min)(1 + cos(π·t/T))`, t epochs into a cycle of
 * length T; cycles begin at 0, T_0, T_0(1 + T_mul), …
 */
export function cosineLearningRate(epoch: number, schedule: CosineSchedule): number {
  let t = epoch;
  let length = schedule.period;
  while (t >= length) {
    t -= length;
    length *= schedule.factor;
  }
  const { max, min } = schedule;
  return min + 0.5 * (max - min) * (1 + Math.cos(Math.PI * t / length));
}
