/**
 * Loading activations through textures on software adapters.
 *
 * llvmpipe compiles a load from a storage buffer into a loop over lanes and components; where the
 * processor has no AVX-512 such a load costs ten times one from a texture, which is gathered in
 * vector code. There, what a kernel streams from is copied to rows of a texture once it is complete,
 * and the kernel's text is rewritten to load from it. The arithmetic
 * and so the bits stay the same.
 *
 * @module
 */

/** Where `stream` bindings of kernels load from. */
export type LoadPath = "storage" | "texture";

/** WGSL type of a stream that is bound as a texture. */
export const TEXTURE_TYPE = "texture_2d<f32>";

/**
 * Rewrites every access `name[index]` to one of the given arrays into a load of that texel of a texture,
 * in which the array begins at texel `params.base_name`.
 */
export function loadsAsTextures(wgsl: string, names: readonly string[]): string {
  return names.reduce(replaceAccesses, wgsl);
}

function replaceAccesses(text: string, name: string): string {
  const access = new RegExp(`\\b${name}\\[`, "g");
  let out = "";
  let at = 0;
  for (let match = access.exec(text); match !== null; match = access.exec(text)) {
    let depth = 1;
    let end = access.lastIndex;
    while (depth > 0) {
      if (text[end] === "[") depth++;
      if (text[end] === "]") depth--;
      end++;
    }
    const index = replaceAccesses(text.slice(access.lastIndex, end - 1), name);
    out += text.slice(at, match.index) +
      `textureLoad(${name}, texel_of(params.base_${name} + ${index}), 0)`;
    at = end;
    access.lastIndex = end;
  }
  return out + text.slice(at);
}
