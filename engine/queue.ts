/**
 * Command recording: everything of a training step goes into one encoder and one compute pass, and
 * reaches the device by one submit. Values come back asynchronously.
 *
 * @module
 */
import { DeviceError } from "./errors.ts";
import type { OpenDevice } from "./device.ts";
import { type CompiledKernel, PARAMS_BYTES, type PipelineCache } from "./kernel.ts";
import { copyToMirror } from "./load_path.ts";
import type { MemoryPool, PooledBuffer } from "./memory.ts";
import type { GpuStorage } from "./tensor.ts";

/** Number of workgroups along x, y and z. */
export type Grid = readonly [number, number, number];

/** Most workgroups along one dimension: the WebGPU default limit. */
const MAX_GROUPS = 65535;
/** Dispatches between two submits for which the uniform buffer has room. */
const PARAMS_SLOTS = 4096;
/** Bind groups kept; past this all are dropped and made again as needed (8 us each). */
const MAX_BIND_GROUPS = 16384;

/** A grid of `groups` workgroups, folded into two dimensions where one is too short. */
export function flatGrid(groups: number): Grid {
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** Counters since the device was opened. */
export interface QueueCounts {
  readonly dispatches: number;
  readonly submits: number;
  readonly reads: number;
}

interface PendingRead {
  readonly staging: GPUBuffer;
  readonly size: number;
  readonly resolve: (bytes: ArrayBuffer) => void;
  readonly reject: (error: unknown) => void;
}

/** Records and submits the commands of one device. */
export class CommandQueue {
  #open: OpenDevice;
  #memory: MemoryPool;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #paramsBuffer: GPUBuffer;
  #paramsGroup: GPUBindGroup;
  #params = new ArrayBuffer(PARAMS_SLOTS * PARAMS_BYTES);
  #paramsView = new DataView(this.#params);
  #slots = 0;
  #bindGroups = new Map<string, GPUBindGroup>();
  #groupsOfBuffer = new Map<number, Set<string>>();
  #pendingReads: PendingRead[] = [];
  #submittedReads: PendingRead[] = [];
  #mapTimer: ReturnType<typeof setTimeout> | null = null;
  #staging = new Map<number, GPUBuffer[]>();
  #counts = { dispatches: 0, submits: 0, reads: 0 };

  constructor(open: OpenDevice, pipelines: PipelineCache, memory: MemoryPool) {
    this.#open = open;
    this.#memory = memory;
    this.#paramsBuffer = open.device.createBuffer({
      label: "params",
      size: this.#params.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.#paramsGroup = open.device.createBindGroup({
      layout: pipelines.paramsLayout,
      entries: [{ binding: 0, resource: { buffer: this.#paramsBuffer, size: PARAMS_BYTES } }],
    });
  }

  /** Counters for the bench. */
  get counts(): QueueCounts {
    return { ...this.#counts };
  }

  /** Records one dispatch. `params` are written in the order of the kernel's declaration. */
  dispatch<Params extends string>(
    kernel: CompiledKernel<Params>,
    storage: readonly GpuStorage[],
    params: Readonly<Record<Params, number>>,
    grid: Grid,
  ): void {
    if (this.#slots === PARAMS_SLOTS) this.submit();
    if (storage.length !== kernel.spec.storage.length) {
      throw new DeviceError(
        `Expected ${kernel.spec.storage.length} buffers for ${kernel.spec.name} but found ${storage.length}`,
      );
    }
    if (grid.some((groups) => groups > MAX_GROUPS)) {
      throw new DeviceError(
        `Expected at most ${MAX_GROUPS} workgroups a dimension for ${kernel.spec.name} but found ` +
          `${grid.join("x")}; use a smaller batch`,
      );
    }
    this.#refreshMirrors(kernel.signature, storage);
    const pass = this.#openPass();
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, this.#bindGroup(kernel, storage));
    pass.setBindGroup(1, this.#paramsGroup, [this.#writeParams(kernel, params, storage)]);
    pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    this.#counts.dispatches++;
  }

  /**
   * Copies host bytes into a buffer, after everything recorded so far. Recorded commands are
   * submitted first, so write inputs before recording a step.
   */
  write(storage: GpuStorage, bytes: BufferSource): void {
    if (this.#encoder !== null) this.submit();
    soil(storage);
    this.#open.device.queue.writeBuffer(storage.buffer.gpu, storage.offset, bytes);
  }

  /** Records a copy between two buffers, in bytes. */
  copy(from: GpuStorage, to: GpuStorage, bytes: number): void {
    soil(to);
    this.#openEncoder().copyBufferToBuffer(
      from.buffer.gpu,
      from.offset,
      to.buffer.gpu,
      to.offset,
      bytes,
    );
  }

  /** Records filling a slice with zero bytes. */
  clear(storage: GpuStorage): void {
    soil(storage);
    this.#openEncoder().clearBuffer(storage.buffer.gpu, storage.offset, storage.size);
  }

  /**
   * Records a read-back of a slice as it is at this point. The promise settles after the next
   * {@link CommandQueue.submit}, some 11 ms later on Deno: record several, await them late.
   */
  read(storage: GpuStorage): Promise<ArrayBuffer> {
    const size = storage.size;
    const staging = this.#staging.get(size)?.pop() ?? this.#open.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    this.#openEncoder().copyBufferToBuffer(
      storage.buffer.gpu,
      storage.offset,
      staging,
      0,
      size,
    );
    this.#counts.reads++;
    return new Promise((resolve, reject) => {
      this.#pendingReads.push({ staging, size, resolve, reject });
    });
  }

  /** Sends what was recorded to the device. Throws the first error the device reported before. */
  submit(): void {
    this.#open.check();
    if (this.#encoder === null) return;
    this.#pass?.end();
    this.#pass = null;
    const { queue } = this.#open.device;
    if (this.#slots > 0) {
      queue.writeBuffer(this.#paramsBuffer, 0, this.#params, 0, this.#slots * PARAMS_BYTES);
      this.#slots = 0;
    }
    queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#counts.submits++;
    this.#submittedReads.push(...this.#pendingReads.splice(0));
    if (this.#submittedReads.length > 0 && this.#mapTimer === null) {
      this.#mapTimer = setTimeout(() => this.#mapReads(), 0);
    }
  }

  /** Submits and waits until the device is idle. */
  async finish(): Promise<void> {
    this.submit();
    await this.#open.device.queue.onSubmittedWorkDone();
    this.#open.check();
  }

  /**
   * Forgets everything that refers to a buffer about to be destroyed. What was recorded is submitted
   * first, for it may read the buffer.
   */
  forget(buffer: PooledBuffer): void {
    this.submit();
    for (const key of this.#groupsOfBuffer.get(buffer.id) ?? []) this.#bindGroups.delete(key);
    this.#groupsOfBuffer.delete(buffer.id);
  }

  /**
   * Maps what was read by submitted commands. On Deno `mapAsync` waits inside the call until the
   * queue is empty, so it is put off until the program has nothing else to record: a loop that awaits
   * results a few steps late keeps the device busy meanwhile.
   */
  #mapReads(): void {
    this.#mapTimer = null;
    const reads = this.#submittedReads;
    this.#submittedReads = [];
    for (const read of reads) this.#finishRead(read);
  }

  async #finishRead(read: PendingRead): Promise<void> {
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
      read.reject(error);
    }
  }

  #openEncoder(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return this.#encoder ??= this.#open.device.createCommandEncoder();
  }

  #openPass(): GPUComputePassEncoder {
    this.#encoder ??= this.#open.device.createCommandEncoder();
    return this.#pass ??= this.#encoder.beginComputePass();
  }

  /** Copies buffers to the textures that the kernel loads from, and marks what it will overwrite. */
  #refreshMirrors(signature: string, storage: readonly GpuStorage[]): void {
    storage.forEach((slice, binding) => {
      if (signature[binding] === "w") soil(slice);
      if (signature[binding] !== "t") return;
      const mirror = this.#memory.mirrorOf(slice.buffer);
      if (mirror.fresh) return;
      copyToMirror(this.#openEncoder(), slice.buffer.gpu, mirror.texture);
      mirror.fresh = true;
    });
  }

  #writeParams(
    kernel: CompiledKernel,
    params: Readonly<Record<string, number>>,
    storage: readonly GpuStorage[],
  ): number {
    const base = this.#slots++ * PARAMS_BYTES;
    let offset = base;
    for (const name in kernel.spec.params) {
      const type = kernel.spec.params[name];
      if (type === "f32") this.#paramsView.setFloat32(offset, params[name], true);
      else if (type === "u32") this.#paramsView.setUint32(offset, params[name], true);
      else this.#paramsView.setInt32(offset, params[name], true);
      offset += 4;
    }
    // Where a slice begins in its buffer's texture; the binding of a buffer says so itself.
    for (let binding = 0; binding < storage.length; binding++) {
      if (kernel.signature[binding] !== "t") continue;
      this.#paramsView.setUint32(offset, storage[binding].offset / 16, true);
      offset += 4;
    }
    return base;
  }

  #bindGroup(kernel: CompiledKernel, storage: readonly GpuStorage[]): GPUBindGroup {
    let key = kernel.signature;
    for (const slice of storage) key += `,${slice.buffer.id}:${slice.offset}:${slice.size}`;
    const found = this.#bindGroups.get(key);
    if (found !== undefined) return found;
    const group = this.#open.device.createBindGroup({
      layout: kernel.layout,
      entries: storage.map((slice, binding) => ({
        binding,
        resource: kernel.signature[binding] === "t"
          ? slice.buffer.mirror!.view
          : { buffer: slice.buffer.gpu, offset: slice.offset, size: slice.size },
      })),
    });
    if (this.#bindGroups.size >= MAX_BIND_GROUPS) {
      this.#bindGroups.clear();
      this.#groupsOfBuffer.clear();
    }
    this.#bindGroups.set(key, group);
    for (const slice of storage) {
      const keys = this.#groupsOfBuffer.get(slice.buffer.id);
      if (keys === undefined) this.#groupsOfBuffer.set(slice.buffer.id, new Set([key]));
      else keys.add(key);
    }
    return group;
  }
}

/** Notes that a buffer's texture no longer shows its contents. */
function soil(slice: GpuStorage): void {
  if (slice.buffer.mirror !== null) slice.buffer.mirror.fresh = false;
}
