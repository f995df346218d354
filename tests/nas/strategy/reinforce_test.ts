import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import { parseMacroArc } from "../../../nas/space/macro/text.ts";
import { forcedDecisions } from "../../../nas/strategy/controller/decisions.ts";
import {
  initialParameters,
  mapParameters,
  parameterShapes,
} from "../../../nas/strategy/controller/lstm.ts";
import { unrollMacro } from "../../../nas/strategy/controller/macro_policy.ts";
import { computeAdvantages } from "../../../nas/strategy/controller/reinforce.ts";
import { assertClose } from "../../engine/helpers.ts";
import { SCRIPT, smallController } from "./helpers.ts";

const ARC = parseMacroArc("3 1 0 0 1 1");
const OTHER = parseMacroArc("0 2 1 5 0 0");

Deno.test("parameterShapes() and initialParameters() follow spec C.1: 41,856 numbers within 0.1", () => {
  const shapes = parameterShapes(64, 6);
  const initial = Object.values(initialParameters(shapes, new Random(3)));
  const values = initial.flatMap(({ data }) => [...data]);
  assert.equal(values.length, 41_856);
  assert.ok(values.every((value) => Math.abs(value) <= 0.1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  assertClose("mean", [mean], [0], { atol: 4 * 0.0577 / Math.sqrt(values.length) });
  assertClose("variance", [variance], [0.01 / 3], { rtol: 0.02 });
});

Deno.test("an untrained controller is nearly uniform, with a skip rate near 0.5", () => {
  const { logProbability, entropy, skipPenalty } = smallController(3).evaluate([ARC]);
  const uniform = 3 * Math.log(6) + 3 * Math.log(2);
  assertClose("nll", [-logProbability[0]], [uniform], { rtol: 0.02 });
  assertClose("entropy", entropy, [uniform], { rtol: 1e-3 });
  // 0.0204 an anchor; layers 1 and 2 have one and two anchors.
  assertClose("penalty", skipPenalty, [0.0204 * 1.5], { rtol: 0.05 });
});

Deno.test("unrollMacro() divides logits by the temperature before tanh, for ops and skips", () => {
  const backend = new CpuBackend();
  const shapes = parameterShapes(8, 6);
  const initial = initialParameters(shapes, new Random(1));
  const weights = mapParameters(
    initial,
    ({ shape, data }) => backend.fromArray(data.map((value) => 10 * value), shape),
  );
  const logits = (temperature: number | null) => {
    const seen: number[][] = [];
    const forced = forcedDecisions([ARC]);
    unrollMacro(new Tape(backend), weights, { count: 1, layers: 3 }, { ...SCRIPT, temperature }, {
      ops: (layer, values, n) => (seen.push([...values]), forced.ops(layer, values, n)),
      skips: (layer, values, n) => (seen.push([...values]), forced.skips(layer, values, n)),
    });
    return seen.flat();
  };
  const cooled = logits(null).map((value) => 1.5 * Math.tanh(Math.atanh(value / 1.5) / 5));
  assertClose("logits", logits(5), cooled, { rtol: 1e-6 });
});

Deno.test("computeAdvantages() moves the baseline at every arc and subtracts it afterwards", () => {
  const sampled = smallController(3).evaluate([ARC, OTHER]);
  const zero = computeAdvantages(sampled, [0.5, 0.9], null, { ...SCRIPT, entropyWeight: 0 });
  assertClose("baseline", [zero.baseline], [0.99 * 0.005 + 0.009], { rtol: 1e-12 });
  assertClose("advantages", zero.advantages, [0.495, 0.9 - zero.baseline], { rtol: 1e-12 });

  const first = computeAdvantages(sampled, [0.5, 0.9], null, {
    ...SCRIPT,
    entropyWeight: 0,
    baselineInit: "first-reward",
  });
  assertClose("advantages", first.advantages, [0, 0.396], { rtol: 1e-12, atol: 1e-15 });

  const later = computeAdvantages(sampled, [0.5, 0.9], 0.5, { ...SCRIPT, entropyWeight: 0 });
  assert.deepEqual(later.advantages, first.advantages);
});

Deno.test("computeAdvantages() adds the entropy that the options name", () => {
  const sampled = smallController(3).evaluate([ARC, OTHER]);
  const rewards = (entropy: "sampled" | "full") =>
    computeAdvantages(sampled, [0.5, 0.9], null, { ...SCRIPT, entropyWeight: 2, entropy }).rewards;
  const { rewards: unset } = computeAdvantages(sampled, [0.5, 0.9], null, {
    ...SCRIPT,
    entropyWeight: 2,
  });
  assert.deepEqual(rewards("sampled"), unset);
  assert.equal(rewards("sampled")[1], 0.9 + 2 * sampled.sampledEntropy[1]);
  assert.equal(rewards("full")[1], 0.9 + 2 * sampled.entropy[1]);
});

Deno.test("update() takes Adam steps with the averaged gradient, whose moments it keeps", () => {
  // With β1 = 0 the first moment is the gradient itself:
  // v ← 0.999·v + 0.001·g², θ ← θ − lr·√(1−0.999^t)·g / (√v + 1e-3).
  const controller = smallController(2);
  const expected = controller.parameters();
  const v = Object.fromEntries(
    Object.entries(expected).map(([name, { data }]) => [name, new Float64Array(data.length)]),
  );
  for (let t = 1; t <= 3; t++) {
    controller.update(controller.sample(6), [1, 0, 0.5, 0.2, 0.9, 0.4]);
    const { tensors } = controller.state();
    const rate = 0.01 * Math.sqrt(1 - 0.999 ** t);
    for (const [name, { data }] of Object.entries(expected)) {
      tensors[`adam_m.${name}`].data.forEach((g, i) => {
        v[name][i] = 0.999 * v[name][i] + 0.001 * g * g;
        data[i] -= rate * g / (Math.sqrt(v[name][i]) + 1e-3);
      });
      assertClose(`${name} ${t}`, tensors[name].data, data, { rtol: 1e-9, atol: 1e-13 });
    }
  }
});

Deno.test("update() raises the probability of arcs above the baseline and lowers that of others", () => {
  for (const [accuracies, better] of [[[1, 0], 0], [[0, 1], 1]] as const) {
    const controller = smallController(3, { skipWeight: 0, baselineInit: "first-reward" });
    const arcs = [ARC, OTHER];
    const before = controller.evaluate(arcs);
    // The first arc sets the baseline; then both count.
    controller.update(controller.evaluate([ARC]), [0.5]);
    controller.update(before, accuracies);
    const after = controller.evaluate(arcs).logProbability;
    assert.ok(after[better] > before.logProbability[better]);
    assert.ok(after[1 - better] < before.logProbability[1 - better]);
  }
});

Deno.test("update() of arcs sampled earlier equals that of arcs just sampled", () => {
  const [one, two] = [smallController(3), smallController(3)];
  const sampled = one.sample(4);
  const copy = { ...two.sample(4) };
  const accuracies = [0.1, 0.7, 0.4, 0.6];
  assert.deepEqual(two.update(copy, accuracies), one.update(sampled, accuracies));
  assert.deepEqual(two.state(), one.state());
});
