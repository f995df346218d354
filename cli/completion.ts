/**
 * The command `completion`: scripts with which shells complete tasks and flags of `./run`, made from
 * the commands themselves.
 *
 * @module
 */
import { Argument, Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { fileURLToPath } from "node:url";
import { shellLine } from "../nas/text/shell_line.ts";
import { UsageError } from "./errors.ts";
import tasks from "./tasks.json" with { type: "json" };
import { print } from "./terminal.ts";

/** A word that can be completed to, with what it does. */
export interface Word {
  readonly word: string;
  readonly does: string;
  /** Whether it is a flag with a value behind it, which is completed as the name of a file. */
  readonly value: boolean;
}

/** The words that may follow the names of a command and a command of its own, such as `study`, `depth`. */
export interface Place {
  readonly after: readonly string[];
  readonly words: readonly Word[];
}

/** All places of a command line; the first one is its beginning. */
export function placesOf(program: AnyCommand): Place[] {
  const start = Object.entries(tasks).map(([word, does]) => ({ word, does, value: false }));
  return [
    { after: [], words: [...start, ...flagsOf(program)] },
    ...commandsOf(program).flatMap((command) => [
      placeOf(command, [command.name()]),
      ...commandsOf(command).map((inner) => placeOf(inner, [command.name(), inner.name()])),
    ]),
  ];
}

function placeOf(command: AnyCommand, after: readonly string[]): Place {
  const inner = commandsOf(command)
    .map((inner) => ({ word: inner.name(), does: inner.summary(), value: false }));
  const choices = command.registeredArguments
    .flatMap((argument: Argument) => argument.argChoices ?? [])
    .map((word) => ({ word, does: "", value: false }));
  return { after, words: [...inner, ...choices, ...flagsOf(command)] };
}

function commandsOf(command: AnyCommand): readonly AnyCommand[] {
  return command.commands;
}

function flagsOf(command: AnyCommand): Word[] {
  return command.createHelp().visibleOptions(command).map((option) => ({
    word: option.long!,
    does: option.description,
    value: option.required || option.optional,
  }));
}

/** How a shell is told of the places; `run` is the absolute path of the script that is completed. */
type Script = (places: readonly Place[], run: string) => string;

const SCRIPTS: Readonly<Record<string, Script>> = { bash, zsh, fish };

/** The script for a shell. */
export function completionScript(
  shell: string,
  program: AnyCommand,
  run: string,
): string {
  if (Object.hasOwn(SCRIPTS, shell)) return SCRIPTS[shell](placesOf(program), run);
  throw new UsageError(
    `Expected SHELL to be one of ${Object.keys(SCRIPTS).join(", ")} but found ${
      JSON.stringify(shell)
    }`,
  );
}

/** The command `completion`; `program` gives the command line that it completes. */
export function completionCommand(program: () => AnyCommand): AnyCommand {
  const command = new Command("completion")
    .description(
      "Prints a script with which your shell completes tasks and flags of this ./run. bash: put " +
        '`eval "$(PATH/run completion bash)"` into ~/.bashrc; zsh: the same with zsh into ~/.zshrc, ' +
        "after compinit; fish: write the output to ~/.config/fish/completions/run.fish.",
    )
    .addArgument(
      // Checked by completionScript(); the choices are for itself to be completed, too.
      new Argument("<SHELL>", "your shell").choices(Object.keys(SCRIPTS)).argParser((name) => name),
    )
    .action((shell) =>
      print(
        completionScript(shell, program(), fileURLToPath(new URL("../run", import.meta.url))),
      )
    );
  return command;
}

/** Arms of a `case` of POSIX shells over `FIRST/SECOND`, in the order in which they have to be tried. */
function arms(places: readonly Place[], body: (place: Place) => string): string {
  const pattern = ({ after }: Place) =>
    after.length === 0 ? "/" : after.length === 1 ? `${after[0]}/*` : after.join("/");
  return places.toSorted((a, b) => b.after.length - a.after.length)
    .map((place) => `    ${pattern(place)}) ${body(place)} ;;`).join("\n");
}

/** Flags with values, as a pattern of `case`. */
function valued({ words }: Place): string {
  return words.filter(({ value }) => value).map(({ word }) => word).join("|") || "none";
}

function bash(places: readonly Place[], run: string): string {
  return `_enaslab() {
  COMPREPLY=()
  [[ $1 -ef ${shellLine([run])} ]] || return 0
  local first= second= words= values=
  if ((COMP_CWORD > 1)); then first=\${COMP_WORDS[1]}; fi
  if ((COMP_CWORD > 2)); then second=\${COMP_WORDS[2]}; fi
  case $first/$second in
${
    arms(
      places,
      (place) =>
        `words='${place.words.map(({ word }) => word).join(" ")}' values='${valued(place)}'`,
    )
  }
  esac
  case "|$values|" in *"|\${COMP_WORDS[COMP_CWORD - 1]}|"*) return 0 ;; esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _enaslab run`;
}

function zsh(places: readonly Place[], run: string): string {
  const described = ({ word, does }: Word) =>
    shellLine([does === "" ? word : `${word}:${does.replaceAll("\\", "\\\\")}`]);
  return `#compdef run
_enaslab() {
  if [[ ! $words[1] -ef ${shellLine([run])} ]]; then _default; return; fi
  local first= second= values=
  local -a choices
  if ((CURRENT > 2)); then first=$words[2]; fi
  if ((CURRENT > 3)); then second=$words[3]; fi
  case $first/$second in
${
    arms(
      places,
      (place) => `choices=(${place.words.map(described).join(" ")}) values='${valued(place)}'`,
    )
  }
  esac
  if [[ "|$values|" == *"|$words[CURRENT-1]|"* ]]; then _files; return; fi
  _describe -o 'task or flag' choices || _files
}
compdef _enaslab run`;
}

function fish(places: readonly Place[], run: string): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = places.flatMap(({ after, words }) =>
    words.map(({ word, does, value }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      const place = after.join(" ");
      // A command of a command has flags of its own.
      const inner = places.filter((other) => other.after.length > 1 && other.after[0] === after[0])
        .map((other) => other.after[1]);
      const but = after.length === 1 && inner.length > 0 ? ` -- ${inner.join(" ")}` : "";
      return `complete -c run -n ${quoted(`__enaslab_at ${place}${but}`.trimEnd())} ${what}` +
        (value ? " -r" : "") + (does === "" ? "" : ` -d ${quoted(does)}`);
    })
  );
  return `# Whether the words before the cursor are those of this ./run, begin with the given ones, and have
# none of those behind -- next.
function __enaslab_at
  set -l typed (commandline -opc)
  test (realpath -- $typed[1] 2>/dev/null) = ${quoted(run)}; or return 1
  set -l wanted
  set -l but
  set -l to wanted
  for word in $argv
    if test $word = --
      set to but
    else
      set -a $to $word
    end
  end
  set -l count (count $wanted)
  if test $count = 0
    test (count $typed) = 1
    return
  end
  test (count $typed) -gt $count; or return 1
  set -l last (math $count + 1)
  test "$typed[2..$last]" = "$wanted"; or return 1
  not contains -- "$typed[3]" $but
end
${lines.join("\n")}`;
}
