/**
 * Values that come back from the device: staging buffers, and the promises that wait for them.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import type { OpenDevice } from "./device.ts";
import { quietly } from "../quietly.ts";

interface PendingRead {
  readonly staging: GPUBuffer;
  readonly size: number;
  readonly resolve: (bytes: ArrayBuffer) => void;
  readonly reject: (error: unknown) => void;
}

/** Read-backs of one device. */
export class ReadBacks {
  readonly #open: OpenDevice;
  readonly #onMap: () => void;
  /** Recorded, and not yet submitted. */
  #requested: PendingRead[] = [];
  /** Submitted, and not yet mapped. */
  #submitted: PendingRead[] = [];
  #mapTimer: ReturnType<typeof setTimeout> | null = null;
  /** Free staging buffers by size. */
  #staging = new Map<number, GPUBuffer[]>();

  /** @param onMap called when the program waits for read-backs */
  constructor(open: OpenDevice, onMap: () => void) {
    this.#open = open;
    this.#onMap = onMap;
  }

  /** A buffer to copy `size` bytes into, and what is in it once that was submitted and is done. */
  request(size: number): { readonly staging: GPUBuffer; readonly result: Promise<ArrayBuffer> } {
    const staging = this.#staging.get(size)?.pop() ?? this.#open.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const result = quietly(
      new Promise<ArrayBuffer>((resolve, reject) => {
        this.#requested.push({ staging, size, resolve, reject });
      }),
    );
    return { staging, result };
  }

  /** Says that all copies that were requested are submitted. */
  submitted(): void {
    this.#submitted.push(...this.#requested.splice(0));
    if (this.#submitted.length > 0 && this.#mapTimer === null) {
      this.#mapTimer = setTimeout(() => this.#mapReads(), 0);
    }
  }

  /** Rejects all that was requested and will not be submitted. */
  reject(error: unknown): void {
    for (const { staging, reject } of this.#requested.splice(0)) {
      staging.destroy();
      reject(error);
    }
  }

  /** Destroys the buffers that wait to be used again; what was submitted still comes back. */
  destroy(): void {
    for (const list of this.#staging.values()) for (const staging of list) staging.destroy();
    this.#staging.clear();
  }

  /**
   * Maps what was read by submitted commands. On Deno `mapAsync` waits inside the call until the
   * queue is empty, so it is put off until the program has nothing else to record: a loop that awaits
   * results a few steps late keeps the device busy meanwhile.
   */
  #mapReads(): void {
    this.#mapTimer = null;
    const reads = this.#submitted;
    this.#submitted = [];
    for (const read of reads) this.#finish(read);
    this.#onMap();
  }

  async #finish(read: PendingRead): Promise<void> {
    try {
      await read.staging.mapAsync(GPUMapMode.READ);
      this.#open.check();
      const bytes = read.staging.getMappedRange().slice(0);
      read.staging.unmap();
      const list = this.#staging.get(read.size);
      if (list === undefined) this.#staging.set(read.size, [read.staging]);
      else list.push(read.staging);
      read.resolve(bytes);
    } catch (error) {
      // Never used again: what went wrong may have left it mapped, or the device is gone.
      read.staging.destroy();
      read.reject(await this.#reason(error));
    }
  }

  /** Why a mapping failed: what the device says of itself a moment later, else `error`. */
  async #reason(error: unknown): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    try {
      this.#open.check();
    } catch (reason) {
      return reason;
    }
    const found = error instanceof Error ? error.message : String(error);
    return new DeviceError(`Expected to read a result back from the device but found ${found}`);
  }
}
