/**
 * The GPU backend: allocates device tensors and records kernels.
 *
 * @module
 */
import type { Backend, ForwardResult, TapeContext, Ways } from "../backend.ts";
import { type AdapterDescription, type OpenDevice, openDevice } from "./device.ts";
import { DeviceError } from "../errors.ts";
import type { Bound, KernelSpec } from "./kernel.ts";
import type { LoadPath } from "./load_path.ts";
import { MemoryPool } from "../memory/pool.ts";
import type { PooledBuffer } from "../memory/storage.ts";
import type { Op } from "../op.ts";
import { type DeviceProfile, Profiler } from "../measure/profiler.ts";
import { CommandQueue, type Grid } from "./queue.ts";
import { PipelineCache } from "./pipelines.ts";
import { quietly } from "../quietly.ts";
import type { GpuRecorder } from "./recorder.ts";
import { recordSum } from "./sum_kernel.ts";
import type { TemplateValues } from "./template.ts";
import type { Shape } from "../shape.ts";
import { NOTHING_TUNED, type Target, targetOf, type TuningStore } from "./target.ts";
import {
  type DType,
  expectExtents,
  expectValues,
  paddedCount,
  padRows,
  Tensor,
  unpadRows,
} from "../tensor.ts";

/** How to open a {@link GpuBackend}, and what to force of its target. */
export interface GpuOptions extends Partial<Target> {
  /** Most bytes of device memory; default 4 GiB. */
  readonly memoryBudget?: number;
  /** Measure every dispatch; see {@link GpuBackend.profile}. Default false. */
  readonly profile?: boolean;
  /** Where the fastest kernels of shapes are remembered; by default nowhere: nothing is tuned. */
  readonly tuning?: (adapter: AdapterDescription) => TuningStore;
}

/** Byte budget when none is given. */
export const DEFAULT_MEMORY_BUDGET = 4 * 2 ** 30;

/** Shapes of a kernel's tensors, by the names of its bindings. */
function shapesOf<Bindings extends string>(tensors: Bound<Bindings>): Record<Bindings, Shape> {
  const shapes = {} as Record<Bindings, Shape>;
  for (const name in tensors) shapes[name] = tensors[name].shape;
  return shapes;
}

/** Records WGSL kernels on one device. */
export class GpuBackend implements Backend, GpuRecorder {
  readonly kind = "gpu";
  readonly one: Tensor;
  readonly adapter: AdapterDescription;
  readonly memory: MemoryPool;
  readonly queue: CommandQueue;
  readonly pipelines: PipelineCache;
  readonly target: Target;
  readonly tuning: TuningStore;
  /** Kernels that ops have chosen by {@link GpuBackend.tuning}, by the name of a class of shapes. */
  readonly tiles = new Map<string, unknown>();
  #open: OpenDevice;
  #profiler: Profiler | null;
  #scopes: Set<PooledBuffer>[] = [];

  /**
   * Opens the system's adapter; throws {@link DeviceError} with a remedy when there is none, or when
   * it cannot do what the options ask for.
   */
  static async open(options: GpuOptions = {}): Promise<GpuBackend> {
    const open = await openDevice();
    try {
      return new GpuBackend(open, options);
    } catch (error) {
      open.close();
      throw error;
    }
  }

