/**
 * The controllers of `study transfer`: their parameters, and which of them a search began with.
 *
 * @module
 */
import { configValue } from "../../nas/config/mod.ts";
import { MACRO_OPS } from "../../nas/space/macro/arc.ts";
import { type ControllerParameter, parameterShapes } from "../../nas/strategy/controller/lstm.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import type { Mark } from "../../nas/trials/kinds/supernet.ts";
import type { SeedResults, TransferData } from "./data.ts";
import { meanOf } from "./tables.ts";

/** A controller's parameters at a mark, described. */
export type Controller = NonNullable<Mark["controller"]>;

/** Parameters of the study's controller, in the order of its weights. */
export function controllerParameters(
  { config }: Pick<TransferData, "config">,
): { name: ControllerParameter; shape: readonly number[]; count: number }[] {
  return Object.entries(
    parameterShapes(Number(configValue(config, "strategy.hiddenSize")), MACRO_OPS.length),
  ).map(([name, shape]) => ({
    name: name as ControllerParameter,
    shape,
    count: shape.reduce((product, size) => product * size, 1),
  }));
}

/** A controller at a mark of a seed's search; null where the results do not describe it. */
export function controllerOf(
  { searches }: SeedResults,
  search: "donor" | "shuffled" | "without" | "with",
  epoch: number,
): Controller | null {
  return searches[search]?.marks.find((mark) => mark.epoch === epoch)?.controller ?? null;
}

/** Whether a parameter is the donor's when a search begins; `unknown` where no result describes it. */
export type LoadedState = "loaded" | "other" | "unknown";

/** Whether a parameter of a search's controller is the donor's. */
export function loadedState(
  name: string,
  donor: Controller | null,
  start: Controller | null,
): LoadedState {
  if (donor === null || start === null) return "unknown";
  if (donor.fingerprint === start.fingerprint) return "loaded";
  const norm = ({ tensors }: Controller) => tensors.find((one) => one.name === name)?.norm;
  return norm(donor) === norm(start) ? "loaded" : "other";
}

/** The parameters of figure 15 as a table; null where no result describes a controller. */
export function controllerTable(data: TransferData): StudyTable | null {
  const { last } = data;
  const known = data.seeds.map((seed) => ({
    donor: controllerOf(seed, "donor", last),
    start: controllerOf(seed, "with", 0),
    end: controllerOf(seed, "with", last),
    plain: controllerOf(seed, "without", last),
  })).filter(({ donor, start }) => donor !== null && start !== null);
  if (known.length === 0) return null;
  const valueOf = (controller: Controller | null, name: string, what: "norm" | "change") =>
    controller?.tensors.find((tensor) => tensor.name === name)?.[what] ?? null;
  return {
    id: "controller-parameters",
    title: "Parameters of the transferred controller",
    caption:
      "Which of the parameters are the donor's at the beginning of the search with transfer, in how " +
      "many seeds; their Euclidean norm then; and the norm of their change during the search, with " +
      "and without transfer. Means over seeds.",
    columns: [
      "Parameter",
      "Shape",
      "Numbers",
      "Loaded in",
      "Norm",
      "Change with transfer",
      "Change without",
    ],
    rows: controllerParameters(data).map(({ name, shape, count }) => {
      const loaded = known.filter(({ donor, start }) =>
        loadedState(name, donor, start) === "loaded"
      );
      return [
        name,
        shape.join(" × "),
        count,
        `${loaded.length} of ${known.length}`,
        meanOf(known.map(({ start }) => valueOf(start, name, "norm"))),
        meanOf(known.map(({ end }) => valueOf(end, name, "change"))),
        meanOf(known.map(({ plain }) => valueOf(plain, name, "change"))),
      ];
    }),
    thesisColumns: [],
    digits: [null, null, 0, null, 3, 3, 3],
  };
}
