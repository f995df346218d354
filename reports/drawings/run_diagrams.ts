/**
 * What a search consists of, as boxes and arrows with the run's own names and numbers: its pipeline,
 * its three elements, its controller and its network of blocks (figures 1, 2, 14 and 9 of the thesis).
 *
 * @module
 */

import { spaceOf } from "../../nas/space/registry.ts";
import { SPACE_VIEWS } from "../spaces/mod.ts";
import {
  type Diagram,
  diagramArrow as arrow,
  type DiagramBox as Box,
  diagramBox as box,
} from "../diagram.ts";
import { formatCount, formatDuration, formatLarge, formatPercent } from "../format.ts";
import { datasetName, samplerName } from "../headline.ts";
import { findSettingText } from "../settings.ts";
import { type RunSummary, sharesWeights } from "../run_summary.ts";
import type { SearchFacts, TracedArc } from "./facts.ts";

/**
 * From the images to the result (figure 1).
 *
 * @param id starts the ids in it
 * @param facts the search
 */
export function pipelineDiagram(id: string, facts: SearchFacts): Diagram {
  const { run } = facts;
  const { dataset } = run.config;
  const boxes: Box[] = [
    box("data", datasetName(run.config), [
      `${dataset.shape.map(Number).join("×")} pixels`,
      `${Number(dataset.classes)} classes`,
      `${formatCount(dataset.train)} to train`,
      `${formatCount(dataset.validation)} to validate`,
      `${formatCount(dataset.test)} to test`,
    ]),
    box("search", "Search", searchLines(run), "strong"),
    box("arc", "Best architecture", arcLines(facts), "strong"),
  ];
  const arrows = [arrow("data", "search"), arrow("search", "arc")];
  if (run.training.length > 0 || run.final !== null) {
    boxes.push(box("train", "Training from scratch", trainLines(run)));
    arrows.push(arrow("arc", "train"), arrow("data", "train"));
  }
  if (run.final !== null) {
    boxes.push(box("result", "Finished network", [
      `${formatPercent(run.final.testAccuracy)} of test images right`,
      `${formatCount(run.final.parameters)} parameters`,
    ]));
    arrows.push(arrow("train", "result"));
  }
  const title = "From the images to the finished network";
  return { id, title, caption: "", direction: "right", boxes, arrows };
}

function searchLines(run: RunSummary): string[] {
  const epochs = run.epochs.length;
  const scored = new Set(run.arcs.map(({ arc }) => arc)).size;
  return [
    samplerName(run),
    `${formatCount(epochs)} ${epochs === 1 ? "epoch" : "epochs"}${
      sharesWeights(run) ? " of shared weights" : ""
    }`,
    ...(scored > 0 ? [`${formatCount(scored)} architectures scored`] : []),
    ...(run.searchSeconds === null ? [] : [formatDuration(run.searchSeconds)]),
  ];
}

function arcLines({ run, arc }: SearchFacts): string[] {
  return [
    SPACE_VIEWS[arc.space].outline(arc),
    ...(run.best === null ? [] : [`estimate ${formatPercent(run.best.estimate)}`]),
  ];
}

function trainLines(run: RunSummary): string[] {
  const epochs = run.training.length;
  const seconds = run.searchSeconds === null ? null : run.totalSeconds - run.searchSeconds;
  return [
    "fresh weights",
    `${formatCount(epochs)} ${epochs === 1 ? "epoch" : "epochs"}`,
    ...(seconds === null ? [] : [formatDuration(seconds)]),
  ];
}

/**
 * Search space, search strategy, performance estimation (figure 2).
 *
 * @param id starts the ids in it
 * @param facts the search
 */
