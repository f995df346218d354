/**
 * Configurations from files: what `--print-config` wrote, or the config.json of a run.
 *
 * @module
 */
import { join } from "node:path";
import { ConfigError, parseSearchConfig, type SearchConfig } from "../nas/config/mod.ts";
import { readBoundedText } from "../nas/files/bounded.ts";
import { UsageError } from "./errors.ts";
import { findRun } from "./report.ts";

/** A configuration may be this large, in bytes. */
const MAX_BYTES = 2 ** 20;

/**
 * Reads the configuration that `--config` names: a file with the JSON that `--print-config` prints, the
 * config.json of a run, or a run by its folder or its name in `runs`.
 *
 * @throws {UsageError} When it cannot be read, is no JSON, or no configuration of this version.
 */
export function readConfigFile(given: string): SearchConfig {
  const path = fileOf(findRun(given));
  const refuse = (found: string, cause: unknown): never => {
    throw new UsageError(
      `Expected --config to be a file that --print-config wrote, or a run, but found ${found} in ` +
        path,
      { cause },
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(readBoundedText(path, MAX_BYTES));
  } catch (cause) {
    return refuse((cause as Error).message, cause);
  }
  const settings = typeof value === "object" && value !== null && "hyperparameters" in value
    ? value.hyperparameters
    : value;
  try {
    return parseSearchConfig(settings);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new UsageError(
      cause.issues.map(({ message }) => `${message} (--config ${path})`).join("\n"),
      { cause },
    );
  }
}

function fileOf(path: string): string {
  try {
    return Deno.statSync(path).isDirectory ? join(path, "config.json") : path;
  } catch {
    return path;
  }
}
