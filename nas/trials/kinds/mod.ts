/**
 * The kinds of trials by name.
 *
 * @module
 */
import type { z } from "zod";
import type { SearchConfig } from "../../config/mod.ts";
import { type Json, type Trial, UnrecoverableError } from "../queue.ts";
import type { TrialKind } from "./kind.ts";
import { PROXIES } from "./proxies.ts";
import { SCORE } from "./score.ts";
import { SUPERNET } from "./supernet.ts";
import { TRAIN } from "./train.ts";

/** All kinds. */
export const KINDS = { supernet: SUPERNET, score: SCORE, train: TRAIN, proxies: PROXIES } as const;

/** Name of a kind of trial. */
export type KindName = keyof typeof KINDS;

/** What a trial of a kind is given. */
export type TrialInput<Name extends KindName> = z.infer<(typeof KINDS)[Name]["input"]>;

/** What a trial of a kind returns. */
export type TrialResult<Name extends KindName> = z.infer<(typeof KINDS)[Name]["result"]>;

/** A kind whose types are not known. */
export type AnyKind = TrialKind<{ readonly config: SearchConfig }, object>;

/** A trial of one kind, for the list of a study. */
export function trial<Name extends KindName>(
  kind: Name,
  id: string,
  input: TrialInput<Name>,
): Trial {
  return { id, kind, input: input as unknown as Json };
}

/**
 * The kind of a trial.
 *
 * @throws {UnrecoverableError} Where this version knows none of that name.
 */
export function kindOf({ id, kind }: Trial): AnyKind {
  if (Object.hasOwn(KINDS, kind)) return KINDS[kind as KindName] as unknown as AnyKind;
  throw new UnrecoverableError(
    `Expected trial ${id} to be one of ${
      Object.keys(KINDS).join(", ")
    } but found ${kind}; use the ` +
      "version of enaslab that began the study",
  );
}

/** The input of a trial of the kind, checked; throws `ZodError` or `ConfigError` where it is none. */
export function inputOf<Name extends KindName>(kind: Name, { input }: Trial): TrialInput<Name> {
  return KINDS[kind].input.parse(input) as TrialInput<Name>;
}
