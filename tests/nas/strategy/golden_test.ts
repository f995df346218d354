import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Tape } from "../../../engine/tape.ts";
import { parseMacroArc } from "../../../nas/space/macro/text.ts";
import {
  forcedDecisions,
  type MacroDecisions,
} from "../../../nas/strategy/controller/decisions.ts";
import {
  CONTROLLER_PARAMETERS,
  mapParameters,
  parameterShapes,
} from "../../../nas/strategy/controller/lstm.ts";
import { unrollMacro } from "../../../nas/strategy/controller/macro_policy.ts";
import { reinforceLoss } from "../../../nas/strategy/controller/reinforce.ts";
import { assertClose, dot } from "../../engine/helpers.ts";

// Computed by the released graph code (enas-spec.md section J.1): H = 8, L = 4, all variables filled
// with sin(0.5 + 0.37·n), loss = 0.25·nll + 0.8·penalty.
const FIRST_LOGITS = [-0.009763, 0.191215, 0.361039, 0.477263, 0.529820, 0.516033];
const GOLDEN = [
  {
    arc: "2 1 0 1 0 0 1 0 0 1",
    nll: 11.584452,
    sampledEntropy: 1.985362,
    penalty: 0.132936,
    loss: 3.002461,
    norms: [2.95673, 1.99825, 1.33775, 0.39824, 0.234756, 0.748571, 0.198886],
  },
  {
    arc: "0 0 1 2 1 0 4 0 1 1",
    nll: 12.414282,
    sampledEntropy: 2.654250,
    penalty: 0.229301,
    loss: 3.287011,
    norms: [2.47089, 0.377124, 0.757763, 0.4592, 0.880552, 0.333595, 0.490462],
  },
];
const OPTIONS = { tanhConstant: 1.5, temperature: null, skipTarget: 0.4 };
const RELEASED = { rtol: 1e-4 };

/** The golden network, run over arcs with one advantage and all gradients. */
function run(texts: readonly string[], advantage = 0.25) {
  const backend = new CpuBackend();
  const tape = new Tape(backend);
  const shapes = parameterShapes(8, 6);
  const weights = mapParameters(shapes, (shape) => {
    const tensor = backend.allocate(shape);
    return backend.fromArray(tensor.cpu.map((_, n) => Math.sin(0.5 + 0.37 * n)), shape);
  });
  const gradients = mapParameters(shapes, (shape) => backend.allocate(shape));
  for (const name of CONTROLLER_PARAMETERS) tape.watch(weights[name], gradients[name]);
  const arcs = texts.map((text) => parseMacroArc(text));
  const forced = forcedDecisions(arcs);
  const logits: Float64Array[] = [];
  const spy: MacroDecisions = {
    ops: (layer, values, n) => {
      logits.push(values.slice());
      return forced.ops(layer, values, n);
    },
    skips: forced.skips,
  };
  const trace = unrollMacro(tape, weights, { count: arcs.length, layers: 4 }, OPTIONS, spy);
  const loss = reinforceLoss(tape, trace, new Float64Array(arcs.length).fill(advantage), 0.8);
  tape.backward(loss);
  return {
    trace,
    logits,
    loss: loss.cpu[0],
    gradients: mapParameters(gradients, ({ cpu }) => cpu),
  };
}

for (const golden of GOLDEN) {
  Deno.test(`unrollMacro() computes what the released controller does for arc ${golden.arc}`, () => {
    const { trace: { sampled }, logits, loss, gradients } = run([golden.arc]);
    // Six printed decimals: the first logit has only four digits.
    assertClose("first logits", logits[0], FIRST_LOGITS, { rtol: 1e-4, atol: 5e-7 });
    assertClose("nll", [-sampled.logProbability[0]], [golden.nll], RELEASED);
    assertClose("entropy", sampled.sampledEntropy, [golden.sampledEntropy], RELEASED);
    assertClose("penalty", sampled.skipPenalty, [golden.penalty], RELEASED);
    assertClose("loss", [loss], [golden.loss], RELEASED);
    const norms = CONTROLLER_PARAMETERS.map((name) =>
      Math.sqrt(dot(gradients[name], gradients[name]))
    );
    assertClose("gradient norms", norms, golden.norms, RELEASED);
  });
}

Deno.test("reinforceLoss() of several arcs is the mean of their losses, and so is its gradient", () => {
  const together = run(GOLDEN.map(({ arc }) => arc));
  const alone = GOLDEN.map(({ arc }) => run([arc]));
  assertClose("loss", [together.loss], [(alone[0].loss + alone[1].loss) / 2], { rtol: 1e-12 });
  for (const name of CONTROLLER_PARAMETERS) {
    const expected = alone[0].gradients[name].map((g, i) => (g + alone[1].gradients[name][i]) / 2);
    assertClose(name, together.gradients[name], expected, { rtol: 1e-9, atol: 1e-14 });
  }
  assert.deepEqual(together.trace.sampled.arcs, GOLDEN.map(({ arc }) => parseMacroArc(arc)));
});
