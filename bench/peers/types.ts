/**
 * What the bench asks of another library.
 *
 * @module
 */
import type { AdapterDescription } from "../../engine/webgpu/device.ts";
import type { Contender, Problem, StepContender } from "../cases/types.ts";
import type { StepProblem } from "../steps/graph.ts";

/** Passes whose outputs fit on the device together; peers free them when all have run. */
export const LAZY_PASSES = 64;

/** Another library on the same adapter. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** What the peer's own device says of its adapter; null where it does not use WebGPU. */
  readonly adapter: string | null;
  /** Puts a problem on the peer's device; throws when it cannot express it. */
  prepare(problem: Problem): Promise<Contender>;
  /** Puts a network on the peer's device; throws when it cannot express it. */
  prepareStep(problem: StepProblem): Promise<StepContender>;
  /** Ends what the peer has running; absent where there is nothing. */
  close?(): Promise<void>;
}

/** A peer that may not be there: {@link PeerEntry.load} rejects with the reason. */
export interface PeerEntry {
  readonly name: string;
  /** @param adapter of the engine, which the peer should use too */
  load(adapter: AdapterDescription): Promise<Peer>;
}

/**
 * Imports a package of bench/deno.json. The name is not a literal, so the checks of the root
 * configuration neither resolve nor download the peers; each peer states the few types it uses.
 */
export async function importPackage<T>(name: string): Promise<T> {
  return await import(name) as T;
}

/** The pinned version of a package, from bench/deno.json. */
export async function pinnedVersion(name: string): Promise<string> {
  const { default: config } = await import("../deno.json", {
    with: { type: "json" },
  });
  const pin: string | undefined = (config.imports as Record<string, string>)[name];
  if (pin === undefined) {
    throw new TypeError(`Expected a pin of ${name} in bench/deno.json`);
  }
  return pin.slice(pin.lastIndexOf("@") + 1);
}
