/**
 * Statistics of the studies: rank correlations, permutation tests, bootstrap intervals, two groups,
 * power, noise ceilings, verdicts. No engine, no device.
 *
 * @module
 */
export * from "./bootstrap.ts";
export * from "./correlation.ts";
export * from "./crossed.ts";
export { StatsError } from "./errors.ts";
export * from "./kendall_null.ts";
export * from "./ledger.ts";
export * from "./multiple.ts";
export * from "./permutation.ts";
export * from "./power.ts";
export * from "./reliability.ts";
export * from "./spread.ts";
export * from "./summary.ts";
export * from "./top.ts";
export * from "./two_groups.ts";
export * from "./verdict.ts";
