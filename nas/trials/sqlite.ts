// deno-lint-ignore-file require-await -- The interface is asynchronous, this store is not.
/**
 * The queue of trials in one SQLite file, which several processes on a machine may share.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../run/errors.ts";
import {
  type FailedTrial,
  type FinishedTrial,
  type Json,
  type Lease,
  StudyError,
  type Trial,
  type TrialQueue,
  type TrialState,
} from "./queue.ts";

/** Version of the tables, in SQLite's `user_version`. */
const SCHEMA_VERSION = 2;

const SCHEMA = `
CREATE TABLE trials (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'done', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  token TEXT,
  worker TEXT,
  leased_at REAL,
  lease_ends REAL,
  finished_at REAL,
  result TEXT,
  message TEXT
) STRICT;
CREATE INDEX trials_by_state ON trials (state, place);
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Trials of version 1 that nobody had done are named anew, now with the images that they are done with.
 */
const FROM_VERSION_1 = `DELETE FROM trials WHERE state <> 'done'; PRAGMA user_version = 2;`;

/** How a store hands out trials. */
export interface TrialStoreOptions {
  /** Seconds after which an unrenewed lease may go to somebody else; default 300. */
  readonly leaseSeconds?: number;
  /** How often a trial is tried before it has failed; default 3. */
  readonly attempts?: number;
  /**
   * Whether the worker of that name still runs; the trials of one that does not are handed out again at
   * once. Default: nobody knows, and their leases have to run out.
   */
  readonly alive?: (worker: string) => boolean;
  /**
   * Whether a known trial whose input reads otherwise than that of its new namesake is the same all the
   * same. Default: it is not.
   */
  readonly same?: (known: Trial, named: Trial) => boolean;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly input: string;
  readonly attempts: number;
  readonly result: string;
  readonly message: string | null;
  readonly seconds: number;
}

/** {@link TrialQueue} in a file. */
export class TrialStore implements TrialQueue {
  readonly #database: DatabaseSync;
  readonly #leaseMs: number;
  readonly #attempts: number;
  readonly #alive: (worker: string) => boolean;
  readonly #same: (known: Trial, named: Trial) => boolean;
  readonly #now: () => number;

  /**
   * Opens the file, or makes it.
   *
   * @throws {StoreError} Where it cannot be opened, is no such file, or is of a later version.
   */
  constructor(path: string, options: TrialStoreOptions = {}) {
    this.#leaseMs = 1000 * (options.leaseSeconds ?? 300);
    this.#attempts = options.attempts ?? 3;
    this.#alive = options.alive ?? (() => true);
    this.#same = options.same ?? (() => false);
    this.#now = options.now ?? Date.now;
    this.#database = openDatabase(path);
  }

  async add(trials: readonly Trial[]): Promise<number> {
    const find = this.#database.prepare("SELECT id, kind, input, state FROM trials WHERE id = ?");
    const insert = this.#database.prepare("INSERT INTO trials (id, kind, input) VALUES (?, ?, ?)");
    const update = this.#database.prepare(
      "UPDATE trials SET input = ? WHERE id = ? AND state IN ('waiting', 'failed')",
    );
    return this.#transaction(() => {
      let added = 0;
      for (const trial of trials) {
        const { id, kind, input } = trial;
        const text = JSON.stringify(input);
        const known = find.get(id) as unknown as Row | undefined;
        if (known === undefined) {
          insert.run(id, kind, text);
          added++;
        } else if (known.kind !== kind || known.input !== text) {
          if (this.#same(trialOf(known), trial)) update.run(text, id);
          else {
            throw new StudyError(
              `Expected trial ${id} to be as when the study began but found other settings or images; ` +
                "give what it began with, or begin another study",
            );
          }
        }
      }
      return added;
    });
  }

  async lease(worker: string): Promise<Lease | null> {
    const now = this.#now();
    return this.#transaction(() => {
      this.#takeFromTheDead();
      this.#giveUp(now);
      const row = this.#database.prepare(
        "SELECT id, kind, input, attempts FROM trials WHERE state = 'waiting' " +
          "OR (state = 'leased' AND lease_ends <= ?) ORDER BY place LIMIT 1",
      ).get(now) as unknown as Row | undefined;
      if (row === undefined) return null;
      const token = crypto.randomUUID();
      const attempt = row.attempts + 1;
      this.#database.prepare(
        "UPDATE trials SET state = 'leased', attempts = ?, token = ?, worker = ?, leased_at = ?, " +
          "lease_ends = ? WHERE id = ?",
      ).run(attempt, token, worker, now, now + this.#leaseMs, row.id);
      return { trial: trialOf(row), token, attempt };
    });
  }

  async renew({ trial, token }: Lease): Promise<boolean> {
    return this.#change(
      "UPDATE trials SET lease_ends = ? WHERE id = ? AND token = ? AND state = 'leased'",
      this.#now() + this.#leaseMs,
      trial.id,
      token,
    );
  }

  async finish({ trial, token }: Lease, result: Json): Promise<boolean> {
    return this.#change(
      "UPDATE trials SET state = 'done', result = ?, finished_at = ?, token = NULL " +
        "WHERE id = ? AND token = ? AND state = 'leased'",
      JSON.stringify(result),
      this.#now(),
      trial.id,
      token,
    );
  }

  async fail(
    { trial, token, attempt }: Lease,
    message: string,
    { final } = { final: false },
  ): Promise<TrialState> {
    const state = final || attempt >= this.#attempts ? "failed" : "waiting";
    const own = this.#change(
      "UPDATE trials SET state = ?, message = ?, token = NULL " +
        "WHERE id = ? AND token = ? AND state = 'leased'",
      state,
      message,
      trial.id,
      token,
    );
    return own ? state : "leased";
  }

  async release({ trial, token }: Lease): Promise<void> {
    this.#change(
      "UPDATE trials SET state = 'waiting', attempts = attempts - 1, token = NULL " +
        "WHERE id = ? AND token = ? AND state = 'leased'",
      trial.id,
      token,
    );
  }

  async retry(): Promise<number> {
    return Number(
      this.#database.prepare(
        "UPDATE trials SET state = 'waiting', attempts = 0 WHERE state = 'failed'",
      ).run().changes,
    );
  }

  async finished(): Promise<FinishedTrial[]> {
    return this.#rows("done").map((row) => ({
      trial: trialOf(row),
      result: JSON.parse(row.result) as Json,
      seconds: row.seconds,
      attempts: row.attempts,
    }));
  }

  async failed(): Promise<FailedTrial[]> {
    return this.#rows("failed").map((row) => ({
      trial: trialOf(row),
      message: row.message ?? "",
      attempts: row.attempts,
    }));
  }

  async counts(): Promise<Record<TrialState, number>> {
    const counts = { waiting: 0, leased: 0, done: 0, failed: 0 };
    const rows = this.#database.prepare("SELECT state, count(*) AS n FROM trials GROUP BY state")
      .all() as unknown as { state: TrialState; n: number }[];
    for (const { state, n } of rows) counts[state] = n;
    return counts;
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #takeFromTheDead(): void {
    const workers = this.#database.prepare(
      "SELECT DISTINCT worker FROM trials WHERE state = 'leased'",
    ).all() as unknown as { worker: string }[];
    for (const { worker } of workers) {
      if (this.#alive(worker)) continue;
      this.#change(
        "UPDATE trials SET state = 'waiting', token = NULL WHERE state = 'leased' AND worker = ?",
        worker,
      );
    }
  }

  /** Trials that were handed out as often as allowed and never heard of again have failed. */
  #giveUp(now: number): void {
    this.#database.prepare(
      "UPDATE trials SET state = 'failed', token = NULL, message = 'Expected a result but found that ' " +
        "|| 'its process ended or fell silent, the last of ' || attempts || ' times' " +
        "WHERE attempts >= ? AND (state = 'waiting' OR (state = 'leased' AND lease_ends <= ?))",
    ).run(this.#attempts, now);
  }

  #rows(state: TrialState): Row[] {
    return this.#database.prepare(
      "SELECT id, kind, input, attempts, result, message, " +
        "(finished_at - leased_at) / 1000.0 AS seconds FROM trials WHERE state = ? ORDER BY place",
    ).all(state) as unknown as Row[];
  }

  #change(sql: string, ...values: (string | number)[]): boolean {
    return this.#database.prepare(sql).run(...values).changes === 1;
  }

  /** Takes the write lock at once, so that two processes never read the same waiting trial. */
  #transaction<T>(body: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec("BEGIN IMMEDIATE");
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
      user_version: number;
    };
    if (version === 0) database.exec(SCHEMA);
    if (version === 1) database.exec(FROM_VERSION_1);
    database.exec("COMMIT");
    if (version <= SCHEMA_VERSION) return database;
    database.close();
    throw new Error(`version ${version}, which a later enaslab wrote`);
  } catch (cause) {
    throw new StoreError(
      `Expected a study's trials in ${path} but found ${(cause as Error).message}; give a folder ` +
        "that a study was begun in, or a new one",
      path,
      { cause },
    );
  }
}

function trialOf({ id, kind, input }: Row): Trial {
  return { id, kind, input: JSON.parse(input) as Json };
}
