/**
 * The studies that train.
 *
 * @module
 */
import type { Study } from "./study.ts";

/** All of them, in the order of the command line. */
export const STUDIES: readonly Study[] = [];
