/**
 * The bar on stderr with the time left; absent where stderr is no terminal.
 *
 * @module
 */
import cliProgress from "cli-progress";
import { duration, onStderr, percent, terminalText } from "./terminal.ts";

/** The part of cli-progress that is used here; the package brings no types. */
interface MultiBar {
  create(total: number, value: number, payload: object): { update(value: number): void };
  log(text: string): void;
  update(): void;
  stop(): void;
}

const BAR_WIDTH = 28;

/** What the bar shows at the moment. */
export interface BarState {
  /** Share of the run's time that has passed, 0..1. */
  readonly fraction: number;
  /** Seconds left, or null before anything was measured. */
  readonly remaining: number | null;
  /** What is being done. */
  readonly phase: string;
}

/** A bar at the bottom of the terminal, with lines above it. */
export class Bar {
  #bars: MultiBar | null;
  #bar: { update(value: number): void } | null = null;
  #state: BarState = { fraction: 0, remaining: null, phase: "preparing" };

  constructor() {
    this.#bars = !Deno.stderr.isTerminal() ? null : new cliProgress.MultiBar({
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      forceRedraw: true,
      fps: 8,
      format: () => terminalText(line(this.#state)),
    }) as MultiBar;
    this.#bar = this.#bars?.create(1, 0, {}) ?? null;
  }

  /** Shows another state. */
  update(state: BarState): void {
    this.#state = state;
    this.#bar?.update(state.fraction);
  }

  /** Prints a line above the bar. */
  log(text: string): void {
    this.#bars?.log(`${terminalText(text)}\n`);
  }

  /** Takes the bar away and gives the cursor back. May be called twice. */
  stop(): void {
    this.#bars?.update();
    this.#bars?.stop();
    this.#bars = null;
    this.#bar = null;
  }
}

function line({ fraction, remaining, phase }: BarState): string {
  const full = Math.round(fraction * BAR_WIDTH);
  const bar = onStderr("cyan", "━".repeat(full)) +
    onStderr("gray", "─".repeat(BAR_WIDTH - full));
  const left = remaining === null ? "" : `${duration(remaining).replace(/\.\d/, "")} left`;
  return `${bar} ${percent(fraction).padStart(6)}  ${left}  ${onStderr("gray", phase)}`;
}
