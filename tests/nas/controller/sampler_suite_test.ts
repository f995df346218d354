import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import { formatMacroArc, parseMacroArc } from "../../../nas/arc/macro_text.ts";
import { equalMacroArcs, validateMacroArc } from "../../../nas/arc/macro.ts";
import { skipRate } from "../../../nas/arc/macro_space.ts";
import { createMacroSampler } from "../../../nas/controller/create_sampler.ts";
import { RandomMacroSampler } from "../../../nas/controller/random_sampler.ts";
import type { MacroSampler, SampledArcs } from "../../../nas/controller/sampler.ts";
import { assertClose } from "../../engine/helpers.ts";
import { amplify, SCRIPT, smallController, TWO_LAYER_ARCS } from "./helpers.ts";

// What any sampler must do.

type Make = (layers: number, seed?: number) => MacroSampler;
const SAMPLERS: readonly [string, Make][] = [
  ["untrained controller", (layers, seed) => smallController(layers, {}, seed)],
  [
    "controller with preferences",
    (layers, seed) => amplify(smallController(layers, {}, seed), 12),
  ],
  ["random sampler", (layers, seed = 1) => new RandomMacroSampler(layers, {}, new Random(seed))],
  [
    "random sampler with skip probability 0.4",
    (layers, seed = 1) =>
      new RandomMacroSampler(layers, { skipProbability: 0.4 }, new Random(seed)),
  ],
];

/** Accuracies that depend on the arcs alone. */
function accuracies({ arcs }: SampledArcs): number[] {
  return arcs.map((arc) => 0.5 + 0.05 * arc.layers[0].op - 0.1 * skipRate(arc));
}