export function elementsDiagram(id: string, { run, arc }: SearchFacts): Diagram {
  const size = spaceOf(arc).count(spaceOf(arc).sizeOf(arc));
  const space = `${arc.space}: ${SPACE_VIEWS[arc.space].decides(arc)}`;
  const learns = run.sampler === "controller";
  const hidden = findSettingText(run.config, "hiddenSize");
  const scored = run.best ?? run.arcs.at(-1);
  const boxes = [
    box("space", "Search space", [space, `${roughly(size)} architectures`]),
    box("strategy", "Search strategy", [
      samplerName(run),
      ...(learns && hidden !== undefined ? [`LSTM of ${hidden} hidden units`] : []),
      learns ? "learns by REINFORCE" : "learns nothing",
    ], "strong"),
    box("estimate", "Performance estimation", [
      sharesWeights(run) ? "accuracy under shared weights" : "accuracy after a short training",
      ...(scored === undefined ? [] : [
        `on ${formatCount(scored.images)} validation images`,
        `batch norm: ${scored.batchNorm}`,
      ]),
    ]),
  ];
  return {
    id,
    title: "The three elements of this search",
    caption: "",
    direction: "right",
    boxes,
    arrows: [
      arrow("space", "strategy", "what may be proposed"),
      arrow("strategy", "estimate", "an architecture"),
      arrow("estimate", "strategy", learns ? "its accuracy, as reward" : "its accuracy"),
    ],
  };
}

/** A count as text without markup, in words while they reach, then as a power of ten. */
function roughly(count: bigint): string {
  const digits = String(count);
  return digits.length <= 15 ? formatLarge(Number(count)) : `about 10^${digits.length - 1}`;
}

/** Parameters of the controller with what they are for. */
const PARTS: readonly (readonly [box: string, title: string, names: readonly string[]])[] = [
  ["start", "Start", ["g_emb"]],
  ["embedding", "Vectors of the ops", ["w_emb"]],
  ["lstm", "LSTM", ["w_lstm"]],
  ["softmax", "Softmax over ops", ["w_soft", "b_soft"]],
  ["attention", "Attention to earlier parts", ["w_a1", "w_a2", "v_a"]],
];

/**
 * The controller's parts with their parameters (figure 14).
 *
 * @param id starts the ids in it
 * @param trace what the log says of the sampler
 * @returns the diagram; null for a sampler without parameters
 */
export function controllerDiagram(id: string, { event }: TracedArc): Diagram | null {
  const { parameters } = event;
  if (parameters.length === 0) return null;
  const known = PARTS.flatMap(([, , names]) => names);
  const other = parameters.filter(({ name }) => !known.includes(name)).map(({ name }) => name);
  const named: typeof PARTS = other.length === 0
    ? PARTS
    : [...PARTS, ["other", "Other parameters", other]];
  const boxes = named.flatMap(([key, title, names]): Box[] => {
    const own = parameters.filter(({ name }) => names.includes(name));
    if (own.length === 0) return [];
    return [box(
      key,
      `${title}: ${formatCount(scalars(own))}`,
      own.map(({ name, shape }) => `${name} ${shape.map(Number).join("×")}`),
      key === "lstm" ? "strong" : "plain",
    )];
  });
  const macro = event.decisions.every(({ cell }) => cell === null);
  const arrows = [
    arrow("start", "lstm", "first input"),
    arrow("embedding", "lstm", "the op drawn before"),
    arrow("lstm", "softmax", "hidden state"),
    arrow("lstm", "attention", "hidden states"),
    arrow("softmax", "op"),
    arrow("attention", "wire"),
  ];
  const ends = [
    box("op", "Which op?", [], "muted"),
    box("wire", macro ? "Which skips?" : "Which input?", [], "muted"),
  ];
  const all = [...boxes, ...ends];
  const has = (key: string) => all.some((one) => one.id === key);
  return {
    id,
    title: `The controller: ${formatCount(scalars(parameters))} parameters`,
    caption: "",
    direction: "right",
    boxes: all,
    arrows: arrows.filter(({ from, to }) => has(from) && has(to)),
  };
}

/**
 * Counts numbers.
 *
 * @param tensors their shapes
 * @returns how many numbers they hold together
 */
export function scalars(tensors: readonly { readonly shape: readonly number[] }[]): number {
  return tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
