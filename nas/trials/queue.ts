/**
 * Trials: the units of work of a study, and the queue that hands them out. A study's trials depend on
 * nothing but their inputs, so that any process may run any of them, and a killed study goes on with
 * exactly those that are missing.
 *
 * @module
 */

/** A value that JSON keeps. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** One unit of work. */
export interface Trial {
  /** Unique in its study and the same whenever the study is planned again, such as `train/3/seed2`. */
  readonly id: string;
  /** What is to be done, such as `search`; decides who reads {@link Trial.input}. */
  readonly kind: string;
  /** Everything the work depends on, seeds included. */
  readonly input: Json;
}

/**
 * `waiting`: nobody works on it; `leased`: somebody does; `done`: it has a result; `failed`: it was
 * tried as often as allowed.
 */
export type TrialState = "waiting" | "leased" | "done" | "failed";

/** A trial handed out to one worker for some time. */
export interface Lease {
  readonly trial: Trial;
  /** Proves that the lease is still the worker's own. */
  readonly token: string;
  /** How often the trial was handed out, this time included and those that were given back left out. */
  readonly attempt: number;
}

/** A trial that was done. */
export interface FinishedTrial {
  readonly trial: Trial;
  readonly result: Json;
  /** Seconds from lease to result. */
  readonly seconds: number;
  readonly attempts: number;
}

/** A trial that was given up. */
export interface FailedTrial {
  readonly trial: Trial;
  readonly message: string;
  readonly attempts: number;
}

/**
 * Hands out trials, each to one worker at a time, and keeps what came out. Asynchronous, so that a
 * queue on another machine can stand behind it.
 */
export interface TrialQueue {
  /**
   * Adds trials that are not known yet, and returns how many these are.
   *
   * @throws {StudyError} Where a known id comes with another kind or input: then the study was changed.
   */
  add(trials: readonly Trial[]): Promise<number>;
  /**
   * A waiting trial, or one whose lease ran out; null when there is none now. An attempt counts from
   * here on, so that a trial that ends its process every time has failed after as many as are allowed.
   */
  lease(worker: string): Promise<Lease | null>;
  /** Makes the lease last its full time again; false where it was lost. */
  renew(lease: Lease): Promise<boolean>;
  /** Stores the result; false where the lease was lost, and then nothing is stored. */
  finish(lease: Lease, result: Json): Promise<boolean>;
  /**
   * Notes what went wrong; the trial waits again or, tried often enough, has failed. `final`: it would
   * come to the same every time, and has failed at once. The new state; `leased` where the lease was lost.
   */
  fail(lease: Lease, message: string, how?: { readonly final: boolean }): Promise<TrialState>;
  /** Gives an unfinished trial back as if it had not been handed out. */
  release(lease: Lease): Promise<void>;
  /** Lets failed trials be tried again, and returns how many these are. */
  retry(): Promise<number>;
  finished(): Promise<readonly FinishedTrial[]>;
  failed(): Promise<readonly FailedTrial[]>;
  counts(): Promise<Readonly<Record<TrialState, number>>>;
  close(): Promise<void>;
}

/** A study that cannot go on as it is. */
export class StudyError extends Error {
  override readonly name = "StudyError";
}

/** A trial that would fail the same way every time, and must not be tried again. */
export class UnrecoverableError extends Error {
  override readonly name = "UnrecoverableError";
}

/** A trial that was ended from outside, before its result was known. */
export class StudyInterrupted extends Error {
  override readonly name = "StudyInterrupted";

  constructor() {
    super("The trial was ended before its result was known");
  }
}