  /** @param pipelines Where kernels are compiled; default: for this backend alone. */
  constructor(
    open: OpenDevice,
    options: GpuOptions = {},
    pipelines = (loadPath: LoadPath) => new PipelineCache(open, loadPath),
  ) {
    this.#open = open;
    this.adapter = open.adapter;
    const { memoryBudget = DEFAULT_MEMORY_BUDGET, profile = false, tuning, ...forced } = options;
    this.target = targetOf(open.adapter, forced);
    this.tuning = tuning?.(open.adapter) ?? NOTHING_TUNED;
    this.pipelines = pipelines(this.target.loadPath);
    this.memory = new MemoryPool(open.device, memoryBudget, (id) => this.queue.forget(id));
    this.#profiler = profile ? new Profiler(open) : null;
    this.queue = new CommandQueue(open, this.pipelines, this.memory, this.#profiler);
    // Not of the pool, so that live counts are those of the caller.
    const gpu = open.device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    open.device.queue.writeBuffer(gpu, 0, new Float32Array([1, 0, 0, 0]));
    this.one = new Tensor([1], "f32", {
      kind: "gpu",
      buffer: { id: 0, bytes: 16, device: { id: 0, gpu, bytes: 16, used: 0 } },
      offset: 0,
      size: 16,
    });
  }

  get largestBinding(): number {
    return this.target.largestBinding;
  }

  get memoryBudget(): number {
    return this.memory.budgetBytes;
  }

  choose<T>(ways: Ways<T>): T {
    return ways.gpu(this);
  }

  run<Bindings extends string, Params extends string>(
    spec: KernelSpec<Bindings, Params>,
    values: TemplateValues,
    tensors: Bound<Bindings>,
    params: Readonly<Record<Params, number>>,
    grid: Grid,
  ): void {
    const flops = this.#profiler === null || spec.flops === undefined
      ? 0
      : spec.flops(shapesOf(tensors));
    this.queue.dispatch(this.pipelines.get(spec, values), tensors, params, grid, flops);
  }

  phase(name: string, epoch?: number): void {
    this.#profiler?.enter(name, epoch);
  }

  /**
   * Submits, waits, and returns the time of every kernel since the backend was opened; null unless it
   * was opened with {@link GpuOptions.profile}.
   */
  async profile(): Promise<DeviceProfile | null> {
    if (this.#profiler === null) return null;
    this.submit();
    return await this.#profiler.profile();
  }

  allocate(shape: Shape, dtype: DType = "f32"): Tensor {
    expectExtents(shape);
    const size = paddedCount(shape) * 4;
    const buffer = this.memory.acquire(size);
    this.#scopes.at(-1)?.add(buffer);
    return new Tensor(shape, dtype, { kind: "gpu", buffer, offset: 0, size });
  }

  release(tensor: Tensor): void {
    const { buffer } = tensor.gpu;
    for (const scope of this.#scopes) scope.delete(buffer);
    this.memory.release(buffer);
  }

  releaseSaved(saved: unknown): void {
    for (const tensor of saved as readonly Tensor[]) this.release(tensor);
  }

  scope<T>(body: () => T): T {
    const scope = new Set<PooledBuffer>();
    this.#scopes.push(scope);
    try {
      return body();
    } finally {
      this.#scopes.splice(this.#scopes.indexOf(scope), 1);
      for (const buffer of scope) this.memory.release(buffer);
    }
  }

  keep(tensor: Tensor): Tensor {
    for (const scope of this.#scopes) scope.delete(tensor.gpu.buffer);
    return tensor;
  }

  storedCount(shape: Shape): number {
    return paddedCount(shape);
  }

  slice(block: Tensor, first: number, shape: Shape): Tensor {
    const { buffer, offset } = block.gpu;
    const size = paddedCount(shape) * 4;
    return new Tensor(shape, block.dtype, {
      kind: "gpu",
      buffer,
      offset: offset + first * 4,
      size,
    });
  }

  upload(bytes: Uint8Array, shape: Shape): Tensor {
    const tensor = this.allocate(shape, "u32");
    const whole = bytes.length % 4 === 0 ? bytes : new Uint8Array(4 * Math.ceil(bytes.length / 4));
    if (whole !== bytes) whole.set(bytes);
    this.queue.write(tensor.gpu, whole as Uint8Array<ArrayBuffer>);
    return tensor;
  }

  clear(tensor: Tensor): void {
    this.queue.clear(tensor.gpu);
  }

  fromArray(values: ArrayLike<number>, shape: Shape, dtype: DType = "f32"): Tensor {
    expectExtents(shape);
    expectValues(values, shape, dtype);
    const tensor = this.allocate(shape, dtype);
    this.write(tensor, values);
    return tensor;
  }

  write(tensor: Tensor, values: ArrayLike<number>): void {
    expectValues(values, tensor.shape, tensor.dtype);
    const count = paddedCount(tensor.shape);
    const padded = tensor.dtype === "f32" ? new Float32Array(count) : new Uint32Array(count);
    this.queue.write(tensor.gpu, padRows(values, tensor.shape, padded));
  }

  read(tensor: Tensor): Promise<Float64Array> {
    return quietly(
      this.queue.read(tensor.gpu).then((bytes) => {
        const padded = tensor.dtype === "f32" ? new Float32Array(bytes) : new Uint32Array(bytes);
        return unpadRows(padded, tensor.shape);
      }),
    );
  }

  readStored(tensor: Tensor): Promise<Float32Array> {
    return quietly(this.queue.read(tensor.gpu).then((bytes) => new Float32Array(bytes)));
  }

  toArray(tensor: Tensor): Promise<Float64Array> {
    const values = this.read(tensor);
    this.submit();
    return values;
  }

  submit(): void {
    this.queue.submit();
  }

  forward(op: Op, inputs: readonly Tensor[], attributes: unknown): ForwardResult {
    if (op.gpu === null) {
      throw new DeviceError(`Expected an op with GPU kernels but ${op.name} runs on the cpu alone`);
    }
    return op.gpu.forward(this, inputs, attributes);
  }

  backward(
    op: Op,
    dys: readonly (Tensor | null)[],
    context: TapeContext,
  ): readonly (Tensor | null)[] {
    return op.gpu!.backward(this, dys, {
      ...context,
      saved: context.saved as readonly Tensor[],
      into: (index) => context.into(index),
    });
  }

  accumulate(tensors: readonly Tensor[], into: Tensor): void {
    recordSum(this, tensors, into);
  }

  /** Waits for the device and gives it up, with all memory; throws what it reported before. */
  async close(): Promise<void> {
    try {
      await this.queue.finish();
    } finally {
      this.queue.destroy();
      this.memory.destroy();
      this.#profiler?.destroy();
      this.one.gpu.buffer.device!.gpu.destroy();
      this.#open.close();
    }
  }
}
