/**
 * Getting published files into the cache folder: copied, installed or downloaded, always verified
 * by SHA-256 before the first of them is written, and each written whole or not at all.
 *
 * @module
 */
import type { DataOptions, FetchResult } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { holdsFiles, type KnownFile, readVerified, storeFile, verifyBytes } from "./files.ts";

/** Where the files of one data set may come from. */
export interface FetchPlan {
  /** Name in the registry. */
  readonly name: string;
  /** The files, with hashes. */
  readonly files: readonly KnownFile[];
  /** Folders that may hold them already; the first one is written to. */
  readonly cacheFolders: readonly string[];
  /** Debian package that ships them. */
  readonly debianPackage: string;
  /** Folder in which that package puts them. */
  readonly debianFolder: string;
  /** Address of the authors' folder; a file's address is `url/file`. */
  readonly url: string;
  /** Advice for the case that every way fails. */
  readonly advice: string;
}

/** What the machine offers; tests put their own here. */
export interface Surroundings {
  /** Why packages cannot be installed, or null where they can. */
  readonly whyNoInstall: () => Promise<string | null>;
  /** Installs a Debian package; throws an Error that says why not. */
  readonly install: (name: string) => Promise<void>;
  /** Bytes at an address; throws an Error that says why not. */
  readonly download: (url: string) => Promise<Uint8Array>;
}

/** A stalled download is given up after this time, in milliseconds. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

/** Runs apt-get; returns null, or the last line of what it said when it failed. */
async function aptGet(...args: string[]): Promise<string | null> {
  const { success, stderr } = await new Deno.Command("apt-get", {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return null;
  return new TextDecoder().decode(stderr).trim().split("\n").at(-1) || "no reason given";
}

/** This machine: apt-get where it exists and the user is root, and the network. */
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
    async download(url) {
      const signal = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
      const response = await fetch(url, { signal });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`the server answered ${response.status} ${response.statusText}`);
      }
      return await response.bytes();
    },
  };
}

/** All files of `folder`, verified. */
async function readAll(plan: FetchPlan, folder: string, todo: string): Promise<Uint8Array[]> {
  const contents: Uint8Array[] = [];
  for (const known of plan.files) contents.push(await readVerified(folder, known, todo));
  return contents;
}

/** Writes verified contents into the first cache folder. */
function store(
  plan: FetchPlan,
  contents: readonly Uint8Array[],
  how: FetchResult["how"],
): FetchResult {
  const folder = plan.cacheFolders[0];
  plan.files.forEach(({ file }, i) => storeFile(folder, file, contents[i]));
  return { name: plan.name, folder, how, files: plan.files.map(({ file }) => file) };
}

/**
 * Carries out `plan`. With `options.from` only that folder counts, and the cache is written anew.
 * Otherwise the first way that succeeds: a cache folder with intact files (a damaged one is
 * replaced), the Debian folder, installing the package, downloading.
 *
 * @throws {DataError} When every way fails; the message lists what was tried and what to do.
 */
export async function fetchFiles(
  plan: FetchPlan,
  options: DataOptions,
  surroundings: Surroundings,
): Promise<FetchResult> {
  const { from, onProgress } = options;
  if (from !== undefined) {
    const todo = "give --from a folder that holds intact copies of all files";
    return store(plan, await readAll(plan, from, todo), "copied");
  }
  const tried: string[] = [];
  const attempt = async <T>(what: string, way: () => Promise<T>): Promise<T | null> => {
    try {
      return await way();
    } catch (error) {
      tried.push(`${what}: ${(error as Error).message}`);
      return null;
    }
  };
  for (const folder of plan.cacheFolders.filter((folder) => holdsFiles(folder, plan.files))) {
    const found = await attempt("cache", () => readAll(plan, folder, "it is fetched again"));
    if (found) {
      return { name: plan.name, folder, how: "verified", files: plan.files.map((f) => f.file) };
    }
  }
  const fromPackage = () => readAll(plan, plan.debianFolder, "reinstall the package");
  if (holdsFiles(plan.debianFolder, plan.files)) {
    const found = await attempt("Debian package", fromPackage);
    if (found) return store(plan, found, "copied");
  }
  const obstacle = await surroundings.whyNoInstall();
  if (obstacle === null) {
    onProgress?.(`Installing the package ${plan.debianPackage}`);
    const found = await attempt("apt-get install", async () => {
      await surroundings.install(plan.debianPackage);
      return await fromPackage();
    });
    if (found) return store(plan, found, "installed");
  } else {
    tried.push(`apt-get install: ${obstacle}`);
  }
  const downloaded = await attempt("download", async () => {
    const contents: Uint8Array[] = [];
    for (const known of plan.files) {
      const url = `${plan.url}/${known.file}`;
      onProgress?.(`Downloading ${url}`);
      const bytes = await surroundings.download(url);
      verifyBytes(bytes, known, url, "try again later");
      contents.push(bytes);
    }
    return contents;
  });
  if (downloaded) return store(plan, downloaded, "downloaded");
  throw new DataError({
    expected: `a way to get the files of ${plan.name}`,
    found: `none (${tried.join("; ")})`,
    todo: plan.advice,
  });
}
