/**
 * What a kind of trial is: what it is given, what it does, what it returns and how long that takes.
 *
 * @module
 */
import { z } from "zod";
import type { Backend } from "../../../engine/backend.ts";
import { parseSearchConfig, type SearchConfig } from "../../config/mod.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { ChildData } from "../../data/resident.ts";
import type { Measurement, Plan } from "../../plan/plan.ts";
import type { LinearTime } from "../../plan/work.ts";
import type { Artifacts } from "../artifacts.ts";

/** What a trial is done with. */
export interface TrialContext {
  /** Id of the trial, under which it keeps artifacts. */
  readonly id: string;
  readonly backend: Backend;
  /** The data set of the trial's configuration, with as many test images as the trial reads. */
  readonly dataset: Dataset;
  /** Its images on the device, split as the configuration asks; they belong to the worker. */
  readonly data: () => ChildData;
  readonly artifacts: Artifacts;
  /** Ends the trial early; it throws `StudyInterrupted` then. */
  readonly signal: AbortSignal;
  /** Called with the share of the trial that is done. */
  readonly onProgress?: (share: number) => void;
}

/** Times of a device, measured for a trial's configuration. */
export interface TrialTimes {
  readonly plan: Plan;
  readonly measured: Measurement;
}

/** A kind of trial. Its work depends on its input alone, and on the artifacts that the input names. */
export interface TrialKind<Input extends { readonly config: SearchConfig }, Result> {
  readonly input: z.ZodType<Input>;
  readonly result: z.ZodType<Result>;
  run(input: Input, context: TrialContext): Promise<Result>;
  /** Predicted time of one trial, compilation left out. */
  seconds(input: Input, times: TrialTimes): number;
}

/** The configuration in the input of every kind. */
export const configSchema: z.ZodType<SearchConfig> = z.unknown()
  .transform((value): SearchConfig => parseSearchConfig(value));

/** A share from 0 to 1. */
export const share: z.ZodNumber = z.number().min(0).max(1);

/** Accuracies of several architectures, as fractions. */
export const accuracies: z.ZodArray<z.ZodNumber> = z.array(share);

/** Names what a trial `supernet` left at a marked epoch. */
export const markNameSchema = z.object({ trial: z.string(), epoch: z.int().nonnegative() });

/** Name of the artifact of a marked epoch: the policy and, where they were kept, the shared weights. */
export function markName({ trial, epoch }: z.infer<typeof markNameSchema>): string {
  return `${trial}/epoch${epoch}`;
}

/** Parts of a search's plan that a run of its own has behind the search. */
const FINAL_PARTS: readonly string[] = ["train_steps", "validation", "test"];

/** Predicted time of a search without its final training, or of that training alone. */
export function plannedSeconds({ plan: { parts } }: TrialTimes, what: "search" | "final"): number {
  return parts
    .filter(({ name }) =>
      name !== "compilation" && FINAL_PARTS.includes(name) === (what === "final")
    )
    .reduce((sum, part) => sum + (part.seconds ?? 0), 0);
}

/** Time of one pass over some images, its share of waiting included. */
export function passSeconds(
  { measured: { wait } }: TrialTimes,
  { fixed, perImage }: LinearTime,
  images: number,
): number {
  return fixed + perImage * images + wait;
}
