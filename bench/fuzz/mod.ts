/**
 * All readers that the fuzzer knows. A new one is one more {@link FuzzTarget} in one of the lists.
 *
 * @module
 */
import { DATA_TARGETS } from "./data_targets.ts";
import { REPORT_TARGETS } from "./report_targets.ts";
import { storeTargets } from "./store_targets.ts";
import type { FuzzTarget } from "./target.ts";

/** Every target; `folder` is empty, and theirs to write in. */
export async function fuzzTargets(folder: string): Promise<FuzzTarget[]> {
  return [...await storeTargets(folder), ...DATA_TARGETS, ...REPORT_TARGETS];
}
