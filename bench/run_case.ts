/**
 * One case: the values of every contender are compared first, then all are timed in turns.
 *
 * @module
 */
import { relativeError } from "../engine/measure/check_op.ts";
import type { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import type { BenchCase, Contender } from "./cases/types.ts";
import type { Ceilings } from "./ceilings.ts";
import { measure, type Timing } from "./measure.ts";
import { prepareOurs } from "./ours.ts";
import type { Peer } from "./peers/types.ts";

/** Largest relative error against the engine's values with which a peer is timed. */
const MAX_ERROR = 1e-3;
const OURS = "ours";

/** What a peer did in one case. */
export interface PeerResult {
  /** In the unit of the case; null when it failed. */
  readonly value: number | null;
  readonly timing: Timing | null;
  /** Largest relative error of output and gradients against the engine's; null before a failure. */
  readonly maxError: number | null;
  /** Why there is no value. */
  readonly reason: string | null;
}

/** One row of the table. */
export interface CaseResult {
  readonly case: string;
  readonly unit: BenchCase["unit"];
  readonly ours: number;
  readonly timing: Timing;
  readonly peers: Readonly<Record<string, PeerResult>>;
  /** Share of the ceiling that limits the case: multiply-adds for GFLOP/s, copying for ms. */
  readonly ofCeiling: number;
}

/** The first line of an error's message. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split(
    "\n",
  )[0];
}

function valueOf({ unit, flops }: BenchCase, timing: Timing): number {
  return unit === "ms" ? timing.median : flops / timing.median / 1e6;
}

async function checkValues(
  contender: Contender,
  expected: readonly Float64Array[],
): Promise<number> {
  const actual = await contender.results();
  return Math.max(
    ...expected.map((values, i) => relativeError(actual[i] ?? [], values)),
  );
}

/** Runs one case; a peer that cannot take part is named with its reason. */
export async function runCase(
  gpu: GpuBackend,
  benchCase: BenchCase,
  peers: readonly Peer[],
  rounds: number,
  ceilings: Ceilings,
): Promise<CaseResult> {
  const problem = benchCase.problem();
  const ours = prepareOurs(gpu, problem);
  const contenders = new Map<string, Contender>([[OURS, ours]]);
  const errors = new Map<string, number>();
  const reasons = new Map<string, string>();
  try {
    const expected = await ours.results();
    for (const peer of peers) {
      try {
        const contender = await peer.prepare(problem);
        contenders.set(peer.name, contender);
        const error = await checkValues(contender, expected);
        errors.set(peer.name, error);
        if (!(error <= MAX_ERROR)) {
          reasons.set(peer.name, `values differ by ${error.toExponential(1)}`);
        }
      } catch (error) {
        reasons.set(peer.name, reasonOf(error));
      }
    }
    const fit = new Map([...contenders].filter(([name]) => !reasons.has(name)));
    const timings = await measure(fit, rounds, (name, error) => {
      if (name === OURS) throw error;
      reasons.set(name, reasonOf(error));
    });
    const timing = timings.get(OURS)!;
    const ideal = benchCase.unit === "ms"
      ? benchCase.bytes / ceilings.copyGbps / 1e6
      : benchCase.flops / ceilings.fmaGflops / 1e6;
    return {
      case: benchCase.name,
      unit: benchCase.unit,
      ours: valueOf(benchCase, timing),
      timing,
      peers: Object.fromEntries(peers.map(({ name }): [string, PeerResult] => {
        const peerTiming = timings.get(name) ?? null;
        return [name, {
          value: peerTiming === null ? null : valueOf(benchCase, peerTiming),
          timing: peerTiming,
          maxError: errors.get(name) ?? null,
          reason: reasons.get(name) ?? null,
        }];
      })),
      ofCeiling: ideal / timing.median,
    };
  } finally {
    for (const contender of contenders.values()) contender.close();
  }
}
