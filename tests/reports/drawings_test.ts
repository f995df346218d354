import assert from "node:assert/strict";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { Random } from "../../engine/random.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { formatArc } from "../../nas/space/arc.ts";
import { parseMacroArc } from "../../nas/space/macro/text.ts";
import { MICRO_CELLS, type MicroArc } from "../../nas/space/micro/arc.ts";
import { parseMicroArc } from "../../nas/space/micro/text.ts";
import { macroWeightGroups } from "../../nas/space/macro/weight_groups.ts";
import { countSharedWeights } from "../../nas/space/weight_groups.ts";
import { MacroNetwork } from "../../nas/child/macro/network.ts";
import { MicroNetwork } from "../../nas/child/micro/network.ts";
import type { ArcSampler } from "../../nas/strategy/strategy.ts";
import type { ArcTraced } from "../../nas/run/events.ts";
import { cellBlocks, drawBlock } from "../../reports/drawings/block.ts";
import { drawMacroDag, drawMicroDag } from "../../reports/drawings/dag.ts";
import { readTrace, searchFacts, type TracedArc } from "../../reports/drawings/facts.ts";
import {
  controllerDiagram,
  elementsDiagram,
  pipelineDiagram,
} from "../../reports/drawings/run_diagrams.ts";
import { blocksDiagram } from "../../reports/drawings/blocks_diagram.ts";
import { runDrawings } from "../../reports/drawings/run_drawings.ts";
import {
  drawMacroSampling,
  drawMicroSampling,
  traceLogProbability,
} from "../../reports/drawings/sampling.ts";
import { drawMacroShared, macroPair, microPair } from "../../reports/drawings/shared.ts";
import { drawMicroShared } from "../../reports/drawings/shared_cells.ts";
import { renderReport } from "../../reports/mod.ts";
import { summariseRun } from "../../reports/summary.ts";
import { amplify, smallController, smallMicroController } from "../nas/strategy/helpers.ts";
import { makeRun } from "./fixture.ts";

const GOLDEN = parseMacroArc("[0] [5 1] [1 1 1] [2 1 0 1]");
const OTHER = parseMacroArc("[0] [5 0] [3 0 1] [2 0 0 1]");
const CELLS = parseMicroArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2");
const CELLS_TOO = parseMicroArc("0 0 1 2 2 2 2 3 | 1 4 0 1 1 0 1 2");
const cpu = new CpuBackend();

/** A trace as a search would log it. */
function traceOf<A extends typeof GOLDEN | MicroArc>(sampler: ArcSampler<A>, arc: A): TracedArc {
  const event: ArcTraced = {
    type: "arc_traced",
    arc: formatArc(arc),
    decisions: sampler.trace(arc),
    parameters: Object.entries(sampler.parameters()).map(([name, { shape }]) => ({ name, shape })),
    seconds: 1,
  };
  const trace = readTrace(event, arc);
  assert.ok(trace !== null);
  return trace;
}

const matches = (svg: string, pattern: RegExp): string[] =>
  [...svg.matchAll(pattern)].map(([, found]) => found);
const factsOf = (options: Parameters<typeof makeRun>[0]) =>
  searchFacts(summariseRun(makeRun(options)))!;

Deno.test("the pipeline carries the run's data, search, training and times (figure 1)", () => {
  const facts = factsOf({ epochs: 8, trainEpochs: 10 });
  const { boxes, arrows } = pipelineDiagram("p", facts);
  const lines = new Map(boxes.map(({ id, title, lines }) => [id, [title, ...lines].join("; ")]));
  assert.match(
    lines.get("data")!,
    /^MNIST; 28×28×1 pixels; 10 classes; 5,000 to train; 1,000 to val/,
  );
  assert.match(
    lines.get("search")!,
    /learning controller; 8 epochs .*; \d+ architectures scored; \d+.s/,
  );
  assert.match(lines.get("arc")!, /6 layers, \d+ skips; estimate 91\.3.%/);
  assert.match(lines.get("train")!, /10 epochs; \d+.s/);
  assert.match(lines.get("result")!, /97\.1.% of test images right; 34,872 parameters/);
  assert.deepEqual(arrows.map(({ from, to }) => `${from} ${to}`), [
    "data search",
    "search arc",
    "arc train",
    "data train",
    "train result",
  ]);
});

Deno.test("the three elements name the run's space, strategy and estimator (figure 2)", () => {
  const text = (options: Parameters<typeof makeRun>[0]) =>
    elementsDiagram("e", factsOf(options)).boxes.map(({ lines }) => lines.join("; ")).join(" | ");
  assert.match(text({}), /macro: op and skips of 6 layers; 1\.53.billion/);
  assert.match(text({}), /LSTM of 64 hidden units; learns by REINFORCE \| .* on 1,000 validation/);
  const random = text({ sampler: "random", space: "micro", batchNorm: "recalibrated" });
  assert.match(random, /micro: two cells of 5 nodes; about 10\^25/);
  assert.match(random, /random sampling; learns nothing \| .*; batch norm: recalibrated/);
});

