/**
 * Getting published files into the cache folder: all are verified by SHA-256 before the first of
 * them is written, and each is written whole or not at all.
 *
 * @module
 */
import { readArchive } from "./archive.ts";
import type { DataOptions, FetchResult } from "./dataset.ts";
import { DataError } from "./errors.ts";
import {
  type Contents,
  holdsFiles,
  type KnownFile,
  readAllVerified,
  storeFile,
  verifyBytes,
} from "./files.ts";
import { type PublishedFiles, readFrom } from "./from.ts";
import type { Surroundings } from "./surroundings.ts";

/** One way to get all files of a data set. */
export interface FetchWay {
  /** What it is called in the list of what was tried. */
  readonly what: string;
  /** What {@link FetchResult.how} says when it succeeded. */
  readonly how: FetchResult["how"];
  /** Gets the files; `say` announces a slow step. Throws an Error that says why not. */
  readonly get: (say: (sentence: string) => void) => Promise<Contents>;
}

/** Where the files of one data set may come from. */
export interface FetchPlan extends PublishedFiles {
  /** Folders that may hold them already; the first one is written to. */
  readonly cacheFolders: readonly string[];
  /** The ways to get them when no cache folder does, in the order in which they are tried. */
  readonly ways: readonly FetchWay[];
  /** Advice for the case that every way fails. */
  readonly advice: string;
}

/** A folder in which a Debian package puts the files, and then the installation of that package. */
export function debianWays(
  packageName: string,
  folder: string,
  files: readonly KnownFile[],
  surroundings: Surroundings,
): FetchWay[] {
  const read = () => readAllVerified(folder, files, `reinstall the package ${packageName}`);
  return [
    {
      what: `Debian package ${packageName}`,
      how: "copied",
      get() {
        if (!holdsFiles(folder, files)) throw new Error("it is not installed");
        return read();
      },
    },
    {
      what: "apt-get install",
      how: "installed",
      async get(say) {
        const obstacle = await surroundings.whyNoInstall();
        if (obstacle !== null) throw new Error(obstacle);
        say(`Installing the package ${packageName}`);
        await surroundings.install(packageName);
        return await read();
      },
    },
  ];
}

/** Downloading each file from `url/file`. */
export function downloadWay(
  url: string,
  files: readonly KnownFile[],
  surroundings: Surroundings,
): FetchWay {
  return {
    what: "download",
    how: "downloaded",
    async get(say) {
      const contents = new Map<string, Uint8Array>();
      for (const known of files) {
        const address = `${url}/${known.file}`;
        say(`Downloading ${address}`);
        const bytes = await surroundings.download(address);
        // At once, so that a wrong file is not followed by more downloads.
        verifyBytes(bytes, known, address, "try again later");
        contents.set(known.file, bytes);
      }
      return contents;
    },
  };
}

/** Downloading a tar archive that holds all files. */
export function archiveWay(
  url: string,
  files: readonly KnownFile[],
  surroundings: Surroundings,
): FetchWay {
  return {
    what: "download",
    how: "downloaded",
    async get(say) {
      say(`Downloading ${url}`);
      const { body } = new Response(await surroundings.download(url));
      const names = files.map(({ file }) => file);
      return await readArchive(body!, names, url, "try again later");
    },
  };
}

/** The verified files of the first cache folder that holds them, or null; says which are damaged. */
async function fromCache(plan: FetchPlan, tried: string[]): Promise<string | null> {
  for (const folder of plan.cacheFolders.filter((folder) => holdsFiles(folder, plan.files))) {
    try {
      await readAllVerified(folder, plan.files, "it is fetched again");
      return folder;
    } catch (error) {
      tried.push(`cache: ${(error as Error).message}`);
    }
  }
  return null;
}

/**
 * Carries out `plan`. With `options.from` only that folder or archive counts, and the cache is
 * written anew. Otherwise a cache folder with intact files is enough (a damaged one is replaced), or
 * else the first of the plan's ways that succeeds.
 *
 * @throws {DataError} When every way fails; the message lists what was tried and what to do.
 */
export async function fetchFiles(plan: FetchPlan, options: DataOptions): Promise<FetchResult> {
  const { name, files } = plan;
  const say = options.onProgress ?? (() => {});
  const names = files.map(({ file }) => file);
  const store = (contents: Contents, how: FetchResult["how"]): FetchResult => {
    const folder = plan.cacheFolders.at(0);
    if (folder === undefined) {
      throw new DataError({
        expected: `a folder to keep the files of ${name} in`,
        found: "neither HOME nor ENASLAB_DATA set",
        todo: "set ENASLAB_DATA to a folder",
      });
    }
    for (const file of names) storeFile(folder, file, contents.get(file)!);
    return { name, folder, how, files: names };
  };
  if (options.from !== undefined) {
    say(`Reading ${options.from}`);
    return store(await readFrom(options.from, plan), "copied");
  }
  const tried: string[] = [];
  const cached = await fromCache(plan, tried);
  if (cached !== null) return { name, folder: cached, how: "verified", files: names };
  for (const { what, how, get } of plan.ways) {
    let contents: Contents;
    try {
      contents = await get(say);
      for (const known of files) {
        verifyBytes(contents.get(known.file)!, known, `${known.file} (${what})`, "try another way");
      }
    } catch (error) {
      tried.push(`${what}: ${(error as Error).message}`);
      continue;
    }
    return store(contents, how);
  }
  throw new DataError({
    expected: `a way to get the files of ${name}`,
    found: `none (${tried.join("; ")})`,
    todo: plan.advice,
  });
}

/** The first of the folders that holds all files of `plan`; says nothing about their bytes. */
function findPublished(
  { cacheFolders, files }: FetchPlan,
  moreFolders: readonly string[],
): string | undefined {
  return [...cacheFolders, ...moreFolders].find((folder) => holdsFiles(folder, files));
}

/** Whether {@link readPublished} would find files to read. */
export function hasPublished(plan: FetchPlan, moreFolders: readonly string[] = []): boolean {
  return findPublished(plan, moreFolders) !== undefined;
}

/**
 * Reads the verified files of `plan` without fetching: from `options.from`, or else from the first
 * of the cache folders and `moreFolders` that holds all of them.
 *
 * @throws {DataError} When no folder holds them (the message says how to get them) or one is damaged.
 */
export async function readPublished(
  plan: FetchPlan,
  options: DataOptions,
  moreFolders: readonly string[] = [],
): Promise<Contents> {
  const { name, files, advice } = plan;
  if (options.from !== undefined) return await readFrom(options.from, plan);
  const folder = findPublished(plan, moreFolders);
  if (folder !== undefined) return await readAllVerified(folder, files, advice);
  throw new DataError({
    expected: `the ${files.length} files of ${name} in one of ${
      [...plan.cacheFolders, ...moreFolders].join(", ")
    }`,
    found: "them in none",
    todo: advice,
  });
}
