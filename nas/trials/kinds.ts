/**
 * The kinds of trials, and what each of them is given. A trial depends on its input alone, and on the
 * files of the trials that the input names.
 *
 * @module
 */
import { z } from "zod";
import { parseSearchConfig, type SearchConfig } from "../config/mod.ts";
import type { Json, Trial } from "./queue.ts";

const config = z.unknown().transform((value): SearchConfig => parseSearchConfig(value));
const epoch = z.int().nonnegative();

/** Names the shared weights and the policy that a trial `supernet` left at a marked epoch. */
const markNameSchema = z.object({ trial: z.string(), epoch });

/** Input of each kind of trial. */
const inputs = {
  /** A search without its final training. */
  supernet: z.object({
    config,
    /** Epochs at which the policy is described and arcs are drawn; 0 is before any training. */
    marks: z.array(epoch),
    /** Arcs drawn and scored at each mark. */
    arcs: z.int().positive(),
    /** Marks whose shared weights are kept in a file, for trials `score`. */
    keepWeights: z.array(epoch),
    /** Policy that the search begins with; null for a new one. */
    donor: markNameSchema.nullable(),
  }),
  /** Estimates of fixed arcs under kept weights, in every batch-norm mode. */
  score: z.object({ weights: markNameSchema, config, arcs: z.array(z.string()) }),
  /** One arc trained from scratch by `config.finalTraining`; `config.seed` is its seed. */
  train: z.object({ config, arc: z.string() }),
  /** Zero-cost proxies of fixed arcs. */
  proxies: z.object({ config, arcs: z.array(z.string()) }),
} as const;

/** Name of a kind of trial. */
export type TrialKind = keyof typeof inputs;

/** Names of all kinds. */
export const TRIAL_KINDS: readonly TrialKind[] = Object.keys(inputs) as TrialKind[];

/** What a trial of a kind is given. */
export type TrialInput<Kind extends TrialKind> = z.infer<(typeof inputs)[Kind]>;

/** A trial of one kind, for the list of a study. */
export function trial<Kind extends TrialKind>(
  kind: Kind,
  id: string,
  input: TrialInput<Kind>,
): Trial {
  return { id, kind, input: input as unknown as Json };
}

/** The input of a trial of the kind, checked; throws `ZodError` or `ConfigError` where it is none. */
export function inputOf<Kind extends TrialKind>(kind: Kind, { input }: Trial): TrialInput<Kind> {
  return inputs[kind].parse(input) as TrialInput<Kind>;
}
