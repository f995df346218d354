import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import { parseArc } from "../../../nas/space/mod.ts";
import { createNetwork, finalNetworkSpec, weightCount } from "../../../nas/child/create_network.ts";
import { type ChildData, prepareChildData } from "../../../nas/data/resident.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { SeededBatches } from "../../../nas/run/snapshot.ts";
import { executeProxies, PROXIES, PROXY_BATCHES } from "../../../nas/trials/kinds/proxies.ts";
import { StudyInterrupted } from "../../../nas/trials/queue.ts";
import { assertNoLiveBuffers } from "../../engine/helpers.ts";
import { SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const DATASET = syntheticDataset({ train: 200, test: 60 });
const ARCS = {
  macro: ["0 3 1 4 0 1", "5 2 0 1 1 1"],
  micro: ["0 0 1 4 2 2 1 1 | 0 3 1 0 2 4 0 1", "1 2 0 2 1 3 1 3 | 0 4 0 4 1 0 1 0"],
};

/** Runs `body` with the images of a configuration on a backend. */
async function withData<T>(
  backend: GpuBackend | CpuBackend,
  config: SearchConfig,
  body: (data: ChildData) => Promise<T>,
): Promise<T> {
  const data = prepareChildData(backend, DATASET, config, new Random(config.seed));
  try {
    return await body(data);
  } finally {
    data.pool.dispose();
    data.test.dispose();
  }
}

const proxies = (backend: GpuBackend | CpuBackend, config: SearchConfig, arcs: string[]) =>
  withData(
    backend,
    config,
    (data) => executeProxies({ config, arcs }, { backend, data: () => data }),
  );

/** The mean gradient norm without trainer and optimiser: the tape's gradients, squared and added. */
function normByHand(config: SearchConfig, text: string): Promise<number> {
  return withData(cpu, config, (data) => {
    const arc = parseArc(text, config.space);
    const random = new Random(config.seed).fork("training from scratch");
    const images = { shape: data.shape, classes: data.classNames.length };
    const spec = finalNetworkSpec(config, arc, images);
    const network = createNetwork(cpu, spec, random.fork("weights"), arc);
    const { batchSize } = config.finalTraining;
    const stream = random.fork("proxies").fork("batches");
    const batches = new SeededBatches(data.split.train, batchSize, stream);
    let total = 0;
    for (let k = 0; k < PROXY_BATCHES; k++) {
      const indices = cpu.fromArray(batches.next(), [batchSize], "u32");
      const batch = data.pool.gather(indices, 0, batchSize, null);
      const tape = new Tape(cpu);
      const path = network.pathOf(arc);
      for (const name of path) {
        tape.watch(network.weights.get(name), network.weights.gradient(name));
      }
      const { logits } = network.forward(tape, arc, batch.images, {
        batchNorm: "batch",
        dropout: null,
      });
      const [loss] = tape.apply(softmaxCrossEntropy, [logits, batch.labels], {});
      tape.backward(loss);
      const squares = path.map((name) =>
        network.weights.gradient(name).cpu.reduce((sum, value) => sum + value * value, 0)
      );
      total += Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    }
    return Promise.resolve(total / PROXY_BATCHES);
  });
}

for (const small of [SMALL_MACRO, SMALL_MICRO] as SearchConfig[]) {
  const { space } = small;
  // All that is random in training steps and on in one of the presets.
  const config = mergeConfig(small, {
    dataset: { augment: { pad: 1, crop: true, flip: true } },
    finalTraining: {
      ...{ keepProbability: 0.5, cutout: 3, gradientClip: 0.1 },
      ...(space === "micro" ? { dropPathKeep: 0.5 } : {}),
    },
  });

  Deno.test(`proxies of ${space} arcs are size, operations and the gradient norm by hand`, async () => {
    const result = await proxies(gpu, config, ARCS[space]);
    assert.deepEqual(PROXIES.result.parse(result), result);
    for (const [i, text] of ARCS[space].entries()) {
      const expected = await normByHand(config, text);
      const found = result.gradientNorm[i];
      assert.ok(expected > 0.01 && Math.abs(found / expected - 1) < 1e-3, `${found}, ${expected}`);
      const arc = parseArc(text, space);
      const spec = finalNetworkSpec(config, arc, { shape: [8, 8, 1], classes: 4 });
      assert.equal(result.parameters[i], weightCount(spec, arc));
      assert.ok(Number.isInteger(result.flops[i]) && result.flops[i] > result.parameters[i]);
    }
    assert.notEqual(result.gradientNorm[0], result.gradientNorm[1]);
    assertNoLiveBuffers(gpu);
  });

  Deno.test(`proxies of ${space} arcs depend on the seed, and on no other arc`, async () => {
    const values = async (config: SearchConfig, arcs: string[]) => {
      const { parameters, flops, gradientNorm } = await proxies(gpu, config, arcs);
      return arcs.map((_, i) => [parameters[i], flops[i], gradientNorm[i]]);
    };
    const [first, second] = await values(config, ARCS[space]);
    assert.deepEqual(await values(config, ARCS[space].toReversed()), [second, first]);
    const [other] = await values(mergeConfig(config, { seed: 2 }), ARCS[space]);
    assert.deepEqual(other.slice(0, 2), first.slice(0, 2));
    assert.notEqual(other[2], first[2]);
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("proxies are the same on the cpu within rounding", async () => {
  const [expected, found] = [
    await proxies(cpu, SMALL_MACRO, ARCS.macro),
    await proxies(gpu, SMALL_MACRO, ARCS.macro),
  ];
  for (const [i, norm] of expected.gradientNorm.entries()) {
    assert.ok(Math.abs(found.gradientNorm[i] / norm - 1) < 1e-3);
  }
});

Deno.test("proxies end early where they are told to, and tell how far they are", async () => {
  const abort = new AbortController();
  const shares: number[] = [];
  const input = { config: SMALL_MACRO, arcs: ARCS.macro };
  await withData(gpu, SMALL_MACRO, async (images) => {
    const data = () => images;
    const onProgress = (share: number) => void shares.push(share);
    await executeProxies(input, { backend: gpu, data, onProgress });
    abort.abort();
    const { signal } = abort;
    await assert.rejects(executeProxies(input, { backend: gpu, data, signal }), StudyInterrupted);
  });
  assert.deepEqual(shares, [0.5, 1]);
  assertNoLiveBuffers(gpu);
});
