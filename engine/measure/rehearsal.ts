/**
 * A GPU backend without a GPU: memory is planned by the real queue and pool, kernels are not run. What
 * a program would need on a device can so be known before it is started there.
 *
 * @module
 */
import { NOTHING_TUNED, type TuningStore } from "./autotune.ts";
import type { AdapterDescription, OpenDevice } from "../webgpu/device.ts";
import { GpuBackend, type TileSet } from "../webgpu/gpu_backend.ts";
import { kernelKey, type KernelSpec, type KernelUse, signatureOf } from "../webgpu/kernel.ts";
import type { LoadPath } from "../webgpu/load_path.ts";
import type { Grid } from "../webgpu/queue.ts";
import { elementCount } from "../shape.ts";
import type { TemplateValues } from "../webgpu/template.ts";
import type { Tensor } from "../tensor.ts";

/** How to rehearse; a `GpuBackend` fits, and its device is then rehearsed. */
export interface RehearsalOptions {
  /** Whose kernels are rehearsed; their scratch memory differs a little. */
  readonly tileSet: TileSet;
  /** Whether what kernels stream from needs room in a texture. */
  readonly loadPath: LoadPath;
  /** Most bytes of one binding there: what is split there is split here. Default: no limit. */
  readonly largestBinding?: number;
  /** What is known of fast kernels there; default: nothing. */
  readonly tuning?: TuningStore;
  /** What kernels are chosen by there; default: a software adapter with subgroups of 4 lanes. */
  readonly adapter?: Pick<AdapterDescription, "fallback" | "subgroupSize" | "limits">;
}

/** Allocates like a {@link GpuBackend} of unlimited memory; all values read are zeros. */
export class RehearsalBackend extends GpuBackend {
  /** Every kernel that would have run, once, in the order of first use. */
  readonly kernels = new Map<string, KernelUse>();

  constructor(options: RehearsalOptions) {
    const { tileSet, loadPath, largestBinding = Infinity, tuning = NOTHING_TUNED } = options;
    super(absentDevice(options.adapter), {
      tileSet,
      loadPath,
      largestBinding,
      memoryBudget: Infinity,
      tuning: () => tuning,
    });
  }

  override run<Params extends string>(
    kernel: KernelSpec<Params>,
    values: TemplateValues,
    tensors: readonly Tensor[],
    params: Readonly<Record<Params, number>>,
    grid: Grid,
  ): void {
    const key = kernelKey(kernel, values);
    if (!this.kernels.has(key)) this.kernels.set(key, { spec: kernel, values });
    const layout: unknown = NOTHING;
    const compiled = {
      spec: kernel,
      variant: "",
      signature: signatureOf(kernel, this.loadPath),
      parameterCount: Object.keys(kernel.params).length,
      layout: layout as GPUBindGroupLayout,
      pipeline: layout as GPUComputePipeline,
    };
    this.queue.dispatch(compiled, tensors.map((tensor) => tensor.gpu), params, grid);
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

/** A device of unlimited size whose every method does nothing. */
function absentDevice(adapter: RehearsalOptions["adapter"]): OpenDevice {
  const limits = { maxBufferSize: Infinity, maxStorageBufferBindingSize: Infinity };
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
      fallback: adapter?.fallback ?? true,
      subgroupSize: adapter?.subgroupSize ?? 4,
      limits: adapter?.limits ?? limits,
    },
    check() {},
    fail() {},
  };
}
