/**
 * Finding the images of a folder with one subfolder a class (the ImageFolder convention), and which
 * of them are for testing.
 *
 * @module
 */
import { join, relative, sep } from "node:path";
import { DataError } from "./errors.ts";
import { sha256 } from "../files/digest.ts";
import { IMAGE_KINDS, IMAGE_NAME } from "./image_file.ts";

/** One image file. */
export interface ImageFile {
  /** Path to open. */
  readonly path: string;
  /** `CLASS/FILE`, the same on every machine. */
  readonly name: string;
  /** Index of its class. */
  readonly label: number;
  /** Size in bytes. */
  readonly size: number;
  /** Time of the last change in milliseconds, 0 where the file system has none. */
  readonly changed: number;
}

/** What {@link scanFolder} finds. */
export interface FolderScan {
  /** Names of the class folders, sorted by code units. */
  readonly classNames: readonly string[];
  /** Training images, class by class, sorted by name. */
  readonly train: readonly ImageFile[];
  /** Images that their owner keeps for validation, likewise; none where there is no such folder. */
  readonly validation: readonly ImageFile[];
  /** Test images, likewise. */
  readonly test: readonly ImageFile[];
  /** Whether the test images have a folder of their own; else a share of each class tests. */
  readonly testFolder: boolean;
  /** Names of files and folders that are neither hidden nor used. */
  readonly ignored: readonly string[];
  /** Links that lead out of the folder, and where to; what lies there is read. */
  readonly outside: readonly { readonly name: string; readonly path: string }[];
}

/** Of each class, the share of images that test where there is no test folder. */
export const TEST_SHARE = 0.2;

/** An image file may be this large, in bytes; a larger one is taken for something else. */
const MAX_IMAGE_BYTES = 2 ** 28;

/** Labels are bytes. */
export const MAX_CLASSES = 256;

/** Names of the folder beside train/ that holds validation images. */
const VALIDATION_NAMES = ["val", "valid", "validation"];

const LAYOUT = `give --from a folder with one subfolder of ${IMAGE_KINDS} files a class, or with ` +
  "such subfolders in train/, test/ and, if you like, val/";

/** Names in a folder. */
interface Listing {
  readonly folders: string[];
  readonly files: string[];
  /** Those of them that are links. */
  readonly links: string[];
}

/** Names in `folder`, sorted, links followed, hidden ones left out; a link to nothing is a file. */
async function list(folder: string): Promise<Listing> {
  const found: Listing = { folders: [], files: [], links: [] };
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isSymlink) found.links.push(entry.name);
      const isDirectory = entry.isSymlink
        ? await leadsToFolder(join(folder, entry.name))
        : entry.isDirectory;
      (isDirectory ? found.folders : found.files).push(entry.name);
    }
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "none" : (cause as Error).message;
    const expected = "a readable folder of images";
    throw new DataError({ file: folder, expected, found, todo: LAYOUT }, { cause });
  }
  found.folders.sort();
  found.files.sort();
  return found;
}

/** Whether a link leads to a folder; one that leads to nothing, or in a circle, does not. */
async function leadsToFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

