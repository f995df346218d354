/**
 * What diverged must not reach the weights: a step with a loss or a gradient norm that is not finite
 * leaves weights and momenta as they were, bit for bit.
 */
import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { heNormal } from "../../engine/init.ts";
import { Adam } from "../../engine/optim/adam.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { elementCount } from "../../engine/shape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { assertNoLiveBuffers, exactNormals } from "./helpers.ts";

const gpu = await GpuBackend.open();

/** The second needs two chunks. */
const SHAPES = { small: [5], large: [1030, 5] } as const;
const NAMES = ["small", "large"] as const;
const SPECS = NAMES.map((name) => ({ name, shape: SHAPES[name], init: heNormal(8) }));

/** An optimiser, and what it keeps for each parameter. */
interface Made {
  readonly optimizer: Sgd | Adam;
  readonly kept: (name: string) => readonly Tensor[];
}

function sgd(store: ParameterStore, clip: number, clipMode: "global" | "tensor"): Made {
  const optimizer = new Sgd(store, { momentum: 0.9, l2: 0.01, clip, clipMode });
  return { optimizer, kept: (name) => [optimizer.velocity(name)] };
}

function adam(store: ParameterStore, clip: number): Made {
  const optimizer = new Adam(store, { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, clip });
  return { optimizer, kept: (name) => optimizer.moments(name) };
}

const WAYS: Readonly<Record<string, (store: ParameterStore) => Made>> = {
  "sgd without clipping": (store) => sgd(store, 0, "global"),
  "sgd with the global norm clipped": (store) => sgd(store, 1, "global"),
  "sgd with each tensor clipped": (store) => sgd(store, 1, "tensor"),
  "sgd by tensors, none clipped": (store) => sgd(store, 0, "tensor"),
  "adam without clipping": (store) => adam(store, 0),
  "adam with clipping": (store) => adam(store, 1),
};

/** Loss, and the last value of the gradient of `large`. */
const POISONS = [
  { loss: 1, gradient: NaN },
  { loss: 1, gradient: Infinity },
  { loss: 1, gradient: -Infinity },
  { loss: NaN, gradient: 1 },
  { loss: Infinity, gradient: 1 },
];
/** Each value is a number, and its square is none on the GPU. */
const OVERFLOW = { loss: 1, gradient: 1e30 };

for (const backend of [gpu, new CpuBackend()] as Backend[]) {
  for (const [way, make] of Object.entries(WAYS)) {
    Deno.test(`${way} on the ${backend.kind} takes no step that is not finite`, async () => {
      const store = new ParameterStore(backend, SPECS, new Random(3));
      const { optimizer, kept } = make(store);
      const selection = store.select(NAMES);
      const tensors = NAMES.flatMap((name) => [store.get(name), ...kept(name)]);
      const state = async () => {
        const values = await Promise.all(tensors.map((tensor) => backend.toArray(tensor)));
        return values.map((array) => [...new BigUint64Array(array.buffer)]);
      };
      const step = async (loss: number, last: number) => {
        NAMES.forEach((name, k) => {
          const values = exactNormals(elementCount(SHAPES[name]), k + 1);
          if (name === "large") values[values.length - 1] = last;
          backend.write(store.gradient(name), values);
        });
        const lossTensor = backend.fromArray([loss], [1]);
        const norm = optimizer.step(selection, 0.1, lossTensor);
        const [, , go] = await backend.toArray(norm);
        for (const tensor of [norm, lossTensor]) backend.release(tensor);
        return go;
      };
      assert.equal(await step(1, 1), 1);
      const before = await state();
      for (const { loss, gradient } of backend === gpu ? [...POISONS, OVERFLOW] : POISONS) {
        assert.equal(await step(loss, gradient), 0, `${loss}, ${gradient}`);
        assert.deepEqual(await state(), before, `${loss}, ${gradient}`);
      }
      assert.equal(await step(1, 1), 1);
      const after = await state();
      after.forEach((values, i) => assert.notDeepEqual(values, before[i]));
      assert.ok(after.every((values) => values.every(isFiniteBits)));
      store.releaseSelection(selection);
      store.dispose();
      assertNoLiveBuffers(gpu);
    });
  }
}

/** Whether the bits are those of a finite f64. */
function isFiniteBits(bits: bigint): boolean {
  return (bits >> 52n & 0x7ffn) !== 0x7ffn;
}
