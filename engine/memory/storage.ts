/**
 * What holds the values of a tensor on the device.
 *
 * @module
 */

/** A buffer that exists on the device. `id` is unique among buffers and textures, never reused. */
export interface DeviceBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  readonly bytes: number;
  /** Number of the last submit that used it. */
  used: number;
}

/** A buffer that was handed out. `id` is unique and never reused. */
export interface PooledBuffer {
  readonly id: number;
  /** A multiple of 16, at least what was asked for. */
  readonly bytes: number;
  /** Where it lies; null until it is written by the host or a command that uses it is submitted. */
  device: DeviceBuffer | null;
}

/** A slice of a device buffer, in bytes. */
export interface GpuStorage {
  readonly kind: "gpu";
  readonly buffer: PooledBuffer;
  readonly offset: number;
  readonly size: number;
}
