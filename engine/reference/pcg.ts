/**
 * The counter-based random numbers of dropout and augmentation: one hash of a 32-bit counter, the
 * same bits in TypeScript and WGSL.
 *
 * @module
 */

/**
 * PCG-RXS-M-XS hash of an unsigned 32-bit integer (Jarzynski and Olano, "Hash Functions for GPU
 * Rendering", 2020). Returns an unsigned 32-bit integer.
 */
export function pcgHash(input: number): number {
  const state = (Math.imul(input, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}
