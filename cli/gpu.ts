/**
 * The GPU of this process.
 *
 * @module
 */
import { SharedGpu } from "../engine/webgpu/shared_gpu.ts";

/** Opened by the first command that computes on it; whoever ends the process closes it. */
export const gpu: SharedGpu = new SharedGpu();
