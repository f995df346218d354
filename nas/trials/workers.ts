/**
 * Which processes work on a study: each holds a lock of the operating system on a file of its own, which
 * ends with the process, however that ends.
 *
 * @module
 */
import { join } from "node:path";
import { StoreError } from "../run/errors.ts";

/** The processes of one study's folder. */
export class Workers implements Disposable {
  /** Name of this process among them. */
  readonly own: string;
  readonly #folder: string;
  readonly #file: Deno.FsFile;

  /**
   * @param path Folder of the study, which exists.
   * @throws {StoreError} Where it cannot be written.
   */
  constructor(path: string) {
    this.#folder = join(path, "workers");
    this.own = `${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
    try {
      Deno.mkdirSync(this.#folder, { recursive: true });
      this.#file = Deno.openSync(this.#fileOf(this.own), { write: true, createNew: true });
      this.#file.lockSync(true);
    } catch (cause) {
      throw new StoreError(
        `Expected to write ${this.#folder} but found ${(cause as Error).message}; choose another ` +
          "folder with --out",
        path,
        { cause },
      );
    }
  }

  /** Whether the process of that name still runs, on this machine or where the folder is shared. */
  alive(name: string): boolean {
    if (name === this.own) return true;
    try {
      using file = Deno.openSync(this.#fileOf(name), { write: true });
      if (!file.tryLockSync(true)) return true;
      Deno.removeSync(this.#fileOf(name));
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Says that this process works no more. */
  [Symbol.dispose](): void {
    try {
      Deno.removeSync(this.#fileOf(this.own));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    } finally {
      this.#file.close();
    }
  }

  #fileOf(name: string): string {
    return join(this.#folder, `${name}.lock`);
  }
}
