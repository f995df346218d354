/**
 * The studies that train.
 *
 * @module
 */
import { DEPTH } from "./depth.ts";
import { ESTIMATOR } from "./estimator.ts";
import { LEARNING_CURVE } from "./learning_curve.ts";
import { QUIRKS } from "./quirks.ts";
import type { Study } from "./study.ts";
import { TRANSFER } from "./transfer.ts";

/** All of them, in the order of the command line. */
export const STUDIES: readonly Study[] = [ESTIMATOR, LEARNING_CURVE, TRANSFER, DEPTH, QUIRKS];