Deno.test("children of the macro space share what their networks share (figure 4)", () => {
  const network = new MacroNetwork(cpu, {
    layers: 4,
    filters: 2,
    inputChannels: 1,
    classes: 3,
    batchNormDecay: 0.9,
  }, new Random(1));
  const paths = [network.pathOf(GOLDEN), network.pathOf(OTHER)];
  const shared = paths[0].filter((name) => paths[1].includes(name));
  assert.equal(macroPair([GOLDEN, OTHER], {}).counts.shared, shared.length);
  const svg = drawMacroShared([GOLDEN, OTHER], { id: "s" });
  // Edges with the same op in both children, and the tensors of that op.
  assert.deepEqual(matches(svg, /id="s-shared-(\d+)"/g).sort(), ["1", "2", "4"]);
  assert.deepEqual(matches(svg, />([^<]* · \d+)</g), ["3×3 · 6", "max pool · 3", "5×5 · 6"]);
  const ops = shared.filter((name) => /conv|pool/.test(name) && !/stem|skip|reduce/.test(name));
  assert.equal(ops.length, 6 + 3 + 6);
  assert.match(svg, new RegExp(`On shared edges: ${ops.length}\\.`));
  assert.match(svg, new RegExp(`; ${shared.length} of them are the same`));
  network.dispose();
  const { shared: counted } = countSharedWeights(
    macroWeightGroups(GOLDEN),
    macroWeightGroups(OTHER),
  );
  assert.equal(counted, shared.length);
});

Deno.test("children of the micro space share what their networks share (figure 4)", () => {
  const network = new MicroNetwork(cpu, {
    layers: 3,
    filters: 2,
    nodes: 2,
    inputChannels: 1,
    classes: 3,
    imageHeight: 8,
    imageWidth: 8,
    batchNormDecay: 0.9,
  }, new Random(1));
  const paths = [network.pathOf(CELLS), network.pathOf(CELLS_TOO)];
  const shared = paths[0].filter((name) => paths[1].includes(name));
  const options = { layers: 3 };
  assert.equal(microPair([CELLS, CELLS_TOO], options).counts.shared, shared.length);
  for (const cell of MICRO_CELLS) {
    const svg = drawMicroShared([CELLS, CELLS_TOO], { ...options, id: "s", cell });
    const both = CELLS[cell].nodes.flatMap(({ operands }, node) =>
      operands.filter(({ input, op }, i) => {
        const other = CELLS_TOO[cell].nodes[node].operands[i];
        return input === other.input && op === other.op;
      })
    ).length;
    const ends = Number(/(\d+) of loose ends/.exec(svg)![1]) > 0;
    assert.ok(both > 0 && ends);
    const drawn = matches(svg, /(class="a-third both")/g).length;
    const outputs = matches(svg, /font-weight="600"[^>]*>(output)</g).length;
    assert.equal(drawn, both + outputs);
  }
  network.dispose();
});

Deno.test("the drawing of macro sampling shows every probability and choice (figure 5)", () => {
  const sampler = amplify(smallController(4, {}, 3), 12);
  const trace = traceOf(sampler, GOLDEN);
  const svg = drawMacroSampling(GOLDEN, trace, { id: "d", skipIndex: "stem-first" });
  const drawn = matches(svg, /data-p="([^"]*)"/g).map(Number);
  const expected = trace.event.decisions.flatMap(({ kind, probabilities }) =>
    kind === "op" ? probabilities : [probabilities[1]]
  );
  assert.equal(drawn.length, 4 * 6 + 6);
  drawn.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 6e-4 * expected[i]));
  // Framed: four ops and the five set bits of the golden example.
  assert.equal(matches(svg, /(class="a-hot chosen")/g).length, 4 + 5);
  const [logProbability] = sampler.evaluate([GOLDEN]).logProbability;
  assert.ok(Math.abs(traceLogProbability(trace) - logProbability) < 1e-9);
  assert.match(svg, /Layer 3: Sep\. conv 3×3 with [\d.]+.%\. Skips: stem yes \(.*\), 1 yes/);
});

