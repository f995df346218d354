/**
 * The views of all search spaces.
 *
 * @module
 */

import type { SpaceName } from "../../nas/space/registry.ts";
import { MACRO_VIEW } from "./macro_view.ts";
import { MICRO_VIEW } from "./micro_view.ts";
import type { SpaceView } from "./space_view.ts";

/** How each space is drawn and spoken of. */
export const SPACE_VIEWS: Readonly<Record<SpaceName, SpaceView>> = {
  macro: MACRO_VIEW,
  micro: MICRO_VIEW,
};
