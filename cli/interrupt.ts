/**
 * Ctrl-C: the first one ends the run after the present step, the second one at once.
 *
 * @module
 */
import { note } from "./terminal.ts";

/** `deno task` may pass on a signal that the terminal has sent already: that is one Ctrl-C. */
const ECHO_MS = 300;

/** SIGHUP comes where the terminal is closed, or the connection to it is lost. */
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

/** Listens for Ctrl-C until disposed of. */
export class Interrupt implements Disposable {
  readonly #abort = new AbortController();
  readonly #listeners: [Deno.Signal, () => void][] = [];
  /** Exit code that the signal asks for; null before there was one. */
  exitCode: number | null = null;

  /**
   * @param onFirst called when the run shall end
   * @param onSecond called before the program ends at once, to give the terminal back
   */
  constructor(onFirst: () => void, onSecond: () => void) {
    let first = 0;
    for (const [signal, code] of SIGNALS) {
      const listener = () => {
        if (this.exitCode === null) {
          first = performance.now();
          this.exitCode = code;
          this.#abort.abort();
          onFirst();
        } else if (performance.now() - first > ECHO_MS) {
          onSecond();
          note("Ended at once; what was logged before is kept");
          Deno.exit(this.exitCode);
        }
      };
      Deno.addSignalListener(signal, listener);
      this.#listeners.push([signal, listener]);
    }
  }

  /** Aborted by the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}
