/**
 * What is known of a run, for its report.
 *
 * @module
 */
import type { ArcSpace } from "../nas/space/arc.ts";
import type { ArcTraced, BatchNormMode, Diverged, RunConfig, RunEvent } from "../nas/run/events.ts";
import type { RunPredictions } from "../nas/run/prediction_schema.ts";
import type { RunProfile } from "../nas/run/profile_schema.ts";
import type { Row } from "./rows.ts";

/** A run as it lies in its folder: what the report is made from. */
export interface RunLog {
  readonly config: RunConfig;
  readonly events: readonly RunEvent[];
  /** Where the run lies; shown in the page. */
  readonly path: string;
  /**
   * Every value of the preset that the run started from, nested as its hyper-parameters; the report
   * shows where the run differs. Left out where it is not known.
   */
  readonly presetValues?: Readonly<Record<string, unknown>> | undefined;
  /** Where the time went; left out where the run was not profiled. */
  readonly profile?: RunProfile | undefined;
  /** What it predicted for the test images; left out where it did not keep that, as earlier versions. */
  readonly predictions?: RunPredictions | undefined;
}

/** How a run ended; `unfinished` when its log just stops. */
export type RunStatus = "completed" | "interrupted" | "failed" | "unfinished";

/** One minibatch step of the shared weights. */
export type ChildRow = Row<
  "step" | "epoch" | "loss" | "accuracy" | "learningRate" | "gradientNorm"
>;
/** One update of the controller. */
export type ControllerRow = Row<
  "step" | "epoch" | "reward" | "accuracy" | "baseline" | "entropy" | "skipRate"
>;
/** One epoch of the search; `lastStep` is its last logged step of the shared weights. */
export type EpochRow = Row<
  | "epoch"
  | "lastStep"
  | "trainLoss"
  | "trainAccuracy"
  | "learningRate"
  | "meanEstimate"
  | "bestEstimate"
  | "skipRate"
  | "policyAccuracy"
  | "reward"
  | "baseline"
  | "entropy"
>;
/** One epoch of training from scratch. */
export type TrainingRow = Row<
  "epoch" | "loss" | "trainAccuracy" | "validationAccuracy" | "learningRate"
>;

/** An arc with its accuracy under shared weights. */
export interface ScoredArc {
  readonly epoch: number;
  /** 0-based within the epoch; null for the arc chosen at the end. */
  readonly index: number | null;
  readonly arc: string;
  readonly estimate: number;
  /** Binomial standard error of the estimate. */
  readonly standardError: number;
  readonly images: number;
  readonly batchNorm: BatchNormMode;
}

/** Result of training one arc from scratch. */
export interface FinalResult {
  readonly arc: string;
  /** The network that was trained; null where an older log does not tell. */
  readonly graph: "faithful" | "official" | null;
  /** After the last epoch; null where the validation images trained too. */
  readonly validationAccuracy: number | null;
  /** Highest of all epochs; null where the validation images trained too. */
  readonly bestValidationAccuracy: number | null;
  /** First epoch that had it. */
  readonly bestEpoch: number | null;
  readonly testAccuracy: number;
  /** 95 % Wilson interval of the test accuracy. */
  readonly testInterval: readonly [number, number];
  readonly testImages: number;
  readonly parameters: number;
  readonly flops: number;
}

/** Everything the report shows of one run. */
export interface RunSummary {
  readonly config: RunConfig;
  readonly path: string;
  /** Label of the run, unique among the runs of one report. */
  readonly label: string;
  /** A search, or the training of one given arc from scratch. */
  readonly kind: "search" | "train";
  readonly status: RunStatus;
  readonly message: string | null;
  /** Name of the strategy (`controller`, `random`), or null when the log does not tell. */
  readonly sampler: string | null;
  /** Name of the evaluator (`shared-weights`, `from-scratch`), or null when the log does not tell. */
  readonly evaluator: string | null;
  readonly seed: string | null;
  readonly space: ArcSpace | null;
  /** See {@linkcode RunLog.presetValues}; null where they are not known. */
  readonly presetValues: Readonly<Record<string, unknown>> | null;
  /** See {@linkcode RunLog.profile}; null where there is none. */
  readonly profile: RunProfile | null;
  /** See {@linkcode RunLog.predictions}; null where there are none. */
  readonly predictions: RunPredictions | null;
  readonly childSteps: readonly ChildRow[];
  readonly controllerSteps: readonly ControllerRow[];
  /** Training steps that changed no weight, because loss or gradient was not finite. */
  readonly diverged: readonly Diverged[];
  readonly epochs: readonly EpochRow[];
  /** Share of each op by epoch, by op id. */
  readonly opShares: readonly { readonly epoch: number; readonly shares: readonly number[] }[];
  readonly arcs: readonly ScoredArc[];
  readonly best: ScoredArc | null;
  /** How the sampler would draw the best arc; null where the log does not tell. */
  readonly trace: ArcTraced | null;
  readonly training: readonly TrainingRow[];
  readonly final: FinalResult | null;
  /** Seconds from the start of the run to the choice of the best arc; null without a search. */
  readonly searchSeconds: number | null;
  /** Seconds the log covers. */
  readonly totalSeconds: number;
  /** How often the run was taken up again. */
  readonly resumed: number;
  /** Sentences naming what the log lacks and why. */
  readonly missing: readonly string[];
}

/** Whether arcs were scored under shared weights; without them each was trained by itself. */
export function sharesWeights({ evaluator }: Pick<RunSummary, "evaluator">): boolean {
  return evaluator === null || evaluator === "shared-weights";
}
