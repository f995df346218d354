import assert from "node:assert/strict";
import { formatArc, parseArc, readArcFile, writeArcFile } from "../../../nas/space/mod.ts";
import type { NetworkSpec } from "../../../nas/child/create_network.ts";
import { getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import {
  arcOfWeights,
  arcProvenance,
  type FinishedRun,
  trainedOf,
} from "../../../nas/export/portable.ts";
import type { BestArc, RunConfig, RunEvent } from "../../../nas/run/events.ts";

const MACRO = parseArc("[0] [1 1] [2 0 1]");
const OTHER = parseArc("[0] [1 1] [3 0 1]");
const MICRO = parseArc("0 0 1 1 2 2 0 3 | 1 3 0 1 0 2 2 0");
const options = { filters: 4, inputChannels: 1, classes: 2, batchNormDecay: 0.9 };
const macro: NetworkSpec = {
  space: "macro",
  graph: "faithful",
  options: { ...options, layers: 3 },
};
const micro: NetworkSpec = {
  space: "micro",
  graph: "official",
  options: { ...options, layers: 3, nodes: 2, imageHeight: 8, imageWidth: 8 },
};

Deno.test("arcOfWeights() takes the weights' own architecture, or any for shared weights", () => {
  assert.equal(arcOfWeights(macro, MACRO, null), MACRO);
  assert.equal(arcOfWeights(macro, null, OTHER), OTHER);
  assert.equal(arcOfWeights(micro, MICRO, parseArc(formatArc(MICRO))).space, "micro");
});

Deno.test("arcOfWeights() refuses what does not belong together", () => {
  const refused = (message: RegExp, ...args: Parameters<typeof arcOfWeights>) =>
    assert.throws(() => arcOfWeights(...args), { name: "ArcError", message });
  refused(/found shared weights, .* with --weights-from$/, macro, null, null);
  refused(/^Expected weights of 0 1 1 3 0 1 but found those of 0 1 1 2 0 1/, macro, MACRO, OTHER);
  refused(
    /of the macro space with 3 layers, .* but found another one \(macro, 2 layers\)/,
    ...[macro, null, parseArc("[0] [1 1]")] as const,
  );
  refused(
    /of the micro space with 2 nodes a cell, .* but found another one \(macro, 3 layers\)/,
    ...[micro, null, MACRO] as const,
  );
  refused(
    /with 2 nodes a cell, .* but found another one \(micro, 1 node a cell\)/,
    ...[micro, null, parseArc("0 0 1 1 | 0 0 1 1")] as const,
  );
});

/** A run of the quick preset with the events that the text forms of arcs name. */
function run(space: "macro" | "micro", events: RunEvent[]): FinishedRun {
  const hyperparameters = space === "macro"
    ? mergeConfig(getPreset("quick").config, { child: { skipIndex: "layer-output" } })
    : getPreset("quick", "micro").config;
  const config = {
    run: "one",
    dataset: { name: "mnist" },
    hyperparameters,
  } as unknown as RunConfig;
  return { config, events };
}

const best: BestArc = {
  ...{ type: "best_arc", arc: formatArc(MACRO), epoch: 3, estimate: 0.75, images: 100 },
  ...{ batchNorm: "batch", seconds: 1 },
};

Deno.test("arcProvenance() names the run, and the estimate of the architecture that it chose", () => {
  const chosen = { run: "one", dataset: "mnist", epoch: 3, estimate: 0.75 };
  const provenance = arcProvenance(run("macro", [best]), MACRO);
  assert.deepEqual(provenance, { ...chosen, skipIndex: "layer-output", opMode: "correct" });
  assert.deepEqual(readArcFile(writeArcFile(MACRO, provenance)), { arc: MACRO, provenance });
  // Not for another architecture, nor for a run that only trained.
  const { epoch: _epoch, estimate: _estimate, ...rest } = provenance;
  assert.deepEqual(arcProvenance(run("macro", [best]), OTHER), rest);
  assert.deepEqual(arcProvenance(run("macro", []), MACRO), rest);
  const of = { ...best, arc: formatArc(MICRO) };
  assert.deepEqual(arcProvenance(run("micro", [of]), MICRO), {
    ...chosen,
    reductionPrev: "reduced",
  });
});

Deno.test("trainedOf() finds the end of training, and nothing in a run that was interrupted", () => {
  assert.equal(trainedOf(run("macro", [best])), null);
  const trained = { type: "trained", arc: formatArc(MACRO) } as RunEvent;
  assert.equal(trainedOf(run("macro", [best, trained])), trained);
});
