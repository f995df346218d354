/**
 * The error class of the data readers.
 *
 * @module
 */

/** The parts of a {@link DataError}; each is a phrase, put together into one sentence. */
export interface DataErrorParts {
  /** Path of the file or folder at fault, where there is one. */
  readonly file?: string;
  /** What was expected. */
  readonly expected: string;
  /** What was found instead. */
  readonly found: string;
  /** What the reader of the message can do about it, as an imperative. */
  readonly todo: string;
}

/** A data file is missing, damaged or not what it claims to be, or a data set is unknown. */
export class DataError extends Error {
  override name = "DataError";
  /** Path of the file or folder at fault, or undefined. */
  readonly file: string | undefined;
  /** What was expected. */
  readonly expected: string;
  /** What was found instead. */
  readonly found: string;
  /** What to do about it. */
  readonly todo: string;

  /** Message: `Expected EXPECTED in FILE but found FOUND; what to do`. */
  constructor(parts: DataErrorParts, options?: ErrorOptions) {
    const place = parts.file === undefined ? "" : ` in ${parts.file}`;
    super(`Expected ${parts.expected}${place} but found ${parts.found}; ${parts.todo}`, options);
    this.file = parts.file;
    this.expected = parts.expected;
    this.found = parts.found;
    this.todo = parts.todo;
  }
}
