/**
 * Runs on a device that fails in the middle: they end with a sentence, and what they wrote stays
 * readable. An unhandled rejection would fail every test of this file.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DeviceError, MemoryBudgetError, ShaderError } from "../../../engine/errors.ts";
import type { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { defineKernel } from "../../../engine/webgpu/kernel.ts";
import { mergeConfig } from "../../../nas/config/mod.ts";
import { runSearch } from "../../../nas/search/run_search.ts";
import { runTrain } from "../../../nas/search/run_train.ts";
import type { RunEvent } from "../../../nas/run/events.ts";
import { openRun } from "../../../nas/run/mod.ts";
import { summariseRun } from "../../../reports/summary.ts";
import { gpu, MACRO_ARC, SMALL_MACRO } from "../search/small_runs.ts";

const root = Deno.makeTempDirSync({ prefix: "enaslab_faults_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

/** The backend of the run that is going on. */
async function withBackend<T>(body: (gpu: () => GpuBackend) => Promise<T>): Promise<T> {
  const { open } = gpu;
  let opened: GpuBackend | null = null;
  gpu.open = async (options) => opened = await open.call(gpu, options);
  try {
    return await body(() => opened!);
  } finally {
    gpu.open = open;
  }
}

const WRONG = defineKernel({
  name: "wrong",
  source: "@compute @workgroup_size(1) fn main() { let x = nowhere; }",
  bindings: {},
  params: {},
});

interface Fault {
  readonly cause: (gpu: GpuBackend) => void;
  readonly type: new (...parameters: never[]) => Error;
  readonly message: RegExp;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "a lost device": {
    cause: ({ memory: { device } }) => device.destroy(),
    type: DeviceError,
    message: /^The device was lost \(destroyed\): .*--resume$/,
  },
  "no memory left in the budget": {
    cause: ({ memory }) => Object.defineProperty(memory, "budgetBytes", { value: 1000 }),
    type: MemoryBudgetError,
    message: /^Expected at most .* of device memory but .* use a smaller batch/,
  },
  "a validation error inside a submit": {
    cause: ({ memory: { device } }) => {
      const { COPY_SRC, COPY_DST } = GPUBufferUsage;
      const [from, to] = [COPY_SRC, COPY_DST].map((usage) =>
        device.createBuffer({ size: 16, usage })
      );
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(from, 0, to, 0, 16);
      from.destroy();
      device.queue.submit([encoder.finish()]);
    },
    type: DeviceError,
    message: /^The device reported: /,
  },
  "a rejected kernel": {
    cause: ({ pipelines }) => void pipelines.get(WRONG),
    type: ShaderError,
    message: /^Kernel wrong was rejected: .*nowhere/s,
  },
};

/** Asserts that the folder of a failed run is whole and says what went wrong. */
function assertFailed(name: string, message: string, seen: RunEvent["type"]): void {
  const run = openRun(join(root, name));
  assert.equal(run.truncated, false);
  const last = run.events.at(-1)!;
  assert.ok(last.type === "run_finished" && last.status === "failed", last.type);
  assert.equal(last.message, message);
  assert.ok(run.events.some(({ type }) => type === seen));
  const summary = summariseRun({ config: run.config, events: run.events, path: root });
  assert.equal(summary.status, "failed");
  assert.equal(summary.message, message);
}

for (const [what, { cause, type, message }] of Object.entries(FAULTS)) {
  for (
    const moment of [
      "child_step",
      "controller_step",
      "arc_scored",
      "best_arc",
      "train_epoch",
    ] as const
  ) {
    // The others fail in the same places of the engine.
    if (what !== "a lost device" && moment !== "child_step") continue;
    Deno.test(`a search with ${what} after its first ${moment} ends with that`, async () => {
      const name = `${what} ${moment}`;
      let found = "";
      await withBackend((backend) =>
        assert.rejects(
          runSearch({
            config: SMALL_MACRO,
            preset: "quick",
            gpu,
            root,
            name,
            onEvent: (event) => event.type === moment && cause(backend()),
          }),
          (error: Error) => {
            assert.ok(error instanceof type, String(error));
            assert.match(error.message, message);
            found = error.message;
            return true;
          },
        )
      );
      assertFailed(name, found, moment);
    });
  }
}

Deno.test("training from scratch with a lost device ends with that", async () => {
  const { cause, message } = FAULTS["a lost device"];
  let found = "";
  await withBackend((backend) =>
    assert.rejects(
      runTrain({
        config: SMALL_MACRO,
        arc: MACRO_ARC,
        preset: "quick",
        gpu,
        root,
        name: "train",
        onEvent: ({ type }) => type === "train_epoch" && cause(backend()),
      }),
      (error: Error) => {
        assert.match(found = error.message, message);
        return true;
      },
    )
  );
  assertFailed("train", found, "train_epoch");
});

Deno.test("a clock that goes back changes neither the times of events nor the run", async () => {
  const RealDate = Date;
  let calls = 0;
  // An hour back at every look.
  const now = () => RealDate.UTC(2026, 2, 4, 12) - 3_600_000 * calls++;
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | [number]) {
      super(given.length === 0 ? now() : given[0]);
    }
    static override now = now;
  } as DateConstructor;
  try {
    const { folder } = await runSearch({
      config: mergeConfig(SMALL_MACRO, { search: { epochs: 1 }, finalTraining: { epochs: 1 } }),
      preset: "quick",
      root,
    });
    assert.match(folder.name, /^20260304-\d{6}-synthetic-macro-controller-seed1$/);
    const { events } = openRun(folder.path);
    const seconds = events.flatMap((event) => "seconds" in event ? [event.seconds] : []);
    assert.ok(calls > 0 && seconds.length > 5);
    seconds.forEach((value, i) => assert.ok(value >= (seconds[i - 1] ?? 0), seconds.join()));
  } finally {
    globalThis.Date = RealDate;
  }
});
