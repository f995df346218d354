/**
 * The command line: `deno task search`, `train`, `study`, `plan`, `report`, `export`, `sample`, `doctor`, `data`. The
 * commands are in cli/.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { dataCommand, sampleCommand } from "./cli/runs.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { explain } from "./cli/errors.ts";
import { exportCommand } from "./cli/export.ts";
import { planCommand } from "./cli/plan.ts";
import { reportCommand } from "./cli/report.ts";
import { searchCommand } from "./cli/search.ts";
import { studyCommand } from "./cli/study.ts";
import { note, print } from "./cli/terminal.ts";
import { trainCommand } from "./cli/train.ts";

function subcommands(command: { readonly commands: readonly unknown[] }): Command[] {
  return command.commands as Command[];
}

/** Runs one command, as the program does, and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("enaslab")
    .description("Neural architecture search, trained by hand-written GPU kernels.")
    .addCommand(searchCommand((code) => exitCode = code))
    .addCommand(trainCommand((code) => exitCode = code))
    .addCommand(studyCommand((code) => exitCode = code))
    .addCommand(planCommand())
    .addCommand(reportCommand())
    .addCommand(exportCommand())
    .addCommand(sampleCommand())
    .addCommand(doctorCommand())
    .addCommand(dataCommand())
    .helpCommand(false);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(subcommands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      // Errors are thrown and said once, by explain(); the help after a bare call comes this way.
      writeErr: (text) => text.startsWith("error:") ? undefined : note(text.trimEnd()),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
    command.helpOption("-h, --help", "show this help");
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
