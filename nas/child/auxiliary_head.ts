/**
 * The auxiliary head of the micro networks (spec B.5): a second classifier on an earlier layer,
 * which helps training and is not used afterwards.
 *
 * `ReLU -> average pool 5x5, stride 3, VALID -> 1x1 convolution to 128, batch norm, ReLU -> k x k
 * convolution to 768, SAME, batch norm, ReLU -> global average -> fully connected, no bias`
 *
 * k is the side of the map behind the pool: 2 for the 8x8 map of 32x32 images. Maps of other sizes:
 * the window is at most as large as the map (`min(5, height, width)`), and k is the shorter side
 * behind the pool.
 *
 * The released code leaves its weights out of the trained list: they stay at their initial values
 * while gradients pass through them into the layers below. Its batch norms keep moving averages
 * like all others, but nothing reads them, because the head runs in training alone.
 *
 * @module
 */
import { avgPool } from "../../engine/ops/mod.ts";
import type { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { ChildLayers } from "./layers.ts";
import type { ForwardMode } from "./network.ts";
import type { ParameterList } from "./parameter_list.ts";

/** How a network has an auxiliary head. */
export interface AuxiliaryHeadOptions {
  /** Whether its weights train; the released code leaves them as they were drawn. */
  readonly trainable: boolean;
}

/** The map that the head reads, and its outputs. */
export interface AuxiliaryMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
}

const PROJECTION = "aux/project";
const SPATIAL = "aux/spatial";
const HEAD = "aux/head/weight";
/** Side and stride of the pool's window on maps that are large enough. */
const WINDOW = 5;
const STRIDE = 3;

/** Whether a parameter belongs to the auxiliary head. */
export function isAuxiliary(name: string): boolean {
  return name.startsWith("aux/");
}

/** Side of the pool's window on a map of this size, and of the second convolution's kernel. */
export function auxiliaryWindows(height: number, width: number): { pool: number; kernel: number } {
  const side = Math.min(height, width);
  const pool = Math.min(WINDOW, side);
  return { pool, kernel: Math.floor((side - pool) / STRIDE) + 1 };
}

/** Adds the head's parameters to `list`. */
export function auxiliaryHeadParameters(list: ParameterList, map: AuxiliaryMap): void {
  const { kernel } = auxiliaryWindows(map.height, map.width);
  list.convNorm(PROJECTION, 1, map.channels, 128);
  list.convNorm(SPATIAL, kernel, 128, 768);
  list.weight(HEAD, [768, map.classes], 768);
}

/**
 * Records the head on `rectified [n,h,w,c]`, the ReLU of a layer's output, which stays. The tape
 * must watch the head's weights only where they train.
 *
 * @returns logits `[n,classes]`
 */
export function auxiliaryHead(
  layers: ChildLayers,
  tape: Tape,
  rectified: Tensor,
  mode: ForwardMode,
): Tensor {
  const { pool } = auxiliaryWindows(rectified.shape[1], rectified.shape[2]);
  const [pooled] = tape.apply(avgPool, [rectified], {
    size: pool,
    stride: STRIDE,
    padding: "valid",
  });
  const projected = layers.convNorm(tape, pooled, PROJECTION, { mode, relu: true });
  tape.drop(pooled);
  const spatial = layers.convNorm(tape, projected, SPATIAL, { mode, relu: true });
  tape.drop(projected);
  return layers.head(tape, spatial, HEAD, { ...mode, dropout: null });
}
