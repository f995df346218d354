import assert from "node:assert/strict";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { constantInit, heNormal } from "../../engine/init.ts";
import { Adam } from "../../engine/optim/adam.ts";
import { globalNorm } from "../../engine/optim/clip.ts";
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import {
  adamReference,
  clipScaleReference,
  sgdNesterovReference,
  zeros,
} from "../../engine/reference/mod.ts";
import { elementCount } from "../../engine/shape.ts";
import { opVectors } from "../golden/op_vectors.ts";
import { assertClose, assertNear, assertNoLiveBuffers, exactNormals } from "./helpers.ts";

const gpu = await GpuBackend.open();

/** Odd shapes; the third is never selected, the last needs two chunks. */
const SHAPES = { conv: [3, 3, 5, 7], one: [1], still: [33], dense: [1030, 5] } as const;
const SELECTED = ["conv", "one", "dense"] as const;
type Name = keyof typeof SHAPES;
const SPECS = Object.entries(SHAPES).map(([name, shape]) => ({ name, shape, init: heNormal(8) }));

interface State {
  w: Float64Array;
  m: Float64Array;
  v: Float64Array;
}

/** The optimisers by name, each beside its reference. */
const OPTIMIZERS = {
  sgd: {
    make: (store: ParameterStore, clip: number) => {
      const optimizer = new Sgd(store, { momentum: 0.9, l2: 0.01, clip });
      return { optimizer, state: (name: Name) => [optimizer.velocity(name)] };
    },
    step: ({ w, m, v }: State, g: Float64Array, learningRate: number) => ({
      ...sgdNesterovReference({ w, m, g }, { learningRate, momentum: 0.9, l2: 0.01 }),
      v,
    }),
    kept: ({ m }: State) => [m],
  },
  adam: {
    make: (store: ParameterStore, clip: number) => {
      const optimizer = new Adam(store, { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, clip });
      return { optimizer, state: (name: Name) => optimizer.moments(name) };
    },
    step: (state: State, g: Float64Array, learningRate: number, t: number) =>
      adamReference({ ...state, g, t }, {
        learningRate,
        beta1: 0.8,
        beta2: 0.99,
        epsilon: 1e-3,
      }),
    kept: ({ m, v }: State) => [m, v],
  },
};

for (const [kind, { make, step, kept }] of Object.entries(OPTIMIZERS)) {
  for (const clip of [0, 10]) {
    Deno.test(`${kind} on the gpu matches the reference over five steps with clip ${clip}`, async () => {
      const store = new ParameterStore(gpu, SPECS, new Random(3));
      const { optimizer, state } = make(store, clip);
      const start = await store.values();
      const states = new Map<Name, State>(SELECTED.map((name) => {
        const w = Float64Array.from(start.get(name)!.data);
        return [name, { w, m: zeros([w.length]).data, v: zeros([w.length]).data }];
      }));
      // The unselected gradient is large: it must count neither in the step nor in the norm.
      gpu.write(store.gradient("still"), Array(33).fill(1e6));

      for (let t = 1; t <= 5; t++) {
        const rate = 0.1 / t;
        const gradients = SELECTED.map((name, k) =>
          exactNormals(elementCount(SHAPES[name]), 10 * t + k)
        );
        SELECTED.forEach((name, k) => gpu.write(store.gradient(name), gradients[k]));
        const selection = store.select(SELECTED);
        const norm = optimizer.step(selection, rate);
        const scale = clipScaleReference(gradients, clip);
        assert.equal(scale < 1, clip > 0);
        const squares = gradients.flatMap((g) => [...g]).reduce((sum, g) => sum + g * g, 0);
        assertNear("[norm, scale]", await gpu.toArray(norm), [Math.sqrt(squares), scale], 1e-6);
        gpu.release(norm);
        store.releaseSelection(selection);
        SELECTED.forEach((name, k) => {
          const g = gradients[k].map((value) => value * scale);
          states.set(name, step(states.get(name)!, g, rate, t));
        });
      }

      const values = await store.values();
      for (const name of SELECTED) {
        assertNear(name, values.get(name)!.data, states.get(name)!.w, 2e-6);
        const expected = kept(states.get(name)!);
        for (const [k, tensor] of state(name).entries()) {
          assertNear(`state ${k} of ${name}`, await gpu.toArray(tensor), expected[k], 2e-6);
        }
      }
      assert.deepEqual(values.get("still"), start.get("still"), "unselected weights");
      for (const tensor of state("still")) {
        assert.ok((await gpu.toArray(tensor)).every((value) => value === 0), "unselected state");
      }
      store.dispose();
      assertNoLiveBuffers(gpu);
    });
  }
}

