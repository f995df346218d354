/**
 * Planning a run and printing the plan, for the command `plan` and for `--dry-run`.
 *
 * @module
 */
import { mebibytes } from "../engine/bytes.ts";
import { type Arc, spaceOf } from "../nas/space/mod.ts";
import { ConfigError, type SearchConfig } from "../nas/config/mod.ts";
import { loadDataset } from "../nas/data/mod.ts";
import { DATASET_SIZES, type DatasetSize } from "../nas/data/facts.ts";
import { type Measurement, type Plan, planRun } from "../nas/plan/plan.ts";
import type { ChildCosts, Range } from "../nas/plan/costs.ts";
import type { NetworkTimes } from "../nas/plan/measure.ts";
import { close, openBackend } from "../nas/run/open_backend.ts";
import { gpu } from "./gpu.ts";
import { memoryBytes, type SettingValues } from "./run_options.ts";
import { methodText } from "./outcome.ts";
import type { BuiltConfig } from "./settings.ts";
import { callerPath, duration, note, onStdout, print, printJson } from "./terminal.ts";

/**
 * Plans a run and prints the plan on stdout.
 *
 * @param flags Of the command.
 * @param built The run's configuration.
 * @param arc The architecture of `train`.
 */
export async function printPlan(
  flags: SettingValues,
  built: BuiltConfig,
  arc?: Arc,
): Promise<void> {
  const { config, toUsage } = built;
  const memoryBudget = memoryBytes(flags.memory, config);
  const size = await sizeOf(config, flags.from);
  const { backend, adapter } = await openBackend(config.device, { gpu, memoryBudget, note });
  try {
    const planned = await planRun(config, size, {
      backend,
      ...(arc === undefined ? {} : { arc }),
      onProgress: note,
    });
    if (flags.json) printJson({ adapter, dataset: config.dataset.name, ...planned });
    else {
      const software = adapter.vendor !== "cpu" && adapter.fallback ? ", in software" : "";
      row("device", `${adapter.description}${software}`);
      printTable(planned, config);
    }
  } catch (error) {
    throw error instanceof ConfigError ? toUsage(error) : error;
  } finally {
    await close(backend);
  }
}

/** The size of a known data set, whose files need not be here, or of the user's own. */
async function sizeOf({ dataset }: SearchConfig, from: string | undefined): Promise<DatasetSize> {
  const { name, imageSize } = dataset;
  if (Object.hasOwn(DATASET_SIZES, name)) return DATASET_SIZES[name];
  const own = await loadDataset(name, { from: callerPath(from!), imageSize });
  const { count, height, width, channels } = own.train;
  return {
    train: count,
    test: own.test.count,
    // Of images that are no squares, the square of the same size.
    side: Math.round(Math.sqrt(height * width)),
    channels,
    classes: own.classNames.length,
  };
}

function printTable(planned: Plan, config: SearchConfig): void {
  const { images, architectures, searched, final, memory } = planned;
  row("run", planned.command === "search" ? searchText(config) : trainText(config));
  row(
    "images",
    `${config.dataset.name}, ${images.shape.join("×")}, ${count(images.classes)} classes: ` +
      `${count(images.train)} to train, ${count(images.validation)} to validate, ` +
      `${count(images.test)} to test`,
  );
  if (architectures !== null && searched !== null) {
    row("space", `${large(architectures)} architectures`);
    row("weights", `${count(planned.sharedParameters!)} shared parameters`);
    row("child", childText(searched));
  }
  row("from scratch", `${childText(final)}, ${final.filters} filters, ${final.graph} graph`);
  if (memory === null) row("memory", "of the program itself; not forecast on the CPU");
  else {
    row(
      "memory",
      `${mebibytes(memory.peak)} of ${mebibytes(memory.budget)}; largest buffer ` +
        `${mebibytes(memory.largestBuffer)} of ${mebibytes(memory.largestAllowed)}`,
    );
  }
  print();
  printParts(planned);
  print();
  if (planned.measurement !== null) {
    for (const line of howMeasured(planned.measurement, planned, config)) {
      print(onStdout("gray", line));
    }
  }
  for (const warning of planned.warnings) {
    print(`${onStdout(["yellow", "bold"], "warning:")} ${warning}`);
  }
}

