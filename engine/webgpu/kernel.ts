/**
 * Kernels as written: a WGSL text and its interface.
 *
 * Every kernel binds its storage buffers in group 0, in the order of `bindings`, and a `Params`
 * struct of 4-byte scalars in group 1. Both declarations are generated, so host and shader cannot
 * disagree; `common.wgsl` is put before every kernel.
 *
 * @module
 */
import common from "../../shaders/common.wgsl" with { type: "text" };
import { ShaderError } from "../errors.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type LoadPath, loadsAsTextures, TEXTURE_TYPE } from "./load_path.ts";
import { expandTemplate, type TemplateValues } from "./template.ts";

/** WGSL scalar type of a uniform parameter. */
export type ParamType = "u32" | "i32" | "f32";

/** WGSL type of the elements of a storage buffer. */
export type ElementType = "f32" | "u32" | "vec4f" | "vec4u";

/**
 * How a kernel uses a storage buffer: an access and the type of the elements, `read_write vec4f`.
 * `stream` is a `read vec4f` of which a kernel reads a lot (activations, gradients, weights); it may
 * be bound as a texture instead, see load_path.ts.
 */
export type BindingType = "stream" | `${"read" | "read_write"} ${ElementType}`;

/** A kernel as written: text and interface. */
export interface KernelSpec<Bindings extends string = string, Params extends string = string> {
  /** Name of the shader file without extension. */
  readonly name: string;
  /** WGSL text with template directives; see template.ts. */
  readonly source: string;
  /** Storage buffers of group 0 in order; at most 8. */
  readonly bindings: Readonly<Record<Bindings, BindingType>>;
  /** Fields of `Params` in order; at most 64. */
  readonly params: Readonly<Record<Params, ParamType>>;
  /**
   * Floating-point operations of one dispatch, where a kernel is worth counting, from the shapes of its
   * tensors. A multiply-add counts as two, padding as if it were data.
   */
  flops?(shapes: Readonly<Record<Bindings, Shape>>): number;
}

/** Tensors of a kernel, by the names of its bindings. */
export type Bound<Bindings extends string> = Readonly<Record<Bindings, Tensor>>;

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

/** Most storage buffers a kernel may bind: the WebGPU default that every adapter has. */
export const MAX_STORAGE_BUFFERS = 8;
/** Bytes of a `Params` slot: the alignment of a dynamic uniform offset. */
export const PARAMS_BYTES = 256;

/** Checks a kernel's interface when its module loads. */
export function defineKernel<const Bindings extends string, const Params extends string>(
  spec: KernelSpec<Bindings, Params>,
): KernelSpec<Bindings, Params> {
  const count = Object.keys(spec.bindings).length;
  if (count > MAX_STORAGE_BUFFERS) {
    throw new ShaderError(
      `Expected at most ${MAX_STORAGE_BUFFERS} storage buffers in ${spec.name} but found ${count}`,
      spec.source,
    );
  }
  return spec;
}

/** One letter for each binding: r(ead), w(rite), t(exture). */
export function signatureOf({ bindings }: KernelSpec, loadPath: LoadPath): string {
  return Object.values(bindings).map((type) => {
    if (type === "stream") return loadPath === "texture" ? "t" : "r";
    return type.startsWith("read_write") ? "w" : "r";
  }).join("");
}

/** The complete WGSL text of a kernel: generated interface, helpers, expanded body. */
export function wgslText(
  spec: KernelSpec,
  values: TemplateValues = {},
  loadPath: LoadPath = "storage",
): string {
  const bindings = Object.entries(spec.bindings);
  const textures = loadPath === "storage"
    ? []
    : bindings.filter(([, type]) => type === "stream").map(([name]) => name);
  const declarations = bindings.map(([name, type], binding) => {
    const [access, element] = type === "stream" ? ["read", "vec4f"] : type.split(" ");
    const variable = textures.includes(name)
      ? `var ${name}: ${TEXTURE_TYPE};`
      : `var<storage, ${access}> ${name}: array<${element}>;`;
    return `@group(0) @binding(${binding}) ${variable}\n`;
  }).join("");
  const fields = [
    ...Object.entries(spec.params),
    ...textures.map((name) => [`base_${name}`, "u32"]),
  ].map(([name, type]) => `  ${name}: ${type},`).join("\n");
  const params = fields === ""
    ? ""
    : `struct Params {\n${fields}\n}\n@group(1) @binding(0) var<uniform> params: Params;\n`;
  const body = expandTemplate(spec.source, values);
  return `${params}${declarations}${common}\n${loadsAsTextures(body, textures)}`;
}
