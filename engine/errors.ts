/**
 * The engine's error classes. Each message says what was expected, what was found and, where the
 * caller can act on it, what to do.
 *
 * @module
 */

/** A tensor's shape, rank or element type does not fit the operation. */
export class ShapeError extends TypeError {
  override name = "ShapeError";
}

/** A WGSL module or pipeline was rejected; `source` holds the full WGSL text that was compiled. */
export class ShaderError extends Error {
  override name = "ShaderError";
  constructor(message: string, readonly source: string) {
    super(message);
  }
}

/** The adapter or device is missing, lost, or reported an error while running commands. */
export class DeviceError extends Error {
  override name = "DeviceError";
}

/** An allocation would exceed the byte budget of the memory pool or a limit of the device. */
export class MemoryBudgetError extends RangeError {
  override name = "MemoryBudgetError";
}
