/**
 * Neural architecture search on WebGPU: the training engine, the laboratory on top, and reports.
 *
 * ```ts
 * import { macroArcParameters, parseMacroArc } from "./mod.ts";
 *
 * const arc = parseMacroArc("[0] [5 1] [1 1 1]");
 * const parameters = macroArcParameters(arc, { filters: 16, inputChannels: 1, classes: 10 });
 * console.assert(parameters > 0);
 * ```
 *
 * @module
 */
export * from "./engine/mod.ts";
export * from "./nas/mod.ts";
export * from "./reports/mod.ts";
