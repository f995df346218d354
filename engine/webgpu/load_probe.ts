/**
 * Which way of loading is faster on a device.
 *
 * @module
 */
import probeSource from "../../shaders/load_probe.wgsl" with { type: "text" };
import { HostClock } from "../measure/host_clock.ts";
import { TEXTURE_ROW_BYTES, TEXTURE_WIDTH } from "../memory/texture_pages.ts";
import { defineKernel, PARAMS_BYTES, wgslText } from "./kernel.ts";
import type { LoadPath } from "./load_path.ts";

const kernel = defineKernel({
  name: "load_probe",
  source: probeSource,
  bindings: { x: "stream", y: "read_write vec4f" },
  params: {},
});

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
  const params = device.createBuffer({ size: PARAMS_BYTES, usage: GPUBufferUsage.UNIFORM });
  const probe = (loadPath: LoadPath, input: GPUBindingResource) => {
    const code = wgslText(kernel, {}, loadPath);
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
    });
    const group = (index: number, resources: GPUBindingResource[]) =>
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(index),
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
    const storage = group(0, [input, { buffer: output }]);
    // A buffer's binding says itself where it begins.
    const bases = loadPath === "texture" ? group(1, [{ buffer: params }]) : null;
    return (dispatches: number) => {
      const { begin, end } = clock.time((pass) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, storage);
        if (bases !== null) pass.setBindGroup(1, bases);
        for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(64);
      });
      return Number(end - begin);
    };
  };
  const probes = [
    probe("storage", { buffer }),
    probe("texture", texture.createView()),
  ];
  // The first dispatch of each is compiled.
  for (const time of probes) time(1);
  const best = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    probes.forEach((time, kind) => best[kind] = Math.min(best[kind], time(DISPATCHES)));
  }
  for (const resource of [buffer, texture, output, params]) resource.destroy();
  const [storage, sampled] = best;
  return storage > WORTHWHILE * sampled ? "texture" : "storage";
}
