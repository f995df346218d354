/**
 * The command line; --help lists the commands. They are in cli/, a file each; cli/tasks.json says in a
 * line what each does.
 *
 * @module
 */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { AnyCommand } from "./cli/command.ts";
import { typed } from "./cli/called.ts";
import { completionCommand } from "./cli/completion.ts";
import { dataCommand } from "./cli/data.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { explain } from "./cli/errors.ts";
import { exportCommand } from "./cli/export.ts";
import { fetchMissing } from "./cli/needs.ts";
import { gpu } from "./cli/gpu.ts";
import { planCommand } from "./cli/plan.ts";
import { predictCommand } from "./cli/predict.ts";
import { reportCommand } from "./cli/report.ts";
import { runsCommand } from "./cli/runs.ts";
import { sampleCommand } from "./cli/sample.ts";
import { searchCommand } from "./cli/search.ts";
import { studyCommand } from "./cli/study.ts";
import tasks from "./cli/tasks.json" with { type: "json" };
import { note, print } from "./cli/terminal.ts";
import { trainCommand } from "./cli/train.ts";
import { versionsText } from "./cli/versions.ts";

function subcommands({ commands }: AnyCommand): readonly AnyCommand[] {
  return commands;
}

/** `search [options]`: what follows the form of the call. */
function usageOf(command: CommandUnknownOpts): string {
  const path: string[] = [];
  for (let at: CommandUnknownOpts | null = command; at?.parent; at = at.parent) {
    path.unshift(at.name());
  }
  return [...path, command.usage()].join(" ");
}

/** The command line with all its commands; `exit` gets the exit code of one that ended early. */
export function enaslab(exit: (code: number) => void): AnyCommand {
  const program: AnyCommand = new Command("enaslab")
    .description("Neural architecture search, trained by hand-written GPU kernels.")
    .version(versionsText(), "-V, --version", "print versions")
    .addCommand(searchCommand(exit))
    .addCommand(trainCommand(exit))
    .addCommand(studyCommand(exit))
    .addCommand(predictCommand(exit))
    .addCommand(planCommand())
    .addCommand(reportCommand())
    .addCommand(runsCommand())
    .addCommand(exportCommand())
    .addCommand(sampleCommand())
    .addCommand(doctorCommand())
    .addCommand(dataCommand())
    .addCommand(completionCommand(() => program))
    .helpCommand(false);
  const lines: Readonly<Record<string, string>> = tasks;
  for (const command of subcommands(program)) command.summary(lines[command.name()]);
  for (
    const command of [
      program,
      ...subcommands(program),
      ...subcommands(program).flatMap(subcommands),
    ]
  ) {
    command.exitOverride().configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      // Errors are thrown and said once, by explain(); the help after a bare call comes this way.
      writeErr: (text) => text.startsWith("error:") ? undefined : note(text.trimEnd()),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
    command.helpOption("-h, --help", "show this help");
    // The first word of Commander's own line is the program's name, which nobody types.
    command.configureHelp({ commandUsage: (of) => typed(usageOf(of)) });
  }
  return program;
}

/** Runs one command, as the program does, and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = enaslab((code) => exitCode = code);
  try {
    // What follows is no option of `data` but another command line.
    if (args[0] === "data" && args[1] === "--for") await fetchMissing(program, args.slice(2));
    else await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

if (import.meta.main) {
  const code = await main(Deno.args);
  await gpu.close();
  Deno.exit(code);
}
