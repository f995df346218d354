/**
 * Figures 13 to 15 of the thesis, drawn from the study: the transfer, the controller, and what of it
 * was transferred.
 *
 * @module
 */
import { configValue } from "../../nas/config/mod.ts";
import type { ControllerParameter } from "../../nas/strategy/controller/lstm.ts";
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import {
  type Controller,
  controllerOf,
  controllerParameters,
  type LoadedState,
  loadedState,
} from "./controller.ts";
import { accuracies, type SeedResults, type TransferData } from "./data.ts";
import { meanOf } from "./tables.ts";
import { searchId } from "./trials.ts";

type Box = StudyFigureOf<"diagram">["boxes"][number];
type Arrow = StudyFigureOf<"diagram">["arrows"][number];

/** Figures 13, 14 and 15. */
export function transferDiagrams(data: TransferData): StudyFigure[] {
  return [transferDiagram(data), structureDiagram(data), loadedDiagram(data)];
}

/** Figure 13: the way of the controller, with the trials of the first seed. */
function transferDiagram(data: TransferData): StudyFigure {
  const { first, second, last, thesisMarks } = data;
  const shown = shownSeed(data);
  const { seed } = shown;
  const drawn = `drawn at ${thesisMarks.length > 1 ? "epochs" : "epoch"} ${thesisMarks.join(", ")}`;
  const found = (arm: "without" | "with" | "wrong" | "zero-shot") => {
    const mean = meanOf(accuracies(data, { arm, epoch: last }));
    return mean === null
      ? "not run yet"
      : `${mean.toFixed(2)} % at epoch ${last}, mean of the seeds`;
  };
  const fingerprint = (search: "donor" | "shuffled") => {
    const controller = controllerOf(shown, search, last);
    return controller === null ? [] : [`fingerprint ${controller.fingerprint.slice(0, 12)}`];
  };
  const search = (id: "donor" | "shuffled" | "without" | "with" | "wrong", title: string): Box => ({
    id,
    title,
    lines: [
      `${last} epochs on ${id === "donor" || id === "shuffled" ? first : second}`,
      `trial ${searchId(id, seed)}`,
    ],
    tone: id === "donor" || id === "with" ? "strong" : "plain",
  });
  const trained = (
    id: string,
    arm: "without" | "with" | "wrong" | "zero-shot",
    line: string,
  ): Box => ({
    id,
    title: "Training from scratch",
    lines: [line, `on ${second}`, found(arm)],
    tone: arm === "with" ? "strong" : "plain",
  });
  return {
    id: "figure-13",
    kind: "diagram",
    title: "Figure 13: transfer of the controller",
    caption:
      `The donor learns on ${first}. Its parameters, and nothing else, begin a search on ${second} ` +
      "(with transfer). Beside it: a search with a new controller (without), one with the " +
      "parameters of a donor whose rewards were shuffled and so mean nothing (wrong donor), and the " +
      `donor's own architecture trained on ${second} without a search there (zero-shot). Trials ` +
      `are those of seed ${seed}.`,
    direction: "right",
    boxes: [
      search("donor", "Donor's search"),
      {
        id: "controller",
        title: "Donor's controller",
        lines: [`after epoch ${last}`, ...fingerprint("donor")],
        tone: "strong",
      },
      search("with", "Search with transfer"),
      trained("train-with", "with", drawn),
      trained("train-zero", "zero-shot", `drawn on ${first} at epoch ${last}`),
      { id: "new", title: "New controller", lines: ["random parameters"], tone: "muted" },
      search("without", "Search without transfer"),
      trained("train-without", "without", drawn),
      search("shuffled", "Wrong donor's search"),
      {
        id: "wrong-controller",
        title: "Wrong donor's controller",
        lines: [`after epoch ${last}`, ...fingerprint("shuffled")],
        tone: "muted",
      },
      search("wrong", "Search from the wrong donor"),
      trained("train-wrong", "wrong", drawn),
    ],
    arrows: [
      { from: "donor", to: "controller", label: "learns" },
      { from: "controller", to: "with", label: "parameters" },
      { from: "with", to: "train-with", label: "best of those drawn" },
      { from: "controller", to: "train-zero", label: "best of those drawn" },
      { from: "new", to: "without", label: "" },
      { from: "without", to: "train-without", label: "best of those drawn" },
      { from: "shuffled", to: "wrong-controller", label: "shuffled rewards" },
      { from: "wrong-controller", to: "wrong", label: "parameters" },
      { from: "wrong", to: "train-wrong", label: "best of those drawn" },
    ],
  };
}

/** What each parameter of the controller does, for figures 14 and 15. */
const ROLES: Readonly<Record<ControllerParameter, string>> = {
  g_emb: "first input of the LSTM",
  w_lstm: "the LSTM's four gates",
  w_soft: "hidden state to logits of the ops",
  w_emb: "embedding of the op that was drawn",
  w_a1: "attention: keys of earlier layers",
  w_a2: "attention: query of this layer",
  v_a: "attention: score of a skip",
};