Deno.test("the drawing of micro sampling shows every probability and choice (figure 10)", () => {
  const trace = traceOf(amplify(smallMicroController(2, {}, 3), 12), CELLS);
  for (const cell of MICRO_CELLS) {
    const svg = drawMicroSampling(CELLS, trace, { id: "d", cell });
    const drawn = matches(svg, /data-p="([^"]*)"/g).map(Number);
    const expected = CELLS[cell].nodes.flatMap((_, node) =>
      [0, 1].flatMap((slot) =>
        (["input", "op"] as const).flatMap((kind) =>
          trace.decision(kind, cell, node, slot).probabilities
        )
      )
    );
    assert.equal(drawn.length, 2 * (2 + 5) + 2 * (3 + 5));
    drawn.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 6e-4 * expected[i]));
    assert.equal(matches(svg, /(class="a-hot chosen")/g).length, 8);
  }
});

Deno.test("a trace that does not belong to the arc is not drawn", () => {
  const trace = traceOf(smallController(4, {}, 3), GOLDEN);
  assert.equal(readTrace(trace.event, OTHER), null);
  const decisions = trace.event.decisions.slice(1);
  assert.equal(readTrace({ ...trace.event, decisions }, GOLDEN), null);
  const [first, ...rest] = trace.event.decisions;
  const short = { ...first, probabilities: [1] };
  assert.equal(readTrace({ ...trace.event, decisions: [short, ...rest] }, GOLDEN), null);
  assert.throws(() => trace.decision("op", "normal", 0, null), /decision op normal 0/);
});

for (const skipIndex of ["stem-first", "layer-output"] as const) {
  Deno.test(`the graph of the golden example has exactly its edges in red (figure 7), ${skipIndex}`, () => {
    const svg = drawMacroDag(GOLDEN, { id: "g", skipIndex });
    assert.deepEqual(matches(svg, /id="g-edge-(\d-\d)"/g), ["1-2", "1-3", "2-3", "1-4", "3-4"]);
    assert.deepEqual(matches(svg, /id="g-chain-(\d-\d)"/g), ["1-2", "2-3", "3-4"]);
    const red = matches(
      svg,
      /class="l-hot active"[^>]*><title>[^<]*<\/title><path [^>]*stroke="(#\w+)"/g,
    );
    assert.deepEqual(red, new Array(5).fill("#dc3f4d"));
    // The sixth possible connection, 2 -> 4, is grey.
    const possible = /class="possible" d="([^"]*)"/.exec(svg)![1];
    assert.equal(possible.split("M").length - 1, 1);
  });
}

Deno.test("the graph of cells has exactly what operands read in red (figure 12)", () => {
  for (const cell of MICRO_CELLS) {
    const svg = drawMicroDag(CELLS, { id: "g", cell });
    const read = CELLS[cell].nodes.flatMap(({ operands }, node) =>
      operands.map(({ input }, operand) => `${input}-${node + 2}-${operand}`)
    );
    assert.deepEqual(matches(svg, /id="g-edge-(\d-\d-\d)"/g).sort(), read.sort());
    const possible = /class="possible" d="([^"]*)"/.exec(svg)![1];
    assert.equal(possible.split("M").length - 1, 2 * 2 + 2 * 3 - read.length);
    // Tensor 3 alone is read by nobody in either cell.
    assert.equal(matches(svg, /(class="a-\w+ loose")/g).length, 1);
  }
});

Deno.test("a block has N normal cells and one reduction cell (figure 8)", () => {
  for (const [layers, normal] of [[3, 1], [6, 2], [15, 5]]) {
    const [block] = cellBlocks({ layers, filters: 4, shape: [8, 8, 1] });
    assert.equal(block.normal, normal);
    const svg = drawBlock("b", block.normal);
    assert.equal(matches(svg, /(class="a-plain cell normal")/g).length, normal);
    assert.equal(matches(svg, /(class="a-strong cell reduction")/g).length, 1);
    assert.match(svg, new RegExp(`>Block: N = ${normal}<`));
  }
  assert.match(drawBlock("b", 8), />… 5 more</);
});

