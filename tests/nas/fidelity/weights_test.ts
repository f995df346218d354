// Rows of enas-spec.md section K that change how weights are trained: clipping, L2 factor, and
// whether the auxiliary head is trainable.
import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import type { Arc } from "../../../nas/space/mod.ts";
import { createNetwork, finalNetworkSpec } from "../../../nas/child/create_network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import {
  type DeepPartial,
  type MacroSearchConfig,
  mergeConfig,
  type MicroSearchConfig,
  type SearchConfig,
} from "../../../nas/config/mod.ts";
import { finalTrainerOptions } from "../../../nas/child/training_options.ts";
import { assertClose } from "../../engine/helpers.ts";
import { build, MACRO, macroArc, MICRO, MICRO_ARC, weightsOf } from "./build.ts";
import { takenStep } from "../search/small_runs.ts";

const ARC = macroArc([0], [3, 1], [5, 0, 1]);
const RATE = 0.1;

type Weights = Map<string, number[]>;
type MacroChild = DeepPartial<MacroSearchConfig["child"]>;

/** The network and trainer of `phase`. */
function trained(config: SearchConfig, phase: "search" | "final", arc: Arc) {
  const parts = build(config);
  if (phase === "search") return parts;
  const { data: { pool, split }, images, network: { backend } } = parts;
  const spec = finalNetworkSpec(config, arc, images);
  const network = createNetwork(backend, spec, new Random(1), arc);
  const options = finalTrainerOptions(config, 2);
  return { network, trainer: new ChildTrainer(network, pool, split.train, options, new Random(2)) };
}

/** Weights before and after one step. */
async function step(config: SearchConfig, phase: "search" | "final", arc: Arc) {
  const { network, trainer } = trained(config, phase, arc);
  const before = weightsOf(network);
  const result = await takenStep(trainer, arc, RATE);
  return { network, before, after: weightsOf(network), result };
}

/** The same settings for the search and for training from scratch. */
function both(settings: MacroChild): DeepPartial<MacroSearchConfig> {
  return { child: settings, finalTraining: settings };
}

/** Change of each weight divided by the learning rate: the gradient that the step followed. */
function followed(before: Weights, after: Weights): Weights {
  return new Map(
    [...before].map(([name, old]) => [name, old.map((w, i) => (w - after.get(name)![i]) / RATE)]),
  );
}

const norm = (values: Iterable<number[]>) =>
  Math.sqrt([...values].flat().reduce((total, value) => total + value * value, 0));

Deno.test("gradientClip: none as released, the whole gradient's norm, or each tensor's", async () => {
  for (const phase of ["search", "final"] as const) {
    const gradients = async (clip: MacroChild) => {
      const config = mergeConfig(MACRO, both({ l2: 0, momentum: 0, ...clip }));
      const { before, after, result } = await step(config, phase, ARC);
      return { followed: followed(before, after), norm: result.gradientNorm };
    };
    const raw = await gradients({});
    const size = raw.norm;
    assert.ok(Math.abs(norm(raw.followed.values()) / size - 1) < 1e-9, "released: as it is");
    const bound = size / 4;

    const global = await gradients({ gradientClip: bound, gradientClipMode: "global" });
    assert.equal(global.norm, size, "the norm is reported unclipped");
    for (const [name, gradient] of global.followed) {
      const quarter = raw.followed.get(name)!.map((value) => value / 4);
      assertClose(name, gradient, quarter, { rtol: 1e-9, atol: 1e-12 });
    }

    const tensor = await gradients({ gradientClip: bound, gradientClipMode: "tensor" });
    let clipped = 0;
    for (const [name, gradient] of tensor.followed) {
      const own = norm([raw.followed.get(name)!]);
      if (own > bound) clipped++;
      const scale = Math.min(1, bound / own);
      const expected = raw.followed.get(name)!.map((value) => own === 0 ? 0 : value * scale);
      assertClose(name, gradient, expected, { rtol: 1e-9, atol: 1e-12 });
    }
    assert.ok(clipped > 0 && clipped < tensor.followed.size, `${clipped} tensors were clipped`);
  }
});

