/**
 * What `search` says at its beginning and end.
 *
 * @module
 */
import { formatMacroArc, MACRO_OPS, type MacroArc } from "../nas/arc/mod.ts";
import type { SearchConfig } from "../nas/config/mod.ts";
import type { RunSearchOutcome, RunStart } from "../nas/run.ts";
import type { RunEvent } from "../nas/store/mod.ts";
import { skipSources } from "../reports/arc_text.ts";
import { shortPath } from "./report.ts";
import { duration, note, onStderr, onStdout, percent, print, printJson } from "./terminal.ts";

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

/** Says on stderr what begins. */
export function noteStart({ folder, config: run }: RunStart, config: SearchConfig): void {
  const { dataset, adapter } = run;
  const [height, width] = dataset.shape;
  const kind = config.device === "cpu" ? "" : adapter.fallback ? ", in software" : "";
  const lines = [
    [
      "data",
      `${dataset.name}, ${height}×${width}: ${count(dataset.train)} images to train, ` +
      `${count(dataset.validation)} to validate, ${count(dataset.test)} to test`,
    ],
    [
      "search",
      `${config.child.layers} layers of ${config.child.filters} filters, ` +
      `${config.search.epochs} epochs, ` +
      `${config.controller.sampler === "random" ? "random sampler" : "controller"}, ` +
      `seed ${config.seed}`,
    ],
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
      sampler: config.controller.sampler,
      seed: config.seed,
      best: best && {
        arc: formatMacroArc(best.arc, "flat"),
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
    result("estimate", percent(best.estimate), `${count(sizes.estimate)} validation images`);
    if (best.testAccuracy !== null) {
      result("from scratch", percent(best.testAccuracy), `${count(sizes.test)} test images`);
    }
  }
  result("time", duration(seconds));
  result("run", shortPath(folder.path));
  if (report !== null) result("report", shortPath(report));
}

/** An arc as rows: number, op, `[op skips]` as the thesis prints it, and what the skips add. */
export function arcRows(arc: MacroArc): string[] {
  const texts = formatMacroArc(arc, "rows").split("\n");
  const width = Math.max(...texts.map((text) => text.length));
  return arc.layers.map(({ op }, layer) => {
    const sources = skipSources(arc, layer);
    const label = MACRO_OPS[op].label.padEnd(14);
    const row = onStdout("cyan", texts[layer].padEnd(width));
    const skips = sources === "" ? "" : onStdout("gray", `  + ${sources}`);
    return `${String(layer + 1).padStart(4)}  ${label} ${row}${skips}`.trimEnd();
  });
}

function result(name: string, value: string, images = ""): void {
  const on = images === "" ? "" : onStdout("gray", `  on ${images}`);
  const shown = images === "" ? value : onStdout("bold", value);
  print(`${onStdout("gray", name.padEnd(14))}${shown}${on}`);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