for (const reductionPrev of ["reduced", "earlier"] as const) {
  Deno.test(`shapes of the blocks are those of the network's tensors (figure 9), ${reductionPrev}`, () => {
    const [layers, filters, height, width] = [6, 4, 9, 14];
    const network = new MicroNetwork(cpu, {
      layers,
      filters,
      nodes: 2,
      inputChannels: 3,
      classes: 5,
      imageHeight: height,
      imageWidth: width,
      batchNormDecay: 0.9,
      reductionPrev,
    }, new Random(1));
    /** Shapes of the outputs of batch norms, by the name of their scale. */
    const shapes = new Map<string, string>();
    const names = new Map(network.weights.names.map((name) => [network.weights.get(name), name]));
    class Watching extends Tape {
      override apply(...given: Parameters<Tape["apply"]>): readonly Tensor[] {
        const outputs = super.apply(...given);
        for (const input of given[1]) {
          const name = names.get(input);
          if (name?.endsWith("/gamma")) shapes.set(name, outputs[0].shape.slice(1).join("×"));
        }
        return outputs;
      }
    }
    const images = cpu.fromArray(new Float64Array(2 * height * width * 3), [2, height, width, 3]);
    const mode = { batchNorm: "batch", dropout: null } as const;
    network.forward(new Watching(cpu), CELLS, images, mode);
    const { boxes } = blocksDiagram("b", {
      layers,
      filters,
      shape: [height, width, 3],
      reductionPrev,
    }, 5);
    const said = boxes.flatMap(({ lines }) => lines).filter((line) => /^\d+×\d+×\d+$/.test(line));
    const layerOf = (layer: number) => shapes.get(`layer${layer}/output/gamma`);
    // Six layers reduce in layers 2 and 5: each block gives what its last normal cell and its
    // reduction cell give.
    assert.deepEqual(said, [
      `${height}×${width}×3`,
      shapes.get("stem/gamma"),
      ...[1, 2, 4, 5, 7].map(layerOf),
    ]);
    assert.deepEqual(boxes.map(({ title }) => title), [
      "Image",
      "Stem",
      "Block 1",
      "Block 2",
      "Block 3",
      "Head",
    ]);
    network.dispose();
  });
}

Deno.test("the parts of the controller add up to its parameters (figure 14)", () => {
  const check = (trace: TracedArc, parameters: ReturnType<ArcSampler["parameters"]>) => {
    const total = Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);
    const diagram = controllerDiagram("c", trace)!;
    const counts = diagram.boxes.flatMap(({ title }) => /: ([\d,]+)$/.exec(title)?.[1] ?? [])
      .map((text) => Number(text.replaceAll(",", "")));
    assert.equal(counts.reduce((sum, count) => sum + count), total);
    assert.equal(diagram.title, `The controller: ${total.toLocaleString("en-US")} parameters`);
    const shown = diagram.boxes.flatMap(({ lines }) => lines.map((line) => line.split(" ")[0]));
    assert.deepEqual(shown.sort(), Object.keys(parameters).sort());
  };
  const macro = smallController(4, {}, 3);
  check(traceOf(macro, GOLDEN), macro.parameters());
  const micro = smallMicroController(2, {}, 3);
  check(traceOf(micro, CELLS), micro.parameters());
});

for (const space of ["macro", "micro"] as const) {
  Deno.test(`a report of a ${space} search explains it in drawings with unique ids and words`, async () => {
    const run = makeRun({ space });
    const html = await renderReport([run]);
    const section = html.slice(html.indexOf('<section id="how">'));
    const figures = matches(section, /figure (\d+) of the thesis, for this run/g);
    assert.deepEqual(
      figures,
      space === "macro" ? ["2", "4", "5", "7", "14"] : ["2", "4", "8", "9", "10", "12", "14"],
    );
    const svgs = section.match(/<svg class="drawn [\s\S]*?<\/svg>/g)!;
    for (const svg of svgs) {
      const [, title, description] = /aria-labelledby="(\S+) (\S+)"/.exec(svg)!;
      assert.match(svg, new RegExp(`<title id="${title}">[^<]{10,}</title>`));
      assert.match(svg, new RegExp(`<desc id="${description}">[^<]{20,}</desc>`));
    }
    const ids = matches(html.replaceAll(/<script[\s\S]*?<\/script>/g, ""), / id="([^"]*)"/g);
    assert.equal(new Set(ids).size, ids.length);

    const events = run.events.filter(({ type }) => type !== "arc_traced");
    const old = await renderReport([{ ...run, events }]);
    assert.match(old, /The log of this run does not tell with which probabilities/);
    assert.equal(old.includes("figure 14 of the thesis"), false);
    assert.ok(old.includes("figure 2 of the thesis"));
  });
}

Deno.test("only a single search is explained in drawings", async () => {
  const run = makeRun({ epochs: 2, trainEpochs: 2 });
  const both = await renderReport([run, makeRun({ epochs: 2, trainEpochs: 2, seed: 2 })]);
  assert.equal(both.includes('<section id="how">'), false);
  const facts = factsOf({ sampler: "random" });
  const drawings = await runDrawings(facts, "x");
  // Chance has no parameters to show.
  assert.deepEqual(drawings.map(({ figure }) => figure), [1, 2, 4, 5, 7]);
  assert.match(drawings[3].sentence, /about once in 1\.53.billion draws/);
  // A policy may come to rule out what it drew earlier.
  const event = structuredClone(facts.trace!.event);
  Object.assign(event.decisions[0].probabilities, event.decisions[0].probabilities.map(() => 0));
  const trace = readTrace(event, facts.arc);
  assert.match(
    (await runDrawings({ ...facts, trace }, "x"))[3].sentence,
    /would not draw this one/,
  );
});
