import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import { MACRO_OPS, type MacroArc } from "../../../nas/space/macro/arc.ts";
import { MacroController } from "../../../nas/strategy/controller/macro_sampler.ts";
import type { Arc } from "../../../nas/space/arc.ts";
import type { MicroArc } from "../../../nas/space/micro/arc.ts";
import type { ArcSampler } from "../../../nas/strategy/strategy.ts";
import { assertClose } from "../../engine/helpers.ts";
import { probability, SCRIPT, smallController, smallMicroController } from "./helpers.ts";

// Whether the controller learns what it should, and nothing else (study-methods row S10).

/** `updates` updates with `count` arcs each. */
function learn<A extends Arc>(
  sampler: ArcSampler<A>,
  updates: number,
  count: number,
  accuracy: (arc: A) => number,
): void {
  for (let k = 0; k < updates; k++) {
    const sampled = sampler.sample(count);
    sampler.update(sampled, sampled.arcs.map(accuracy));
  }
}

const opZeroFirst = (arc: MacroArc) => arc.layers[0].op === 0;

Deno.test("MacroController solves a bandit: P(op 0 at layer 0) > 0.9 within 300 updates", () => {
  // All numbers of the released script but the tanh constant, where the paper has 2.5.
  const options = { ...SCRIPT, tanhConstant: 2.5 };
  const controller = new MacroController(2, options, new Random(1));
  learn(controller, 300, 20, (arc) => opZeroFirst(arc) ? 1 : 0);
  const p = probability(controller, opZeroFirst);
  assert.ok(p > 0.9, `P(op 0) is ${p}`);
});

Deno.test("MacroController is bounded by the tanh constant: P(op) <= 0.801 with 1.5", () => {
  const controller = smallController(2);
  learn(controller, 200, 10, (arc) => opZeroFirst(arc) ? 1 : 0);
  const p = probability(controller, opZeroFirst);
  const bound = 1 / (1 + 5 * Math.exp(-3));
  assert.equal(bound.toFixed(3), "0.801");
  assert.ok(p > 0.75 && p < bound, `P(op 0) is ${p}`);
});

Deno.test("MacroController learns a reward for skips against the penalty", () => {
  const controller = smallController(2);
  learn(controller, 200, 10, (arc) => arc.layers[1].skips[0] ? 1 : 0);
  const p = probability(controller, (arc) => arc.layers[1].skips[0]);
  assert.ok(p > 0.6, `P(skip) is ${p}`);
});

Deno.test("MacroController learns nothing at all from a constant reward without the penalty", () => {
  const controller = smallController(2, {
    baselineInit: "first-reward",
    skipWeight: 0,
    entropyWeight: 0,
  });
  const before = controller.parameters();
  learn(controller, 20, 10, () => 0.5);
  for (const [name, { data }] of Object.entries(controller.parameters())) {
    assertClose(name, data, before[name].data, { rtol: 0, atol: 1e-12 });
  }
});

Deno.test("MacroController stays within noise when rewards do not belong to the arcs", () => {
  // The bandit's rewards, dealt at random. On 20 other seeds no probability moved by more than
  // 0.006, while rewards that belong to the arcs moved one by 0.77 to 0.79.
  const drift = (seed: number, accuracy: (arc: MacroArc) => number) => {
    const controller = smallController(
      2,
      { tanhConstant: 2.5, baselineInit: "first-reward" },
      seed,
    );
    learn(controller, 75, 10, accuracy);
    const moved = MACRO_OPS.map(({ id }) =>
      Math.abs(probability(controller, (arc) => arc.layers[0].op === id) - 1 / 6)
    );
    return Math.max(...moved);
  };
  for (let seed = 0; seed < 6; seed++) {
    const rewards = new Random(100 + seed);
    const shuffled = drift(seed, () => rewards.uniform() < 1 / 6 ? 1 : 0);
    assert.ok(shuffled < 0.03, `seed ${seed}: moved by ${shuffled}`);
  }
  const learned = drift(0, (arc) => opZeroFirst(arc) ? 1 : 0);
  assert.ok(learned > 0.7, `moved by ${learned} only`);
});

