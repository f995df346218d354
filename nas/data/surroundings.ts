/**
 * What the machine offers for getting files: package managers and the network.
 *
 * @module
 */
import { join } from "node:path";
import { userCacheFolder } from "./files.ts";

/** What the machine offers; tests put their own here. */
export interface Surroundings {
  /** Why Debian packages cannot be installed, or null where they can. */
  readonly whyNoInstall: () => Promise<string | null>;
  /** Installs a Debian package; throws an Error that says why not. */
  readonly install: (name: string) => Promise<void>;
  /** Bytes at an address; throws an Error that says why not. */
  readonly download: (url: string) => Promise<Uint8Array<ArrayBuffer>>;
  /** The tarball of an npm package, without those it depends on; throws an Error that says why not. */
  readonly npmTarball: (name: string, version: string) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A download is given up when nothing arrives for this time, in milliseconds. */
const STALL_MS = 60_000;

/** Runs a program; returns null, or the last line of what it said when it failed. */
async function complaint(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string | null> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return null;
  return new TextDecoder().decode(stderr).trim().split("\n").at(-1) || "no reason given";
}

function aptGet(...args: string[]): Promise<string | null> {
  return complaint("apt-get", args, { DEBIAN_FRONTEND: "noninteractive" });
}

/** All bytes at `url`, as long as they keep coming. */
async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const stalled = new AbortController();
  const giveUp = () => stalled.abort(new Error(`nothing arrived for ${STALL_MS / 1000} s`));
  let timer = setTimeout(giveUp, STALL_MS);
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, STALL_MS);
      chunks.push(chunk);
    }
    return await new Blob(chunks).bytes();
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(cause instanceof Error ? `${message} (${cause.message})` : message, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The tarball of one npm package: `npm pack` where there is npm, which knows the user's registry and
 * how to log in, or else the registry of NPM_CONFIG_REGISTRY.
 */
async function npmTarball(name: string, version: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = `${name}-${version}.tgz`;
  // Beside the data sets, so that no other folder must be writable.
  const cache = userCacheFolder();
  if (cache !== null) await Deno.mkdir(cache, { recursive: true });
  const folder = await Deno.makeTempDir({
    ...(cache === null ? {} : { dir: cache }),
    prefix: "npm-",
  });
  try {
    const args = ["pack", `${name}@${version}`, "--silent", "--pack-destination", folder];
    const reason = await complaint("npm", args);
    if (reason !== null) throw new Error(reason);
    return await Deno.readFile(join(folder, file));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const registry = Deno.env.get("NPM_CONFIG_REGISTRY") ?? Deno.env.get("npm_config_registry");
  if (!registry) throw new Error("npm is not installed and NPM_CONFIG_REGISTRY is not set");
  return await download(`${registry.replace(/\/+$/, "")}/${name}/-/${file}`);
}

/** This machine: apt-get where it exists and the user is root, npm, and the network. */
export function hostSurroundings(): Surroundings {
  return {
    async whyNoInstall() {
      if (Deno.build.os !== "linux") return "this is no Linux";
      if (Deno.uid() !== 0) return "only root may install packages";
      try {
        await new Deno.Command("apt-get", { args: ["--version"], stdout: "null" }).output();
        return null;
      } catch {
        return "this machine has no apt-get";
      }
    },
    async install(name) {
      const install = ["install", "-y", "--no-install-recommends", name];
      if (await aptGet(...install) === null) return;
      await aptGet("update");
      const reason = await aptGet(...install);
      if (reason !== null) throw new Error(reason);
    },
    download,
    npmTarball,
  };
}
