/**
 * Finds out by trial whether subgroup operations work.
 *
 * Deno's WebGPU runs them on software adapters although it does not list the feature, so the engine
 * asks for it, runs one small kernel, and believes only what came out.
 *
 * @module
 */
import source from "../../shaders/subgroup_probe.wgsl" with { type: "text" };

/** Lanes of the probe's workgroup. */
const LANES = 64;

/**
 * Lanes of a subgroup when `subgroupBroadcast` works and lanes lie in linear order, else 0. Only 8
 * and 16 count: the kernels are written for them.
 */
export async function probeSubgroups(device: GPUDevice): Promise<number> {
  device.pushErrorScope("validation");
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: source }), entryPoint: "main" },
  });
  if (await device.popErrorScope() !== null) return 0;
  const bytes = LANES * 8;
  const output = device.createBuffer({
    size: bytes,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: output } }],
      }),
    );
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(output, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const values = new Uint32Array(staging.getMappedRange().slice(0));
    const size = values[0];
    const linear = [...Array(LANES).keys()].every((lane) =>
      values[2 * lane] === size && values[2 * lane + 1] === Math.floor(lane / size) * size + 3
    );
    return linear && (size === 8 || size === 16) ? size : 0;
  } finally {
    output.destroy();
    staging.destroy();
  }
}
