/**
 * Reference of the optimiser steps, in TensorFlow's form. Those named `…Reference` return new arrays.
 *
 * @module
 */

/** A weight array, its momentum and the gradient of the loss without the L2 term; equal lengths. */
export interface SgdState {
  readonly w: Float64Array;
  readonly m: Float64Array;
  readonly g: Float64Array;
}

/** Numbers of one {@link sgdReference} step. */
export interface SgdAttributes {
  readonly learningRate: number;
  readonly momentum: number;
  /** Default true. */
  readonly nesterov?: boolean;
  /** Factor of the penalty `l2·Σ w²`, whose gradient is `2·l2·w`. */
  readonly l2: number;
}

/**
 * One step of SGD with momentum and an L2 penalty:
 *
 * `g' = g + 2·l2·w`, `m ← momentum·m + g'`, `w ← w − lr·(g' + momentum·m)` with the new m; without
 * Nesterov's look ahead `w ← w − lr·m`.
 */
export function sgdReference(
  { w, m, g }: SgdState,
  { learningRate, momentum, nesterov = true, l2 }: SgdAttributes,
): { w: Float64Array; m: Float64Array } {
  const gradient = g.map((value, i) => value + 2 * l2 * w[i]);
  const newM = m.map((value, i) => momentum * value + gradient[i]);
  const newW = w.map((value, i) =>
    value - learningRate * (nesterov ? gradient[i] + momentum * newM[i] : newM[i])
  );
  return { w: newW, m: newM };
}

/**
 * Which weights an L2 penalty pulls, and how: `released` the gradient 2·l2·w on every parameter, as the
 * released code does (spec D.2); `conventional` the gradient l2·w on weights, none on the scales and
 * offsets of batch norms (spec K).
 */
export type L2Mode = "released" | "conventional";

/** The factor of `Σ w²` in the loss for a parameter that is a weight, or is none. */
export function penaltyReference(l2: number, mode: L2Mode, isWeight: boolean): number {
  if (mode === "released") return l2;
  return isWeight ? l2 / 2 : 0;
}

/** A weight array, its two moments and the gradient (equal lengths), and the number of the step. */
export interface AdamState {
  readonly w: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
  readonly g: Float64Array;
  /** Number of this step; the first is 1. */
  readonly t: number;
}

/** Numbers of one {@link adamReference} step. */
export interface AdamAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * One step of Adam with ε outside the bias correction (TensorFlow's "epsilon hat"), on `w`, `m` and
 * `v` in place:
 *
 * `m ← β1·m + (1−β1)·g`, `v ← β2·v + (1−β2)·g²`,
 * `w ← w − lr·√(1−β2^t)/(1−β1^t) · m / (√v + ε)`.
 */
export function adamStep(
  { w, m, v, g, t }: AdamState,
  { learningRate, beta1, beta2, epsilon }: AdamAttributes,
): void {
  const rate = learningRate * Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
  for (let i = 0; i < w.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
    w[i] -= rate * m[i] / (Math.sqrt(v[i]) + epsilon);
  }
}

/** {@link adamStep} on copies of `w`, `m` and `v`. */
export function adamReference(
  { w, m, v, g, t }: AdamState,
  attributes: AdamAttributes,
): { w: Float64Array; m: Float64Array; v: Float64Array } {
  const next = { w: w.slice(), m: m.slice(), v: v.slice() };
  adamStep({ ...next, g, t }, attributes);
  return next;
}

/**
 * The factor that brings the joint Euclidean norm of all gradients down to `bound`:
 * `min(1, bound / ‖g‖)`. It is 1 for gradients that are all zero, and for `bound` 0 (no clipping).
 */
export function clipScaleReference(grads: readonly Float64Array[], bound: number): number {
  let squares = 0;
  for (const gradient of grads) {
    for (const value of gradient) squares += value ** 2;
  }
  const norm = Math.sqrt(squares);
  return bound === 0 || norm === 0 ? 1 : Math.min(1, bound / norm);
}
