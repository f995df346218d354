/**
 * How the program was called, so that hints name commands that the caller can type: `./run search`,
 * `deno task search` or `deno run -A cli.ts search`.
 *
 * Other rooms know nothing of it: what they say names a command as `enaslab search`, between
 * backticks, and {@link asCalled} puts the caller's form there.
 *
 * @module
 */
import { isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { shellLine } from "../nas/text/shell_line.ts";

/** Folder of deno.json. */
const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What to type before the name of a command. */
export interface Called {
  /** From the folder that the caller is in. */
  readonly here: string;
  /** From the folder of enaslab, for files that may be read on another machine. */
  readonly there: string;
}

/**
 * The form of a call, from what `run` and `deno task` leave in the environment.
 *
 * @param env `ENASLAB_RUN`, which `run` sets to what was typed, and `INIT_CWD`, the caller's folder,
 * which `deno task` sets
 * @param cwd folder of the process
 */
export function calledBy(
  { ENASLAB_RUN: run, INIT_CWD: caller }: { readonly [name: string]: string | undefined },
  cwd: string,
): Called {
  if (run) return { here: shellLine([run.includes("/") ? run : `./${run}`]), there: "./run" };
  if (caller) {
    const inside = isInside(caller, ROOT);
    const config = inside ? "" : ` --config ${shellLine([join(ROOT, "deno.json")])}`;
    return { here: `deno task${config}`, there: "deno task" };
  }
  const main = join(ROOT, "cli.ts");
  const path = isInside(cwd, ROOT) ? relative(cwd, main) : main;
  return { here: `deno run -A ${shellLine([path])}`, there: "deno run -A cli.ts" };
}

function isInside(folder: string, outer: string): boolean {
  const path = relative(outer, folder);
  return !path.startsWith("..") && !isAbsolute(path);
}

function called(): Called {
  const [ENASLAB_RUN, INIT_CWD] = ["ENASLAB_RUN", "INIT_CWD"].map((name) => Deno.env.get(name));
  return calledBy({ ENASLAB_RUN, INIT_CWD }, Deno.cwd());
}

/** A command as the caller can type it now. */
export function typed(command: string): string {
  return `${called().here} ${command}`;
}

/** A command for a file that lasts, to be typed in the folder of enaslab. */
export function typedThere(command: string): string {
  return `${called().there} ${command}`;
}

/** Text in which commands that are named as `enaslab NAME …`, between backticks, have the caller's form. */
export function asCalled(text: string): string {
  return text.replaceAll("`enaslab ", () => `\`${typed("")}`);
}
