/**
 * Everything that a run of the benchmark found.
 *
 * @module
 */
import type { Tuned } from "../engine/measure/autotune.ts";
import type { Ceilings } from "./ceilings.ts";
import type { PassResult } from "./profile.ts";
import type { CaseResult } from "./run_case.ts";
import type { StepResult } from "./steps/run_step.ts";
import type { TuningMode } from "./tuning.ts";

/** Where and how a run was measured. */
export interface Conditions {
  readonly adapter: string;
  /** Whether the adapter is a program on the processor. */
  readonly software: boolean;
  readonly processor: string;
  readonly deno: string;
  readonly date: string;
  readonly command: string;
  readonly rounds: number;
  /** Which kernels of shapes ran where there are several. */
  readonly tuning: TuningMode;
  /** Load average of one minute before and after: other work on the machine. */
  readonly load: readonly [number, number];
}

/** A peer that was asked for. */
export interface PeerStatus {
  readonly name: string;
  readonly version: string | null;
  readonly adapter: string | null;
  /** Why it could not be loaded; null when it could. */
  readonly reason: string | null;
}

/** Everything that a run found. */
export interface BenchReport {
  readonly conditions: Conditions;
  readonly ceilings: Ceilings;
  readonly peers: readonly PeerStatus[];
  readonly results: readonly CaseResult[];
  readonly steps: readonly StepResult[];
  readonly passes: readonly PassResult[];
  /** Kernels that were chosen by measuring in this run. */
  readonly tuned: readonly Tuned[];
}
