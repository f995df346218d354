/**
 * Progress of a search on stderr: a bar with the time left, and a line an epoch. Silent where stderr
 * is no terminal.
 *
 * @module
 */
import type { SearchConfig } from "../nas/config/mod.ts";
import type { RunStart } from "../nas/search/run_search.ts";
import type { TrainStart } from "../nas/search/run_train.ts";
import type { WorkKind } from "../nas/search/options.ts";
import type { EpochFinished, RunEvent, TrainEpoch } from "../nas/run/mod.ts";
import { Bar } from "./bar.ts";
import { Eta } from "./eta.ts";
import { SkippedSteps } from "./skipped_steps.ts";
import { duration, note, onStderr, percent } from "./terminal.ts";

/** A forward pass costs about a third of a training step. */
const FORWARD = 1 / 3;

/** Shows how a search goes. */
export class SearchProgress {
  readonly #config: SearchConfig;
  #eta: Eta<WorkKind> | null = null;
  #bar: Bar | null = null;
  #phase = "preparing";
  #epoch = 1;
  #stopping = false;
  #training = false;
  readonly #skipped = new SkippedSteps();

  constructor(config: SearchConfig) {
    this.#config = config;
  }

  /** Begins to draw, where stderr is a terminal. */
  start({ config, work, done }: RunStart): void {
    const { child, controller, search, finalTraining } = this.#config;
    const scored = search.scoreImages || config.dataset.validation;
    const cost = {
      child_step: 1,
      reward: FORWARD * controller.batchSize / child.batchSize,
      score: FORWARD * scored / child.batchSize,
      train_step: finalTraining.batchSize / child.batchSize,
    };
    this.#eta = new Eta(work, cost, now());
    for (const kind of Object.keys(done) as WorkKind[]) this.#eta.skip(kind, done[kind]);
    this.#epoch += Math.floor(done.score / search.scoredArcs);
    if (!Deno.stderr.isTerminal()) return;
    note(epochHeader());
    this.#bar = new Bar();
  }

  /** Counts a unit of work. */
  work(kind: WorkKind): void {
    if (this.#eta === null) return;
    this.#eta.tick(kind, now());
    this.#phase = this.#phaseOf(kind);
    this.#show();
  }

  /** Prints a line for each epoch, and one about steps that changed no weight. */
  event(event: RunEvent): void {
    sayAbove(this.#bar, this.#skipped.see(event));
    if (event.type === "epoch_finished") {
      this.#epoch = event.epoch + 1;
      this.#log(epochLine(event));
    } else if (event.type === "train_epoch") {
      if (!this.#training) this.#log(`\n${trainingHeader("   best arc, from scratch")}`);
      this.#training = true;
      this.#log(trainingLine(event));
    }
  }

  /** Says that the run is about to end early. */
  stopping(): void {
    this.#stopping = true;
  }

  /** Takes the bar away and gives the cursor back. May be called twice. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #log(line: string): void {
    this.#bar?.log(line);
  }

  #phaseOf(kind: WorkKind): string {
    const { search, finalTraining } = this.#config;
    const eta = this.#eta!;
    const epoch = `epoch ${Math.min(this.#epoch, search.epochs)}/${search.epochs}`;
    switch (kind) {
      case "child_step":
        return `${epoch}, shared weights`;
      case "reward":
        return `${epoch}, controller`;
      case "score":
        return eta.done("score") === eta.total("score") ? "best arc" : `${epoch}, scoring`;
      case "train_step": {
        const each = eta.total("train_step") / finalTraining.epochs;
        const current = Math.ceil(eta.done("train_step") / each);
        return `best arc from scratch, epoch ${current}/${finalTraining.epochs}`;
      }
    }
  }

  #show(): void {
    this.#bar?.update({
      fraction: this.#eta?.fraction(now()) ?? 0,
      remaining: this.#eta?.remaining() ?? null,
      phase: this.#stopping ? "ending after this step" : this.#phase,
    });
  }
}

/** Shows how training from scratch goes. */
export class TrainProgress {
  readonly #config: SearchConfig;
  #eta: Eta<"step"> | null = null;
  #bar: Bar | null = null;
  #stopping = false;
  readonly #skipped = new SkippedSteps();
  /** Epochs that have ended. */
  epochs = 0;

  constructor(config: SearchConfig) {
    this.#config = config;
  }

  /** Begins to draw, where stderr is a terminal. */
  start({ steps, done }: TrainStart): void {
    this.#eta = new Eta({ step: steps }, { step: 1 }, now());
    this.#eta.skip("step", done);
    this.epochs = Math.floor(done / steps * this.#config.finalTraining.epochs);
    if (!Deno.stderr.isTerminal()) return;
    note(trainingHeader(""));
    this.#bar = new Bar();
  }

  /** Counts a training step. */
  step(): void {
    if (this.#eta === null) return;
    this.#eta.tick("step", now());
    const { epochs } = this.#config.finalTraining;
    const phase = `epoch ${Math.min(this.epochs + 1, epochs)}/${epochs}`;
    this.#bar?.update({
      fraction: this.#eta.fraction(now()),
      remaining: this.#eta.remaining(),
      phase: this.#stopping ? "ending after this step" : phase,
    });
  }

  /** Prints a line for each epoch, and one about steps that changed no weight. */
  event(event: RunEvent): void {
    sayAbove(this.#bar, this.#skipped.see(event));
    if (event.type !== "train_epoch") return;
    this.epochs = event.epoch;
    this.#bar?.log(trainingLine(event));
  }

  /** Says that the run is about to end early. */
  stopping(): void {
    this.#stopping = true;
  }

  /** Takes the bar away and gives the cursor back. May be called twice. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}

/** Prints a line that matters without a terminal too; above the bar where there is one. */
function sayAbove(bar: Bar | null, line: string | null): void {
  if (line === null) return;
  if (bar === null) note(line);
  else bar.log(line);
}

/** Columns of the table of epochs, with their widths. */
const EPOCH_COLUMNS: readonly [name: string, width: number][] = [
  ["epoch", 5],
  ["loss", 7],
  ["accuracy", 9],
  ["reward", 7],
  ["baseline", 9],
  ["entropy", 8],
  ["estimate", 9],
  ["best", 7],
  ["time", 13],
];

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padStart(EPOCH_COLUMNS[i][1])).join(" ");
}

function epochHeader(): string {
  return onStderr("bold", row(EPOCH_COLUMNS.map(([name]) => name)));
}

function epochLine(event: EpochFinished): string {
  const number = (value: number | null) => value === null ? "–" : value.toFixed(3);
  return row([
    String(event.epoch),
    number(event.trainLoss),
    event.trainAccuracy === null ? "–" : percent(event.trainAccuracy),
    number(event.reward),
    number(event.baseline),
    event.entropy === null ? "–" : event.entropy.toFixed(2),
    percent(event.meanEstimate),
    percent(event.bestEstimate),
    duration(event.seconds),
  ]);
}

function trainingHeader(remark: string): string {
  const names = ["epoch", "loss", "accuracy", "", "", "", "validated", "", "time"];
  return onStderr("bold", row(names)) + onStderr("gray", remark);
}

function trainingLine(event: TrainEpoch): string {
  const { epoch, loss, trainAccuracy, validationAccuracy, seconds } = event;
  return row([
    String(epoch),
    loss.toFixed(3),
    percent(trainAccuracy),
    "",
    "",
    "",
    validationAccuracy === null ? "–" : percent(validationAccuracy),
    "",
    duration(seconds),
  ]);
}

function now(): number {
  return performance.now() / 1000;
}
