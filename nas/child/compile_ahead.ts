/**
 * Compiling every kernel of a network before its first step, so that no step waits for a compiler.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { compileAhead } from "../../engine/measure/compile_ahead.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { RehearsalBackend } from "../../engine/measure/rehearsal.ts";
import { SUM_KERNELS } from "../../engine/webgpu/sum_kernel.ts";
import { type Rehearsal, rehearse } from "./rehearse.ts";

/**
 * Rehearses, and compiles what the rehearsal used; see `compileAhead`. It needs no memory of the
 * device, draws nothing from a run's random streams, and so changes no result. On the CPU there is
 * nothing to do.
 *
 * @returns how many kernels were compiled
 */
export async function compileNetwork(backend: Backend, rehearsal: Rehearsal): Promise<number> {
  if (!(backend instanceof GpuBackend) || backend instanceof RehearsalBackend) return 0;
  const stage = new RehearsalBackend({ ...backend.target, tuning: backend.tuning });
  await rehearse(stage, rehearsal);
  // How many gradients meet in one place depends on the arc.
  const sums = rehearsal.alone ? [] : SUM_KERNELS;
  return compileAhead(backend, [...stage.kernels.values(), ...sums]);
}