for (const kind of ["sgd_nesterov", "adam"]) {
  for (
    const { name, attributes, inputs: [first, gradients], outputs: [weights] } of opVectors(kind)
  ) {
    Deno.test(`${kind} on the gpu matches PyTorch (${name})`, async () => {
      const [steps, count] = gradients.shape;
      const spec = { name: "w", shape: [count], init: constantInit(0) };
      const store = new ParameterStore(gpu, [spec], new Random(1));
      store.set("w", first.data);
      const options = { ...attributes, clip: 0 };
      const optimizer = kind === "adam" ? new Adam(store, options) : new Sgd(store, options);
      for (let t = 0; t < steps; t++) {
        const row = (data: Float64Array) => data.slice(t * count, (t + 1) * count);
        gpu.write(store.gradient("w"), row(gradients.data));
        const selection = store.select(["w"]);
        gpu.release(optimizer.step(selection, attributes.learningRate));
        store.releaseSelection(selection);
        const found = await gpu.toArray(store.get("w"));
        assertNear(`w after step ${t + 1}`, found, row(weights.data), 1e-6);
      }
      store.dispose();
      assertNoLiveBuffers(gpu);
    });
  }
}

Deno.test("Sgd on the gpu gives the weights that the original code computed", async () => {
  // One scalar weight from 0, loss (w − 1)², three steps an epoch.
  const spec = { name: "w", shape: [1], init: constantInit(0) };
  const store = new ParameterStore(gpu, [spec], new Random(1));
  const optimizer = new Sgd(store, { momentum: 0.9, l2: 0.1, clip: 0 });
  const rates = [0.05, 0.05, 0.05, 0.02525, 0.02525, 0.02525];
  const schedule = { max: 0.05, min: 0.0005, period: 2, factor: 2 };
  const expected = [0.19, 0.42129, 0.660211, 0.770682, 0.87227, 0.960667];
  const found: number[] = [];
  let w = 0;
  for (const [step, rate] of rates.entries()) {
    assertClose("rate", [cosineLearningRate(Math.floor(step / 3), schedule)], [rate]);
    gpu.write(store.gradient("w"), [2 * (w - 1)]);
    const selection = store.select(["w"]);
    gpu.release(optimizer.step(selection, rate));
    store.releaseSelection(selection);
    [w] = await gpu.toArray(store.get("w"));
    found.push(w);
  }
  assertClose("w", found, expected, { rtol: 0, atol: 1e-6 });
  store.dispose();
  assertNoLiveBuffers(gpu);
});

for (
  const [gradient, bound, scale] of [[[3, 4], 1, 0.2], [[3, 4], 5, 1], [[3, 4], 0, 1], [
    [0, 0],
    5,
    1,
  ]] as const
) {
  Deno.test(`globalNorm() of ${gradient} with bound ${bound} scales by ${scale}`, async () => {
    const spec = { name: "w", shape: [2], init: constantInit(0) };
    const store = new ParameterStore(gpu, [spec], new Random(1));
    gpu.write(store.gradient("w"), gradient);
    const selection = store.select(["w"]);
    const result = globalNorm(store, selection, bound);
    const norm = Math.hypot(...gradient);
    assertClose("[norm, scale]", await gpu.toArray(result), [norm, scale], { rtol: 1e-7 });
    gpu.release(result);
    store.releaseSelection(selection);
    store.dispose();
    assertNoLiveBuffers(gpu);
  });
}
