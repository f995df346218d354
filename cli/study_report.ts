/**
 * The command `study report`: draws the report of a study anew from its `study.json` alone.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { drawStudy } from "./study_page.ts";
import { callerPath, print, shortPath } from "./terminal.ts";

/** The command `study report`. */
export function studyReportCommand(): AnyCommand {
  const command = new Command("report")
    .summary("draw a study's report anew from its study.json; trains nothing")
    .description(
      "Writes report.html of a study's folder anew, from study.json alone, years later too.",
    )
    .argument("<FOLDER>", "folder of a study, with its study.json")
    .option("--pictures <DIR>", "also write every figure as a PNG file into this folder")
    .action(async (folder, { pictures }) => {
      const places = pictures === undefined ? {} : { pictures: callerPath(pictures) };
      print(shortPath(await drawStudy(callerPath(folder), places)));
    });
  return command;
}
