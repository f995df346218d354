/**
 * One device for several backends, one after the other or at the same time.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import { type OpenDevice, openDevice } from "./device.ts";
import { GpuBackend, type GpuOptions } from "./gpu_backend.ts";
import type { LoadPath } from "./load_path.ts";
import { PipelineCache } from "./pipelines.ts";

/**
 * The system's GPU, opened once for all who ask, with the kernels that were compiled for any of them:
 * opening a device and compiling the kernels of a small search take a second. Each backend has its own
 * memory, queue and counters, and gives its memory back when it closes. A device that was lost or
 * reported an error is not handed out again; the next to ask gets a new one.
 */
export class SharedGpu {
  #opened: Promise<Opened> | null = null;

  /** A backend on the device, which is opened by the first call; throws as {@link GpuBackend.open}. */
  async open(options: GpuOptions = {}): Promise<GpuBackend> {
    const opened = await this.#sound();
    const open = opened.lend();
    try {
      return new GpuBackend(open, options, (loadPath) => opened.pipelines(loadPath));
    } catch (error) {
      open.close();
      throw error;
    }
  }

  /** Closes the device, as soon as the last backend on it is closed; another {@link open} opens one. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    (await opened?.catch(() => null))?.retire();
  }

  /** The device at hand, or a new one where it is broken. */
  async #sound(): Promise<Opened> {
    for (;;) {
      const opening = this.#opened ??= openDevice().then((open) => new Opened(open));
      const opened = await opening.catch((error) => {
        if (this.#opened === opening) this.#opened = null;
        throw error;
      });
      if (opened.sound) return opened;
      if (this.#opened === opening) this.#opened = null;
      opened.retire();
    }
  }
}

/** A device with its pipelines, until nobody needs it. */
class Opened {
  readonly #open: OpenDevice;
  readonly #pipelines = new Map<LoadPath, PipelineCache>();
  #users = 0;
  #retired = false;

  constructor(open: OpenDevice) {
    this.#open = open;
  }

  /** Whether the device has reported nothing. */
  get sound(): boolean {
    try {
      this.#open.check();
      return true;
    } catch {
      return false;
    }
  }

  pipelines(loadPath: LoadPath): PipelineCache {
    let pipelines = this.#pipelines.get(loadPath);
    if (pipelines === undefined) {
      this.#pipelines.set(loadPath, pipelines = new PipelineCache(this.#open, loadPath));
    }
    return pipelines;
  }

  /** The device for one user more; closed, it is closed for this user alone. */
  lend(): OpenDevice {
    this.#users++;
    let closed = false;
    return {
      ...this.#open,
      check: () => {
        this.#open.check();
        if (closed) {
          throw new DeviceError("Expected an open device but it was closed; open another");
        }
      },
      close: () => {
        if (closed) return;
        closed = true;
        this.#users--;
        this.#end();
      },
    };
  }

  /** Hands the device out no more. */
  retire(): void {
    this.#retired = true;
    this.#end();
  }

  #end(): void {
    if (this.#retired && this.#users === 0) this.#open.close();
  }
}
