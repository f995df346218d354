/**
 * A profile that looks like one of a search.
 *
 * @module
 */
import {
  PROFILE_SCHEMA_VERSION,
  type ProfiledKernel,
  type RunProfile,
} from "../../nas/run/profile_schema.ts";

const NAMES: readonly [name: string, variant: string][] = [
  ["conv2d_forward_subgroup", "P=8,Q=2,K=3,S=1,G=8"],
  ["conv2d_forward_subgroup", "P=8,Q=2,K=5,S=1,G=8"],
  ["conv2d_backward_weight_subgroup", "Q=2,K=3,G=8"],
  ["depthwise_conv2d_forward", "P=8,K=3,S=1,FLIP=0"],
  ["depthwise_conv2d_backward_weight", "K=3,S=1"],
  ...[
    ...["batch_norm_apply", "batch_norm_statistics", "batch_norm_backward_apply", "relu_forward"],
    ...["batch_norm_backward_reduce", "max_pool_forward", "max_pool_backward", "sgd"],
    ...["avg_pool_forward", "sum_forward", "gather_batch", "concat_forward", "reduce_splits"],
  ].map((name): [string, string] => [name, ""]),
];

/** Kernels with falling times, three quarters of the time on the wall. */
export function makeProfile(): RunProfile {
  const times = NAMES.map((_, i) => 12_000 * 0.78 ** i);
  const kernelMilliseconds = times.reduce((a, b) => a + b, 0);
  const shares = [["shared weights", 0.6], ["scoring", 0.1], ["final training", 0.3]] as const;
  const milliseconds = kernelMilliseconds / 0.75;
  const kernels = NAMES.map(([name, variant], i): ProfiledKernel => ({
    name,
    variant,
    dispatches: 4000 - 100 * i,
    measuredDispatches: 400 - 10 * i,
    milliseconds: times[i],
    longestMilliseconds: times[i] / 500,
    share: times[i] / kernelMilliseconds,
    flops: /conv2d/.test(name) ? times[i] * 2e7 : null,
    phases: Object.fromEntries(shares.map(([phase, share]) => [phase, share * times[i]])),
  }));
  const dispatches = kernels.reduce((sum, kernel) => sum + kernel.dispatches, 0);
  return {
    schemaVersion: PROFILE_SCHEMA_VERSION,
    adapter: "llvmpipe (LLVM 15.0.6, 256 bits)",
    milliseconds,
    kernelMilliseconds,
    dispatches,
    measuredDispatches: dispatches / 10,
    tracedDispatches: 30_000,
    phases: [
      {
        ...{ name: "preparing", kernelMilliseconds: 0, dispatches: 0 },
        milliseconds: 0.1 * milliseconds,
      },
      ...shares.map(([name, share]) => ({
        name,
        milliseconds: 0.9 * share * milliseconds,
        kernelMilliseconds: share * kernelMilliseconds,
        dispatches: Math.round(share * dispatches),
      })),
    ],
    kernels,
  };
}
