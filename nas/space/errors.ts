/**
 * Errors of architecture texts and values.
 *
 * @module
 */

/** Where in a text something was found, both 1-based. */
export interface TextPlace {
  /** Line, 1-based. */
  readonly line: number;
  /** Character within the line (UTF-16 units, as editors and `String.length` count), 1-based. */
  readonly position: number;
}

/**
 * A text or value that is not a valid architecture. The message says what was expected, what was
 * found and what to do; when it was read from text, it ends with the line and the position.
 */
export class ArcError extends SyntaxError {
  /** 1-based line of the text, or null when the arc did not come from text. */
  readonly line: number | null;
  /** 1-based character within the line, or null when the arc did not come from text. */
  readonly position: number | null;

  /**
   * @param message Sentence without a final period; the place is appended to it.
   * @param place Where the text went wrong; left out for values that did not come from text.
   */
  constructor(message: string, place?: TextPlace) {
    super(place ? `${message} (line ${place.line}, position ${place.position})` : message);
    this.name = "ArcError";
    this.line = place?.line ?? null;
    this.position = place?.position ?? null;
  }
}
