/**
 * The command `data`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { MAX_IMAGE_SIZE } from "../nas/config/mod.ts";
import {
  DataError,
  type DatasetContents,
  datasetNames,
  DATASETS,
  fetchDataset,
  type FetchResult,
} from "../nas/data/mod.ts";
import { counted, grouped } from "../nas/text/words.ts";
import { askedFor, Failure, UsageError, wholeNumber } from "./errors.ts";
import { fetchedText } from "./needs.ts";
import { callerPath, note, print, printJson } from "./terminal.ts";

/** Classes that are listed one by one; more are told by their extremes. */
const LISTED_CLASSES = 20;

/** Says what the user's own images are: classes, counts, sizes, channels, split. */
function noteContents({ classes, shape, files, splits }: DatasetContents): void {
  const [height, width, channels] = shape;
  const total = (part: "train" | "validation" | "test") =>
    classes.reduce((sum, one) => sum + one[part], 0);
  const line = (what: string, text: string) => note(`${what.padEnd(12)}${text}`);
  line("classes", counted(classes.length, "class", "classes"));
  line(
    "size",
    `${width}×${height} pixels, ${channels === 1 ? "grey" : "colour"}` +
      (files === undefined || isOneSize(files, height, width) ? "" : `, made of ${sizes(files)}`),
  );
  line(
    "split",
    `${counted(total("train"), "image")} to train, ` +
      (splits.validation === "own"
        ? `${grouped(total("validation"))} to validate (val/), `
        : "of which a run takes a share of each class to validate, ") +
      `${grouped(total("test"))} to test ` +
      `(${splits.test === "own" ? "a part of their own" : "a fifth of each class"})`,
  );
  const widest = Math.max(...classes.map(({ name }) => name.length));
  for (const { name, train, validation, test } of classes.slice(0, LISTED_CLASSES)) {
    const parts = [train, ...(splits.validation === "own" ? [validation] : []), test];
    note(`  ${name.padEnd(widest)}  ${parts.map(grouped).join(" + ")}`);
  }
  const more = classes.slice(LISTED_CLASSES);
  if (more.length === 0) return;
  const counts = more.map(({ train }) => train);
  note(
    `  and ${grouped(more.length)} more of ${grouped(Math.min(...counts))} to ` +
      `${counted(Math.max(...counts), "training image")}`,
  );
}

type Extent = NonNullable<DatasetContents["files"]>;

function isOneSize({ least, most }: Extent, height: number, width: number): boolean {
  return [least, most].every(([h, w]) => h === height && w === width);
}

function sizes({ least, most }: Extent): string {
  const text = ([height, width]: readonly [number, number]) => `${width}×${height}`;
  return text(least) === text(most) ? text(least) : `${text(least)} to ${text(most)}`;
}

/** The command `data`. */
export function dataCommand(): AnyCommand {
  const known = datasetNames().map((name) => `${name} (${DATASETS[name].summary})`).join("; ");
  const command = new Command("data")
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
      `for folder and idx: rows and columns to resize to, at most ${MAX_IMAGE_SIZE} (default: as they are)`,
    )
    .option("--json", "print one JSON object on stdout")
    .addHelpText(
      "after",
      "\n`data --for COMMAND …` fetches what that command line would need, as ./run does by itself.",
    )
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
      const options = {
        onProgress: note,
        ...(from === undefined ? {} : { from: callerPath(from) }),
        ...(imageSize === undefined
          ? {}
          : { imageSize: wholeNumber("--image-size", imageSize, 1, MAX_IMAGE_SIZE) }),
      };
      const fetching = () => fetchDataset(name, options);
      const result = await (own || from !== undefined ? askedFor(fetching) : fetched(fetching));
      if (json) printJson(result);
      else if (result.folder === null) print(`${name} is computed and has no files`);
      else {
        print(result.folder);
        note(fetchedText(result));
        if (result.contents !== undefined) noteContents(result.contents);
      }
    });
  return command;
}

/** Runs a fetch: that nothing can be had is no mistake of the caller. */
async function fetched(fetching: () => Promise<FetchResult>): Promise<FetchResult> {
  try {
    return await fetching();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new Failure(error.message, { cause: error });
  }
}
