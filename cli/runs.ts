/**
 * The commands `sample` and `data`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { formatArc } from "../nas/space/mod.ts";
import { datasetNames, DATASETS, fetchDataset } from "../nas/data/mod.ts";
import { sampleArcs } from "../nas/search/sampled.ts";
import { UsageError, wholeNumber } from "./errors.ts";
import { openRunWithSampler } from "./named_run.ts";
import { callerPath, note, print, printJson } from "./terminal.ts";

/** The command `sample`. */
export function sampleCommand(): Command {
  const command = new Command("sample")
    .summary("draw architectures from a run's sampler")
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
  return command as unknown as Command;
}

/** The command `data`. */
export function dataCommand(): Command {
  const known = datasetNames().map((name) => `${name} (${DATASETS[name].summary})`).join("; ");
  const command = new Command("data")
    .summary("fetch a data set once, verify it, say where it lies")
    .description(
      "Fetches a data set once, verifies it by SHA-256 and says where it lies: in the folder that " +
        "ENASLAB_DATA names, or else in your cache folder. Your own images are checked and decoded.",
    )
    .argument("<NAME>", known)
    .option(
      "--from <PATH>",
      "folder or tar archive (plain, .gz, .xz) to take the files from (default: wherever they can " +
        "be had); for folder and idx the folder of your data",
    )
    .option(
      "--image-size <N>",
      "for folder and idx: rows and columns to resize to (default: as they are)",
    )
    .option("--json", "print one JSON object on stdout")
    .action(async (name, { from, imageSize, json }) => {
      if (!datasetNames().includes(name)) {
        throw new UsageError(
          `Expected NAME to be one of ${datasetNames().join(", ")} but found ${
            JSON.stringify(name)
          }`,
        );
      }
      const { own } = DATASETS[name];
      if (own && from === undefined) {
        throw new UsageError(
          `Expected --from DIR with ${name} but found none; add it, with the folder of your images`,
        );
      }
      if (!own && imageSize !== undefined) {
        throw new UsageError(
          `Expected no --image-size with ${name}, whose files stay as published, but found ` +
            `${imageSize}; leave it out, or give it to a run`,
        );
      }
      const result = await fetchDataset(name, {
        onProgress: note,
        ...(from === undefined ? {} : { from: callerPath(from) }),
        ...(imageSize === undefined
          ? {}
          : { imageSize: wholeNumber("--image-size", imageSize, 1, 1024) }),
      });
      if (json) printJson(result);
      else if (result.folder === null) print(`${name} is computed and has no files`);
      else {
        print(result.folder);
        const { length } = result.files;
        const files = length === 1 ? "1 file" : `${length} files`;
        const hashes = own ? "" : ", SHA-256 as published";
        note(`${name}: ${files}, ${result.how}${hashes}`);
      }
    });
  return command as unknown as Command;
}
