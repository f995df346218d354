/**
 * How a run shows on stderr: a bar with the time left on a terminal, else a line now and then.
 *
 * @module
 */
import cliProgress from "cli-progress";
import { duration, note, onStderr, percent, terminalText } from "./terminal.ts";

/** The part of cli-progress that is used here; the package brings no types. */
interface MultiBar {
  create(total: number, value: number, payload: object): { update(value: number): void };
  log(text: string): void;
  update(): void;
  stop(): void;
}

const BAR_WIDTH = 28;

/** Seconds after which a line is due where there is no bar. */
const LINE_EVERY = 60;
/** Seconds that lie between two lines at least, unless another stage begins. */
const LINE_PAUSE = 10;

/** What is shown at the moment. */
export interface ProgressState {
  /** Share of the run's time that has passed, 0..1. */
  readonly fraction: number;
  /** Seconds left, or null before anything was measured. */
  readonly remaining: number | null;
  /** What is being done. */
  readonly phase: string;
  /** How far that is, for a line: the step, the loss. */
  readonly detail?: string;
  /** The part of the run, for a line: another one is told of at once. */
  readonly stage?: string;
}

/** Shows how a run goes. */
export interface Display {
  /** Shows another state. */
  update(state: ProgressState): void;
  /** Prints a line of a table, where there is a terminal to read it on. */
  log(text: string): void;
  /** Prints a line that must not be missed. */
  say(text: string): void;
  /** Takes the bar away and gives the cursor back. May be called twice. */
  stop(): void;
}

/** What shows progress on this stderr; nothing but what must not be missed where `quiet`. */
export function openDisplay(quiet = false): Display {
  if (quiet) return new Lines(null);
  return Deno.stderr.isTerminal() ? new Bar() : new Lines(() => performance.now() / 1000);
}

/** Lines on a stderr that is no terminal: at each stage, and when a phase or a minute has passed. */
export class Lines implements Display {
  readonly #clock: (() => number) | null;
  #last = -Infinity;
  #stage: string | undefined;
  #phase = "";

  /** @param clock Seconds, or null for no lines at all. */
  constructor(clock: (() => number) | null) {
    this.#clock = clock;
  }

  update(state: ProgressState): void {
    const { phase, stage, detail, remaining, fraction } = state;
    if (this.#clock === null) return;
    const now = this.#clock();
    const passed = now - this.#last;
    const first = this.#last === -Infinity || stage !== this.#stage;
    if (!first && passed < LINE_EVERY && (phase === this.#phase || passed < LINE_PAUSE)) return;
    [this.#last, this.#stage, this.#phase] = [now, stage, phase];
    const left = remaining === null ? "" : `, ${timeLeft(remaining)}`;
    note(`${phase}${detail === undefined ? "" : `: ${detail}`}; ${percent(fraction)}${left}`);
  }

  log(): void {}

  say(text: string): void {
    note(text);
  }

  stop(): void {}
}

/** A bar at the bottom of the terminal, with lines above it. */
class Bar implements Display {
  #bars: MultiBar | null;
  #bar: { update(value: number): void } | null;
  #state: ProgressState = { fraction: 0, remaining: null, phase: "preparing" };

  constructor() {
    this.#bars = new cliProgress.MultiBar({
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      forceRedraw: true,
      fps: 8,
      format: () => terminalText(line(this.#state)),
    }) as MultiBar;
    this.#bar = this.#bars.create(1, 0, {});
  }

  update(state: ProgressState): void {
    this.#state = state;
    this.#bar?.update(state.fraction);
  }

  log(text: string): void {
    this.#bars?.log(`${terminalText(text)}\n`);
  }

  say(text: string): void {
    this.log(text);
  }

  stop(): void {
    this.#bars?.update();
    this.#bars?.stop();
    this.#bars = null;
    this.#bar = null;
  }
}

function line({ fraction, remaining, phase }: ProgressState): string {
  const full = Math.round(fraction * BAR_WIDTH);
  const bar = onStderr("cyan", "━".repeat(full)) +
    onStderr("gray", "─".repeat(BAR_WIDTH - full));
  const left = remaining === null ? "" : timeLeft(remaining);
  return `${bar} ${percent(fraction).padStart(6)}  ${left}  ${onStderr("gray", phase)}`;
}

function timeLeft(seconds: number): string {
  return `${duration(seconds).replace(/\.\d/, "")} left`;
}
