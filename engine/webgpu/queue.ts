/**
 * Command recording: everything of a training step is recorded, gets its place in memory when all of
 * it is known, and reaches the device by one submit. Values come back asynchronously.
 *
 * @module
 */
import { BindGroups } from "./bind_groups.ts";
import { DeviceError } from "../errors.ts";
import type { OpenDevice } from "./device.ts";
import type { Bound } from "./kernel.ts";
import type { CompiledKernel, PipelineCache } from "./pipelines.ts";
import type { MemoryPool } from "../memory/pool.ts";
import { type Accesses, lifetimesOf } from "../memory/plan.ts";
import type { Dispatched } from "../measure/dispatch_times.ts";
import { ParamsBuffer } from "./params_buffer.ts";
import type { Profiler } from "../measure/profiler.ts";
import { ReadBacks } from "./read_back.ts";
import type { GpuStorage } from "../memory/storage.ts";
import type { Tensor } from "../tensor.ts";
import { TextureLoads } from "./texture_loads.ts";

/** Number of workgroups along x, y and z. */
export type Grid = readonly [number, number, number];

/** Most workgroups along one dimension: the WebGPU default limit. */
const MAX_GROUPS = 65535;

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

/** A recorded dispatch; `slot` is the first byte of its parameters. */
interface Dispatch extends Accesses {
  readonly type: "dispatch";
  readonly kernel: CompiledKernel;
  readonly grid: Grid;
  readonly slot: number;
  /** For a profile. */
  readonly measured: Dispatched | null;
}

/** A recorded command. */
type Command =
  | Dispatch
  | (
    & Accesses
    & (
      | { readonly type: "copy"; readonly bytes: number }
      | { readonly type: "clear" }
      | { readonly type: "pass"; readonly timestamps: GPUComputePassTimestampWrites | null }
      | { readonly type: "read"; readonly staging: GPUBuffer }
    )
  );

/** Records and submits the commands of one device. */
export class CommandQueue {
  #open: OpenDevice;
  #memory: MemoryPool;
  #profiler: Profiler | null;
  #commands: Command[] = [];
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  /** The pipeline that the pass has. */
  #pipeline: GPUComputePipeline | null = null;
  /** The dynamic offset of a dispatch: Deno takes longer over a list of one. */
  #offset = new Uint32Array(1);
  #timestamps: GPUComputePassTimestampWrites | null = null;
  #params: ParamsBuffer;
  #bindGroups: BindGroups;
  #reads: ReadBacks;
  #counts = { dispatches: 0, submits: 0, reads: 0 };

  /** @param profiler measures every dispatch where given */
  constructor(
    open: OpenDevice,
    pipelines: PipelineCache,
    memory: MemoryPool,
    profiler: Profiler | null = null,
  ) {
    this.#open = open;
    this.#memory = memory;
    this.#profiler = profiler;
    this.#bindGroups = new BindGroups(open.device);
    this.#reads = new ReadBacks(open, () => profiler?.collect());
    this.#params = new ParamsBuffer(pipelines);
  }

  /** Has commands from here to the next call in a pass of their own, which may write timestamps. */
  beginPass(timestamps: GPUComputePassTimestampWrites | null = null): void {
    this.#commands.push({ type: "pass", storage: [], signature: "", timestamps });
  }

