/**
 * The auxiliary head of the micro networks (spec B.5): a second classifier on an earlier layer,
 * which helps training and is not used afterwards.
 *
 * `ReLU -> average pool 5x5, stride 3, VALID -> 1x1 convolution to 128, batch norm, ReLU -> k x k
 * convolution to 768, SAME, batch norm, ReLU -> global average -> fully connected, no bias`
 *
 * k is the side of the map behind the pool: 2 for the 8x8 map of 32x32 images; nas/space/micro/auxiliary_head.ts
 * has the rule for maps of other sizes.
 *
 * The released code leaves its weights out of the trained list: they stay at their initial values
 * while gradients pass through them into the layers below. Its batch norms keep moving averages
 * like all others, but nothing reads them, because the head runs in training alone.
 *
 * @module
 */
import { avgPool } from "../../../engine/ops/mod.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { microAuxPlan } from "../../space/micro/auxiliary_head.ts";
import type { MicroStructure } from "../../space/micro/structure.ts";
import type { ChildLayers } from "../layers.ts";
import type { ForwardMode } from "../network.ts";
import type { ParameterList } from "../parameter_list.ts";

const PROJECTION = "aux/project";
const SPATIAL = "aux/spatial";
const HEAD = "aux/head/weight";
/** Whether a parameter belongs to the auxiliary head. */
export function isAuxiliary(name: string): boolean {
  return name.startsWith("aux/");
}

/** Adds the parameters of the head of a network to `list`. */
export function auxiliaryHeadParameters(
  list: ParameterList,
  structure: MicroStructure,
  classes: number,
): void {
  const { channels, kernel } = microAuxPlan(structure);
  list.convNorm(PROJECTION, 1, channels, 128);
  list.convNorm(SPATIAL, kernel, 128, 768);
  list.weight(HEAD, [768, classes], 768);
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
  structure: MicroStructure,
  mode: ForwardMode,
): Tensor {
  const { pool: size } = microAuxPlan(structure);
  const [pooled] = tape.apply(avgPool, [rectified], { size, stride: 3, padding: "valid" });
  const projected = layers.convNorm(tape, pooled, PROJECTION, { mode, relu: true });
  tape.drop(pooled);
  const spatial = layers.convNorm(tape, projected, SPATIAL, { mode, relu: true });
  tape.drop(projected);
  return layers.head(tape, spatial, HEAD, { ...mode, dropout: null });
}
