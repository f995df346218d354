/**
 * Times of recorded commands on the device: by timestamps where the adapter has them, else by the
 * clock.
 *
 * @module
 */
import type { GpuBackend } from "./gpu_backend.ts";

/**
 * Milliseconds that the device takes for what each function records, in order; the first is run once
 * more before, since a time is the one from the end of a pass to the end of the next: what lavapipe
 * writes as the beginning of a pass is its end too, and without it an end is that of the next pass. Without timestamps each has to run long
 * enough that the 10 ms in which Deno polls for the end do not matter. At most as much may be recorded
 * in all as fits between two submits.
 */
export async function deviceMilliseconds(
  gpu: GpuBackend,
  records: readonly (() => void)[],
): Promise<number[]> {
  const { device } = gpu.memory;
  // Copies to textures end a pass too early.
  if (!device.features.has("timestamp-query") || gpu.loadPath === "texture") {
    return await clockMilliseconds(gpu, records);
  }
  const passes = [records[0], ...records];
  const count = 2 * passes.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const size = 8 * count;
  const resolved = device.createBuffer({
    size,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    passes.forEach((record, i) => {
      gpu.queue.beginPass({
        querySet,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      });
      record();
    });
    gpu.queue.beginPass();
    gpu.submit();
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const nanoseconds = new BigUint64Array(staging.getMappedRange().slice(0));
    return records.map((_, i) => Number(nanoseconds[2 * i + 3] - nanoseconds[2 * i + 1]) / 1e6);
  } finally {
    staging.destroy();
    resolved.destroy();
    querySet.destroy();
    gpu.submit();
  }
}

async function clockMilliseconds(gpu: GpuBackend, records: readonly (() => void)[]) {
  const times: number[] = [];
  await gpu.queue.finish();
  for (const record of records) {
    const start = performance.now();
    record();
    await gpu.queue.finish();
    times.push(performance.now() - start);
  }
  return times;
}
