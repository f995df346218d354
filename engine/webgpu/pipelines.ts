/**
 * Compiled kernels: one for each kernel and set of template values.
 *
 * @module
 */
import { ShaderError } from "../errors.ts";
import type { OpenDevice } from "./device.ts";
import { kernelKey, type KernelSpec, PARAMS_BYTES, signatureOf, wgslText } from "./kernel.ts";
import type { LoadPath } from "./load_path.ts";
import type { TemplateValues } from "./template.ts";

/** A kernel compiled with one set of template values. */
export interface CompiledKernel<
  Bindings extends string = string,
  Params extends string = string,
> {
  readonly spec: KernelSpec<Bindings, Params>;
  readonly values: TemplateValues;
  /** Template values as text, `K=3,S=1`; empty where there are none. */
  readonly variant: string;
  /** Names of the bindings, in order. */
  readonly bindings: readonly Bindings[];
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Signature of `layout`: one letter a binding: r(ead), w(rite), t(exture). */
  readonly signature: string;
  /** Number of the fields of `Params` that the program gives; those of textures follow. */
  readonly parameterCount: number;
}

/** What a compiled kernel knows of its interface. */
export function interfaceOf<Bindings extends string, Params extends string>(
  spec: KernelSpec<Bindings, Params>,
  values: TemplateValues,
  loadPath: LoadPath,
): Omit<CompiledKernel<Bindings, Params>, "pipeline" | "layout"> {
  return {
    spec,
    values,
    variant: kernelKey(spec, values).slice(spec.name.length + 1),
    bindings: Object.keys(spec.bindings) as Bindings[],
    signature: signatureOf(spec, loadPath),
    parameterCount: Object.keys(spec.params).length,
  };
}

/** Compiles kernels and keeps the pipelines; one for each device. */
export class PipelineCache {
  /** The variants of each kernel: they are few, so that comparing values beats making a key of them. */
  #compiled = new Map<KernelSpec, CompiledKernel[]>();
  #layouts = new Map<string, GPUBindGroupLayout>();
  readonly paramsLayout: GPUBindGroupLayout;
  #open: OpenDevice;
  readonly #loadPath: LoadPath;

  constructor(open: OpenDevice, loadPath: LoadPath) {
    this.#open = open;
    this.#loadPath = loadPath;
    this.paramsLayout = open.device.createBindGroupLayout({
      entries: [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: PARAMS_BYTES },
      }],
    });
  }

  /** The device that pipelines are made for. */
  get device(): GPUDevice {
    return this.#open.device;
  }

  /** Whether {@link PipelineCache.get} has the pipeline at hand. */
  has(spec: KernelSpec, values: TemplateValues = {}): boolean {
    return this.#find(spec, values) !== undefined;
  }

  /** Number of pipelines compiled so far. */
  get size(): number {
    let size = 0;
    for (const variants of this.#compiled.values()) size += variants.length;
    return size;
  }

  /**
   * The pipeline of `spec` for `values`, compiled at the first call. A rejected module surfaces as a
   * {@link ShaderError} with the full text at the next submit or read.
   */
  get<Bindings extends string, Params extends string>(
    spec: KernelSpec<Bindings, Params>,
    values: TemplateValues = {},
  ): CompiledKernel<Bindings, Params> {
    const found = this.#find(spec, values);
    if (found !== undefined) return found as CompiledKernel<Bindings, Params>;
    const compiled = this.#compile(spec, values);
    const variants = this.#compiled.get(spec);
    if (variants === undefined) this.#compiled.set(spec, [compiled]);
    else variants.push(compiled);
    return compiled;
  }

  #find(spec: KernelSpec, values: TemplateValues): CompiledKernel | undefined {
    const variants = this.#compiled.get(spec);
    if (variants === undefined) return undefined;
    for (const variant of variants) if (sameValues(variant.values, values)) return variant;
    return undefined;
  }

  #compile<Bindings extends string, Params extends string>(
    spec: KernelSpec<Bindings, Params>,
    values: TemplateValues,
  ): CompiledKernel<Bindings, Params> {
    const { device } = this.#open;
    const source = wgslText(spec, values, this.#loadPath);
    const label = kernelKey(spec, values);
    const face = interfaceOf(spec, { ...values }, this.#loadPath);
    let layout = this.#layouts.get(face.signature);
    if (layout === undefined) {
      layout = device.createBindGroupLayout({
        entries: [...face.signature].map((letter, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          ...(letter === "t"
            ? { texture: { sampleType: "unfilterable-float" as const } }
            : { buffer: { type: letter === "w" ? "storage" : "read-only-storage" } as const }),
        })),
      });
      this.#layouts.set(face.signature, layout);
    }
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code: source });
    const pipeline = device.createComputePipeline({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout, this.paramsLayout] }),
      compute: { module, entryPoint: "main" },
    });
    device.popErrorScope().then((error) => {
      if (error !== null) {
        this.#open.fail(new ShaderError(`Kernel ${label} was rejected: ${error.message}`, source));
      }
    }, () => {/* the device is gone; its loss is reported by check() */});
    return { ...face, pipeline, layout };
  }
}

/** Whether a kernel gets the same values; all uses of one kernel name the same ones. */
function sameValues(a: TemplateValues, b: TemplateValues): boolean {
  for (const name in a) if (a[name] !== b[name]) return false;
  return true;
}
