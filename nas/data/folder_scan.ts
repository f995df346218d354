/**
 * Finding the images of a folder with one subfolder a class (the ImageFolder convention), and which
 * of them are for testing.
 *
 * @module
 */
import { join } from "node:path";
import { DataError } from "./errors.ts";
import { sha256 } from "./files.ts";

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
  /** Test images, likewise. */
  readonly test: readonly ImageFile[];
  /** Names of files and folders that are neither hidden nor used. */
  readonly ignored: readonly string[];
}

/** Of each class, the share of images that test where there is no test folder. */
export const TEST_SHARE = 0.2;

/** An image file may be this large, in bytes; a larger one is taken for something else. */
const MAX_IMAGE_BYTES = 2 ** 28;

/** Labels are bytes. */
const MAX_CLASSES = 256;

const IMAGE = /\.(png|jpe?g)$/i;

const LAYOUT =
  "give --from a folder with one subfolder of PNG or JPEG files a class, or with such " +
  "subfolders in train/ and test/";

/** Names in a folder. */
interface Listing {
  readonly folders: string[];
  readonly files: string[];
}

/** Names in `folder`, sorted, links followed, hidden ones left out; a link to nothing is a file. */
async function list(folder: string): Promise<Listing> {
  const folders: string[] = [];
  const files: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name.startsWith(".")) continue;
      const isDirectory = entry.isSymlink
        ? await leadsToFolder(join(folder, entry.name))
        : entry.isDirectory;
      (isDirectory ? folders : files).push(entry.name);
    }
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "none" : (cause as Error).message;
    const expected = "a readable folder of images";
    throw new DataError({ file: folder, expected, found, todo: LAYOUT }, { cause });
  }
  return { folders: folders.sort(), files: files.sort() };
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

/** The images of one class folder; appends the names of other things to `ignored`. */
async function scanClass(
  root: string,
  name: string,
  label: number,
  ignored: string[],
): Promise<ImageFile[]> {
  const folder = join(root, name);
  const { folders, files } = await list(folder);
  const images = files.filter((file) => IMAGE.test(file));
  for (const other of [...folders, ...files.filter((file) => !IMAGE.test(file))]) {
    ignored.push(`${name}/${other}`);
  }
  if (images.length === 0) {
    throw new DataError({
      file: folder,
      expected: "PNG or JPEG files",
      found: "none: the class is empty",
      todo: "put images of the class there or remove the folder",
    });
  }
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
  const images = files.filter((file) => IMAGE.test(file)).length;
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

/**
 * Scans `root`: either `root/CLASS/FILE`, or `root/train/CLASS/FILE`, with `root/test/CLASS/FILE`
 * or without. Without test folder a fifth of each class is taken for testing. Files are those whose
 * names end in .png, .jpg or .jpeg; names that begin with a dot are skipped.
 *
 * @throws {DataError} When a folder is missing or unreadable, there are fewer than 2 or more than
 * 256 classes, a class is empty, or train/ and test/ have other classes.
 */
export async function scanFolder(root: string): Promise<FolderScan> {
  const top = await list(root);
  const ignored = [...top.files];
  const scan = async (base: string, names: readonly string[]): Promise<ImageFile[]> => {
    const images: ImageFile[] = [];
    for (const [label, name] of names.entries()) {
      for (const image of await scanClass(base, name, label, ignored)) images.push(image);
    }
    return images;
  };
  let base = root;
  let classes = top;
  if (top.folders.includes("train")) {
    const inside = await list(join(root, "train"));
    if (inside.folders.length > 0) {
      base = join(root, "train");
      classes = inside;
      const others = top.folders.filter((name) => name !== "train" && name !== "test");
      ignored.push(...others, ...inside.files);
    }
  }
  checkClasses(base, classes);
  const classNames = classes.folders;
  if (base !== root && top.folders.includes("test")) {
    const testRoot = join(root, "test");
    const { folders, files } = await list(testRoot);
    const expected = `the ${classNames.length} class folders of ${base}`;
    const todo = "give both the same class folders";
    const odd = folders.find((name) => !classNames.includes(name));
    if (odd !== undefined) {
      throw new DataError({ file: testRoot, expected, found: `also ${odd}`, todo });
    }
    const missing = classNames.find((name) => !folders.includes(name));
    if (missing !== undefined) {
      throw new DataError({ file: testRoot, expected, found: `no ${missing}`, todo });
    }
    ignored.push(...files);
    const train = await scan(base, classNames);
    return { classNames, train, test: await scan(testRoot, classNames), ignored };
  }
  const images = await scan(base, classNames);
  const test = splitByName(base, images);
  return {
    classNames,
    train: images.filter((image) => !test.has(image)),
    test: images.filter((image) => test.has(image)),
    ignored,
  };
}
