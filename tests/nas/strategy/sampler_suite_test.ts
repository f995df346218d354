import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import { type Arc, formatArc, parseArc } from "../../../nas/space/arc.ts";
import { getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import { createSampler, STRATEGY_NAMES } from "../../../nas/strategy/registry.ts";
import { RandomMacroSampler } from "../../../nas/strategy/random.ts";
import type { ArcSampler } from "../../../nas/strategy/strategy.ts";
import { assertClose } from "../../engine/helpers.ts";
import { smallController, smallMicroController } from "./helpers.ts";
import { MACRO, MACRO_ARC, type Make, MICRO, MICRO_ARC, type Space } from "./sampler_spaces.ts";

// What any sampler must do.

/** Chi-square of frequencies against expectations, and its quantile .999. */
function chiSquare(cells: readonly { expected: number; found: number }[]) {
  // Cells with fewer than five expected draws are counted together.
  const rare = cells.filter(({ expected }) => expected < 5).reduce(
    (sum, cell) => ({ expected: sum.expected + cell.expected, found: sum.found + cell.found }),
    { expected: 0, found: 0 },
  );
  const tested = [...cells.filter(({ expected }) => expected >= 5)];
  if (rare.expected > 0) tested.push(rare);
  const value = tested.reduce(
    (sum, { expected, found }) => sum + (found - expected) ** 2 / expected,
    0,
  );
  // Wilson and Hilferty.
  const freedom = tested.length - 1;
  const spread = 2 / (9 * freedom);
  const limit = freedom * (1 - spread + 3.09 * Math.sqrt(spread)) ** 3;
  return { value, freedom, limit };
}

for (const [name, make] of MACRO.samplers) checkSampler(name, make, MACRO);
for (const [name, make] of MICRO.samplers) checkSampler(name, make, MICRO);

/** The tests of one sampler. */
function checkSampler<A extends Arc>(name: string, make: Make<A>, space: Space<A>): void {
  Deno.test(`${name}: probabilities of all arcs sum to 1`, () => {
    const { logProbability } = make(space.all.size).evaluate(space.all.arcs);
    const total = logProbability.reduce((sum, value) => sum + Math.exp(value), 0);
    assertClose("total", [total], [1], { rtol: 1e-12 });
  });

  Deno.test(`${name}: entropy is the mean of −log p, the sampled one lies below it`, () => {
    // The full entropy sums conditional entropies along each arc, so its mean over the policy is
    // the entropy of the joint distribution: E[−log p] by the chain rule.
    const scored = make(space.all.size).evaluate(space.all.arcs);
    const p = scored.logProbability.map(Math.exp);
    const expectation = (values: Float64Array) => values.reduce((sum, v, i) => sum + p[i] * v, 0);
    const joint = expectation(scored.logProbability.map((value) => -value));
    assertClose("entropy", [expectation(scored.entropy)], [joint], { rtol: 1e-12 });
    scored.entropy.forEach((entropy, i) => assert.ok(scored.sampledEntropy[i] < entropy));
  });

  Deno.test(`${name}: sampled frequencies pass a chi-square test against its probabilities`, () => {
    const sampler = make(space.all.size, 5);
    const { logProbability } = sampler.evaluate(space.all.arcs);
    const { arcs } = sampler.sample(space.draws);
    for (const part of space.parts) {
      const cells = new Map<string, { expected: number; found: number }>();
      space.all.arcs.forEach((arc, i) => {
        const cell = cells.get(part(arc)) ?? { expected: 0, found: 0 };
        cell.expected += space.draws * Math.exp(logProbability[i]);
        cells.set(part(arc), cell);
      });
      for (const arc of arcs) cells.get(part(arc))!.found++;
      const { value, freedom, limit } = chiSquare([...cells.values()]);
      assert.ok(freedom > 10, `only ${freedom} degrees of freedom`);
      assert.ok(value < limit, `chi-square ${value} exceeds ${limit}`);
    }
  });

  Deno.test(`${name}: sample() returns valid arcs with the scores evaluate() gives them`, () => {
    const sampler = make(5);
    const sampled = sampler.sample(30);
    assert.equal(sampled.arcs.length, 30);
    for (const arc of sampled.arcs) {
      assert.deepEqual(parseArc(formatArc(arc)), arc);
      assert.equal(arc.space, sampler.space);
    }
    const distinct = new Set(sampled.arcs.map(formatArc));
    assert.ok(distinct.size > 15, `only ${distinct.size} distinct arcs`);
    assert.deepEqual([...sampled.skipRate], sampled.arcs.map(space.skipRate));
    const scored = sampler.evaluate(sampled.arcs);
    for (const key of ["logProbability", "entropy", "sampledEntropy", "skipPenalty"] as const) {
      assertClose(key, scored[key], sampled[key], { rtol: 1e-13 });
    }
  });

  Deno.test(`${name}: scores of an arc do not depend on the arcs beside it`, () => {
    const sampler = make(4);
    const { arcs, logProbability } = sampler.sample(5);
    const alone = arcs.map((arc) => sampler.evaluate([arc]).logProbability[0]);
    assertClose("log-probability", logProbability, alone, { rtol: 1e-13 });
  });

  Deno.test(`${name}: works with one layer or node`, () => {
    const sampler = make(1);
    const sampled = sampler.sample(3);
    assert.deepEqual([...sampled.skipPenalty], [0, 0, 0]);
    assert.ok(Number.isFinite(sampler.update(sampled, [1, 0, 1]).loss));
    for (const { data } of Object.values(sampler.parameters())) {
      assert.ok(data.every(Number.isFinite));
    }
  });

  Deno.test(`${name}: the same seed gives the same arcs, another seed others`, () => {
    const texts = (seed: number) => make(6, seed).sample(4).arcs.map(formatArc);
    assert.deepEqual(texts(1), texts(1));
    assert.notDeepEqual(texts(1), texts(2));
  });

  Deno.test(`${name}: goes on exactly from a state`, () => {
    const learn = (sampler: ArcSampler<A>, updates: number) =>
      Array.from({ length: updates }, () => {
        const sampled = sampler.sample(4);
        return {
          update: sampler.update(sampled, sampled.arcs.map(space.accuracy)),
          arcs: sampled.arcs,
        };
      });
    const whole = make(3, 7);
    learn(whole, 3);
    const state = whole.state();
    const scalars = JSON.parse(JSON.stringify(state.scalars));
    const expected = learn(whole, 3);
    const other = make(3, 99);
    learn(other, 1);
    other.restore({ ...state, scalars });
    assert.deepEqual(learn(other, 3), expected);
    assert.deepEqual(other.state(), whole.state());
  });

  Deno.test(`${name}: evaluate() and parameters() leave the state alone`, () => {
    const sampler = make(3);
    const before = sampler.state();
    sampler.evaluate([space.arc]);
    for (const { data } of Object.values(sampler.parameters())) data.fill(7);
    assert.deepEqual(sampler.state(), before);
  });

  Deno.test(`${name}: trace() tells every decision of an arc and changes nothing`, () => {
    const [sampler, twin] = [make(3), make(3)];
    const { arcs } = twin.sample(5);
    sampler.sample(5);
    for (const arc of [space.arc, ...arcs]) {
      const before = sampler.state();
      const decisions = sampler.trace(arc);
      assert.deepEqual(sampler.state(), before);
      const values = decisions.toSorted((a, b) =>
        Number(a.cell === "reduction") - Number(b.cell === "reduction") || a.place - b.place ||
        Number(a.slot) - Number(b.slot) || (a.kind < b.kind ? -1 : 1)
      ).map(({ chosen }) => chosen);
      assert.deepEqual(values.length, space.values(arc).length);
      assert.deepEqual(values, space.values(arc));
      for (const { probabilities } of decisions) {
        assertClose("sum", [probabilities.reduce((sum, p) => sum + p, 0)], [1], { rtol: 1e-12 });
      }
      const product = decisions.reduce(
        (sum, { probabilities, chosen }) => sum + Math.log(probabilities[chosen]),
        0,
      );
      assertClose("log-probability", [product], [...sampler.evaluate([arc]).logProbability], {
        rtol: 1e-9,
      });
    }
    // The stream of arcs goes on as that of a twin that was never traced.
    assert.deepEqual(sampler.sample(4).arcs, twin.sample(4).arcs);
    const general: ArcSampler = sampler;
    assert.throws(() => general.trace(space.foreign), space.refusals.foreign);
    assert.throws(() => sampler.trace(space.short), space.refusals.short);
  });

  Deno.test(`${name}: update() reports means and counts its updates`, () => {
    const sampler = make(3);
    const sampled = sampler.sample(4);
    const first = sampler.update(sampled, [0.1, 0.2, 0.3, 0.8]);
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / 4;
    assertClose(
      "means",
      [first.accuracy, first.entropy, first.skipRate],
      [0.35, mean(sampled.entropy), mean(sampled.skipRate)],
      { rtol: 1e-12 },
    );
    assert.deepEqual([first.step, first.arcs], [1, 4]);
    assert.equal(sampler.update(sampler.sample(2), [0, 0]).step, 2);
  });

  Deno.test(`${name}: refuses bad counts, arcs, accuracies and states`, () => {
    const sampler = make(3);
    const before = sampler.state();
    const sampled = sampler.evaluate([space.arc]);
    const refused = (body: () => unknown, message: RegExp) =>
      assert.throws(body, { name: /^(Range|Type)Error$/, message });
    refused(() => sampler.sample(0), /expects an integer greater than 0 but found 0/);
    refused(() => sampler.sample(1.5), /but found 1.5/);
    refused(() => sampler.evaluate([]), /at least one arc/);
    refused(() => sampler.evaluate([space.short]), space.refusals.short);
    const general: ArcSampler = sampler;
    refused(() => general.evaluate([space.foreign]), space.refusals.foreign);
    refused(() => sampler.update(sampled, []), /one accuracy for each of 1 arcs but found 0/);
    refused(() => sampler.update(sampled, [NaN]), /finite accuracies but found NaN/);
    const kind = sampler.kind === "random" ? "controller" : "random";
    refused(() => sampler.restore({ ...before, kind }), /restore\(\) expects the state of a/);
    const other = sampler.space === "macro" ? "micro" : "macro";
    refused(
      () => sampler.restore({ ...before, space: other }),
      new RegExp(`expects the state of a .*${sampler.space} .* but found that of a .*${other} `),
    );
    refused(() => make(0), space.refusals.size);
    assert.deepEqual(sampler.state(), before);
  });
}

const MACRO_LSTM = mergeConfig(getPreset("quick").config, { strategy: { hiddenSize: 4 } }).strategy;
const MICRO_LSTM =
  mergeConfig(getPreset("quick", "micro").config, { strategy: { hiddenSize: 4 } }).strategy;

Deno.test("createSampler() makes the sampler of the space that the configuration names", () => {
  for (const name of STRATEGY_NAMES) {
    const macro = createSampler({
      space: "macro",
      child: { layers: 3 },
      strategy: name === "random" ? { name, skipProbability: 0.5 } : MACRO_LSTM,
    }, new Random(1));
    const micro = createSampler({
      space: "micro",
      child: { nodes: 3 },
      strategy: name === "random" ? { name } : MICRO_LSTM,
    }, new Random(1));
    assert.deepEqual([macro.kind, macro.space], [name, "macro"]);
    assert.deepEqual([micro.kind, micro.space], [name, "micro"]);
    assert.deepEqual(macro.evaluate([MACRO_ARC]).arcs, [MACRO_ARC]);
    assert.deepEqual(micro.evaluate([MICRO_ARC]).arcs, [MICRO_ARC]);
  }
});

Deno.test("a state without a space is macro's", () => {
  for (const make of [MACRO.samplers[0][1], MACRO.samplers[2][1]]) {
    const { space, ...old } = make(3, 1).state();
    assert.equal(space, "macro");
    const other = make(3, 2);
    other.restore(old);
    assert.deepEqual(other.state(), { space, ...old });
  }
  const micro = smallMicroController(2);
  const { space: _, ...old } = micro.state();
  assert.throws(() => micro.restore(old), {
    name: "TypeError",
    message: "restore() expects the state of a strategy controller of the micro space but found " +
      "that of a strategy controller of the macro space; take a run of the same space and strategy",
  });
});

Deno.test("RandomMacroSampler refuses a skip probability at or beyond 0 and 1", () => {
  for (const skipProbability of [0, 1, NaN]) {
    assert.throws(() => new RandomMacroSampler(2, { skipProbability }, new Random(1)), RangeError);
  }
});

Deno.test("MacroController refuses a state of another size and keeps its own", () => {
  const controller = smallController(3);
  const before = controller.state();
  const other = smallController(3, { hiddenSize: 8 }).state();
  assert.throws(() => controller.restore(other), {
    name: "TypeError",
    message: "restore() expects tensor w_lstm of shape [32,64] but found [16,32]",
  });
  const { v_a: _, ...rest } = before.tensors;
  assert.throws(() => controller.restore({ ...before, tensors: rest }), /tensor v_a .* found none/);
  assert.deepEqual(controller.state(), before);
});
