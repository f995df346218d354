/**
 * Kernels of a profile, without regard to their template values.
 *
 * @module
 */
import type { RunProfile } from "../nas/run/profile_schema.ts";

/** All variants of one kernel. */
export interface NamedKernel {
  readonly name: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  readonly longestMilliseconds: number;
  /** Part of the time of all kernels, 0..1. */
  readonly share: number;
  /** Thousand million operations a second; null where operations are not counted. */
  readonly gflops: number | null;
}

/** Adds the variants of each kernel up; by falling time. */
export function kernelsByName({ kernels }: RunProfile): NamedKernel[] {
  const names = new Set(kernels.map(({ name }) => name));
  return Array.from(names, (name): NamedKernel => {
    const variants = kernels.filter((kernel) => kernel.name === name);
    const sum = (of: (kernel: typeof variants[number]) => number) =>
      variants.reduce((total, kernel) => total + of(kernel), 0);
    const milliseconds = sum((kernel) => kernel.milliseconds);
    const counted = variants.every(({ flops }) => flops !== null);
    return {
      name,
      dispatches: sum(({ dispatches }) => dispatches),
      milliseconds,
      longestMilliseconds: Math.max(...variants.map((kernel) => kernel.longestMilliseconds)),
      share: sum(({ share }) => share),
      gflops: counted ? rate(sum(({ flops }) => flops!), milliseconds) : null,
    };
  }).sort((a, b) => b.milliseconds - a.milliseconds);
}

/** What to say where the kernels are estimated to have taken longer than the run; null where they are not. */
export function busyRemark({ kernelMilliseconds, milliseconds }: RunProfile): string | null {
  return kernelMilliseconds <= milliseconds
    ? null
    : "Kernels cannot take longer than the run: the machine was busy with other work while some were " +
      "timed; trust the shares, and profile an idle machine for times";
}

/** Thousand million operations a second; null where no time was measured. */
export function rate(flops: number | null, milliseconds: number): number | null {
  return flops === null || milliseconds === 0 ? null : flops / milliseconds / 1e6;
}
