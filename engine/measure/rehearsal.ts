/**
 * A GPU backend without a GPU: memory is planned by the real queue and pool, kernels are not run. What
 * a program would need on a device can so be known before it is started there.
 *
 * @module
 */
import type { OpenDevice } from "../webgpu/device.ts";
import { GpuBackend } from "../webgpu/gpu_backend.ts";
import { type Bound, kernelKey, type KernelSpec, type KernelUse } from "../webgpu/kernel.ts";
import { interfaceOf } from "../webgpu/pipelines.ts";
import type { Grid } from "../webgpu/queue.ts";
import { NOTHING_TUNED, type Target, type TuningStore } from "../webgpu/target.ts";
import { elementCount } from "../shape.ts";
import type { TemplateValues } from "../webgpu/template.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Whose kernels are rehearsed: the target of a device, or some of one; the rest is then that of a
 * software adapter without limits, and with subgroups of 4 lanes.
 */
export interface RehearsalOptions extends Partial<Target> {
  readonly tileSet: Target["tileSet"];
  readonly loadPath: Target["loadPath"];
  /** What is known of fast kernels there; default: nothing. */
  readonly tuning?: TuningStore;
}

/** Allocates like a {@link GpuBackend} of unlimited memory; all values read are zeros. */
export class RehearsalBackend extends GpuBackend {
  /** Every kernel that would have run, once, in the order of first use. */
  readonly kernels = new Map<string, KernelUse>();

  constructor({ tuning = NOTHING_TUNED, ...target }: RehearsalOptions) {
    super(absentDevice(), { ...target, memoryBudget: Infinity, tuning: () => tuning });
  }

  override run<Bindings extends string, Params extends string>(
    spec: KernelSpec<Bindings, Params>,
    values: TemplateValues,
    tensors: Bound<Bindings>,
    params: Readonly<Record<Params, number>>,
    grid: Grid,
  ): void {
    const key = kernelKey(spec, values);
    if (!this.kernels.has(key)) this.kernels.set(key, { spec, values });
    const absent: unknown = NOTHING;
    const compiled = {
      ...interfaceOf(spec, values, this.target.loadPath),
      layout: absent as GPUBindGroupLayout,
      pipeline: absent as GPUComputePipeline,
    };
    this.queue.dispatch(compiled, tensors, params, grid);
  }

  override write(tensor: Tensor): void {
    this.queue.write(tensor.gpu, new Uint8Array(0));
  }

  override read(tensor: Tensor): Promise<Float64Array> {
    return Promise.resolve(new Float64Array(elementCount(tensor.shape)));
  }
}

/** Everything of it can be called and gives the same again. */
const NOTHING: unknown = new Proxy(() => {}, {
  get: (_, name) => name === "then" ? undefined : NOTHING,
  apply: () => NOTHING,
});

/** A software adapter of unlimited size, whose every method does nothing. */
function absentDevice(): OpenDevice {
  const limits = {
    maxBufferSize: Infinity,
    maxStorageBufferBindingSize: Infinity,
    maxComputeWorkgroupStorageSize: 16384,
  };
  const device: unknown = new Proxy(() => {}, {
    get: (_, name) => name === "limits" ? limits : NOTHING,
  });
  return {
    device: device as GPUDevice,
    adapter: {
      description: "rehearsal",
      vendor: "",
      loadPath: "storage",
      features: [],
      fallback: true,
      subgroupSize: 4,
      limits,
    },
    check() {},
    fail() {},
    close() {},
  };
}
