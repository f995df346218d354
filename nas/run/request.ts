/**
 * What a run was asked for, kept as `request.json` in its folder until its `config.json` says so: a
 * run that is killed while its images are read or its device is opened can begin anew by itself.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { writeAdvice, writeFileAtomic } from "../files/atomic.ts";
import { readBoundedText } from "../files/bounded.ts";
import { StoreError } from "./errors.ts";
import type { RunFolder } from "./run_folder.ts";

/** What a run was asked for. */
export interface RunRequest {
  readonly command: "search" | "train";
  readonly preset: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** Folder of the images, where the caller named one. */
  readonly dataFrom?: string;
  /** Text of the architecture of `train`. */
  readonly arc?: string;
  /** Path of the run with whose controller a search begins. */
  readonly controllerFrom?: string;
}

const requestSchema: z.ZodType<RunRequest> = z.object({
  command: z.enum(["search", "train"]),
  preset: z.string(),
  hyperparameters: z.record(z.string(), z.unknown()),
  dataFrom: z.exactOptional(z.string()),
  arc: z.exactOptional(z.string()),
  controllerFrom: z.exactOptional(z.string()),
});

/** A request may be this large, in bytes. */
const MAX_REQUEST_BYTES = 2 ** 24;

/** Writes the request; throws {@link StoreError} where it cannot be written. */
export function writeRequest(folder: RunFolder, request: RunRequest): void {
  const path = requestPath(folder);
  try {
    writeFileAtomic(path, `${JSON.stringify(request, null, 2)}\n`);
  } catch (cause) {
    throw new StoreError(
      `Expected to write ${path} but found ${(cause as Error).message}; ${writeAdvice(cause)}`,
      path,
      { cause },
    );
  }
}

/** Reads the request; null where there is none, or what lies there is none. */
export function readRequest(folder: RunFolder): RunRequest | null {
  try {
    const text = readBoundedText(requestPath(folder), MAX_REQUEST_BYTES);
    return requestSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Takes the request back, where there is one: the run has begun, or never will. */
export function removeRequest(folder: RunFolder): void {
  try {
    Deno.removeSync(requestPath(folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function requestPath({ path }: RunFolder): string {
  return join(path, "request.json");
}
