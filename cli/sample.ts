/**
 * The command `sample`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { formatArc } from "../nas/space/mod.ts";
import { sampleArcs } from "../nas/search/sampled.ts";
import { wholeNumber } from "./errors.ts";
import { openRunWithSampler } from "./named_run.ts";
import { print, printJson } from "./terminal.ts";

/** The command `sample`. */
export function sampleCommand(): AnyCommand {
  const command = new Command("sample")
    .description("Draws architectures from the sampler that a run saved, one a line.")
    .argument("<RUN>", "folder of a run, or its name in ./runs")
    .requiredOption("--count <N>", "architectures to draw")
    .option("--seed <N>", "seed of the draws (default: go on where the run ended)")
    .option("--json", "print one JSON object on stdout")
    .action((run, { count, seed, json }) => {
      const wanted = wholeNumber("--count", count, 1, 1_000_000);
      const from = seed === undefined ? undefined : wholeNumber("--seed", seed, 0, 2 ** 32 - 1);
      const { path } = openRunWithSampler("<RUN>", run);
      const { folder, arcs } = sampleArcs(path, wanted, from);
      const texts = arcs.map((arc) => formatArc(arc));
      if (json) printJson({ run: folder.path, seed: from ?? null, arcs: texts });
      else texts.forEach((text) => print(text));
    });
  return command;
}
