/**
 * Sets of kernels for convolutions that the adapter of these tests can run.
 *
 * @module
 */
import { openDevice } from "../../engine/webgpu/device.ts";
import type { TileSet } from "../../engine/webgpu/target.ts";

const { adapter, device } = await openDevice();
device.destroy();

/** All on a software adapter; without that for subgroups, which the engine leaves alone, on a GPU. */
export const TILE_SETS: readonly TileSet[] = adapter.subgroupSize > 0
  ? ["direct", "subgroup", "tiled"]
  : ["direct", "tiled"];

// So that a run on a GPU says what it leaves out.
if (!TILE_SETS.includes("subgroup")) {
  Deno.test.ignore(
    `kernels for subgroups, of which ${adapter.description} has none here`,
    () => {},
  );
}
