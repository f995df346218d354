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
import probeSource from "../../shaders/load_probe.wgsl" with { type: "text" };
import { ShaderError } from "../errors.ts";
import { HostClock } from "../measure/host_clock.ts";
import { TEXTURE_ROW_BYTES, TEXTURE_WIDTH } from "../memory/texture_pages.ts";

/** Where `stream` bindings of kernels load from. */
export type LoadPath = "storage" | "texture";

/**
 * Rewrites the declarations of the given bindings into textures, and every access `name[index]` into
 * a load of that texel. A binding begins at texel `params.base_name` of the texture.
 */
export function streamsAsTextures(wgsl: string, bindings: readonly number[]): string {
  let text = wgsl;
  streamNames(wgsl, bindings).forEach((name, i) => {
    const binding = bindings[i];
    text = text.replace(
      declarationOf(binding),
      `@group(0) @binding(${binding}) var ${name}: texture_2d<f32>;`,
    );
    text = replaceAccesses(text, name);
  });
  return text;
}

/** Names of the arrays that the given bindings declare, in order. */
export function streamNames(wgsl: string, bindings: readonly number[]): string[] {
  return bindings.map((binding) => {
    const found = wgsl.match(declarationOf(binding));
    if (found === null) {
      throw new ShaderError(
        `Expected binding ${binding} to be declared as a read-only array<vec4f>, as a stream is`,
        wgsl,
      );
    }
    return found[1];
  });
}

function declarationOf(binding: number): RegExp {
  return new RegExp(
    `@group\\(0\\) @binding\\(${binding}\\) var<storage, read> (\\w+): array<vec4f>;`,
  );
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

/** Records the copy of the first `bytes` of a buffer to a texture, from row `row` on. */
export function copyToTexture(
  encoder: GPUCommandEncoder,
  buffer: GPUBuffer,
  bytes: number,
  texture: GPUTexture,
  row: number,
): void {
  const rows = Math.floor(bytes / TEXTURE_ROW_BYTES);
  const rest = bytes % TEXTURE_ROW_BYTES / 16;
  if (rows > 0) {
    encoder.copyBufferToTexture(
      { buffer, bytesPerRow: TEXTURE_ROW_BYTES },
      { texture, origin: [0, row] },
      [TEXTURE_WIDTH, rows],
    );
  }
  if (rest > 0) {
    encoder.copyBufferToTexture(
      { buffer, offset: rows * TEXTURE_ROW_BYTES, bytesPerRow: TEXTURE_ROW_BYTES },
      { texture, origin: [0, row + rows] },
      [rest, 1],
    );
  }
}

/** A texture load must be this much cheaper than a buffer load to pay for the copies. */
const WORTHWHILE = 3;

/** Rounds in which both kinds of load are timed, and dispatches of each. */
const ROUNDS = 3;
const DISPATCHES = 3;

/**
 * Times both kinds of load on the device (some 40 ms) and returns the one to use. The rounds alternate
 * and the shortest of each kind counts, so that other work on the machine does not decide.
 */
export function fasterLoadPath(device: GPUDevice): LoadPath {
  const buffer = device.createBuffer({
    size: TEXTURE_ROW_BYTES * 64,
    usage: GPUBufferUsage.STORAGE,
  });
  const texture = device.createTexture({
    size: [TEXTURE_WIDTH, 64],
    format: "rgba32float",
    usage: GPUTextureUsage.TEXTURE_BINDING,
  });
  const output = device.createBuffer({ size: 65536, usage: GPUBufferUsage.STORAGE });
  const clock = new HostClock(device);
  const probe = (code: string, input: GPUBindingResource) => {
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: input },
        { binding: 1, resource: { buffer: output } },
      ],
    });
    return (dispatches: number) => {
      const { begin, end } = clock.time((pass) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(64);
      });
      return Number(end - begin);
    };
  };
  const probes = [
    probe(probeSource, { buffer }),
    probe(streamsAsTextures(probeSource, [0]) + PROBE_HELPERS, texture.createView()),
  ];
  // The first dispatch of each is compiled.
  for (const time of probes) time(1);
  const best = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    probes.forEach((time, kind) => best[kind] = Math.min(best[kind], time(DISPATCHES)));
  }
  for (const resource of [buffer, texture, output]) resource.destroy();
  const [storage, sampled] = best;
  return storage > WORTHWHILE * sampled ? "texture" : "storage";
}

/** What other kernels have of common.wgsl and their parameters. */
const PROBE_HELPERS = `
struct Params { base_x: u32 }
const params = Params(0u);
fn texel_of(index: u32) -> vec2u {
  return vec2u(index % 1024u, index / 1024u);
}
`;
