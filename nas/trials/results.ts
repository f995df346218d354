/**
 * The results of a study by the trials' ids.
 *
 * @module
 */
import { type KindName, KINDS, type TrialResult } from "./kinds/mod.ts";
import { type FinishedTrial, StudyError } from "./queue.ts";

/** Results of the finished trials of a study, by id. */
export class Results {
  readonly #byId: ReadonlyMap<string, FinishedTrial>;
  /** Checked results: an analysis asks for each of them many times. */
  readonly #checked = new Map<string, unknown>();

  constructor(finished: readonly FinishedTrial[]) {
    this.#byId = new Map(finished.map((trial) => [trial.trial.id, trial]));
  }

  /** How many there are. */
  get count(): number {
    return this.#byId.size;
  }

  /** Seconds of work behind them. */
  get seconds(): number {
    return this.#byId.values().reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** What the devices said of themselves that did the work, each once. */
  get adapters(): string[] {
    const said = this.#byId.values().map(({ result }) =>
      typeof result === "object" && result !== null && "adapter" in result ? result.adapter : null
    );
    return [...new Set(said)].filter((adapter) => typeof adapter === "string");
  }

  /** Whether there is one of that id. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /**
   * Result of a trial of a kind; null where it is not done.
   *
   * @throws {StudyError} Where there is something else in its place.
   */
  of<Name extends KindName>(kind: Name, id: string): TrialResult<Name> | null {
    const finished = this.#byId.get(id);
    if (finished === undefined) return null;
    if (!this.#checked.has(id)) {
      const { success, data } = KINDS[kind].result.safeParse(finished.result);
      if (!success) {
        throw new StudyError(
          `Expected a result of the kind ${kind} for trial ${id} but found something else; the study ` +
            "was written by another version of enaslab, or its file is damaged",
        );
      }
      this.#checked.set(id, data);
    }
    return this.#checked.get(id) as TrialResult<Name>;
  }
}
