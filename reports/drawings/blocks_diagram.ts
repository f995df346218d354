/**
 * The network of the micro space as a chain of blocks (figure 9 of the thesis).
 *
 * @module
 */

import { type Diagram, diagramArrow as arrow, diagramBox as box } from "../diagram.ts";
import { type BlockOptions, cellBlocks, structureOf } from "./block.ts";

/**
 * The searched network as blocks of cells with the shapes of their tensors (figure 9).
 *
 * @param id starts the ids in it
 * @param options depth, width and image size
 * @param classes outputs of the head
 */
export function blocksDiagram(id: string, options: BlockOptions, classes: number): Diagram {
  const blocks = cellBlocks(options);
  const { stemChannels } = structureOf(options);
  const [height, width] = options.shape;
  const boxes = [
    box("image", "Image", [options.shape.map(Number).join("×")], "muted"),
    box("stem", "Stem", ["conv 3×3", `${height}×${width}×${stemChannels}`]),
    ...blocks.map(({ normal, reduced, inside, output }, i) =>
      box(`block${i + 1}`, `Block ${i + 1}`, [
        ...(inside === null
          ? []
          : [`${normal} normal ${normal === 1 ? "cell" : "cells"}`, inside.join("×")]),
        ...(reduced ? ["reduction cell", output.join("×")] : []),
      ], "strong")
    ),
    box("head", "Head", ["global average", `${Number(classes)} classes`]),
  ];
  return {
    id,
    title: `The searched network: ${blocks.length} blocks of cells`,
    caption: "",
    direction: "right",
    boxes,
    arrows: boxes.slice(1).map((to, i) => arrow(boxes[i].id, to.id)),
  };
}
