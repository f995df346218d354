/**
 * Watches which images are gathered, whichever backend they lie on.
 *
 * @module
 */
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { type Augmentation, ImageBytes } from "../../../engine/image_bytes.ts";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import type { Tensor } from "../../../engine/tensor.ts";

/** One batch that was gathered. */
export interface Gathered {
  /** Images of the set that it came from, which tells the pool from the test images. */
  readonly from: number;
  readonly images: readonly number[];
  readonly kind: "step" | "score";
  readonly augmentation: Augmentation | null;
}

/** Runs `body` and returns every batch that was gathered meanwhile, in order, but for rehearsed ones. */
export async function watchGathers(body: () => Promise<unknown>): Promise<Gathered[]> {
  const gathered: Gathered[] = [];
  const written = new WeakMap<Tensor, number[]>();
  const { gather } = ImageBytes.prototype;
  const backends = [CpuBackend.prototype, GpuBackend.prototype];
  const originals = backends.map(({ fromArray }) => fromArray);
  for (const [i, prototype] of backends.entries()) {
    prototype.fromArray = function (values, shape, dtype) {
      const tensor = originals[i].call(this, values, shape, dtype);
      if (dtype === "u32") written.set(tensor, Array.from(values));
      return tensor;
    };
  }
  ImageBytes.prototype.gather = function (indices, first, n, augmentation) {
    if (this.backend instanceof RehearsalBackend) {
      return gather.call(this, indices, first, n, augmentation);
    }
    gathered.push({
      from: this.shape[0],
      images: written.get(indices)!.slice(first, first + n),
      // Only training passes `null` or an augmentation; scoring leaves the argument out.
      kind: arguments.length === 4 ? "step" : "score",
      augmentation: augmentation ?? null,
    });
    return gather.call(this, indices, first, n, augmentation);
  };
  try {
    await body();
  } finally {
    ImageBytes.prototype.gather = gather;
    backends.forEach((prototype, i) => prototype.fromArray = originals[i]);
  }
  return gathered;
}
