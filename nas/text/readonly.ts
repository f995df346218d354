/**
 * Types of values that nobody changes.
 *
 * @module
 */

/** A value whose fields, at any depth, cannot be assigned. */
export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : T;
