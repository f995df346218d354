/**
 * What `search` says at its beginning and end.
 *
 * @module
 */
import { type Arc, formatArc, spaceOf } from "../nas/space/mod.ts";
import { methodOf, type SearchConfig } from "../nas/config/mod.ts";
import { evaluatorOf } from "../nas/evaluator/registry.ts";
import { strategyOf } from "../nas/strategy/registry.ts";
import type { RunSearchOutcome, RunStart } from "../nas/search/run_search.ts";
import type { RunTrainOutcome, TrainStart } from "../nas/search/run_train.ts";
import type { RunConfig, RunEvent } from "../nas/run/mod.ts";
import type { RunFolder } from "../nas/run/mod.ts";
import { counted, grouped } from "../nas/text/words.ts";
import {
  duration,
  note,
  onStderr,
  onStdout,
  percent,
  print,
  printJson,
  shortPath,
} from "./terminal.ts";

/** On how many images the accuracies of a run were measured. */
export class Sizes {
  /** Images behind the best arc's estimate. */
  estimate = 0;
  /** Images behind the test accuracy. */
  test = 0;

  /** Takes the numbers from an event that has them. */
  see(event: RunEvent): void {
    if (event.type === "arc_scored" || event.type === "best_arc") this.estimate = event.images;
    if (event.type === "trained") this.test = event.testImages;
  }
}

/** The strategy of a search in words, and the evaluator where it is not shared weights. */
export function methodText(config: SearchConfig): string {
  const { label, sharesWeights } = evaluatorOf(config);
  return `${strategyOf(config).label}${sharesWeights ? "" : `, judged by ${label}`}`;
}

/** Says on stderr what begins. */
export function noteStart({ folder, config: run }: RunStart, config: SearchConfig): void {
  noteRun(folder, run, [
    "search",
    `${config.space} space, ${spaceOf(config).depthLabel(config)} of ` +
    `${counted(config.child.filters, "filter")}, ${counted(config.search.epochs, "epoch")}, ` +
    `${methodText(config)}, ` +
    `seed ${config.seed}`,
  ]);
}

/** Says on stderr what training begins. */
export function noteTrainStart(
  { folder, config: run, steps }: TrainStart,
  arc: Arc,
  { finalTraining, seed }: SearchConfig,
): void {
  noteRun(folder, run, [
    "train",
    `${formatArc(arc)}, ${finalTraining.graph} graph, ` +
    `${counted(finalTraining.filters, "filter")}, ${counted(finalTraining.epochs, "epoch")}, ` +
    `${counted(steps, "step")}, seed ${seed}`,
  ]);
}

function noteRun(
  folder: RunFolder,
  { dataset, adapter }: RunConfig,
  what: readonly [name: string, text: string],
): void {
  const [height, width] = dataset.shape;
  const kind = adapter.vendor === "cpu" ? "" : adapter.fallback ? ", in software" : "";
  const lines = [
    [
      "data",
      `${dataset.name}, ${height}×${width}: ${counted(dataset.train, "image")} to train, ` +
      `${grouped(dataset.validation)} to validate, ${grouped(dataset.test)} to test`,
    ],
    what,
    ["device", `${adapter.description}${kind}`],
    ["run", shortPath(folder.path)],
  ];
  for (const [name, text] of lines) note(`${onStderr("gray", name.padEnd(8))}${text}`);
  note();
}

/** Prints the result on stdout. */
export function printOutcome({ outcome, sizes, report, config, json }: {
  readonly outcome: RunSearchOutcome;
  readonly sizes: Sizes;
  readonly report: string | null;
  readonly config: SearchConfig;
  readonly json: boolean;
}): void {
  const { best, folder, meanEstimateByEpoch, seconds } = outcome;
  if (json) {
    printJson({
      run: folder.path,
      report,
      dataset: config.dataset.name,
      space: config.space,
      method: methodOf(config),
      strategy: config.strategy.name,
      evaluator: config.evaluator.name,
      sampler: config.strategy.name,
      seed: config.seed,
      best: best && {
        arc: formatArc(best.arc),
        estimate: best.estimate,
        testAccuracy: best.testAccuracy,
      },
      meanEstimateByEpoch,
      seconds,
    });
    return;
  }
  if (best === null) print("No architecture was scored before the run ended");
  else {
    print(onStdout("bold", "Best architecture"));
    for (const line of arcRows(best.arc)) print(line);
    print();
    result("estimate", percent(best.estimate), `on ${counted(sizes.estimate, "validation image")}`);
    if (best.testAccuracy !== null) {
      result("from scratch", percent(best.testAccuracy), `on ${counted(sizes.test, "test image")}`);
    }
  }
  result("time", duration(seconds));
  result("run", shortPath(folder.path));
  if (report !== null) result("report", shortPath(report));
}

/** Prints the result of training on stdout. */
export function printTrained({ outcome, arc, report, json }: {
  readonly outcome: RunTrainOutcome;
  readonly arc: Arc;
  readonly report: string | null;
  readonly json: boolean;
}): void {
  const { trained, folder, seconds } = outcome;
  if (json) {
    printJson({
      run: folder.path,
      report,
      arc: formatArc(arc),
      graph: trained?.graph ?? null,
      validationAccuracy: trained?.validationAccuracy ?? null,
      bestValidationAccuracy: trained?.bestValidationAccuracy ?? null,
      bestEpoch: trained?.bestEpoch ?? null,
      testAccuracy: trained?.testAccuracy ?? null,
      parameters: trained?.parameters ?? null,
      flops: trained?.flops ?? null,
      seconds,
    });
    return;
  }
  if (trained === null) {
    print("Training ended before its last epoch; the test images were not read");
  } else {
    const { validationAccuracy, bestValidationAccuracy, bestEpoch } = trained;
    if (validationAccuracy !== null && bestValidationAccuracy !== null) {
      result("validation", percent(validationAccuracy), "after the last epoch");
      result(
        "best epoch",
        percent(bestValidationAccuracy),
        `after epoch ${bestEpoch}, for comparison only`,
      );
    }
    result(
      "test",
      percent(trained.testAccuracy),
      `on ${counted(trained.testImages, "image")}, read once`,
    );
    result("parameters", grouped(trained.parameters));
    result("operations", `${(trained.flops / 1e6).toFixed(1)} MFLOP an image`);
  }
  result("time", duration(seconds));
  result("run", shortPath(folder.path));
  if (report !== null) result("report", shortPath(report));
}

/** An arc as rows, as the original code and the thesis print it, with what each row means. */
export function arcRows(arc: Arc): string[] {
  const rows = spaceOf(arc).rows(arc);
  const width = Math.max(...rows.map(({ text }) => text.length));
  return rows.map(({ text, op, skips }, row) => {
    if (op === null) return `    ${onStdout("cyan", text)}`;
    const shown = onStdout("cyan", text.padEnd(width));
    const added = skips === "" ? "" : onStdout("gray", `  + ${skips}`);
    return `${String(row + 1).padStart(4)}  ${op.padEnd(14)} ${shown}${added}`.trimEnd();
  });
}

/** A line of results; an accuracy is followed by what it was measured on, or when. */
function result(name: string, value: string, remark = ""): void {
  const shown = remark === "" ? value : `${onStdout("bold", value)}  ${onStdout("gray", remark)}`;
  print(`${onStdout("gray", name.padEnd(14))}${shown}`);
}
