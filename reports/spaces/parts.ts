/**
 * Parts of the view of an arc that all spaces have in common.
 *
 * @module
 */

import { type Arc, arcText, spaceOf } from "../../nas/space/mod.ts";
import { escapeHtml } from "../format.ts";
import { opColour } from "../palette.ts";

/** The ops that an arc has, as items of its legend. */
export function usedOps(arc: Arc): string[] {
  const space = spaceOf(arc);
  const ids = new Set(space.opsOf(arc));
  return space.ops.filter(({ id }) => ids.has(id)).map(({ name, label }) =>
    `<li><i style="background:${opColour(name).fill}"></i>${label}</li>`
  );
}

/** The text of an arc with one row a layer or node, folded. */
export function textBlock(arc: Arc): string {
  return `<details><summary>Arc as text</summary><pre><code>${
    escapeHtml(arcText(arc, "rows"))
  }</code></pre></details>`;
}
