/**
 * Starts the command line as a program of its own.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** What a program left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start it. */
export interface CliOptions {
  /** Folder that it is started in; default: the temporary one of this process. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder that the tests of this file share; removed when the tests end. */
export const scratch: string = Deno.makeTempDirSync({ prefix: "enaslab-cli-" });
globalThis.addEventListener("unload", () => Deno.removeSync(scratch, { recursive: true }));

/** The program, not yet started. */
export function cliCommand(args: readonly string[], options: CliOptions = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--config",
      fileURLToPath(new URL("deno.json", ROOT)),
      fileURLToPath(new URL("cli.ts", ROOT)),
      ...args,
    ],
    cwd: options.cwd ?? scratch,
    // An outer `deno task` sets INIT_CWD, which would win over cwd.
    env: { INIT_CWD: "", NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs it to its end. */
export async function cli(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  const { code, stdout, stderr } = await cliCommand(args, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // Mesa's complaint about XDG_RUNTIME_DIR is not ours.
  const said = text(stderr).split("\n").filter((line) => !line.includes("XDG_RUNTIME_DIR"));
  return { code, stdout: text(stdout), stderr: said.join("\n") };
}

/** A search of a few seconds on the synthetic images. */
export function smallSearch(out = "runs", ...more: string[]): string[] {
  return [
    ...["search", "--dataset", "synthetic", "--image-size", "8", "--layers", "4"],
    ...["--filters", "4", "--images", "200", "--epochs", "1", "--final-epochs", "1"],
    ...["--batch", "16", "--set", "controller.updatesPerEpoch=2"],
    ...["--set", "controller.arcsPerUpdate=2", "--set", "search.scoredArcs=3"],
    ...["--out", join(scratch, out), ...more],
  ];
}
