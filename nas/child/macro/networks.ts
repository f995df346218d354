/**
 * The networks of the macro space: who makes them, and the form of their descriptions.
 *
 * @module
 */
import { z } from "zod";
import type { MacroArc } from "../../space/macro/arc.ts";
import type { MacroSpec } from "../../space/macro/network_spec.ts";
import { executedArc } from "../../space/macro/structure.ts";
import type { SpaceNetworks } from "../network.ts";
import { requireArc } from "../own_arc.ts";
import { widthFields } from "../spec_fields.ts";
import { MacroNetwork } from "./network.ts";
import { MacroOfficialNetwork } from "./official.ts";
import { macroOfficialParameters } from "./official_parameters.ts";
import { macroParameters } from "./parameters.ts";

const space = z.literal("macro");
const widths = {
  ...widthFields,
  skipIndex: z.enum(["stem-first", "layer-output"]).optional(),
};

/** Networks of the macro space. */
export const MACRO_NETWORKS: SpaceNetworks<MacroArc, MacroSpec> = {
  specSchema: z.discriminatedUnion("graph", [
    z.object({
      space,
      graph: z.literal("faithful"),
      options: z.looseObject({ ...widths, opMode: z.enum(["correct", "released"]).optional() }),
    }),
    z.object({
      space,
      graph: z.literal("official"),
      options: z.looseObject({
        ...widths,
        separableOps: z.enum(["full", "separable"]).optional(),
        poolOps: z.enum(["pre-activation", "refuse"]).optional(),
      }),
    }),
  ]),

  parameters({ graph, options }, arc) {
    return graph === "official"
      ? macroOfficialParameters(options, requireArc(arc))
      : macroParameters(options, arc && executedArc(arc, options.opMode));
  },

  create(backend, { graph, options }, random, arc) {
    return graph === "official"
      ? new MacroOfficialNetwork(backend, options, random, requireArc(arc))
      : new MacroNetwork(backend, options, random, arc);
  },
};
