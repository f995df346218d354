/**
 * The networks of the micro space: who makes them, and the form of their descriptions.
 *
 * @module
 */
import { z } from "zod";
import type { MicroArc } from "../../space/micro/arc.ts";
import type { MicroSpec } from "../../space/micro/network_spec.ts";
import { MAX_NODES } from "../../config/mod.ts";
import type { SpaceNetworks } from "../network.ts";
import { requireArc } from "../own_arc.ts";
import { sizeField, widthFields } from "../spec_fields.ts";
import { MicroNetwork } from "./network.ts";
import { MicroOfficialNetwork } from "./official.ts";
import { microOfficialParameters } from "./official_parameters.ts";
import { microParameters } from "./parameters.ts";

const space = z.literal("micro");
const cells = {
  ...widthFields,
  nodes: sizeField(MAX_NODES),
  imageHeight: sizeField(2 ** 14),
  imageWidth: sizeField(2 ** 14),
  auxiliaryHead: z.looseObject({ trainable: z.boolean() }).nullish(),
};

/** Networks of the micro space. */
export const MICRO_NETWORKS: SpaceNetworks<MicroArc, MicroSpec> = {
  specSchema: z.discriminatedUnion("graph", [
    z.object({
      space,
      graph: z.literal("faithful"),
      options: z.looseObject({
        ...cells,
        reductionPrev: z.enum(["reduced", "earlier"]).optional(),
      }),
    }),
    z.object({ space, graph: z.literal("official"), options: z.looseObject(cells) }),
  ]),

  parameters({ graph, options }, arc) {
    return graph === "official"
      ? microOfficialParameters(options, requireArc(arc))
      : microParameters(options, arc);
  },

  create(backend, { graph, options }, random, arc) {
    return graph === "official"
      ? new MicroOfficialNetwork(backend, options, random, requireArc(arc))
      : new MicroNetwork(backend, options, random, arc);
  },
};
