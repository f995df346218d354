/**
 * A GPU backend without a GPU: buffers are counted by the real memory pool, kernels are not run. What
 * a program would need on a device can so be known before it is started there.
 *
 * @module
 */
import type { OpenDevice } from "./device.ts";
import { GpuBackend, type TileSet } from "./gpu_backend.ts";
import type { KernelSpec } from "./kernel.ts";
import type { LoadPath } from "./load_path.ts";
import { elementCount } from "./shape.ts";
import type { TemplateValues } from "./template.ts";
import type { Tensor } from "./tensor.ts";

/** How to rehearse. */
export interface RehearsalOptions {
  /** Whose kernels are rehearsed; their scratch memory differs a little. */
  readonly tileSet: TileSet;
  /** Whether what kernels stream from needs a texture beside its buffer. */
  readonly loadPath: LoadPath;
  /** Most bytes of one binding there: what is split there is split here. Default: no limit. */
  readonly largestBinding?: number;
}

/** Allocates like a {@link GpuBackend} of unlimited memory; all values read are zeros. */
export class RehearsalBackend extends GpuBackend {
  constructor({ tileSet, loadPath, largestBinding = Infinity }: RehearsalOptions) {
    super(absentDevice(), { tileSet, loadPath, largestBinding, memoryBudget: Infinity });
  }

  override run<Params extends string>(
    kernel: KernelSpec<Params>,
    _values: TemplateValues,
    tensors: readonly Tensor[],
  ): void {
    if (this.loadPath === "storage") return;
    tensors.forEach((tensor, binding) => {
      if (kernel.storage[binding] === "stream") this.memory.mirrorOf(tensor.gpu.buffer);
    });
  }

  override write(): void {}

  override read(tensor: Tensor): Promise<Float64Array> {
    return Promise.resolve(new Float64Array(elementCount(tensor.shape)));
  }
}

/** A device of unlimited size whose every method does nothing. */
function absentDevice(): OpenDevice {
  const limits = { maxBufferSize: Infinity, maxStorageBufferBindingSize: Infinity };
  const nothing: unknown = new Proxy(() => {}, {
    get: (_, name) => name === "then" ? undefined : name === "limits" ? limits : nothing,
    apply: () => nothing,
  });
  return {
    device: nothing as GPUDevice,
    adapter: {
      description: "rehearsal",
      vendor: "",
      fallback: true,
      subgroupSize: 4,
      loadPath: "storage",
      features: [],
      limits,
    },
    check() {},
    fail() {},
  };
}