/** Figure 14: the controller's parts with their parameters. */
function structureDiagram(data: TransferData): StudyFigure {
  const parameters = controllerParameters(data);
  const total = parameters.reduce((sum, { count }) => sum + count, 0);
  const { config } = data;
  const { child: { layers } } = config;
  const hiddenSize = configValue(config, "strategy.hiddenSize");
  const part = (id: string, title: string, names: readonly ControllerParameter[]): Box => {
    const own = parameters.filter(({ name }) => names.includes(name));
    return {
      id,
      title,
      lines: [
        ...own.map(({ name, shape }) => `${name} ${shape.join(" × ")}`),
        `${number(own.reduce((sum, { count }) => sum + count, 0))} parameters`,
      ],
      tone: id === "lstm" ? "strong" : "plain",
    };
  };
  return {
    id: "figure-14",
    kind: "diagram",
    title: "Figure 14: structure of the controller",
    caption:
      `${
        number(total)
      } parameters in all, ${hiddenSize} units wide. For each of ${layers} layers ` +
      "the LSTM makes two steps: after the first an op is drawn, after the second the skips, one " +
      "bit for each earlier layer, by attention. No parameter depends on the data set or on the " +
      "number of layers, so all of them can be transferred.",
    direction: "down",
    boxes: [
      part("start", "First input", ["g_emb"]),
      part("lstm", "LSTM", ["w_lstm"]),
      part("ops", "Softmax over ops", ["w_soft"]),
      part("embedding", "Embedding of the op", ["w_emb"]),
      part("skips", "Attention over earlier layers", ["w_a1", "w_a2", "v_a"]),
    ],
    arrows: [
      { from: "start", to: "lstm", label: "" },
      { from: "lstm", to: "ops", label: "first step of a layer" },
      { from: "ops", to: "embedding", label: "drawn op" },
      { from: "embedding", to: "lstm", label: "input of the second step" },
      { from: "lstm", to: "skips", label: "second step of a layer" },
      { from: "skips", to: "lstm", label: "mean of the chosen layers: input of the next layer" },
    ],
  };
}

/** Figure 15: what of the transferred controller was loaded, and how far it moved afterwards. */
function loadedDiagram(data: TransferData): StudyFigure {
  const { first, second, last } = data;
  const shown = shownSeed(data);
  const [donor, start, end] = [
    controllerOf(shown, "donor", last),
    controllerOf(shown, "with", 0),
    controllerOf(shown, "with", last),
  ];
  const whole = controllerParameters(data)
    .every(({ name }) => loadedState(name, donor, start) !== "other");
  const boxes = controllerParameters(data).map(({ name, shape }): Box => {
    const state = loadedState(name, donor, start);
    const change = end?.tensors.find((tensor) => tensor.name === name);
    return {
      id: name,
      title: `${name} ${shape.join(" × ")}`,
      lines: [
        ROLES[name],
        LOADED[state],
        ...(change === undefined
          ? []
          : [`norm ${change.norm.toFixed(2)}, moved by ${change.change.toFixed(2)}`]),
      ],
      tone: state === "loaded" ? "strong" : "plain",
    };
  });
  const arrows = boxes.flatMap(({ id }): Arrow[] => [
    { from: "donor", to: id, label: "" },
    { from: id, to: "search", label: "" },
  ]);
  const print = (controller: Controller | null) =>
    controller === null ? [] : [`fingerprint ${controller.fingerprint.slice(0, 12)}`];
  return {
    id: "figure-15",
    kind: "diagram",
    title: "Figure 15: the transferred controller",
    caption:
      `${
        whole ? "Every parameter comes from the donor." : "Not every parameter is the donor's."
      } ` +
      "The moments of the optimiser, the number of updates " +
      `and the moving baseline of the rewards begin anew, and so do the shared weights. Moved by: ` +
      `norm of the change during the search on ${second}. Seed ${shown.seed}.` +
      (donor === null || start === null
        ? " These results hold no fingerprints of the controllers to prove it with."
        : ""),
    direction: "right",
    boxes: [
      {
        id: "donor",
        title: `Controller trained on ${first}`,
        lines: [`trial ${searchId("donor", shown.seed)}, epoch ${last}`, ...print(donor)],
        tone: "strong",
      },
      ...boxes,
      {
        id: "fresh",
        title: "Begun anew",
        lines: ["Adam's moments", "number of updates", "baseline of the rewards"],
        tone: "muted",
      },
      {
        id: "search",
        title: `Search on ${second}`,
        lines: [`trial ${searchId("with", shown.seed)}`, ...print(start)],
        tone: "strong",
      },
    ],
    arrows: [...arrows, { from: "fresh", to: "search", label: "" }],
  };
}

const LOADED: Readonly<Record<LoadedState, string>> = {
  loaded: "loaded",
  other: "differs from the donor's",
  unknown: "loaded, not measured",
};

/** The seed that the diagrams show: the first whose transferred search is done, else the first. */
function shownSeed({ seeds }: TransferData): SeedResults {
  return seeds.find(({ searches }) => searches.with !== null) ?? seeds[0];
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
