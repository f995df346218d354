/**
 * How reports draw and speak of the macro space.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../../nas/space/macro/arc.ts";
import { MACRO } from "../../nas/space/macro/space.ts";
import { type SkipIndex, skipSources } from "../../nas/space/macro/structure.ts";
import { arcFacts } from "../arc_text.ts";
import { macroDrawings } from "../drawings/macro_drawings.ts";
import { describeNetwork, drawNetwork } from "../network_drawing.ts";
import type { RunSummary } from "../run_summary.ts";
import { findSettingText } from "../settings.ts";
import { standaloneSvg } from "../svg.ts";
import { textBlock, usedOps } from "./parts.ts";
import type { SpaceView } from "./space_view.ts";

/** How the macro space is drawn. */
export const MACRO_VIEW: SpaceView<MacroArc> = {
  introduction:
    `The image enters at the top. Every layer applies its operation to the layer before it; a red line
adds an earlier tensor to the result (“+”). At a dashed line every tensor that crosses it is reduced to
half its side.`,
  cardClass: "",
  elsewhere:
    'The network itself, figure 6 of the thesis, is drawn under <a href="#arc">the best arc</a>.',
  decides: ({ layers }) => `op and skips of ${layers.length} layers`,
  outline: (arc) => `${arc.layers.length} layers, ${MACRO.skips(arc).set} skips`,
  async svg(arc, { shape, classes, skipIndex }) {
    const svg = await drawNetwork(arc, { id: "network", shape, classes, skipIndex });
    return standaloneSvg([[{ svg, title: "" }]], describeNetwork(arc));
  },
  drawOptions(run) {
    const { shape, classes } = run.config.dataset;
    return { shape, classes, skipIndex: skipIndexOf(run) };
  },
  view: macroView,
  drawings: macroDrawings,
};

async function macroView(arc: MacroArc, run: RunSummary, id: string): Promise<string> {
  const { shape, classes } = run.config.dataset;
  const skipIndex = skipIndexOf(run);
  const svg = await drawNetwork(arc, { id, shape, classes, skipIndex });
  const legend = [
    ...usedOps(arc),
    '<li><i class="wire"></i>Chain</li><li><i class="wire skip"></i>Skip connection</li>',
    '<li><i class="wire pool"></i>Factorised reduction</li>',
  ];
  const { ops, skips, possibleSkips } = arcFacts(arc);
  const rows = arc.layers.map(({ op }, layer) =>
    `<tr><td class="number">${layer + 1}</td><td class="op-name">${MACRO_OPS[op].label}</td>` +
    `<td>${skipSources(arc, layer, skipIndex) || "–"}</td></tr>`
  );
  return `<div class="drawing">${svg}</div>
<div class="reading"><ul class="legend">${legend.join("")}</ul>
<p>${ops}. ${skips} of ${possibleSkips} possible skip connections.</p>
<div class="table-box whole" tabindex="0" role="region" aria-label="Layers of the arc"><table><thead><tr>
<th scope="col" class="number">Layer</th><th scope="col">Op</th><th scope="col">Skips add the output of</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div>
${textBlock(arc)}</div>`;
}

function skipIndexOf(run: RunSummary): SkipIndex {
  return findSettingText(run.config, "skipIndex") === "layer-output"
    ? "layer-output"
    : "stem-first";
}
