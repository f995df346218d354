import assert from "node:assert/strict";
import { OPS } from "../../engine/ops/mod.ts";
import { assertRefused, cli, smallSearch } from "./helpers.ts";

/** On Linux no Vulkan driver, on macOS no Vulkan: either way no adapter. */
const NO_ADAPTER = {
  DENO_WEBGPU_BACKEND: "vulkan",
  VK_DRIVER_FILES: "/nonexistent",
  VK_ICD_FILENAMES: "/nonexistent",
};

Deno.test("doctor --json finds every operation on the GPU in order", async () => {
  const { code, stdout, stderr } = await cli(["doctor", "--json"]);
  assert.equal(code, 0, stderr);
  const { adapter, ok, ops } = JSON.parse(stdout);
  assert.equal(typeof adapter.description, "string");
  assert.equal(ok, true);
  for (const { name, gpu } of OPS) {
    const passes = ops.filter(({ op }: { op: string }) => op === name);
    assert.equal(passes.length > 0, gpu !== null, name);
  }
  for (const { op, pass, maxError, tolerance } of ops) {
    assert.ok(maxError <= tolerance, `${op} ${pass}: ${maxError} exceeds ${tolerance}`);
  }
  assert.ok(ops.some(({ op }: { op: string }) => /^conv2d\.(direct|subgroup|tiled)$/.test(op)));
});

Deno.test("doctor shows adapter, operations and memory in words", async () => {
  const { code, stdout, stderr } = await cli(["doctor"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^adapter +\S/m);
  assert.match(stdout, /^conv2d +backward\.1 +\S+ +\S+ +ok$/m);
  assert.match(stdout, /^preset quick \(macro\)( +\d+\.\d){5}$/m);
  assert.match(stdout, /^preset quick \(micro\)( +\d+\.\d){5}$/m);
  assert.match(stdout, /All is well\n$/);
});

Deno.test("without an adapter doctor and search end with 1 and a remedy", async () => {
  for (const args of [["doctor"], smallSearch("none")]) {
    const { code, stderr } = await cli(args, { env: NO_ADAPTER });
    assert.equal(code, 1);
    assert.match(stderr, /Expected a WebGPU adapter but found none; install a Vulkan driver/);
  }
  const { code, stdout } = await cli(["doctor", "--json"], { env: NO_ADAPTER });
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout), { adapter: null, ok: false, ops: [] });
});

Deno.test("doctor --tune has nothing to do on a software adapter, and says so", async () => {
  const { code, stdout, stderr } = await cli(["doctor", "--json", "--tune", "quick"]);
  assert.equal(code, 0, stderr);
  const { ok, adapter, tuned } = JSON.parse(stdout);
  assert.equal(ok, true);
  if (!adapter.fallback) {
    assert.ok(tuned.length > 0);
    return;
  }
  assert.deepEqual(tuned, []);
  assert.match(stderr, /^Nothing to tune: this adapter has one (direct|subgroup) kernel for each/m);
  const refused = await cli(["doctor", "--device", "cpu", "--tune"]);
  assertRefused(refused, 2, /--tune with --device gpu but found --device cpu/);
});

Deno.test("--device cpu needs no adapter", async () => {
  const doctor = await cli(["doctor", "--device", "cpu"], { env: NO_ADAPTER });
  assert.equal(doctor.code, 0);
  const args = smallSearch("cpu", "--device", "cpu", "--no-report", "--json");
  const { code, stdout, stderr } = await cli(args, { env: NO_ADAPTER });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).report, null);
});
