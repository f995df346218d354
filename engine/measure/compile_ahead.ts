/**
 * Compiling kernels before they are needed.
 *
 * A software driver translates a pipeline to machine code only when it first runs, 0.05 to 0.5 s
 * each, on a thread of its own. So every kernel is run over no workgroups as soon as the pipelines
 * exist: the driver translates them while the program does other work, and nothing waits later. Deno makes pipelines within the call, so `createComputePipelineAsync`
 * would gain nothing.
 *
 * @module
 */
import type { GpuBackend } from "../webgpu/gpu_backend.ts";
import { kernelKey, type KernelUse, MAX_STORAGE_BUFFERS, PARAMS_BYTES } from "../webgpu/kernel.ts";

/** Stands in for every parameter: a size like others. */
const USUAL_PARAM = 1000;
/** Bytes of a buffer that stands in for one of a kernel's own. */
const PLACEHOLDER_BYTES = 256;

/**
 * Compiles every kernel of `uses` that the backend has not compiled before, and submits what makes
 * the driver translate it. Returns before the driver is done; what is submitted later waits for it.
 * Commands recorded before are submitted first. A rejected kernel is thrown by the next submit, as
 * when it is first used.
 *
 * @returns how many were compiled
 */
export function compileAhead(gpu: GpuBackend, uses: Iterable<KernelUse>): number {
  const fresh = new Map<string, KernelUse>();
  for (const use of uses) {
    if (!gpu.pipelines.has(use.spec, use.values)) fresh.set(kernelKey(use.spec, use.values), use);
  }
  if (fresh.size === 0) return 0;
  gpu.submit();
  const { device, paramsLayout } = gpu.pipelines;
  const buffers = Array.from(
    { length: MAX_STORAGE_BUFFERS },
    () => device.createBuffer({ size: PLACEHOLDER_BYTES, usage: GPUBufferUsage.STORAGE }),
  );
  const params = device.createBuffer({
    size: PARAMS_BYTES,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  // With zeros llvmpipe would compile kernels whose loops are empty, and compile them again later.
  device.queue.writeBuffer(params, 0, new Uint32Array(PARAMS_BYTES / 4).fill(USUAL_PARAM));
  const texture = device.createTexture({
    // Like a page of textures: the width a power of two, the height none; see texture_pages.ts.
    size: [4, 3],
    format: "rgba32float",
    usage: GPUTextureUsage.TEXTURE_BINDING,
  });
  const view = texture.createView();
  const paramsGroup = device.createBindGroup({
    layout: paramsLayout,
    entries: [{ binding: 0, resource: { buffer: params, size: PARAMS_BYTES } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const { spec, values } of fresh.values()) {
    const { pipeline, layout, signature } = gpu.pipelines.get(spec, values);
    pass.setPipeline(pipeline);
    const entries = [...signature].map((letter, binding) => ({
      binding,
      resource: letter === "t" ? view : { buffer: buffers[binding] },
    }));
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.setBindGroup(1, paramsGroup, [0]);
    pass.dispatchWorkgroups(0);
  }
  pass.end();
  // All at once: a submit waits for the one before it where the driver still translates.
  device.queue.submit([encoder.finish()]);
  // The device keeps them until the commands that use them are done.
  for (const resource of [...buffers, params, texture]) resource.destroy();
  return fresh.size;
}
