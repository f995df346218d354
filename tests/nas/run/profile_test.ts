import assert from "node:assert/strict";
import { join } from "node:path";
import { parseProfile, PROFILE_SCHEMA_VERSION } from "../../../nas/run/profile_schema.ts";
import { readProfile, runFolder, type RunProfile, writeProfile } from "../../../nas/run/mod.ts";
import { failsWith } from "../data/make_idx.ts";
import { summariseProfile, traceText } from "../../../nas/run/device_profile.ts";
import type { DeviceProfile } from "../../../engine/measure/profiler.ts";

const MEASURED: DeviceProfile = {
  elapsed: 1000,
  kernels: [
    {
      ...{
        name: "conv",
        variant: "K=3",
        dispatches: 4,
        measured: 3,
        total: 300,
        longest: 100,
        flops: 6e9,
      },
      phases: new Map([
        ["train", { total: 250, dispatches: 3 }],
        ["test", { total: 50, dispatches: 1 }],
      ]),
    },
    {
      ...{
        name: "relu",
        variant: "",
        dispatches: 2,
        measured: 2,
        total: 100,
        longest: 60,
        flops: 0,
      },
      phases: new Map([["train", { total: 100, dispatches: 2 }]]),
    },
  ],
  timeline: [
    { name: "conv", variant: "K=3", phase: "train", start: 210.5, duration: 100 },
    { name: "relu", variant: "", phase: "train", start: 310.75, duration: 60.0000001 },
  ],
  spans: [
    { phase: "preparing", epoch: null, start: 0, duration: 200 },
    { phase: "train", epoch: 1, start: 200, duration: 700 },
    { phase: "test", epoch: null, start: 900, duration: 100 },
  ],
  phases: new Map([["preparing", 200], ["train", 700], ["test", 100]]),
};
const PROFILE: RunProfile = summariseProfile(MEASURED, "some device");

Deno.test("summariseProfile() adds kernels and phases up", () => {
  assert.deepEqual(PROFILE, {
    schemaVersion: PROFILE_SCHEMA_VERSION,
    adapter: "some device",
    milliseconds: 1000,
    kernelMilliseconds: 400,
    dispatches: 6,
    measuredDispatches: 5,
    tracedDispatches: 2,
    phases: [
      { name: "preparing", milliseconds: 200, kernelMilliseconds: 0, dispatches: 0 },
      { name: "train", milliseconds: 700, kernelMilliseconds: 350, dispatches: 5 },
      { name: "test", milliseconds: 100, kernelMilliseconds: 50, dispatches: 1 },
    ],
    kernels: [
      {
        ...{ name: "conv", variant: "K=3", dispatches: 4, milliseconds: 300, share: 0.75 },
        ...{
          measuredDispatches: 3,
          longestMilliseconds: 100,
          flops: 6e9,
          phases: { train: 250, test: 50 },
        },
      },
      {
        ...{ name: "relu", variant: "", dispatches: 2, milliseconds: 100, share: 0.25 },
        ...{ measuredDispatches: 2, longestMilliseconds: 60, flops: null, phases: { train: 100 } },
      },
    ],
  });
});

Deno.test("traceText() is a trace of two lanes that says how much it shows", () => {
  const trace = JSON.parse(traceText(MEASURED));
  assert.equal(trace.otherData.shown, "2 of 6 dispatches: a sample of each phase");
  const [host, device, ...events] = trace.traceEvents;
  assert.deepEqual([host.ph, host.name, device.ph], ["M", "thread_name", "M"]);
  assert.match(device.args.name, /2 of 6 dispatches/);
  // deno-lint-ignore no-explicit-any -- parsed JSON
  const shown = events.map((e: any) => [e.ph, e.tid === host.tid ? "host" : "device", e.name]);
  assert.deepEqual(shown, [
    ["X", "host", "preparing"],
    ["X", "host", "train, epoch 1"],
    ["X", "host", "test"],
    ["X", "device", "conv"],
    ["X", "device", "relu"],
  ]);
  assert.deepEqual([events[3].ts, events[3].dur], [210_500, 100_000]);
  assert.deepEqual([events[4].ts, events[4].dur], [310_750, 60_000]);
  assert.deepEqual(events[3].args, { variant: "K=3", phase: "train" });
});

Deno.test("a profile is read as it was written, and a run without one has none", () => {
  const path = Deno.makeTempDirSync({ prefix: "enaslab-profile-" });
  try {
    const folder = runFolder(path);
    assert.equal(readProfile(folder), null);
    writeProfile(folder, PROFILE, traceText(MEASURED));
    assert.deepEqual(readProfile(folder), PROFILE);
    assert.equal(Deno.readTextFileSync(folder.trace), traceText(MEASURED));
    const wrong = { ...PROFILE, milliseconds: NaN };
    assert.throws(() => writeProfile(folder, wrong, ""), /writeProfile\(\) expects a profile/);
    assert.throws(
      () => writeProfile(runFolder(join(path, "missing")), PROFILE, ""),
      failsWith("StoreError", "Expected to write", "trace.json"),
    );
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
});

Deno.test("parseProfile() refuses what is damaged, and names the file and the field", () => {
  const text = JSON.stringify(PROFILE);
  assert.throws(
    () => parseProfile(text.slice(0, -9), "a/profile.json"),
    failsWith("StoreError", "Expected JSON in a/profile.json", "run again with --profile"),
  );
  for (const field of Object.keys(PROFILE)) {
    const damaged = JSON.stringify({ ...PROFILE, [field]: undefined });
    assert.throws(() => parseProfile(damaged, "p"), failsWith("StoreError", "in p", field));
  }
  for (const field of Object.keys(PROFILE.kernels[0])) {
    const kernels = [{ ...PROFILE.kernels[0], [field]: undefined }];
    const damaged = JSON.stringify({ ...PROFILE, kernels });
    assert.throws(
      () => parseProfile(damaged, "p"),
      failsWith("StoreError", "in p", `kernels.0.${field}`),
    );
  }
  const later = JSON.stringify({ ...PROFILE, schemaVersion: PROFILE_SCHEMA_VERSION + 1 });
  assert.throws(() => parseProfile(later, "p"), failsWith("StoreError", "later enaslab"));
});

Deno.test("a profile of version 1 measured every dispatch", () => {
  const { measuredDispatches: _, kernels, ...rest } = PROFILE;
  const old = {
    ...rest,
    schemaVersion: 1,
    kernels: kernels.map(({ measuredDispatches: _, ...kernel }) => kernel),
  };
  const read = parseProfile(JSON.stringify(old), "profile.json");
  assert.equal(read.measuredDispatches, read.dispatches);
  assert.deepEqual(read.kernels.map(({ measuredDispatches }) => measuredDispatches), [4, 2]);
});