const PARTS: Readonly<Record<Plan["parts"][number]["name"], string>> = {
  child_steps: "steps of shared weights",
  rewards: "rewards",
  scores: "scores of epochs",
  evaluation: "evaluation of the policy",
  best_arc: "score of the best",
  evaluation_steps: "steps of evaluations",
  evaluation_validation: "validation of evaluations",
  train_steps: "steps from scratch",
  validation: "validation passes",
  test: "test passes",
  sampler: "architectures drawn",
  compilation: "compilation of kernels",
};

function printParts({ parts, flops, seconds }: Plan): void {
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(26) : cell.padStart(14)).join("");
  print(onStdout("bold", line(["work", "times", "images", "FLOP", "time"])));
  for (const part of parts) {
    const time = part.seconds === null ? "not measured" : longTime(part.seconds);
    const some = (value: number, text: string) => value === 0 ? "" : text;
    print(line([
      PARTS[part.name],
      part.name === "compilation" ? "" : count(part.count),
      some(part.images, count(part.images)),
      some(part.flops, flop(part.flops)),
      time,
    ]));
  }
  const total = seconds === null ? "not measured" : longTime(seconds);
  print(onStdout("bold", line(["total", "", "", flop(flops.total), total])));
}

function searchText(config: SearchConfig): string {
  const { child, search, finalTraining } = config;
  return `search, ${config.space} space, ${
    spaceOf(config).depthLabel(config)
  } of ${child.filters} ` +
    `filters, ${epochs(search.epochs)}, ${methodText(config)}; ${
      epochs(finalTraining.epochs)
    } from scratch`;
}

function trainText({ space, finalTraining }: SearchConfig): string {
  return `train, ${space} space, ${epochs(finalTraining.epochs)}`;
}

function childText({ parameters, flops, arcs }: ChildCosts): string {
  const mega = (value: number) =>
    value < 1e6 ? (value / 1e6).toPrecision(2) : (value / 1e6).toFixed(1);
  const range = ({ mean, min, max }: Range, text: (value: number) => string, unit: string) =>
    `${text(mean)} ${unit}${arcs === 1 ? "" : ` (${text(min)} to ${text(max)})`}`;
  return `${range(parameters, (value) => count(Math.round(value)), "parameters")}, ` +
    `${range(flops, mega, "MFLOP an image")}`;
}

/** How the time of each network was measured, a line each. */
function howMeasured(
  { seconds, shared, final }: Measurement,
  { searched, final: scratch, command }: Plan,
  config: SearchConfig,
): string[] {
  const lines = [
    `Times were predicted from ${duration(seconds)} on this device, on images of noise.`,
  ];
  if (command === "search") lines.push("The best architecture is taken for an average one.");
  if (shared !== null) {
    lines.push(`Search: ${how(shared, searched!.filters, config.child.batchSize)}.`);
  }
  const { batchSize } = config.finalTraining;
  lines.push(`From scratch: ${how(final, scratch.filters, batchSize)}.`);
  return lines;
}

function how({ filters, stepBatches, arcs }: NetworkTimes, wanted: number, batch: number): string {
  const timed = arcs === 1 ? "1 architecture" : `${arcs} architectures`;
  const largest = stepBatches[stepBatches.length - 1];
  const steps = largest === batch
    ? `steps of ${batch} images measured on ${timed}`
    : `steps of up to ${largest} images measured on ${timed}, extended to ${batch} images`;
  if (filters === wanted) return steps;
  return `${wanted} filters take too long to measure or too much memory: ${steps} with ` +
    `${filters} filters, extended by times and FLOP of narrower networks`;
}

function row(name: string, text: string): void {
  print(`${onStdout("gray", name.padEnd(14))}${text}`);
}

function epochs(value: number): string {
  return `${count(value)} ${value === 1 ? "epoch" : "epochs"}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A time; in days where it is more than four. */
function longTime(seconds: number): string {
  const days = seconds / 86_400;
  return days <= 4 ? duration(seconds) : `${count(Math.round(days))} days`;
}

function flop(value: number): string {
  return value.toExponential(1).replace("+", "");
}

/** A whole number in decimal digits, shortened where it is long. */
function large(digits: string): string {
  if (digits.length <= 15) return count(Number(digits));
  return `${digits[0]}.${digits[1]}e${digits.length - 1}`;
}
