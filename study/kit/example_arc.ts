/**
 * An architecture of middling cost, to predict times with before any is drawn.
 *
 * @module
 */
import { formatArc } from "../../nas/space/arc.ts";
import { spaceOf } from "../../nas/space/registry.ts";
import { arcSize, type SearchConfig } from "../../nas/config/mod.ts";

/**
 * An arc of the configuration's size in which every op comes up about equally often, and so costs about
 * what a random one does.
 *
 * @returns Its text on one line.
 */
export function exampleArc(config: SearchConfig): string {
  return formatArc(spaceOf(config).example(arcSize(config)));
}