Deno.test("l2Mode: 2·l2·w on everything as released, or l2·w on weights but not batch norms", async () => {
  const l2 = 0.05;
  for (const phase of ["search", "final"] as const) {
    const steps: Record<string, Weights> = {};
    let before: Weights = new Map();
    for (
      const [name, settings] of Object.entries<MacroChild>({
        none: { l2: 0 },
        released: { l2, l2Mode: "released" },
        conventional: { l2, l2Mode: "conventional" },
      })
    ) {
      const config = mergeConfig(MACRO, both({ momentum: 0, ...settings }));
      const result = await step(config, phase, ARC);
      before = result.before;
      steps[name] = followed(before, result.after);
    }
    const path = [...before.keys()].filter((name) =>
      steps.none.get(name)!.some((value) => value !== 0)
    );
    assert.ok(path.some((name) => name.endsWith("/gamma")) && path.includes("head/weight"));
    for (const name of path) {
      const isNorm = /\/(gamma|beta)$/.test(name);
      for (const [mode, factor] of [["released", 2], ["conventional", isNorm ? 0 : 1]] as const) {
        const pull = steps[mode].get(name)!.map((value, i) => value - steps.none.get(name)![i]);
        const expected = before.get(name)!.map((w) => factor * l2 * w);
        assertClose(`${phase} ${mode} ${name}`, pull, expected, { rtol: 1e-6, atol: 1e-9 });
      }
    }
  }
});

Deno.test("weightUpdates: weights off the path decay and keep their momentum, or stay", async () => {
  const other = macroArc([2], [1, 1], [4, 0, 1]);
  for (const weightUpdates of ["all", "path"] as const) {
    const { network, trainer } = build(mergeConfig(MACRO, { child: { weightUpdates, l2: 0.01 } }));
    await trainer.step(ARC, RATE);
    const name = "layer0/conv3x3/conv";
    assert.ok(network.pathOf(ARC).includes(name) && !network.pathOf(other).includes(name));
    const [w, m] = [weightsOf(network).get(name)!, [...trainer.optimizer.velocity(name).cpu]];
    assert.ok(m.some((value) => value !== 0));
    await trainer.step(other, RATE);
    const expected = weightUpdates === "path" ? w : w.map((value, i) => {
      const g = 2 * 0.01 * value;
      return value - RATE * (g + 0.9 * (0.9 * m[i] + g));
    });
    const found = weightsOf(network).get(name)!;
    if (weightUpdates === "path") assert.deepEqual(found, expected);
    else assertClose(name, found, expected, { rtol: 1e-12 });
  }
});

Deno.test("auxiliaryTrainable: the head's weights stay as drawn, or learn; the trunk feels it", async () => {
  const withHead = (settings: DeepPartial<MicroSearchConfig["child"]>) => {
    const { auxiliaryHead, auxiliaryTrainable } = settings;
    const final = { auxiliaryHead, auxiliaryTrainable };
    return mergeConfig(MICRO, { child: settings, finalTraining: { ...final, graph: "official" } });
  };
  const isHead = (name: string) => name.startsWith("aux/");
  for (const phase of ["search", "final"] as const) {
    const base = { weightUpdates: "all", keepProbability: 1 } as const;
    const none = await step(withHead({ ...base, auxiliaryHead: false }), phase, MICRO_ARC);
    assert.ok(![...none.before.keys()].some(isHead));
    for (const auxiliaryTrainable of [false, true]) {
      const config = withHead({ ...base, auxiliaryHead: true, auxiliaryTrainable });
      const { network, before, after } = await step(config, phase, MICRO_ARC);
      const head = [...before.keys()].filter(isHead);
      assert.ok(head.length >= 7);
      assert.deepEqual(head.every((name) => network.trained.includes(name)), auxiliaryTrainable);
      for (const name of head) {
        const same = after.get(name)!.every((value, i) => value === before.get(name)![i]);
        assert.equal(same, !auxiliaryTrainable, `${phase} ${name}`);
      }
      // The head's loss reaches the layers below it in both cases.
      const [stem, alone] = [after, none.after].map((weights) => weights.get("stem/conv")!);
      assert.deepEqual(before.get("stem/conv"), none.before.get("stem/conv"));
      assert.notDeepEqual(stem, alone);
    }
  }
});
