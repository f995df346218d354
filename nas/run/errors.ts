/**
 * The error class of the run store.
 *
 * @module
 */

/** A run folder, event log or checkpoint is missing, damaged, in the way or cannot be written. */
export class StoreError extends Error {
  override name = "StoreError";
  /** Path of the file or folder at fault. */
  readonly file: string;

  constructor(message: string, file: string, options?: ErrorOptions) {
    super(message, options);
    this.file = file;
  }
}
