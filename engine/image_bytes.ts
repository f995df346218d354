/**
 * A data set that lies on the device as bytes; a kernel gathers, augments and normalises each batch.
 *
 * @module
 */
import source from "../shaders/gather_batch.wgsl" with { type: "text" };
import type { Backend } from "./backend.ts";
import { ShapeError } from "./errors.ts";
import { defineKernel } from "./webgpu/kernel.ts";
import { flatGrid } from "./webgpu/queue.ts";
import type { GpuRecorder } from "./webgpu/recorder.ts";
import { gatherBatchReference } from "./reference/gather_batch.ts";
import { formatShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

const kernel = defineKernel({
  name: "gather_batch",
  source,
  bindings: {
    bytes: "read u32",
    labels: "read u32",
    indices: "read u32",
    moments: "read vec4f",
    y: "read_write vec4f",
    batch_labels: "read_write u32",
  },
  params: {
    n: "u32",
    h: "u32",
    w: "u32",
    c: "u32",
    first: "u32",
    augment: "u32",
    pad: "u32",
    flip: "u32",
    cutout: "u32",
    seed: "u32",
    begin: "u32",
    end: "u32",
  },
});

/** Random crop, flip and cutout of a training batch (spec D.1). */
export interface Augmentation {
  /** Rows and columns of zeros around the normalised image before it is cropped. */
  readonly pad: number;
  /** Mirrors every second image, at random. */
  readonly flip: boolean;
  /** Side in pixels of a square set to zero in every image; default 0, none. */
  readonly cutout?: number;
  /** Unsigned 32-bit integer; a new one for every batch. */
  readonly seed: number;
}

/** A batch ready for a child model. */
export interface Batch {
  /** `[n,h,w,c]`. */
  readonly images: Tensor;
  /** `[n]`, u32. */
  readonly labels: Tensor;
}

/** The images `begin` … `end − 1` of a data set, in one buffer. */
interface Chunk {
  readonly begin: number;
  readonly end: number;
  readonly bytes: Tensor;
}

/** How many images of `bytes` bytes each fit into one binding of at most `largestBinding` bytes. */
export function imagesPerBinding(bytes: number, largestBinding: number): number {
  return Math.max(1, Math.floor(Math.floor(largestBinding / 16) * 16 / bytes));
}

/** What a GPU holds of a data set. */
interface Resident {
  readonly chunks: readonly Chunk[];
  readonly labels: Tensor;
  readonly moments: Tensor;
}

/** Images of a data set on one backend, in as many buffers as its largest binding asks for. */
export class ImageBytes {
  /** Null on the CPU, or once it was given back. */
  #resident: Resident | null;

  /**
   * Uploads `images [count,h,w,c]` and `labels [count]` once. Throws a {@link ShapeError} where they
   * do not fit each other, there are more than 4 channels, or a label is not below `classes`.
   *
   * @param moments mean and standard deviation of each channel, of bytes scaled to 0..1.
   * @param classes number of classes, if labels are to be checked: kernels cannot tell of a wrong one.
   */
  constructor(
    readonly backend: Backend,
    readonly images: Uint8Array,
    readonly labels: Uint8Array,
    readonly shape: readonly [count: number, height: number, width: number, channels: number],
    readonly moments: { readonly mean: readonly number[]; readonly std: readonly number[] },
    classes = 256,
  ) {
    const [count, h, w, c] = shape;
    if (images.length !== count * h * w * c || labels.length !== count || c > 4) {
      throw new ShapeError(
        `Expected ${count} labels and images ${formatShape(shape)} of at most 4 channels but ` +
          `found ${labels.length} labels and ${images.length} bytes`,
      );
    }
    const wrong = labels.findIndex((label) => label >= classes);
    if (wrong >= 0) {
      throw new ShapeError(
        `Expected labels from 0 to ${classes - 1} but found ${labels[wrong]} at image ${wrong}`,
      );
    }
    this.#resident = backend.choose({ cpu: () => null, gpu: (gpu) => this.#upload(gpu) });
  }

  #upload(gpu: GpuRecorder): Resident {
    const { images, labels, shape: [count, h, w, c], moments } = this;
    const upload = (bytes: Uint8Array) =>
      gpu.keep(gpu.upload(bytes, [Math.ceil(bytes.length / 4)]));
    const each = h * w * c;
    const step = imagesPerBinding(each, gpu.largestBinding);
    const chunks: Chunk[] = [];
    for (let begin = 0; begin < count; begin += step) {
      const end = Math.min(begin + step, count);
      chunks.push({ begin, end, bytes: upload(images.subarray(begin * each, end * each)) });
    }
    const means = [...moments.mean, 0, 0, 0, 0].slice(0, 4);
    // A deviation of 1 keeps the padding channels finite.
    const deviations = [...moments.std, 1, 1, 1, 1].slice(0, 4);
    return {
      chunks,
      labels: upload(labels),
      moments: gpu.keep(gpu.fromArray([...means, ...deviations], [2, 4])),
    };
  }

  /**
   * Records the batch of the `n` images whose numbers stand at `first` in `indices` (u32).
   * Without `augmentation` images are normalised only. The caller releases the batch.
   *
   * There is a dispatch for each buffer of images; it writes the positions of the batch that show
   * one of its images.
   */
  gather(
    indices: Tensor,
    first: number,
    n: number,
    augmentation: Augmentation | null = null,
  ): Batch {
    const { backend, shape: [, h, w, c] } = this;
    const images = backend.allocate([n, h, w, c]);
    const labels = backend.allocate([n], "u32");
    const { pad, flip, cutout = 0, seed } = augmentation ?? { pad: 0, flip: false, seed: 0 };
    backend.choose({
      cpu: () => {
        const numbers = Array.from(indices.cpu.subarray(first, first + n));
        images.cpu.set(
          gatherBatchReference({ shape: this.shape, data: this.images }, numbers, {
            augment: augmentation !== null,
            pad,
            flip,
            cutout,
            seed,
            mean: this.moments.mean,
            std: this.moments.std,
          }).data,
        );
        labels.cpu.set(numbers.map((i) => this.labels[i]));
      },
      gpu: (gpu) => {
        const { chunks, labels: all, moments } = this.#resident!;
        const augment = Number(augmentation !== null);
        const sizes = { n, h, w, c, first, augment, pad, flip: Number(flip), cutout, seed };
        const grid = flatGrid(Math.ceil(n * h * w / 64));
        for (const { begin, end, bytes } of chunks) {
          const tensors = { bytes, labels: all, indices, moments, y: images, batch_labels: labels };
          gpu.run(kernel, {}, tensors, { ...sizes, begin, end }, grid);
        }
      },
    });
    return { images, labels };
  }

  /** Gives the device's copy back. */
  dispose(): void {
    if (this.#resident === null) return;
    const { chunks, labels, moments } = this.#resident;
    for (const tensor of [...chunks.map(({ bytes }) => bytes), labels, moments]) {
      this.backend.release(tensor);
    }
    this.#resident = null;
  }
}