  /** Counters for the bench. */
  get counts(): QueueCounts {
    return { ...this.#counts };
  }

  /**
   * Records one dispatch; `flops` are its floating-point operations for a profile, 0 where they are
   * not counted.
   */
  dispatch<Bindings extends string, Params extends string>(
    kernel: CompiledKernel<Bindings, Params>,
    tensors: Bound<Bindings>,
    params: Readonly<Record<Params, number>>,
    grid: Grid,
    flops = 0,
  ): void {
    if (this.#params.full) this.submit();
    if (grid.some((groups) => groups > MAX_GROUPS)) {
      throw new DeviceError(
        `Expected at most ${MAX_GROUPS} workgroups a dimension for ${kernel.spec.name} but found ` +
          `${grid.join("x")}; use a smaller batch`,
      );
    }
    const storage = kernel.bindings.map((name) => {
      const tensor: Tensor | undefined = tensors[name];
      if (tensor !== undefined) return tensor.gpu;
      throw new DeviceError(
        `Expected a tensor for ${name} of ${kernel.spec.name} but found ${Object.keys(tensors)}`,
      );
    });
    const slot = this.#params.write(kernel, params);
    const { spec: { name }, variant, signature } = kernel;
    const measured = this.#profiler?.describe(name, variant, flops, grid) ?? null;
    this.#commands.push({ type: "dispatch", kernel, storage, signature, grid, slot, measured });
    this.#counts.dispatches++;
  }

  /**
   * Copies host bytes into a buffer, after everything recorded so far. Recorded commands are
   * submitted first, so write inputs before recording a step.
   */
  write(storage: GpuStorage, bytes: BufferSource): void {
    this.submit();
    const { gpu } = this.#memory.place(storage.buffer);
    this.#open.device.queue.writeBuffer(gpu, storage.offset, bytes);
  }

  /** Records a copy between two buffers, in bytes. */
  copy(from: GpuStorage, to: GpuStorage, bytes: number): void {
    this.#commands.push({ type: "copy", storage: [from, to], signature: "rw", bytes });
  }

  /** Records filling a slice with zero bytes. */
  clear(storage: GpuStorage): void {
    this.#commands.push({ type: "clear", storage: [storage], signature: "w" });
  }

  /**
   * Records a read-back of a slice as it is at this point. The promise settles after the next
   * {@link CommandQueue.submit}, some 11 ms later on Deno: record several, await them late.
   */
  read(storage: GpuStorage): Promise<ArrayBuffer> {
    const { staging, result } = this.#reads.request(storage.size);
    this.#commands.push({ type: "read", storage: [storage], signature: "r", staging });
    this.#counts.reads++;
    return result;
  }

  /**
   * Gives places to what the recorded commands use and sends them to the device. Throws the first
   * error the device reported before, or a {@link MemoryBudgetError}; nothing is recorded any more
   * then, and what was to be read rejects with the same error.
   */
  submit(): void {
    try {
      this.#open.check();
      this.#send();
    } catch (error) {
      this.#drop();
      this.#reads.reject(error);
      throw error;
    }
    this.#reads.submitted();
  }

  /** Forgets what is recorded. */
  #drop(): void {
    this.#commands = [];
    this.#params.clear();
    this.#pass = null;
    this.#pipeline = null;
    this.#encoder = null;
    this.#timestamps = null;
  }

  #send(): void {
    const commands = this.#commands;
    if (commands.length === 0) return;
    this.#commands = [];
    const lifetimes = lifetimesOf(commands);
    const textures = new TextureLoads(this.#memory, lifetimes, this.#memory.plan(lifetimes));
    this.#encoder = this.#open.device.createCommandEncoder();
    const outside = () => this.#outsidePass();
    commands.forEach((command, i) => {
      textures.copyBefore(i, outside);
      if (command.type !== "dispatch") return this.#encode(command);
      const { kernel, storage, signature, slot } = command;
      const { bindables, bases } = textures.bind(i, signature, storage, this.#bindGroups);
      this.#params.append(slot, kernel, bases);
      this.#encodeDispatch(command, this.#bindGroups.get(kernel, bindables));
    });
    this.#outsidePass();
    this.#params.upload();
    this.#profiler?.beforeSubmit(this.#encoder);
    this.#open.device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#memory.settle();
    this.#counts.submits++;
  }

  /** Submits and waits until the device is idle. */
  async finish(): Promise<void> {
    this.submit();
    await this.#open.device.queue.onSubmittedWorkDone();
    this.#open.check();
  }

  /** Forgets everything that refers to a device buffer or texture about to be destroyed. */
  forget(id: number): void {
    this.#bindGroups.forget(id);
  }

  /** Destroys what the queue made on the device; nothing may be submitted any more. */
  destroy(): void {
    this.#params.destroy();
    this.#reads.destroy();
  }

  #encodeDispatch({ kernel, grid, slot, measured }: Dispatch, group: GPUBindGroup): void {
    const { pipeline } = kernel;
    const dispatch = (pass: GPUComputePassEncoder, set: GPUComputePipeline | null) => {
      if (set !== pipeline) pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      this.#offset[0] = slot;
      pass.setBindGroup(1, this.#params.group, this.#offset, 0, 1);
      pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    };
    // Who asked for a pass with timestamps of its own measures by itself.
    if (measured !== null && this.#timestamps === null && this.#profiler!.choose(measured)) {
      if (this.#profiler!.alone) {
        return this.#dispatchAlone(measured, slot, (pass) => dispatch(pass, null));
      }
      const pass = this.#profiler!.pass(this.#outsidePass(), measured);
      dispatch(pass, null);
      // The next dispatch is none of it.
      return pass.end();
    }
    this.#pass ??= this.#encoder!.beginComputePass(
      this.#timestamps === null ? {} : { timestampWrites: this.#timestamps },
    );
    dispatch(this.#pass, this.#pipeline);
    this.#pipeline = pipeline;
  }

  /** Encodes what is no dispatch. */
  #encode(command: Exclude<Command, Dispatch>): void {
    const encoder = this.#outsidePass();
    if (command.type === "pass") {
      this.#timestamps = command.timestamps;
      return;
    }
    const { storage } = command;
    const { buffer: { device }, offset, size } = storage[0];
    if (command.type === "clear") encoder.clearBuffer(device!.gpu, offset, size);
    else if (command.type === "read") {
      encoder.copyBufferToBuffer(device!.gpu, offset, command.staging, 0, size);
    } else {
      const to = storage[1];
      encoder.copyBufferToBuffer(
        device!.gpu,
        offset,
        to.buffer.device!.gpu,
        to.offset,
        command.bytes,
      );
    }
  }

  /** Submits what was encoded so far, then one dispatch by itself, and waits for it. */
  #dispatchAlone(
    measured: Dispatched,
    slot: number,
    dispatch: (pass: GPUComputePassEncoder) => void,
  ): void {
    const { device } = this.#open;
    this.#params.uploadTo(slot);
    device.queue.submit([this.#outsidePass().finish()]);
    this.#profiler!.runAlone(measured, dispatch);
    this.#encoder = device.createCommandEncoder();
  }

  #outsidePass(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    this.#pipeline = null;
    return this.#encoder!;
  }
}
