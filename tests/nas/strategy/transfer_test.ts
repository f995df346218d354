import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import { RandomMicroSampler } from "../../../nas/strategy/random.ts";
import type { ArcSampler } from "../../../nas/strategy/strategy.ts";
import { loadControllerWeights } from "../../../nas/strategy/controller/transfer.ts";
import { smallController, smallMicroController } from "./helpers.ts";

type Make = (size: number, seed: number, hiddenSize?: number) => ArcSampler;
const SPACES: readonly [string, Make][] = [
  ["macro", (layers, seed, hiddenSize = 8) => smallController(layers, { hiddenSize }, seed)],
  ["micro", (nodes, seed, hiddenSize = 8) => smallMicroController(nodes, { hiddenSize }, seed)],
];

/** One update on four arcs. */
function learn(sampler: ArcSampler): void {
  sampler.update(sampler.sample(4), [0.1, 0.9, 0.4, 0.6]);
}

for (const [space, make] of SPACES) {
  Deno.test(`loadControllerWeights() of a ${space} controller takes the parameters and nothing else`, () => {
    const trained = make(2, 1);
    learn(trained);
    const target = make(3, 2);
    learn(target);
    const { random } = target.state().scalars;
    loadControllerWeights(target, trained.state().tensors);

    assert.deepEqual(target.parameters(), trained.parameters());
    const { scalars, tensors } = target.state();
    assert.deepEqual(scalars, { step: 0, baseline: null, random });
    for (const [name, { data }] of Object.entries(tensors)) {
      if (name.startsWith("adam_")) assert.ok(data.every((value) => value === 0), name);
    }
    const before = trained.parameters();
    learn(target);
    assert.deepEqual(trained.parameters(), before);
    assert.equal(target.state().scalars.step, 1);
  });

  Deno.test(`loadControllerWeights() refuses what does not fit a ${space} controller`, () => {
    const target = make(2, 1);
    const before = target.state();
    const refused = (
      sampler: ArcSampler,
      parameters: ReturnType<ArcSampler["parameters"]>,
      message: RegExp,
    ) =>
      assert.throws(() => loadControllerWeights(sampler, parameters), {
        name: "TypeError",
        message,
      });
    const others = SPACES.filter(([name]) => name !== space);
    for (const [name, other] of others) {
      refused(
        target,
        other(2, 1).parameters(),
        new RegExp(`parameters of a ${space} controller but found those of a ${name} controller`),
      );
    }
    refused(
      target,
      make(2, 1, 4).parameters(),
      /parameter w_lstm of shape \[16,32\] but found \[8,16\]; both .* the same hidden size/,
    );
    const { v_a, ...rest } = target.parameters();
    refused(target, rest, /parameter v_a of shape \[8,1\] but found none/);
    v_a.data[3] = NaN;
    refused(target, { ...rest, v_a }, /finite numbers in v_a but found NaN/);
    refused(
      new RandomMicroSampler(2, new Random(1)),
      before.tensors,
      /but found the strategy random, which has no parameters/,
    );
    assert.deepEqual(target.state(), before);
  });
}
