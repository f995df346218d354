/**
 * Progress of a run on stderr: a bar with the time left and a line an epoch, or where stderr is no
 * terminal a line a phase or a minute. Silent with `--quiet`.
 *
 * @module
 */
import type { SearchConfig } from "../nas/config/mod.ts";
import type { RunStart } from "../nas/search/run_search.ts";
import type { TrainStart } from "../nas/search/run_train.ts";
import type { WorkKind } from "../nas/evaluator/evaluator.ts";
import type { EpochFinished, RunEvent, TrainEpoch } from "../nas/run/mod.ts";
import { grouped } from "../nas/text/words.ts";
import { type Display, openDisplay } from "./bar.ts";
import { Eta } from "./eta.ts";
import { SkippedSteps } from "./skipped_steps.ts";
import { duration, onStderr, percent } from "./terminal.ts";

/** A forward pass costs about a third of a training step. */
const FORWARD = 1 / 3;

/** What a unit of each kind of work is, as a line counts it. */
const WORK_NAMES: Readonly<Record<WorkKind, string>> = {
  child_step: "step",
  reward: "reward",
  evaluation_step: "step",
  score: "score",
  train_step: "step",
};

/** Shows how a search goes. */
export class SearchProgress {
  readonly #config: SearchConfig;
  readonly #quiet: boolean;
  #eta: Eta<WorkKind> | null = null;
  #display: Display | null = null;
  #epoch = 1;
  #loss: number | null = null;
  #stopping = false;
  #training = false;
  readonly #skipped = new SkippedSteps();

  /** @param quiet Whether to show nothing. */
  constructor(config: SearchConfig, quiet: boolean) {
    this.#config = config;
    this.#quiet = quiet;
  }

  /** Begins to show. */
  start({ config, work, done }: RunStart): void {
    const { child, evaluator, search, finalTraining } = this.#config;
    const scored = search.scoreImages || config.dataset.validation;
    const cost = {
      child_step: 1,
      reward: FORWARD * ("batchSize" in evaluator ? evaluator.batchSize / child.batchSize : 1),
      evaluation_step: finalTraining.batchSize / child.batchSize,
      score: FORWARD * scored / child.batchSize,
      train_step: finalTraining.batchSize / child.batchSize,
    };
    this.#eta = new Eta(work, cost, now());
    for (const kind of Object.keys(done) as WorkKind[]) this.#eta.skip(kind, done[kind]);
    const [kind, each] = work.score === 0
      ? ["evaluation_step", work.evaluation_step / search.epochs] as const
      : ["score", search.scoredArcs] as const;
    this.#epoch += Math.floor(done[kind] / each);
    this.#display = openDisplay(this.#quiet);
    this.#log(epochHeader());
  }

  /** Counts a unit of work. */
  work(kind: WorkKind): void {
    if (this.#eta === null) return;
    this.#eta.tick(kind, now());
    this.#show(kind);
  }

  /** Prints a line for each epoch, and one about steps that changed no weight. */
  event(event: RunEvent): void {
    const odd = this.#skipped.see(event);
    if (odd !== null) this.#display?.say(odd);
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
    this.#display?.stop();
    this.#display = null;
  }

  #log(line: string): void {
    this.#display?.log(line);
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
      case "evaluation_step":
        return `${epoch}, architectures from scratch`;
      case "score":
        return eta.done("score") === eta.total("score") ? "best arc" : `${epoch}, scoring`;
      case "train_step": {
        const each = eta.total("train_step") / finalTraining.epochs;
        const current = Math.ceil(eta.done("train_step") / each);
        return `best arc from scratch, epoch ${current}/${finalTraining.epochs}`;
      }
    }
  }

  #show(kind: WorkKind): void {
    const eta = this.#eta!;
    this.#display?.update({
      fraction: eta.fraction(now()),
      remaining: eta.remaining(),
      phase: this.#stopping ? "ending after this step" : this.#phaseOf(kind),
      detail: detailOf(WORK_NAMES[kind], eta.done(kind), eta.total(kind), this.#loss),
      stage: kind === "train_step" ? "from scratch" : "search",
    });
  }
}

/** Shows how training from scratch goes. */
export class TrainProgress {
  readonly #config: SearchConfig;
  readonly #quiet: boolean;
  #eta: Eta<"step"> | null = null;
  #display: Display | null = null;
  #loss: number | null = null;
  #stopping = false;
  readonly #skipped = new SkippedSteps();
  /** Epochs that have ended. */
  epochs = 0;

  /** @param quiet Whether to show nothing. */
  constructor(config: SearchConfig, quiet: boolean) {
    this.#config = config;
    this.#quiet = quiet;
  }

  /** Begins to show. */
  start({ steps, done }: TrainStart): void {
    this.#eta = new Eta({ step: steps }, { step: 1 }, now());
    this.#eta.skip("step", done);
    this.epochs = Math.floor(done / steps * this.#config.finalTraining.epochs);
    this.#display = openDisplay(this.#quiet);
    this.#display.log(trainingHeader(""));
  }

  /** Counts a training step. */
  step(): void {
    if (this.#eta === null) return;
    this.#eta.tick("step", now());
    const { epochs } = this.#config.finalTraining;
    const phase = `epoch ${Math.min(this.epochs + 1, epochs)}/${epochs}`;
    this.#display?.update({
      fraction: this.#eta.fraction(now()),
      remaining: this.#eta.remaining(),
      phase: this.#stopping ? "ending after this step" : phase,
      detail: detailOf("step", this.#eta.done("step"), this.#eta.total("step"), this.#loss),
    });
  }

  /** Prints a line for each epoch, and one about steps that changed no weight. */
  event(event: RunEvent): void {
    const odd = this.#skipped.see(event);
    if (odd !== null) this.#display?.say(odd);
    if (event.type !== "train_epoch") return;
    this.epochs = event.epoch;
    this.#loss = event.loss;
    this.#display?.log(trainingLine(event));
  }

  /** Says that the run is about to end early. */
  stopping(): void {
    this.#stopping = true;
  }

  /** Takes the bar away and gives the cursor back. May be called twice. */
  stop(): void {
    this.#display?.stop();
    this.#display = null;
  }
}

/** How far a phase is, and the last loss that is known. */
function detailOf(name: string, done: number, total: number, loss: number | null): string {
  const count = `${name} ${grouped(done)} of ${grouped(total)}`;
  return loss === null ? count : `${count}, loss ${loss.toFixed(3)}`;
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
