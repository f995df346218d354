/**
 * The command `study plan`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { Random } from "../engine/random.ts";
import { STUDIES } from "../study/mod.ts";
import {
  type Aim,
  type CorrelationPlan,
  type DifferencePlan,
  planCorrelation,
  planDifference,
} from "../study/kit/planner.ts";
import { type Study, STUDY_SCALES, type StudySettings } from "../study/study.ts";
import { UsageError, wholeNumber } from "./errors.ts";
import { commandOf } from "./study_flags.ts";
import type { StudyTime } from "./study_run.ts";
import {
  type PlannedStudy,
  printCorrelation,
  printDifference,
  printTime,
} from "./study_plan_output.ts";
import { printJson } from "./terminal.ts";

/** What the caller typed. */
interface Flags {
  readonly tau?: string;
  readonly reliability?: string;
  readonly trainings?: string;
  readonly difference?: string;
  readonly deviation?: string;
  readonly correlation?: string;
  readonly power: string;
  readonly level: string;
  readonly study?: string;
  readonly scale?: string;
  readonly json?: true;
}

/** Predicts the time of a study on this device. */
export type PredictStudy = (study: Study, settings: StudySettings) => Promise<StudyTime>;

/** The command `study plan`; `predict` is asked for the time of `--study`. */
export function planCommand(predict: PredictStudy): AnyCommand {
  const command = new Command("plan")
    .summary("say how many architectures, trainings or runs it takes to see an effect")
    .description(
      "Says how large a study must be, before it begins, and what a smaller or larger one could see. " +
        "With --tau: architectures for the exact two-sided test of Kendall's tau. With --difference: " +
        "runs of each arm for the two-sided t-test, independent or in pairs.\n\n" +
        "Noise of training lowers the tau that can be seen: with s trainings of reliability r each, " +
        "their mean has R = s r / (1 + (s - 1) r), and 2/pi asin(sqrt(R) sin(pi/2 tau)) is to be " +
        "expected of tau. This supposes that estimates, true accuracies and the noise of seeds are " +
        "normal, and the noise independent of both.",
    )
    .optionsGroup("Rank correlation:")
    .option(
      "--tau <T>",
      "Kendall's tau that shall be seen, if trainings had no noise (0.1 to 0.99)",
    )
    .option(
      "--reliability <R>",
      "of the accuracy after one training: variance between architectures as a share of that and the " +
        "variance between seeds (default: 1, no noise)",
    )
    .option(
      "--trainings <N>",
      "seeds with which each architecture is trained (default: 2, the fewest that show their noise)",
    )
    .optionsGroup("Two arms:")
    .option("--difference <D>", "difference of means that shall be seen [points]")
    .option("--deviation <S>", "standard deviation between runs of an arm [points]")
    .option(
      "--correlation <C>",
      "between the two runs of a pair, whose difference then deviates by S sqrt(2 (1 - C)) " +
        "(default: 0.5)",
    )
    .optionsGroup("Test:")
    .option("--power <P>", "probability with which the effect shall be found", "0.8")
    .option("--level <A>", "level of the test", "0.05")
    .optionsGroup("Time:")
    .option("--study <NAME>", "also predict the time of this study at that size, on this device")
    .option("--scale <NAME>", `scale of that study: ${STUDY_SCALES.join(", ")} (default: small)`)
    .optionsGroup("Output:")
    .option("--json", "print the plan as one JSON object on stdout")
    .action(async (options) => await plan(options as Flags, predict));
  return command;
}

/** A plan, the settings of a study that follow from it, and how to print it. */
interface Planned {
  readonly plan: CorrelationPlan | DifferencePlan;
  /** Null where no size that a plan names is enough. */
  readonly settings: Partial<StudySettings> | null;
  readonly show: () => void;
}

