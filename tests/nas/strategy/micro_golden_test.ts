import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { logSoftmax } from "../../../nas/strategy/controller/ops/categorical.ts";
import { Tape } from "../../../engine/tape.ts";
import { type MicroArc, microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import {
  forcedMicroDecisions,
  type MicroDecisions,
} from "../../../nas/strategy/controller/decisions.ts";
import { mapParameters } from "../../../nas/strategy/controller/lstm.ts";
import {
  initialMicroParameters,
  microParameterShapes,
  type MicroPolicyOptions,
  unrollMicro,
} from "../../../nas/strategy/controller/micro_policy.ts";
import { reinforceLoss } from "../../../nas/strategy/controller/reinforce.ts";
import { assertClose, dot } from "../../engine/helpers.ts";
import { MICRO_SCRIPT, smallMicroController } from "./helpers.ts";

// Computed by the released graph code (enas-spec.md section J.1): H = 8, B = 2, all variables filled
// with sin(0.5 + 0.37·n) but b_soft, loss = 0.25·nll.
const GOLDEN = [
  {
    decisions: [0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 2, 2, 2, 0],
    nll: 17.775211,
    entropy: 19.355988,
    loss: 4.443803,
    norms: [0.912099, 0.594173, 0.371968, 0.103288, 0.112988, 0.315563, 0.0536721, 0.0333035],
  },
  {
    decisions: [0, 0, 0, 0, 0, 3, 2, 1, 1, 1, 1, 2, 1, 0, 0, 1],
    nll: 17.736591,
    entropy: 19.286123,
    loss: 4.434148,
    norms: [0.603903, 0.156388, 0.332429, 0.144193, 0.112109, 0.110983, 0.168564, 0.0563344],
  },
];
/** Order of the norms. */
const NAMES = ["w_lstm", "g_emb", "w_emb", "w_soft", "b_soft", "w_a1", "w_a2", "v_a"] as const;
const RELEASED = { rtol: 1e-4 };

/** The golden network, run over arcs with one advantage and all gradients. */
function run(arcs: readonly MicroArc[]) {
  const backend = new CpuBackend();
  const tape = new Tape(backend);
  const weights = mapParameters(microParameterShapes(8), (shape, name) => {
    const values = backend.allocate(shape).cpu.map((_, n) => Math.sin(0.5 + 0.37 * n));
    return backend.fromArray(name === "b_soft" ? [10, 10, 0, 0, 0] : values, shape);
  });
  const gradients = mapParameters(weights, ({ shape }) => backend.allocate(shape));
  for (const name of NAMES) tape.watch(weights[name], gradients[name]);
  const size = { count: arcs.length, nodes: 2 };
  const trace = unrollMicro(tape, weights, size, MICRO_SCRIPT, forcedMicroDecisions(arcs));
  const loss = reinforceLoss(tape, trace, new Float64Array(arcs.length).fill(0.25), 0);
  tape.backward(loss);
  return { trace, loss: loss.cpu[0], gradients: mapParameters(gradients, ({ cpu }) => cpu) };
}

for (const golden of GOLDEN) {
  const text = golden.decisions.join(" ");
  Deno.test(`unrollMicro() computes what the released controller does for arc ${text}`, () => {
    const { trace: { sampled }, loss, gradients } = run([microArcFromDecisions(golden.decisions)]);
    assertClose("nll", [-sampled.logProbability[0]], [golden.nll], RELEASED);
    assertClose("entropy", sampled.entropy, [golden.entropy], RELEASED);
    assertClose("loss", [loss], [golden.loss], RELEASED);
    const norms = NAMES.map((name) => Math.sqrt(dot(gradients[name], gradients[name])));
    assertClose("gradient norms", norms, golden.norms, RELEASED);
  });
}

Deno.test("unrollMicro() of several arcs has the mean of their gradients", () => {
  const arcs = GOLDEN.map(({ decisions }) => microArcFromDecisions(decisions));
  const together = run(arcs);
  const alone = arcs.map((arc) => run([arc]));
  assertClose("loss", [together.loss], [(alone[0].loss + alone[1].loss) / 2], { rtol: 1e-12 });
  for (const name of NAMES) {
    const expected = alone[0].gradients[name].map((g, i) => (g + alone[1].gradients[name][i]) / 2);
    assertClose(name, together.gradients[name], expected, { rtol: 1e-9, atol: 1e-14 });
  }
  assert.deepEqual(together.trace.sampled.arcs, arcs);
});

Deno.test("micro parameters follow spec C.1: 41,733 numbers, all but b_soft within 0.1", () => {
  const { b_soft, ...others } = initialMicroParameters(64, 10, new Random(3));
  assert.deepEqual([...b_soft.data], [10, 10, 0, 0, 0]);
  const values = Object.values(others).flatMap(({ data }) => [...data]);
  assert.equal(values.length + 5, 41_733);
  assert.ok(values.every((value) => Math.abs(value) <= 0.1));
  assert.ok(Object.values(others).every(({ data }) => data.some((value) => value > 0.05)));
});

/** Logits of one decision; `at` is its place in the flat arc. */
interface Seen {
  readonly at: number;
  readonly logits: Float64Array;
}

/** Logits of one arc of `nodes` nodes that always takes choice 0, in the order of the decisions. */
function unroll(
  nodes: number,
  initial: ReturnType<typeof initialMicroParameters>,
  options: MicroPolicyOptions,
): Seen[] {
  const backend = new CpuBackend();
  const weights = mapParameters(initial, ({ shape, data }) => backend.fromArray(data, shape));
  const seen: Seen[] = [];
  const spy: MicroDecisions = {
    choose(at, logits, n) {
      seen.push({ at, logits: logits.slice() });
      return new Float64Array(n);
    },
  };
  unrollMicro(new Tape(backend), weights, { count: 1, nodes }, options, spy);
  return seen;
}

Deno.test("unrollMicro() chooses inputs before ops, and only among earlier tensors", () => {
  const seen = unroll(3, initialMicroParameters(8, 10, new Random(1)), MICRO_SCRIPT);
  const cell = [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11];
  assert.deepEqual(seen.map(({ at }) => at), [...cell, ...cell.map((at) => at + 12)]);
  const sizes = [2, 2, 5, 5, 3, 3, 5, 5, 4, 4, 5, 5];
  assert.deepEqual(seen.map(({ logits }) => logits.length), [...sizes, ...sizes]);
});

/** Op probabilities of the normal and of the reduction cell where the weights say nothing. */
function initialOps(options: MicroPolicyOptions): Float64Array[] {
  const initial = initialMicroParameters(8, options.convBias, new Random(1));
  initial.w_soft.data.fill(0);
  const seen = unroll(2, initial, options).filter(({ at }) => at % 2 === 1);
  seen.forEach(({ logits }, i) => assert.deepEqual(logits, seen[i < 4 ? 0 : 4].logits));
  return [seen[0], seen[4]].map(({ logits }) =>
    logSoftmax({ shape: [1, logits.length], data: logits }).map(Math.exp)
  );
}

Deno.test("initial op probabilities are those of spec C.3: 0.3153 and 0.1232, 0.2543 and 0.1638", () => {
  const [normal, reduction] = initialOps(MICRO_SCRIPT);
  // The spec gives four decimals.
  const close = (name: string, p: Float64Array, separable: number, other: number) =>
    assertClose(name, p, [separable, separable, other, other, other], { rtol: 0, atol: 6e-5 });
  close("normal", normal, 0.3153, 0.1232);
  close("reduction", reduction, 0.2543, 0.1638);
});

Deno.test("opBias and convBias can be switched off, and opBias acts on the normal cell alone", () => {
  const uniform = initialOps({ ...MICRO_SCRIPT, opBias: 0, convBias: 0 });
  for (const p of uniform) assertClose("uniform", p, Array(5).fill(0.2), { rtol: 1e-12 });
  const [normal, reduction] = initialOps({ ...MICRO_SCRIPT, opBias: 0 });
  assert.deepEqual(normal, reduction);
  const [biased, plain] = initialOps({ ...MICRO_SCRIPT, convBias: 0 });
  assertClose("odds", [biased[0] / biased[4]], [Math.exp(0.5)], { rtol: 1e-12 });
  assertClose("no bias", plain, Array(5).fill(0.2), { rtol: 1e-12 });
});

Deno.test("unrollMicro() divides logits by the temperature before tanh, for inputs and ops", () => {
  const initial = mapParameters(
    initialMicroParameters(8, 0.1, new Random(1)),
    ({ shape, data }) => ({ shape, data: data.map((value) => 10 * value) }),
  );
  const logits = (temperature: number | null) =>
    unroll(2, initial, { ...MICRO_SCRIPT, opBias: 0, temperature });
  const cold = logits(5);
  logits(null).forEach(({ at, logits }, i) => {
    const bound = at % 2 === 0 ? 1.1 : 1.1 / 2.5;
    const cooled = logits.map((value) => bound * Math.tanh(Math.atanh(value / bound) / 5));
    assertClose(`decision ${at}`, cold[i].logits, cooled, { rtol: 1e-6 });
  });
});

Deno.test("an untrained micro controller of five nodes has an entropy near 57 nats", () => {
  const { entropy } = smallMicroController(5, { hiddenSize: 64 }).sample(10);
  // Uniform over earlier tensors, and ops as above: 4·ln 6! + 10·1.499 + 10·1.585.
  entropy.forEach((nats) => assert.ok(nats > 56.5 && nats < 57.5, `${nats} nats`));
});
