/**
 * Prints the plan of a study's size.
 *
 * @module
 */
import {
  type ArmPlan,
  type CorrelationDesign,
  type CorrelationPlan,
  type DifferencePlan,
  MOST_PLANNED,
  type PowerPoint,
} from "../study/kit/planner.ts";
import type { Study, StudySettings } from "../study/study.ts";
import { commandOf } from "./study_flags.ts";
import type { StudyTime } from "./study_run.ts";
import { duration, onStdout, print } from "./terminal.ts";

/** A study of some size. */
export interface PlannedStudy {
  readonly study: Study;
  readonly settings: StudySettings;
}

/** Prints how many architectures a rank correlation takes. */
export function printCorrelation(plan: CorrelationPlan): void {
  const { aim, architectures, networks, trainings, seen, ceiling, critical, curve, others } = plan;
  print(onStdout("bold", `tau of ${aim.tau}, power ${aim.power}, level ${aim.level}`));
  if (architectures === null) {
    row("architectures", `more than ${MOST_PLANNED.architectures}`);
  } else {
    row(
      "architectures",
      `${architectures}, each trained ${times(trainings)}: ${networks} trainings`,
    );
    row("significant", `from a tau of ${critical!.toFixed(2)} on; ${smallest(plan.smallestP!)}`);
  }
  if (others.length > 0) {
    row("to be seen", `a tau of ${seen.toFixed(2)}; ${ceiling.toFixed(2)} of a perfect estimator`);
  }
  const few = architectures === null ? ` with ${MOST_PLANNED.architectures}` : "";
  row("power", `${plan.power.toFixed(2)}${few}, by simulation`);
  printCurve("architectures", curve);
  if (others.length === 0) return;
  print();
  const cells = (values: readonly string[]) => values.map((text) => text.padStart(15)).join("");
  print(
    onStdout("bold", cells(["trainings", "reliability", "tau seen", "architectures", "in all"])),
  );
  for (const design of [plan, ...others].sort((a, b) => a.trainings - b.trainings)) {
    print(cells(designCells(design)));
  }
}

function designCells(design: CorrelationDesign): string[] {
  const { trainings, reliability, seen, architectures, networks } = design;
  return [
    String(trainings),
    reliability.toFixed(2),
    seen.toFixed(2),
    architectures === null ? `> ${MOST_PLANNED.architectures}` : String(architectures),
    networks === null ? "" : String(networks),
  ];
}

/** Prints how many runs a comparison of two arms takes. */
export function printDifference({ aim, unpaired, paired }: DifferencePlan): void {
  const { difference, deviation, correlation, power, level } = aim;
  print(
    onStdout("bold", `difference of ${difference} points, power ${power}, level ${level}`),
  );
  printArm("independent", "runs of each arm", unpaired, `runs deviate by ${deviation}`);
  const how =
    `differences deviate by ${paired.deviation.toPrecision(2)}, for runs of a pair that ` +
    `correlate at ${correlation}`;
  printArm("pairs", "pairs", paired, how);
}

function printArm(name: string, unit: string, arm: ArmPlan, how: string): void {
  const { runs, power, smallestP, curve } = arm;
  if (runs === null) {
    row(name, `more than ${MOST_PLANNED.runs} ${unit}; ${how}`);
    return;
  }
  row(name, `${runs} ${unit}; ${how}`);
  row("power", `${power!.toFixed(2)}; ${smallest(smallestP!)}`);
  printCurve(unit, curve);
}

/** Prints what a study of that size takes here; `name` is the study that was asked for. */
export function printTime(
  name: string,
  sized: PlannedStudy | null,
  time: StudyTime | null,
): void {
  print();
  if (sized === null || time === null) {
    row("time", `none predicted: ${name} would be larger than a plan goes`);
    return;
  }
  const trials = time.trials.reduce((sum, { count }) => sum + count, 0);
  row("time", `${trials} trials, about ${duration(time.seconds)} on this device`);
  row("command", commandOf(sized.study, sized.settings));
  row("device", time.adapter);
}

function printCurve(unit: string, curve: readonly PowerPoint[]): void {
  const width = Math.max(unit.length, 6) + 2;
  print(onStdout("gray", `${" ".repeat(16)}${unit.padEnd(width)}power`));
  for (const { n, power } of curve) {
    print(`${" ".repeat(16)}${String(n).padEnd(width)}${power.toFixed(2)}`);
  }
}

function row(name: string, text: string): void {
  print(`${onStdout("gray", name.padEnd(16))}${text}`);
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function smallest(p: number): string {
  const text = p === 0 ? "below 1e-300" : p < 0.001 ? p.toExponential(0) : p.toFixed(3);
  return `smallest attainable p ${text}`;
}
