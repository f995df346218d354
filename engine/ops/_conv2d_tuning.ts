/**
 * Convolutions for the autotuner: operands of a class of shapes, and each tile on them.
 *
 * @module
 */
import type { TuningProblem } from "../op.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { paddedCount } from "../tensor.ts";
import { recordBackwardWeight } from "./_conv2d_backward_weight.ts";
import { recordBackwardInput, recordForward } from "./_conv2d_forward.ts";
import { geometryOf } from "./_conv2d_geometry.ts";
import { candidateTiles, defaultTile, parseClass, tileName } from "./_conv2d_tiles.ts";

/** Makes the problem of a class of convolutions. */
export function conv2dTuning(gpu: GpuRecorder, key: string): TuningProblem | null {
  const shapes = parseClass(key);
  if (shapes === null) return null;
  const { pass, kernel, stride, width, pixels, cin4, cout4 } = shapes;
  // The class of an input gradient names the channels of dy first.
  const [cx, cy] = pass === "backward_input" ? [4 * cout4, 4 * cin4] : [4 * cin4, 4 * cout4];
  const height = Math.min(width, Math.ceil(pixels / width));
  // Bytes of the larger tensor of one image.
  const image = 4 * width * height * Math.max(stride * stride * cx, cy);
  const fitting = Math.floor(gpu.largestBinding / image);
  const n = Math.max(1, Math.min(Math.ceil(pixels / (width * height)), fitting));
  const operands = [
    [n, height * stride, width * stride, cx],
    [kernel, kernel, cx, cy],
    [n, height, width, cy],
  ].map((shape) => gpu.fromArray(wave(paddedCount(shape)), shape));
  const [x, weight, y] = operands;
  const geometry = geometryOf(x.shape, weight.shape, { stride, shift: 0 });
  const like = pass === "forward" ? y : pass === "backward_input" ? x : weight;
  const result = gpu.allocate(like.shape);
  const tiles = new Map(
    [
      defaultTile(shapes),
      ...candidateTiles(shapes, gpu.target.workgroupBytes),
    ]
      .map((tile) => [tileName(tile), tile]),
  );
  return {
    candidates: [...tiles.keys()],
    record(candidate) {
      const tile = tiles.get(candidate)!;
      if (pass === "forward") recordForward(gpu, geometry, x, weight, result, tile);
      else if (pass === "backward_input") {
        recordBackwardInput(gpu, geometry, y, weight, result, tile);
      } else recordBackwardWeight(gpu, geometry, x, y, result, tile);
    },
    release() {
      for (const tensor of [...operands, result]) gpu.release(tensor);
    },
  };
}

/** Numbers from -1 to 1 without a pattern that a kernel could profit from. */
function wave(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * i % 1021));
}