/** What a scan comes across beside images. */
class Findings {
  readonly ignored: string[] = [];
  readonly outside: { name: string; path: string }[] = [];
  readonly #root: string;
  #real: string | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes down those links among the used names of `folder` that lead out of the root. */
  async follow(folder: string, { links }: Listing, used: readonly string[]): Promise<void> {
    for (const link of links.filter((name) => used.includes(name))) {
      this.#real ??= await Deno.realPath(this.#root);
      const path = await Deno.realPath(join(folder, link)).catch(() => null);
      if (path === null || path === this.#real || path.startsWith(this.#real + sep)) continue;
      this.outside.push({ name: relative(this.#root, join(folder, link)), path });
    }
  }
}

/** The images of one class folder. */
async function scanClass(
  root: string,
  name: string,
  label: number,
  findings: Findings,
): Promise<ImageFile[]> {
  const folder = join(root, name);
  const listing = await list(folder);
  const { folders, files } = listing;
  const images = files.filter((file) => IMAGE_NAME.test(file));
  for (const other of [...folders, ...files.filter((file) => !IMAGE_NAME.test(file))]) {
    findings.ignored.push(`${name}/${other}`);
  }
  if (images.length === 0) {
    throw new DataError({
      file: folder,
      expected: `${IMAGE_KINDS} files`,
      found: "none: the class is empty",
      todo: "put images of the class there or remove the folder",
    });
  }
  await findings.follow(folder, listing, images);
  const result: ImageFile[] = [];
  for (const file of images) {
    const path = join(folder, file);
    const refuse = (found: string, cause?: unknown): never => {
      const todo = "make it readable or remove it";
      throw new DataError({ file: path, expected: "a readable image", found, todo }, { cause });
    };
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(path);
    } catch (cause) {
      refuse((cause as Error).message, cause);
    }
    // A link may lead to a device or a pipe, which never ends.
    const { isFile, size, mtime } = info!;
    if (!isFile) refuse("what is no regular file");
    if (size > MAX_IMAGE_BYTES) refuse(`${size} bytes, more than ${MAX_IMAGE_BYTES}`);
    result.push({ path, name: `${name}/${file}`, label, size, changed: mtime?.getTime() ?? 0 });
  }
  return result;
}

/** Checks the number of class folders of `folder`. */
function checkClasses(folder: string, { folders, files }: Listing): void {
  const { length } = folders;
  if (length >= 2 && length <= MAX_CLASSES) return;
  const images = files.filter((file) => IMAGE_NAME.test(file)).length;
  throw new DataError({
    file: folder,
    expected: `2 to ${MAX_CLASSES} subfolders, one a class,`,
    found: length === 0
      ? `none (${images} images lie in the folder itself)`
      : length === 1
      ? `one, ${folders[0]}`
      : `${length}`,
    todo: LAYOUT,
  });
}

/**
 * Takes a fifth of each class for testing, at least one image: those whose names have the smallest
 * SHA-256. So the choice does not depend on the machine or on the order of files, and an added file
 * moves at most one other.
 */
function splitByName(folder: string, images: readonly ImageFile[]): Set<ImageFile> {
  const test = new Set<ImageFile>();
  for (const ofClass of Map.groupBy(images, (image) => image.label).values()) {
    if (ofClass.length < 2) {
      throw new DataError({
        file: folder,
        expected: "at least 2 images a class, one of them to test with,",
        found: `only ${ofClass[0].name} of its class`,
        todo: "add images, or put the images into train/ and test/",
      });
    }
    const hashed = ofClass.map((image) => ({
      image,
      hash: sha256(new TextEncoder().encode(image.name)),
    }));
    hashed.sort((a, b) => a.hash < b.hash ? -1 : 1);
    const taken = Math.max(1, Math.round(ofClass.length * TEST_SHARE));
    for (const { image } of hashed.slice(0, taken)) test.add(image);
  }
  return test;
}

/** The folder of validation images among the names beside train/; null where there is none. */
function validationName(root: string, folders: readonly string[]): string | null {
  const found = VALIDATION_NAMES.filter((name) => folders.includes(name));
  if (found.length < 2) return found[0] ?? null;
  throw new DataError({
    file: root,
    expected: `one folder of validation images beside train/`,
    found: found.join(" and "),
    todo: "keep one of them",
  });
}

/** Refuses a folder whose class folders are not those of `base`. */
function checkSameClasses(
  { classNames, base, folder, folders }: {
    readonly classNames: readonly string[];
    readonly base: string;
    readonly folder: string;
    readonly folders: readonly string[];
  },
): void {
  const expected = `the ${classNames.length} class folders of ${base}`;
  const todo = "give both the same class folders";
  const odd = folders.find((name) => !classNames.includes(name));
  if (odd !== undefined) {
    throw new DataError({ file: folder, expected, found: `also ${odd}`, todo });
  }
  const missing = classNames.find((name) => !folders.includes(name));
  if (missing !== undefined) {
    throw new DataError({ file: folder, expected, found: `no ${missing}`, todo });
  }
}

/**
 * Scans `root`: either `root/CLASS/FILE`, or `root/train/CLASS/FILE`, with `root/test/CLASS/FILE`
 * or without, and with validation images in `root/val/CLASS/FILE` (or `valid`, `validation`) or
 * without. Without test folder a fifth of each class is taken for testing. Files are those whose names
 * end in .png, .jpg, .jpeg, .webp or .bmp; names that begin with a dot are skipped. Links are followed.
 *
 * @throws {DataError} When a folder is missing or unreadable, there are fewer than 2 or more than
 * 256 classes, a class is empty, or train/, test/ and val/ have different classes.
 */
export async function scanFolder(root: string): Promise<FolderScan> {
  const top = await list(root);
  const findings = new Findings(root);
  findings.ignored.push(...top.files);
  let base = root;
  let classes = top;
  let parts: { readonly validation: string | null; readonly test: string | null } = {
    validation: null,
    test: null,
  };
  if (top.folders.includes("train")) {
    const inside = await list(join(root, "train"));
    if (inside.folders.length > 0) {
      base = join(root, "train");
      classes = inside;
      parts = {
        validation: validationName(root, top.folders),
        test: top.folders.includes("test") ? "test" : null,
      };
      const used = ["train", parts.validation, parts.test].filter((name) => name !== null);
      findings.ignored.push(
        ...top.folders.filter((name) => !used.includes(name)),
        ...inside.files,
      );
      await findings.follow(root, top, used);
    }
  }
  checkClasses(base, classes);
  const classNames = classes.folders;
  const scan = async (folder: string, listing: Listing): Promise<ImageFile[]> => {
    await findings.follow(folder, listing, classNames);
    const images: ImageFile[] = [];
    for (const [label, name] of classNames.entries()) {
      for (const image of await scanClass(folder, name, label, findings)) images.push(image);
    }
    return images;
  };
  const scanPart = async (name: string | null): Promise<ImageFile[]> => {
    if (name === null) return [];
    const folder = join(root, name);
    const listing = await list(folder);
    checkSameClasses({ classNames, base, folder, folders: listing.folders });
    findings.ignored.push(...listing.files);
    return await scan(folder, listing);
  };
  const images = await scan(base, classes);
  const validation = await scanPart(parts.validation);
  const testFolder = parts.test !== null;
  const { ignored, outside } = findings;
  const found = { classNames, validation, testFolder, ignored, outside };
  if (testFolder) return { ...found, train: images, test: await scanPart(parts.test) };
  const test = splitByName(base, images);
  return {
    ...found,
    train: images.filter((image) => !test.has(image)),
    test: images.filter((image) => test.has(image)),
  };
}