for (const [slope, rate] of [[1, 0.308], [2, 0.4]] as const) {
  Deno.test(`the skip penalty alone leads to a real skip rate of ${rate} (slope ${slope})`, () => {
    const controller = smallController(4, {
      entropyWeight: 0,
      baselineInit: "first-reward",
      skipPenaltySlope: slope,
    });
    learn(controller, 150, 4, () => 0);
    const sampled = controller.sample(3000);
    assert.ok(Math.max(...sampled.skipPenalty) < 1e-3);
    const mean = sampled.skipRate.reduce((sum, value) => sum + value, 0) / 3000;
    // Three standard errors of 18,000 bits.
    assertClose("skip rate", [mean], [rate], { rtol: 0, atol: 0.011 });
  });
}

/** Share of 1,000 sampled arcs for which `event` holds. */
function frequency(sampler: ArcSampler<MicroArc>, event: (arc: MicroArc) => boolean): number {
  return sampler.sample(1000).arcs.filter(event).length / 1000;
}

const BANDITS: readonly [string, (arc: MicroArc) => boolean][] = [
  ["op 3 in the normal cell", ({ normal }) => normal.nodes[0].operands[0].op === 3],
  ["op 4 in the reduction cell", ({ reduction }) => reduction.nodes[1].operands[1].op === 4],
];
for (const [name, event] of BANDITS) {
  Deno.test(`MicroController solves a bandit: P(${name}) > 0.9 where no bound keeps it low`, () => {
    const controller = smallMicroController(2, {
      tanhConstant: 2.5,
      opTanhReduce: 1,
      opBias: 0,
      convBias: 0,
    });
    const before = frequency(controller, event);
    assert.ok(before < 0.3, `P is ${before} at the start`);
    learn(controller, 150, 10, (arc) => event(arc) ? 1 : 0);
    const after = frequency(controller, event);
    assert.ok(after > 0.9, `P is ${after}`);
  });
}

Deno.test("MicroController learns which earlier tensor pays, within the tanh constant", () => {
  const event = ({ normal }: MicroArc) => normal.nodes[1].operands[0].input === 2;
  const controller = smallMicroController(2);
  learn(controller, 150, 10, (arc) => event(arc) ? 1 : 0);
  const p = frequency(controller, event);
  // Three tensors with logits within ±1.1; three standard errors.
  const bound = 1 / (1 + 2 * Math.exp(-2.2));
  assert.ok(p > 0.7 && p < bound + 0.036, `P is ${p}`);
});

Deno.test("the released numbers of MicroController keep its ops near their start", () => {
  // ±0.44 and the fixed bias bound the op logits (spec C.3): the best op of a normal cell's pools
  // and identity cannot pass e^(0.44−0.25) / (2·e^(0.44+0.25) + e^(0.19) + 2·e^(−0.69)).
  const event = ({ normal }: MicroArc) => normal.nodes[0].operands[0].op === 4;
  const controller = smallMicroController(1);
  learn(controller, 150, 10, (arc) => event(arc) ? 1 : 0);
  const p = frequency(controller, event);
  const bound = Math.exp(0.19) / (2 * Math.exp(0.69) + Math.exp(0.19) + 2 * Math.exp(-0.69));
  assert.ok(p > 0.14 && p < bound + 0.036, `P is ${p}, the bound ${bound}`);
});

Deno.test("MicroController learns nothing at all from a constant reward", () => {
  const controller = smallMicroController(2, { baselineInit: "first-reward", entropyWeight: 0 });
  const before = controller.parameters();
  learn(controller, 5, 4, () => 0.5);
  for (const [name, { data }] of Object.entries(controller.parameters())) {
    assertClose(name, data, before[name].data, { rtol: 0, atol: 1e-12 });
  }
});

Deno.test("MicroController adds the full entropy to its rewards unless told otherwise", () => {
  const reward = (entropy?: "full" | "sampled") => {
    const controller = smallMicroController(2, {
      entropyWeight: 1,
      ...(entropy === undefined ? {} : { entropy }),
    });
    const sampled = controller.sample(1);
    return { sampled, reward: controller.update(sampled, [0]).reward };
  };
  const { sampled, reward: full } = reward("full");
  assert.equal(full, sampled.entropy[0]);
  assert.equal(reward().reward, full);
  assert.equal(reward("sampled").reward, sampled.sampledEntropy[0]);
});