async function plan(flags: Flags, predict: PredictStudy): Promise<void> {
  const kind = kindOf(flags);
  const aim = {
    power: decimal("--power", flags.power, 0.1, 0.99),
    level: decimal("--level", flags.level, 0.001, 0.2),
  };
  const named = studyOf(flags);
  const { plan, settings, show } = kind === "tau"
    ? correlationPlan(flags, aim)
    : differencePlan(flags, aim);
  const sized = named === null || settings === null
    ? null
    : { study: named.study, settings: { ...named.settings, ...settings } };
  const time = sized === null ? null : await predict(sized.study, sized.settings);
  if (flags.json) {
    const study = sized === null || time === null ? null : {
      ...{ name: sized.study.name, scale: sized.settings.scale },
      ...{ command: commandOf(sized.study, sized.settings), minutes: time.seconds / 60 },
      ...{ adapter: time.adapter, trials: time.trials },
    };
    printJson({ ...plan, study });
    return;
  }
  show();
  if (named !== null) printTime(named.study.name, sized, time);
}

function correlationPlan(flags: Flags, aim: Aim): Planned {
  const random = new Random(1);
  const plan = planCorrelation({
    ...{ ...aim, tau: decimal("--tau", flags.tau!, 0.1, 0.99) },
    reliability: decimal("--reliability", flags.reliability ?? "1", 0.05, 1),
    trainings: wholeNumber("--trainings", flags.trainings ?? "2", 1, 100),
  }, () => random.uniform());
  const { architectures: arcs, trainings } = plan;
  return {
    plan,
    settings: arcs === null ? null : { arcs, trainings },
    show: () => printCorrelation(plan),
  };
}

function differencePlan(flags: Flags, aim: Aim): Planned {
  const plan = planDifference({
    ...{ ...aim, difference: decimal("--difference", flags.difference!, 1e-6, 100) },
    deviation: decimal("--deviation", flags.deviation!, 1e-6, 100),
    correlation: decimal("--correlation", flags.correlation ?? "0.5", 0, 0.99),
  });
  const { runs } = plan.unpaired;
  return {
    plan,
    settings: runs === null ? null : { seeds: Array.from({ length: runs }, (_, i) => i + 1) },
    show: () => printDifference(plan),
  };
}

/** Flags that mean something with one of the two questions alone. */
const OF_TAU = ["reliability", "trainings"] as const;
const OF_DIFFERENCE = ["deviation", "correlation"] as const;

/** Which question is asked; refuses flags of the other one. */
function kindOf(flags: Flags): "tau" | "difference" {
  const { tau, difference, deviation } = flags;
  if ((tau === undefined) === (difference === undefined)) {
    const found = tau === undefined ? "neither" : "both";
    throw new UsageError(
      `Expected either --tau or --difference but found ${found}; --help says what they ask`,
    );
  }
  const kind = tau === undefined ? "difference" : "tau";
  const other = (kind === "tau" ? OF_DIFFERENCE : OF_TAU).find((name) => flags[name] !== undefined);
  if (other !== undefined) {
    throw new UsageError(
      `Expected --${other} only with --${
        kind === "tau" ? "difference" : "tau"
      } but found it with ` +
        `--${kind}; leave one of them out`,
    );
  }
  if (kind === "difference" && deviation === undefined) {
    throw new UsageError(
      "Expected --deviation with --difference but found none; a first few runs show how much runs of " +
        "an arm deviate",
    );
  }
  return kind;
}

/** The study whose time is asked for, as its scale has it. */
function studyOf({ study: name, scale }: Flags): PlannedStudy | null {
  if (name === undefined) {
    if (scale === undefined) return null;
    throw new UsageError("Expected --scale only with --study but found it without; name a study");
  }
  const study = STUDIES.find((known) => known.name === name);
  if (study === undefined) {
    throw new UsageError(
      `Expected --study to be one of ${STUDIES.map((known) => known.name).join(", ")} but found ` +
        JSON.stringify(name),
    );
  }
  const known = STUDY_SCALES.find((candidate) => candidate === (scale ?? "small"));
  if (known === undefined) {
    throw new UsageError(
      `Expected --scale to be one of ${STUDY_SCALES.join(", ")} but found ${JSON.stringify(scale)}`,
    );
  }
  return { study, settings: study.presets[known] };
}

/** A number given as a flag. */
function decimal(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= min && value <= max) return value;
  throw new UsageError(
    `Expected ${flag} to be a number from ${min} to ${max} but found ${JSON.stringify(text)}`,
  );
}
