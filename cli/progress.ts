/**
 * Progress of a search on stderr: a bar with the time left, and a line an epoch. Silent where stderr
 * is no terminal.
 *
 * @module
 */
import cliProgress from "cli-progress";
import type { SearchConfig } from "../nas/config/mod.ts";
import type { RunStart } from "../nas/run.ts";
import type { WorkKind } from "../nas/search.ts";
import type { EpochFinished, RunEvent, TrainEpoch } from "../nas/store/mod.ts";
import { Eta } from "./eta.ts";
import { duration, note, onStderr, percent } from "./terminal.ts";

/** The part of cli-progress that is used here; the package brings no types. */
interface MultiBar {
  create(total: number, value: number, payload: object): { update(value: number): void };
  log(text: string): void;
  update(): void;
  stop(): void;
}

const BAR_WIDTH = 28;
/** A forward pass costs about a third of a training step. */
const FORWARD = 1 / 3;

/** Shows how a search goes. */
export class SearchProgress {
  readonly #config: SearchConfig;
  #eta: Eta<WorkKind> | null = null;
  #bars: MultiBar | null = null;
  #bar: { update(value: number): void } | null = null;
  #phase = "preparing";
  #epoch = 1;
  #stopping = false;
  #training = false;

  constructor(config: SearchConfig) {
    this.#config = config;
  }

  /** Begins to draw, where stderr is a terminal. */
  start({ config, work }: RunStart): void {
    const { child, controller, search, finalTraining } = this.#config;
    const scored = search.scoreImages || config.dataset.validation;
    const cost = {
      child_step: 1,
      reward: FORWARD * controller.batchSize / child.batchSize,
      score: FORWARD * scored / child.batchSize,
      train_step: finalTraining.batchSize / child.batchSize,
    };
    this.#eta = new Eta(work, cost, now());
    if (!Deno.stderr.isTerminal()) return;
    note(epochHeader());
    this.#bars = new cliProgress.MultiBar({
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      forceRedraw: true,
      fps: 8,
      format: () => this.#line(),
    }) as MultiBar;
    this.#bar = this.#bars.create(1, 0, {});
  }

  /** Counts a unit of work. */
  work(kind: WorkKind): void {
    if (this.#eta === null) return;
    this.#eta.tick(kind, now());
    this.#phase = this.#phaseOf(kind);
    this.#bar?.update(this.#eta.fraction(now()));
  }

  /** Prints a line for each epoch. */
  event(event: RunEvent): void {
    if (event.type === "epoch_finished") {
      this.#epoch = event.epoch + 1;
      this.#log(epochLine(event));
    } else if (event.type === "train_epoch") {
      if (!this.#training) this.#log(`\n${trainingHeader()}`);
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
    this.#bars?.update();
    this.#bars?.stop();
    this.#bars = null;
    this.#bar = null;
  }

  #log(line: string): void {
    this.#bars?.log(`${line}\n`);
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

  #line(): string {
    const fraction = this.#eta?.fraction(now()) ?? 0;
    const remaining = this.#eta?.remaining() ?? null;
    const full = Math.round(fraction * BAR_WIDTH);
    const bar = onStderr("cyan", "━".repeat(full)) +
      onStderr("gray", "─".repeat(BAR_WIDTH - full));
    const left = remaining === null ? "" : `${duration(remaining).replace(/\.\d/, "")} left`;
    const phase = this.#stopping ? "ending after this step" : this.#phase;
    return `${bar} ${percent(fraction).padStart(6)}  ${left}  ${onStderr("gray", phase)}`;
  }
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
    event.trainLoss.toFixed(3),
    percent(event.trainAccuracy),
    number(event.reward),
    number(event.baseline),
    event.entropy === null ? "–" : event.entropy.toFixed(2),
    percent(event.meanEstimate),
    percent(event.bestEstimate),
    duration(event.seconds),
  ]);
}

function trainingHeader(): string {
  const names = ["epoch", "loss", "accuracy", "", "", "", "validated", "", "time"];
  return onStderr("bold", row(names)) + onStderr("gray", "   best arc, from scratch");
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
    percent(validationAccuracy),
    "",
    duration(seconds),
  ]);
}

function now(): number {
  return performance.now() / 1000;
}
