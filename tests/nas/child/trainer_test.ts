import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { sum } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { createNetwork, sharedNetworkSpec } from "../../../nas/child/create_network.ts";
import { ChildTrainer, type WeightBinding } from "../../../nas/child/trainer.ts";
import { sharedTrainerOptions } from "../../../nas/child/training_options.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import { MACRO_ARC, MICRO_ARC, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";

const DATASET = syntheticDataset({ train: 160, test: 20, noise: 60 });
const gpu = await GpuBackend.open();
const CONFIGS: readonly SearchConfig[] = [SMALL_MACRO, SMALL_MICRO];

const arcOf = ({ space }: SearchConfig) => space === "macro" ? MACRO_ARC : MICRO_ARC;

/** A trainer of new shared weights, the same each time; with the images that it trains on. */
function trainerOf(config: SearchConfig, backend: CpuBackend | GpuBackend) {
  const random = new Random(4);
  const data = prepareChildData(backend, DATASET, config, random);
  const spec = sharedNetworkSpec(config, { shape: data.shape, classes: data.classNames.length });
  const network = createNetwork(backend, spec, random.fork("weights"), null);
  const options = sharedTrainerOptions(config);
  const trainer = new ChildTrainer(network, data.pool, data.split.train, options, random);
  const dispose = () => {
    network.dispose();
    data.pool.dispose();
    data.test.dispose();
  };
  return { network, trainer, dispose };
}

for (const backend of [gpu, new CpuBackend()]) {
  for (const small of CONFIGS) {
    const name = `${small.space}, ${backend.kind}`;

    Deno.test(`a step is a gradient and an update: ${name}`, async () => {
      for (const weightUpdates of ["path", "all"] as const) {
        const config = mergeConfig<SearchConfig>(small, { child: { weightUpdates } });
        const [one, two] = [trainerOf(config, backend), trainerOf(config, backend)];
        for (let step = 0; step < 2; step++) {
          const whole = await one.trainer.step(arcOf(config), 0.1);
          const halves = await backend.scope(() =>
            two.trainer.update(two.trainer.gradient(arcOf(config)), 0.1)
          );
          assert.deepEqual(halves, whole);
        }
        assert.deepEqual(await two.network.weights.values(), await one.network.weights.values());
        one.dispose();
        two.dispose();
      }
    });

    Deno.test(`a child reads the weights that it is given, and their gradient flows on: ${name}`, async () => {
      const arc = arcOf(small);
      const [own, given] = [trainerOf(small, backend), trainerOf(small, backend)];
      const before = await given.network.weights.values();
      const made = own.network.pathOf(arc).filter((parameter) => parameter.startsWith("stem/"));
      assert.ok(made.length > 1);
      // Two halves of each stem weight, whose sum the child is given in place of its own.
      const halves = new Map(made.map((parameter) => {
        const { shape, data } = before.get(parameter)!;
        const half = Array.from(data, (value) => value / 2);
        const tensors = [0, 1].map(() => backend.keep(backend.fromArray(half, shape)));
        return [
          parameter,
          tensors.map((tensor) => ({
            tensor,
            gradient: backend.keep(backend.allocate(shape)),
          })),
        ];
      }));
      // The network's own are no longer read.
      for (const parameter of made) {
        const { data } = before.get(parameter)!;
        given.network.weights.set(parameter, new Array(data.length).fill(NaN));
      }
      const binding: WeightBinding = {
        own: given.network.pathOf(arc).filter((parameter) => !made.includes(parameter)),
        record(tape) {
          const sums = new Map([...halves].map(([parameter, parts]) => {
            for (const { tensor, gradient } of parts) tape.watch(tensor, gradient);
            return [parameter, tape.apply(sum, parts.map(({ tensor }) => tensor), {})[0]];
          }));
          return (parameter) => sums.get(parameter) ?? null;
        },
      };
      const expected = await backend.scope(() => own.trainer.discard(own.trainer.gradient(arc)));
      const loss = await backend.scope(() =>
        given.trainer.discard(given.trainer.gradient(arc, binding))
      );
      assert.ok(Math.abs(loss - expected) < 1e-5 * expected, `${loss} ${expected}`);
      const valuesOf = async (tensor: Parameters<typeof backend.toArray>[0]) => {
        const values = backend.toArray(tensor);
        backend.submit();
        return [...await values];
      };
      for (const [parameter, parts] of halves) {
        const wanted = await valuesOf(own.network.weights.gradient(parameter));
        assert.ok(wanted.some((value) => value !== 0));
        for (const { gradient } of parts) {
          (await valuesOf(gradient)).forEach((value, i) =>
            assert.ok(Math.abs(value - wanted[i]) < 1e-4 * (1 + Math.abs(wanted[i])), parameter)
          );
        }
      }
      // Nothing was updated: neither what the child read nor what it did not.
      const after = await own.network.weights.values();
      assert.deepEqual(after, before);
      const kept = await given.network.weights.values();
      for (const parameter of binding.own) {
        assert.deepEqual(kept.get(parameter), before.get(parameter));
      }
      for (const { tensor, gradient } of [...halves.values()].flat()) {
        backend.release(tensor);
        backend.release(gradient);
      }
      own.dispose();
      given.dispose();
    });
  }
}
