/**
 * The command `study`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { Random } from "../engine/random.ts";
import { ENASLAB_VERSION } from "../nas/run/versions.ts";
import { STUDIES } from "../study/mod.ts";
import { thesisReport } from "../study/thesis/report.ts";
import { printStudy, printStudyJson, writeStudy } from "./study_output.ts";
import { planCommand } from "./study_plan.ts";
import { studyReportCommand } from "./study_report.ts";
import { predictStudy, trainingStudyCommand } from "./study_run.ts";
import { callerPath } from "./terminal.ts";

/** The command `study`, with one command a study; `exit` gets the code of one that was interrupted. */
export function studyCommand(exit: (code: number) => void): AnyCommand {
  const command = new Command("study")
    .description("Runs a study and ends in a report with a verdict on every claim.");
  command.addCommand(thesisCommand());
  command.addCommand(planCommand(predictStudy));
  command.addCommand(studyReportCommand());
  for (const study of STUDIES) command.addCommand(trainingStudyCommand(study, exit));
  return command;
}

function thesisCommand(): AnyCommand {
  const command = new Command("thesis")
    .summary("judge the thesis's claims by its own tables; trains nothing, takes seconds")
    .option("--out <FOLDER>", "folder for study.json and report.html", "studies/thesis")
    .option("--no-report", "leave out report.html")
    .option("--json", "print the result as JSON on stdout")
    .action(async ({ out, report, json }) => {
      const started = performance.now();
      const random = new Random(1);
      const study = thesisReport(() => random.uniform(), () => ({
        seconds: (performance.now() - started) / 1000,
        created: new Date(),
        enaslab: ENASLAB_VERSION,
      }));
      const path = await writeStudy(study, callerPath(out), report);
      if (json) printStudyJson(study, path);
      else printStudy(study, path);
    });
  return command;
}
