/**
 * What trials leave for later ones: policies and shared weights, as files.
 *
 * @module
 */
import { join } from "node:path";

/** Keeps files by name, such as `supernet/seed1/epoch31`, for whoever does the trials that need them. */
export interface Artifacts {
  /**
   * Keeps the files that `write` puts into a local folder, in addition to those that the name has.
   *
   * @param write gets the folder's path; the folder need not exist yet
   */
  store(name: string, write: (folder: string) => void | Promise<void>): Promise<void>;
  /** A local folder with the files of a name; what is missing there, whoever reads it will say. */
  fetch(name: string): Promise<string>;
}

/** Artifacts in a folder that all workers share: on one machine, or on a network's file system. */
export class FolderArtifacts implements Artifacts {
  /** @param root Folder of the study. */
  constructor(readonly root: string) {}

  async store(name: string, write: (folder: string) => void | Promise<void>): Promise<void> {
    await write(this.#folder(name));
  }

  fetch(name: string): Promise<string> {
    return Promise.resolve(this.#folder(name));
  }

  #folder(name: string): string {
    return join(this.root, "files", ...name.split("/"));
  }
}
