/**
 * The studies that train.
 *
 * @module
 */
import { DEPTH } from "./depth/study.ts";
import { ESTIMATOR } from "./estimator/study.ts";
import { LEARNING_CURVE } from "./learning_curve/study.ts";
import { QUIRKS } from "./quirks/study.ts";
import type { Study } from "./study.ts";
import { TRANSFER } from "./transfer/study.ts";

/** All of them, in the order of the command line. */
export const STUDIES: readonly Study[] = [ESTIMATOR, LEARNING_CURVE, TRANSFER, DEPTH, QUIRKS];