for (const [name, make] of SAMPLERS) {
  Deno.test(`${name}: probabilities of all arcs of two layers sum to 1`, () => {
    const { logProbability } = make(2).evaluate(TWO_LAYER_ARCS);
    const total = logProbability.reduce((sum, value) => sum + Math.exp(value), 0);
    assertClose("total", [total], [1], { rtol: 1e-12 });
  });

  Deno.test(`${name}: entropy is the mean of −log p, the sampled one lies below it`, () => {
    // The full entropy sums conditional entropies along each arc, so its mean over the policy is
    // the entropy of the joint distribution: E[−log p] by the chain rule.
    const scored = make(2).evaluate(TWO_LAYER_ARCS);
    const p = scored.logProbability.map(Math.exp);
    const expectation = (values: Float64Array) => values.reduce((sum, v, i) => sum + p[i] * v, 0);
    const joint = expectation(scored.logProbability.map((value) => -value));
    assertClose("entropy", [expectation(scored.entropy)], [joint], { rtol: 1e-12 });
    scored.entropy.forEach((entropy, i) => assert.ok(scored.sampledEntropy[i] < entropy));
  });

  Deno.test(`${name}: sampled frequencies pass a chi-square test against its probabilities`, () => {
    const sampler = make(2, 5);
    const draws = 20_000;
    const counts = new Map<string, number>();
    for (const arc of sampler.sample(draws).arcs) {
      const text = formatMacroArc(arc, "flat");
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    // Arcs with fewer than five expected draws are counted together.
    const { logProbability } = sampler.evaluate(TWO_LAYER_ARCS);
    const cells = TWO_LAYER_ARCS.map((arc, i) => ({
      expected: draws * Math.exp(logProbability[i]),
      found: counts.get(formatMacroArc(arc, "flat")) ?? 0,
    }));
    const rare = cells.filter(({ expected }) => expected < 5).reduce(
      (sum, cell) => ({ expected: sum.expected + cell.expected, found: sum.found + cell.found }),
      { expected: 0, found: 0 },
    );
    const tested = [...cells.filter(({ expected }) => expected >= 5)];
    if (rare.expected > 0) tested.push(rare);
    const chiSquare = tested.reduce(
      (s, { expected, found }) => s + (found - expected) ** 2 / expected,
      0,
    );
    // Quantile .999 by Wilson and Hilferty.
    const freedom = tested.length - 1;
    const spread = 2 / (9 * freedom);
    const limit = freedom * (1 - spread + 3.09 * Math.sqrt(spread)) ** 3;
    assert.ok(freedom > 10, `only ${freedom} degrees of freedom`);
    assert.ok(chiSquare < limit, `chi-square ${chiSquare} exceeds ${limit}`);
  });

  Deno.test(`${name}: sample() returns valid arcs with the scores evaluate() gives them`, () => {
    const sampler = make(5);
    const sampled = sampler.sample(30);
    assert.equal(sampled.arcs.length, 30);
    for (const arc of sampled.arcs) {
      assert.deepEqual(validateMacroArc(arc), arc);
      assert.equal(arc.layers.length, 5);
    }
    const distinct = new Set(sampled.arcs.map((arc) => formatMacroArc(arc, "flat")));
    assert.ok(distinct.size > 15, `only ${distinct.size} distinct arcs`);
    assert.deepEqual([...sampled.skipRate], sampled.arcs.map(skipRate));
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

  Deno.test(`${name}: works with one layer`, () => {
    const sampler = make(1);
    const sampled = sampler.sample(3);
    assert.deepEqual([...sampled.skipPenalty], [0, 0, 0]);
    assert.ok(Number.isFinite(sampler.update(sampled, [1, 0, 1]).loss));
    for (const { data } of Object.values(sampler.parameters())) {
      assert.ok(data.every(Number.isFinite));
    }
  });

  Deno.test(`${name}: the same seed gives the same arcs, another seed others`, () => {
    const texts = (seed: number) =>
      make(6, seed).sample(4).arcs.map((arc) => formatMacroArc(arc, "flat"));
    assert.deepEqual(texts(1), texts(1));
    assert.notDeepEqual(texts(1), texts(2));
  });

  Deno.test(`${name}: goes on exactly from a state`, () => {
    const learn = (sampler: MacroSampler, updates: number) =>
      Array.from({ length: updates }, () => {
        const sampled = sampler.sample(4);
        return { update: sampler.update(sampled, accuracies(sampled)), arcs: sampled.arcs };
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
    sampler.evaluate([parseMacroArc("0 1 1 2 0 1")]);
    for (const { data } of Object.values(sampler.parameters())) data.fill(7);
    assert.deepEqual(sampler.state(), before);
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
    const sampled = sampler.evaluate([parseMacroArc("0 1 1 2 0 1")]);
    const refused = (body: () => unknown, message: RegExp) =>
      assert.throws(body, { name: /^(Range|Type)Error$/, message });
    refused(() => sampler.sample(0), /expects an integer greater than 0 but found 0/);
    refused(() => sampler.sample(1.5), /but found 1.5/);
    refused(() => sampler.evaluate([]), /at least one arc/);
    refused(() => sampler.evaluate([parseMacroArc("0")]), /arcs of 3 layers but found 1/);
    refused(() => sampler.update(sampled, []), /one accuracy for each of 1 arcs but found 0/);
    refused(() => sampler.update(sampled, [NaN]), /finite accuracies but found NaN/);
    const kind = sampler.kind === "random" ? "controller" : "random";
    refused(() => sampler.restore({ ...before, kind }), /restore\(\) expects the state of a/);
    refused(() => make(0), /Expected layers to be an integer greater than 0/);
    assert.deepEqual(sampler.state(), before);
  });
}

Deno.test("createMacroSampler() makes the sampler that the options name", () => {
  for (const sampler of ["controller", "random"] as const) {
    const made = createMacroSampler(3, { ...SCRIPT, hiddenSize: 4, sampler }, new Random(1));
    assert.equal(made.kind, sampler);
    assert.ok(!equalMacroArcs(made.sample(1).arcs[0], parseMacroArc("0")));
  }
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
