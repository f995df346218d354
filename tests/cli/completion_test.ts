import assert from "node:assert/strict";
import { join } from "node:path";
import { enaslab } from "../../cli.ts";
import { completionScript, placesOf } from "../../cli/completion.ts";
import tasks from "../../cli/tasks.json" with { type: "json" };
import { assertRefused, cli, scratch } from "./helpers.ts";

const program = enaslab(() => {});
const FOLDER = join(scratch, "a folder's, own");
const RUN = join(FOLDER, "run");
Deno.mkdirSync(FOLDER);
Deno.writeTextFileSync(RUN, "");

Deno.test("every task, command and flag is at its place", () => {
  const places = new Map(placesOf(program).map(({ after, words }) => [after.join(" "), words]));
  const words = (after: string) => places.get(after)!.map(({ word }) => word);
  assert.deepEqual(words("").filter((word) => !word.startsWith("-")), Object.keys(tasks));
  for (const command of program.commands) {
    assert.ok(Object.hasOwn(tasks, command.name()), `${command.name()} has no line in tasks.json`);
    const at = words(command.name());
    for (const { long } of command.options) {
      assert.ok(at.includes(long!), `${command.name()} ${long}`);
    }
  }
  assert.ok(words("study").includes("transfer"));
  assert.ok(words("study transfer").includes("--seeds"));
  assert.ok(words("completion").includes("fish"));
  const flag = (name: string) => places.get("search")!.find(({ word }) => word === name)!;
  assert.deepEqual([flag("--epochs").value, flag("--json").value], [true, false]);
});

/** What each shell offers where `typed` stands before the cursor, as sorted words. */
async function offered(shell: string, typed: string, run = RUN): Promise<string[]> {
  const script = completionScript(shell, program, run);
  const file = join(FOLDER, `completion.${shell}`);
  await Deno.writeTextFile(file, script);
  const ask = {
    bash: `source "$1"; line=$2; read -ra COMP_WORDS <<< "$line"
      case $line in *' ') COMP_WORDS+=('') ;; esac
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _enaslab ./run; printf '%s\\n' "\${COMPREPLY[@]}"`,
    fish: `source $argv[1]; complete -C $argv[2] | string replace -r '\\t.*' ''; true`,
    // Outside an editor nothing completes; what would be described is what counts.
    zsh: `compdef() { :; }; _files() { :; }; _default() { :; }
      _describe() { print -l -- "\${(@)choices%%:*}" | grep -e "^$prefix"; }
      source "$1"; words=("\${(@s/ /)2}"); CURRENT=$#words; prefix=$words[-1]; _enaslab`,
  }[shell]!;
  const { code, stdout, stderr } = await new Deno.Command(shell, {
    args: ["-c", ask, ...(shell === "fish" ? [] : ["-"]), file, typed],
    cwd: FOLDER,
    env: { HOME: FOLDER },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(text(stderr), "", shell);
  assert.ok(code === 0 || shell === "zsh", `${shell} ended with ${code}`);
  return text(stdout).split("\n").filter((line) => line !== "").sort();
}

for (const shell of ["bash", "zsh", "fish"]) {
  const here = await new Deno.Command(shell, { args: ["-c", "exit 0"] }).output()
    .then(() => true, () => false);
  Deno.test({
    name: `${shell} completes tasks, commands and flags of this ./run alone`,
    ignore: !here,
    async fn() {
      assert.deepEqual(await offered(shell, "./run se"), ["search"]);
      assert.deepEqual(await offered(shell, "./run study tr"), ["transfer"]);
      assert.deepEqual(await offered(shell, "./run study transfer --see"), ["--seeds"]);
      assert.deepEqual(await offered(shell, "./run search --json --res"), ["--resume"]);
      assert.deepEqual(await offered(shell, "./run doctor --see"), []);
      // Behind a flag with a value stands no task or flag.
      const values = await offered(shell, "./run search --from ");
      assert.ok(!values.some((word) => word.startsWith("-") || word === "search"), `${values}`);
      assert.deepEqual(await offered(shell, "./run se", "/another/run"), []);
    },
  });
}

Deno.test("completion prints a script and names the shells that it knows", async () => {
  const { code, stdout } = await cli(["completion", "bash"]);
  assert.deepEqual([code, stdout.includes("complete -o default -F _enaslab run")], [0, true]);
  assertRefused(await cli(["completion", "tcsh"]), 2, /SHELL to be one of bash, zsh, fish/);
});
