/**
 * From what a device measured to what a run keeps: sums, and a trace in Chrome's event format.
 *
 * @module
 */
import type { DeviceProfile } from "../../engine/measure/profiler.ts";
import { PROFILE_SCHEMA_VERSION, type RunProfile } from "./profile_schema.ts";

/** The sums of a profile. */
export function summariseProfile(measured: DeviceProfile, adapter: string): RunProfile {
  const { kernels, phases } = measured;
  const kernelMilliseconds = kernels.reduce((sum, { total }) => sum + total, 0);
  return {
    schemaVersion: PROFILE_SCHEMA_VERSION,
    adapter,
    milliseconds: measured.elapsed,
    kernelMilliseconds,
    dispatches: kernels.reduce((sum, { dispatches }) => sum + dispatches, 0),
    measuredDispatches: kernels.reduce((sum, { measured }) => sum + measured, 0),
    tracedDispatches: measured.timeline.length,
    phases: Array.from(phases, ([name, milliseconds]) => {
      const parts = kernels.flatMap(({ phases }) => phases.get(name) ?? []);
      return {
        name,
        milliseconds,
        kernelMilliseconds: parts.reduce((sum, { total }) => sum + total, 0),
        dispatches: parts.reduce((sum, { dispatches }) => sum + dispatches, 0),
      };
    }),
    kernels: kernels.map((
      { name, variant, dispatches, measured, total, longest, flops, phases },
    ) => ({
      name,
      variant,
      dispatches,
      measuredDispatches: measured,
      milliseconds: total,
      longestMilliseconds: longest,
      share: kernelMilliseconds === 0 ? 0 : Math.min(1, total / kernelMilliseconds),
      flops: flops === 0 ? null : flops,
      phases: Object.fromEntries(Array.from(phases, ([phase, { total }]) => [phase, total])),
    })),
  };
}

/** Lanes of the trace. */
const HOST = 1;
const DEVICE = 2;

/**
 * A trace for chrome://tracing and https://ui.perfetto.dev: phases on the host, kernels on the device.
 *
 * @returns JSON text in the trace event format; times in microseconds
 */
export function traceText({ kernels, timeline, spans }: DeviceProfile): string {
  const all = kernels.reduce((sum, { dispatches }) => sum + dispatches, 0);
  const kept = timeline.length === all
    ? "all dispatches"
    : `${timeline.length} of ${all} dispatches: a sample of each phase`;
  const lane = (tid: number, name: string) => ({
    ...{ ph: "M", pid: 1, tid, name: "thread_name" },
    args: { name },
  });
  const events = [
    lane(HOST, "host: phases of the run"),
    lane(DEVICE, `device: kernels (${kept})`),
    ...spans.map(({ phase, epoch, start, duration }) => ({
      ...{ ph: "X", pid: 1, tid: HOST, cat: "phase" },
      name: epoch === null ? phase : `${phase}, epoch ${epoch}`,
      ...times(start, duration),
    })),
    ...timeline.map(({ name, variant, phase, start, duration }) => ({
      ...{ ph: "X", pid: 1, tid: DEVICE, cat: "kernel" },
      name,
      ...times(start, duration),
      args: { variant, phase },
    })),
  ];
  const lines = events.map((event) => JSON.stringify(event)).join(",\n");
  return `{"displayTimeUnit":"ms","otherData":{"shown":${
    JSON.stringify(kept)
  }},"traceEvents":[\n${lines}\n]}\n`;
}

/** Microseconds with three digits behind the point: what the clock tells, and no more. */
function times(start: number, duration: number): { ts: number; dur: number } {
  return { ts: Math.round(start * 1e6) / 1e3, dur: Math.round(duration * 1e6) / 1e3 };
}
