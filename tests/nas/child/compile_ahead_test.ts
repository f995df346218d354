import assert from "node:assert/strict";
import { compileAhead } from "../../../engine/measure/compile_ahead.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { openDevice } from "../../../engine/webgpu/device.ts";
import { defineKernel, kernelKey } from "../../../engine/webgpu/kernel.ts";
import { Random } from "../../../engine/random.ts";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import { SUM_KERNELS } from "../../../engine/webgpu/sum_kernel.ts";
import type { Arc } from "../../../nas/space/arc.ts";
import { spaceOf } from "../../../nas/space/registry.ts";
import { sharedNetworkSpec } from "../../../nas/child/create_network.ts";
import { compileNetwork } from "../../../nas/child/compile_ahead.ts";
import { arcSize, getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { loadDataset } from "../../../nas/data/mod.ts";
import { differentPasses, rehearse } from "../../../nas/child/rehearse.ts";
import { rehearsedScoring } from "../../../nas/evaluator/scorer.ts";
import { Search } from "../../../nas/search/search.ts";
import { sharedTrainerOptions } from "../../../nas/child/training_options.ts";
import { assertNoLiveBuffers } from "../../engine/helpers.ts";
import { SMALL_MACRO, SMALL_MICRO, withoutSeconds } from "../search/small_runs.ts";

const dataset = await loadDataset("synthetic");

/** Notes the kernels that were not compiled before their first use. */
class Watching extends GpuBackend {
  readonly late = new Set<string>();

  static override async open(): Promise<Watching> {
    return new Watching(await openDevice());
  }

  override run(...[kernel, values, ...rest]: Parameters<GpuBackend["run"]>): void {
    if (!this.pipelines.has(kernel, values)) this.late.add(kernelKey(kernel, values));
    super.run(kernel, values, ...rest);
  }
}

const SCORED = {
  epochs: 1,
  scoredArcs: 2,
  scoreImages: 13,
  evaluation: "new-arc-per-batch",
} as const;
const MODES: { name: string; evaluator: object; finalTraining: object }[] = [
  { name: "moving averages", evaluator: { rewardBatchNorm: "moving" }, finalTraining: {} },
  {
    name: "statistics of the batch and dropout",
    evaluator: { rewardBatchNorm: "batch", rewardDropout: true },
    finalTraining: { graph: "official" },
  },
  {
    name: "recalibrated averages",
    evaluator: { rewardBatchNorm: "recalibrated", recalibrationBatches: 3 },
    finalTraining: { cutout: 4 },
  },
];

for (const base of [SMALL_MACRO, SMALL_MICRO]) {
  for (const { name, evaluator, finalTraining } of MODES) {
    Deno.test(`a ${base.space} search compiles before its steps: ${name}`, async () => {
      const config = mergeConfig(base, { evaluator, finalTraining, search: SCORED });
      const gpu = await Watching.open();
      const search = new Search({ backend: gpu, dataset, config });
      assert.equal(gpu.pipelines.size, 0);
      for await (const _ of search.run());
      assert.ok(gpu.pipelines.size > 30);
      assert.deepEqual([...gpu.late], [], "kernels compiled when first used");
      search.dispose();
      assertNoLiveBuffers(gpu);
      await gpu.close();
    });
  }

  Deno.test(`compiling ahead changes no bit of a ${base.space} search`, async () => {
    const config = mergeConfig(base, { search: SCORED });
    const outcome = async (ahead: boolean) => {
      const gpu = await Watching.open();
      // What is taken for compiled is not compiled ahead.
      const has = gpu.pipelines.has.bind(gpu.pipelines);
      gpu.pipelines.has = (spec, values) => !ahead || has(spec, values);
      const search = new Search({ backend: gpu, dataset, config });
      const events = [];
      for await (const event of search.run()) events.push(event);
      const weights = [...await search.evaluator.shared!.network.weights.values()];
      const { peakBytes } = gpu.memory.use();
      search.dispose();
      await gpu.close();
      return { events: withoutSeconds(events), weights, peakBytes };
    };
    assert.deepEqual(await outcome(true), await outcome(false));
  });
}

Deno.test("the rehearsed arcs use every kernel that random arcs use", async () => {
  for (const space of ["macro", "micro"] as const) {
    const { config } = getPreset("quick", space);
    const images = [8, 8, 1] as const;
    const spec = sharedNetworkSpec(config, { shape: images, classes: 10 });
    const training = sharedTrainerOptions(config);
    const scoring = rehearsedScoring(config, 800);
    const kernelsOf = async (arcs: readonly Arc[]) => {
      const gpu = new RehearsalBackend({ tileSet: "subgroup", loadPath: "texture" });
      await rehearse(gpu, { spec, arcs, alone: false, images, training, scoring });
      return new Set(gpu.kernels.keys());
    };
    const rehearsed = await kernelsOf(spaceOf(config).variedArcs(arcSize(config)));
    for (const { spec, values } of SUM_KERNELS) rehearsed.add(kernelKey(spec, values));
    const used = await kernelsOf(createSampler(config, new Random(3)).sample(100).arcs);
    assert.ok(used.size > 30);
    assert.deepEqual([...used].filter((kernel) => !rehearsed.has(kernel)), [], space);
  }
});

Deno.test("every size of a pass is rehearsed once", () => {
  assert.deepEqual(differentPasses([20, 160, 20, 13, 7], 40), [20, 40, 13, 7]);
  assert.deepEqual(differentPasses([101, 0], 50), [34, 33]);
  const config = mergeConfig(SMALL_MACRO, {
    dataset: { images: 1080 },
    evaluator: { batchSize: 60 },
    search: { scoreImages: 70, evaluation: "new-arc-per-batch" },
  });
  // Rewards: 60; the split: 5 of 55 and the rest; scores: 35; the policy: 50 and 35 twice.
  assert.deepEqual(new Set(rehearsedScoring(config, 270).passes), new Set([60, 54, 35, 50]));
});

Deno.test("compileAhead() compiles each kernel once and runs none of them", async () => {
  const gpu = await GpuBackend.open();
  const spec = defineKernel({
    name: "test_fill",
    source: `
@compute @workgroup_size(1) fn main() { y[0] = \${VALUE}.0 + f32(params.add); }
`,
    bindings: { y: "read_write f32" },
    params: { add: "u32" },
  });
  const y = gpu.fromArray([1], [1]);
  assert.equal(compileAhead(gpu, [{ spec, values: { VALUE: 5 } }]), 1);
  assert.equal(compileAhead(gpu, [{ spec, values: { VALUE: 5 } }]), 0);
  assert.equal(gpu.pipelines.size, 1);
  assert.deepEqual([...await gpu.toArray(y)], [1]);
  gpu.run(spec, { VALUE: 5 }, { y }, { add: 2 }, [1, 1, 1]);
  assert.deepEqual([...await gpu.toArray(y)], [7]);
  assert.equal(gpu.pipelines.size, 1, "used as compiled");
  gpu.release(y);
  assertNoLiveBuffers(gpu);
  await gpu.close();
});

Deno.test("compileAhead() reports a rejected kernel like its first use", async () => {
  const gpu = await GpuBackend.open();
  const spec = defineKernel({
    name: "test_broken",
    source: "@compute @workgroup_size(1) fn main() { nonsense(); }",
    bindings: {},
    params: {},
  });
  compileAhead(gpu, [{ spec, values: {} }]);
  await assert.rejects(gpu.queue.finish(), { name: "ShaderError", message: /test_broken/ });
  await gpu.close().catch(() => {});
});

Deno.test("on the CPU nothing is compiled", async () => {
  const backend = new CpuBackend();
  const config = SMALL_MACRO;
  const search = new Search({ backend, dataset, config });
  const compiled = await compileNetwork(backend, {
    spec: search.evaluator.shared!.spec,
    arcs: spaceOf(config).largeArcs(arcSize(config)),
    alone: false,
    images: search.data.shape,
    training: sharedTrainerOptions(config),
    scoring: rehearsedScoring(config, search.data.split.validation.length),
  });
  assert.equal(compiled, 0);
  search.dispose();
});
