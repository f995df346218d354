/**
 * Kernels: a WGSL text, its bindings and uniform parameters, compiled once for each set of template
 * values.
 *
 * Every kernel binds its storage buffers in group 0, in the order of `storage`, and a `Params`
 * struct of 4-byte scalars in group 1. The struct's declaration is generated from `params`, so host
 * and shader cannot disagree; `common.wgsl` is put before every kernel.
 *
 * @module
 */
import common from "../../shaders/common.wgsl" with { type: "text" };
import { ShaderError } from "../errors.ts";
import type { OpenDevice } from "./device.ts";
import { type LoadPath, streamNames, streamsAsTextures } from "./load_path.ts";
import type { Shape } from "../shape.ts";
import { expandTemplate, type TemplateValues } from "./template.ts";

/** WGSL scalar type of a uniform parameter. */
export type ParamType = "u32" | "i32" | "f32";

/**
 * How a kernel uses a storage buffer. `stream` is a read-only array of vec4s that a kernel reads a lot
 * of (activations, gradients, weights); it may be bound as a texture instead, see load_path.ts.
 */
export type StorageAccess = "read" | "read_write" | "stream";

/** A kernel as written: text and interface. */
export interface KernelSpec<Params extends string = string> {
  /** Name of the shader file without extension. */
  readonly name: string;
  /** WGSL text with template directives; see template.ts. */
  readonly source: string;
  /** Access of each storage buffer of group 0; at most 8. */
  readonly storage: readonly StorageAccess[];
  /** Fields of `Params` in order; at most 64. */
  readonly params: Readonly<Record<Params, ParamType>>;
  /**
   * Floating-point operations of one dispatch, where a kernel is worth counting: a function of the
   * shapes of its tensors, in binding order. A multiply-add counts as two, padding as if it were data.
   */
  readonly flops?: (shapes: readonly Shape[]) => number;
}

/** A kernel and the template values that it is used with. */
export interface KernelUse {
  readonly spec: KernelSpec;
  readonly values: TemplateValues;
}

/** Name of a kernel with its template values, such as `concat_forward` or `sum_forward,N=3`. */
export function kernelKey(spec: KernelSpec, values: TemplateValues = {}): string {
  let key = spec.name;
  for (const name in values) key += `,${name}=${values[name]}`;
  return key;
}

/** A kernel compiled with one set of template values. */
export interface CompiledKernel<Params extends string = string> {
  readonly spec: KernelSpec<Params>;
  /** Template values, `K=3,S=1`; empty where there are none. */
  readonly variant: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Signature of `layout`: one letter a binding: r(ead), w(rite), t(exture). */
  readonly signature: string;
  /** Number of the fields of `Params` that the program gives; those of textures follow. */
  readonly parameterCount: number;
}

/** Most storage buffers a kernel may bind: the WebGPU default that every adapter has. */
export const MAX_STORAGE_BUFFERS = 8;
/** Bytes of a `Params` slot: the alignment of a dynamic uniform offset. */
export const PARAMS_BYTES = 256;

/** Checks a kernel's interface when its module loads. */
export function defineKernel<const Params extends string>(
  spec: KernelSpec<Params>,
): KernelSpec<Params> {
  if (spec.storage.length > MAX_STORAGE_BUFFERS) {
    throw new ShaderError(
      `Expected at most ${MAX_STORAGE_BUFFERS} storage buffers in ${spec.name} but found ` +
        `${spec.storage.length}`,
      spec.source,
    );
  }
  return spec;
}

/** Compiles kernels and keeps the pipelines; one for each device. */
export class PipelineCache {
  #pipelines = new Map<string, CompiledKernel>();
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
    return this.#pipelines.has(kernelKey(spec, values));
  }

  /** Number of pipelines compiled so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /**
   * The pipeline of `spec` for `values`, compiled at the first call. A rejected module surfaces as a
   * {@link ShaderError} with the full text at the next submit or read.
   */
  get<Params extends string>(
    spec: KernelSpec<Params>,
    values: TemplateValues = {},
  ): CompiledKernel<Params> {
    const key = kernelKey(spec, values);
    const found = this.#pipelines.get(key);
    if (found !== undefined) return found as CompiledKernel<Params>;
    const compiled = this.#compile(spec, values, key);
    this.#pipelines.set(key, compiled as CompiledKernel);
    return compiled;
  }

  #compile<Params extends string>(
    spec: KernelSpec<Params>,
    values: TemplateValues,
    key: string,
  ): CompiledKernel<Params> {
    const { device } = this.#open;
    const source = wgslText(spec, values, this.#loadPath);
    const signature = signatureOf(spec, this.#loadPath);
    let layout = this.#layouts.get(signature);
    if (layout === undefined) {
      layout = device.createBindGroupLayout({
        entries: [...signature].map((letter, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          ...(letter === "t"
            ? { texture: { sampleType: "unfilterable-float" as const } }
            : { buffer: { type: letter === "w" ? "storage" : "read-only-storage" } as const }),
        })),
      });
      this.#layouts.set(signature, layout);
    }
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label: key, code: source });
    const pipeline = device.createComputePipeline({
      label: key,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout, this.paramsLayout] }),
      compute: { module, entryPoint: "main" },
    });
    device.popErrorScope().then((error) => {
      if (error !== null) {
        this.#open.fail(new ShaderError(`Kernel ${key} was rejected: ${error.message}`, source));
      }
    }, () => {/* the device is gone; its loss is reported by check() */});
    const parameterCount = Object.keys(spec.params).length;
    const variant = key.slice(spec.name.length + 1);
    return { spec, variant, pipeline, layout, signature, parameterCount };
  }
}

/** One letter for each binding: r(ead), w(rite), t(exture). */
export function signatureOf({ storage }: KernelSpec, loadPath: LoadPath): string {
  return storage.map((access) => {
    if (access === "read_write") return "w";
    return access === "stream" && loadPath === "texture" ? "t" : "r";
  }).join("");
}

/** The complete WGSL text of a kernel: generated interface, helpers, expanded body. */
export function wgslText(
  spec: KernelSpec,
  values: TemplateValues = {},
  loadPath: LoadPath = "storage",
): string {
  const body = expandTemplate(spec.source, values);
  const streams = loadPath === "storage" ? [] : streamBindings(spec);
  const fields = [
    ...Object.entries(spec.params),
    ...streamNames(body, streams).map((name) => [`base_${name}`, "u32"]),
  ].map(([name, type]) => `  ${name}: ${type},`).join("\n");
  const params = fields === ""
    ? ""
    : `struct Params {\n${fields}\n}\n@group(1) @binding(0) var<uniform> params: Params;\n`;
  return `${params}${common}\n${streamsAsTextures(body, streams)}`;
}

/** Numbers of the bindings that may be textures. */
function streamBindings(spec: KernelSpec): number[] {
  return spec.storage.flatMap((access, binding) => access === "stream" ? [binding] : []);
}
