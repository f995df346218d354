/**
 * Files of marked epochs: the policy of every mark, the shared weights of those that are scored later.
 *
 * @module
 */
import { join } from "node:path";
import type { CheckpointFolder } from "../run/checkpoint.ts";

/** Where the files of a study's searches lie. */
export class MarkStore {
  /** @param root Folder of the study. */
  constructor(readonly root: string) {}

  /** Folder of one marked epoch of a trial `supernet`. */
  folder(trial: string, epoch: number): CheckpointFolder {
    return { checkpoints: join(this.root, "files", ...trial.split("/"), `epoch${epoch}`) };
  }

  /** File of the shared weights that were kept there. */
  weights(trial: string, epoch: number): string {
    return join(this.folder(trial, epoch).checkpoints, "shared_weights.safetensors");
  }
}
