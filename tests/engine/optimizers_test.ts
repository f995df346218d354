import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { constantInit, heNormal } from "../../engine/init.ts";
import { Adam } from "../../engine/optim/adam.ts";
import { globalNorm } from "../../engine/optim/clip.ts";
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import { Sgd, type SgdOptions } from "../../engine/optim/sgd.ts";
import { type ParameterSpec, ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import {
  adamReference,
  clipScaleReference,
  penaltyReference,
  sgdReference,
  zeros,
} from "../../engine/reference/mod.ts";
import { elementCount } from "../../engine/shape.ts";
import { opVectors } from "../golden/op_vectors.ts";
import { assertClose, assertNear, assertNoLiveBuffers, exactNormals } from "./helpers.ts";

const gpu = await GpuBackend.open();
/** One whose bindings hold 2000 f32: `conv` and the batch norm of {@link CHILD}, nothing with them. */
const small = await GpuBackend.open({ largestBinding: 8000 });

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
      ...sgdReference({ w, m, g }, { learningRate, momentum: 0.9, l2: 0.01 }),
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
        assertNear(
          "[norm, scale, go]",
          await gpu.toArray(norm),
          [Math.sqrt(squares), scale, 1],
          1e-6,
        );
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

/** A weight of one chunk, one of two chunks, and a batch norm; `idle` has no gradient. */
const CHILD: ParameterSpec[] = [
  { name: "conv", shape: [3, 3, 5, 7], init: heNormal(8) },
  { name: "gamma", shape: [9], init: constantInit(1), role: "scale" },
  { name: "beta", shape: [9], init: constantInit(0.5), role: "offset" },
  { name: "dense", shape: [1030, 5], init: heNormal(8) },
  { name: "idle", shape: [33], init: heNormal(8) },
];
const READ = ["beta", "conv", "dense", "gamma"];
/** Norms of standard normal gradients: about 18 for conv, 3 for gamma and beta, 72 for dense. */
const BOUND = 10;

/** What three steps of {@link Sgd} on `READ`, or on all of `CHILD`, make of every parameter. */
async function threeSteps(backend: Backend, options: SgdOptions, all: boolean) {
  const store = new ParameterStore(backend, CHILD, new Random(3));
  const optimizer = new Sgd(store, options);
  const path = store.select(READ);
  const stepped = all ? store.select(store.names) : path;
  const norms: Float64Array[] = [];
  for (let t = 1; t <= 3; t++) {
    READ.forEach((name, k) => {
      const { shape } = store.get(name);
      backend.write(store.gradient(name), exactNormals(elementCount(shape), 10 * t + k));
    });
    const norm = optimizer.step(stepped, 0.1 / t);
    store.clearGradients(path);
    norms.push(await backend.toArray(norm));
    backend.release(norm);
  }
  const weights = await store.values();
  const momenta = new Map<string, Float64Array>();
  for (const { name } of CHILD) momenta.set(name, await backend.toArray(optimizer.velocity(name)));
  const blocks = store.blocks.length;
  for (const selection of new Set([path, stepped])) store.releaseSelection(selection);
  store.dispose();
  return { norms, weights, momenta, blocks };
}

/** The same by the references alone. */
async function threeReferenceSteps(
  { momentum, l2, clip, clipMode, l2Mode }: Required<Omit<SgdOptions, "nesterov">>,
  all: boolean,
) {
  const start = await new ParameterStore(new CpuBackend(), CHILD, new Random(3)).values();
  const states = new Map<string, Pick<State, "w" | "m">>(CHILD.map(({ name, shape }) => {
    const w = Float64Array.from(start.get(name)!.data);
    return [name, { w, m: new Float64Array(elementCount(shape)) }];
  }));
  const norms: number[][] = [];
  const factors = new Set<boolean>();
  for (let t = 1; t <= 3; t++) {
    const gradients = new Map(CHILD.map(({ name, shape }) => {
      const k = READ.indexOf(name);
      const count = elementCount(shape);
      return [name, k < 0 ? new Float64Array(count) : exactNormals(count, 10 * t + k)];
    }));
    const squares = [...gradients.values()].flatMap((g) => [...g]).reduce((s, g) => s + g * g, 0);
    const joint = clipScaleReference([...gradients.values()], clip);
    norms.push([Math.sqrt(squares), clipMode === "global" ? joint : 1, 1]);
    for (const { name, role = "weight" } of CHILD) {
      if (name === "idle" && !all) continue;
      const raw = gradients.get(name)!;
      const scale = clipMode === "global" ? joint : clipScaleReference([raw], clip);
      factors.add(scale < 1);
      const g = raw.map((value) => value * scale);
      const penalty = penaltyReference(l2, l2Mode, role === "weight");
      const attributes = { learningRate: 0.1 / t, momentum, l2: penalty };
      states.set(name, sgdReference({ ...states.get(name)!, g }, attributes));
    }
  }
  return { norms, states, clipsSome: factors.size === 2 };
}

for (const clipMode of ["global", "tensor"] as const) {
  for (const l2Mode of ["released", "conventional"] as const) {
    for (const all of [false, true]) {
      const what = `${clipMode} clipping, ${l2Mode} L2, ${all ? "all weights" : "the path alone"}`;
      Deno.test(`Sgd matches the references with ${what}, in one and in several blocks`, async () => {
        const options = { momentum: 0.9, l2: 0.05, clip: BOUND, clipMode, l2Mode };
        const expected = await threeReferenceSteps(options, all);
        assert.equal(expected.clipsSome, clipMode === "tensor");
        for (const [backend, blocks] of [[new CpuBackend(), 1], [gpu, 1], [small, 3]] as const) {
          const found = await threeSteps(backend, options, all);
          assert.equal(found.blocks, blocks);
          found.norms.forEach((norm, t) => assertNear("norm", norm, expected.norms[t], 1e-6));
          for (const [name, { w, m }] of expected.states) {
            assertNear(name, found.weights.get(name)!.data, w, 2e-6);
            if (name === "idle" && !all) {
              assert.ok(found.momenta.get(name)!.every((value) => value === 0));
            } else assertNear(`momentum of ${name}`, found.momenta.get(name)!, m, 2e-6);
          }
        }
        assertNoLiveBuffers(gpu);
        assertNoLiveBuffers(small);
      });
    }
  }
}

Deno.test("Adam steps the parameters of several blocks as those of one", async () => {
  const values = [gpu, small].map(async (backend) => {
    const store = new ParameterStore(backend, CHILD, new Random(3));
    const adam = new Adam(store, { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, clip: 0 });
    READ.forEach((name, k) => {
      const count = elementCount(store.get(name).shape);
      backend.write(store.gradient(name), exactNormals(count, k));
    });
    const path = store.select(READ);
    backend.release(adam.step(path, 0.1));
    store.releaseSelection(path);
    const found = await store.values();
    store.dispose();
    assertNoLiveBuffers(backend);
    return found;
  });
  const start = await new ParameterStore(new CpuBackend(), CHILD, new Random(3)).values();
  const [whole, split] = await Promise.all(values);
  assert.deepEqual(split, whole);
  for (const [name, { data }] of split) {
    assert.equal(data.every((w, i) => w !== start.get(name)!.data[i]), name !== "idle", name);
  }
});

Deno.test("Sgd decays an unread weight and carries its momentum on, as the original code does", async () => {
  // Step 1 has the gradient 1 on w = 1, the next two none: g' = 2·0.1·w, m = 0.9·m + g'.
  const spec = { name: "w", shape: [1], init: constantInit(1) };
  for (const backend of [gpu, new CpuBackend()]) {
    const store = new ParameterStore(backend, [spec], new Random(1));
    const optimizer = new Sgd(store, { momentum: 0.9, l2: 0.1, clip: 0 });
    const all = store.select(["w"]);
    backend.write(store.gradient("w"), [1]);
    const found: number[] = [];
    let [w, m] = [1, 0];
    const expected: number[] = [];
    for (const gradient of [1, 0, 0]) {
      backend.release(optimizer.step(all, 0.1));
      store.clearGradients(all);
      found.push((await backend.toArray(store.get("w")))[0]);
      const g = gradient + 0.2 * w;
      m = 0.9 * m + g;
      w -= 0.1 * (g + 0.9 * m);
      expected.push(w);
    }
    assertClose("first step", found.slice(0, 1), [0.772], { rtol: 1e-6 });
    assertClose("w", found, expected, { rtol: 1e-6 });
    store.releaseSelection(all);
    store.dispose();
    assertNoLiveBuffers(gpu);
  }
});

for (const kind of ["sgd_nesterov", "sgd_momentum", "adam"]) {
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
    assertClose("[norm, scale, go]", await gpu.toArray(result), [norm, scale, 1], { rtol: 1e-7 });
    gpu.release(result);
    store.releaseSelection(selection);
    store.dispose();
    assertNoLiveBuffers(gpu);
  });
}
