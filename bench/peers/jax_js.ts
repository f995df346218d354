/**
 * jax-js on its WebGPU backend, in its own layout NCHW, under `jit`.
 *
 * `vjp` gives the output and all gradients in one compiled function, the same three passes that the
 * engine runs.
 *
 * @module
 */
import { permute } from "../layout.ts";
import { type Contender, EPSILON, type Problem } from "../cases/types.ts";
import {
  batchNorm,
  depthwise,
  type Jax,
  type JaxArray,
  makePool,
  TO_NCHW,
  TO_OIHW,
  upload,
} from "./jax_api.ts";
import { prepareJaxStep } from "./jax_step.ts";
import { importPackage, LAZY_PASSES, type Peer, type PeerEntry, pinnedVersion } from "./types.ts";

/** A problem as a function of jax-js. */
interface Formula {
  readonly f: (...inputs: JaxArray[]) => JaxArray;
  /** Arrays that `f` refers to beside its inputs. */
  readonly constants: readonly JaxArray[];
}

function formulaOf(jax: Jax, { op, shapes: [[, h, w, c]] }: Problem): Formula {
  switch (op) {
    case "conv2d":
      return { f: (x, weight) => jax.lax.conv(x, weight, [1, 1], "SAME"), constants: [] };
    case "depthwise_conv2d":
      return { f: (x, weight) => depthwise(jax, x, weight, c), constants: [] };
    case "max_pool":
    case "avg_pool": {
      const { pool, constant } = makePool(jax, op === "max_pool" ? "max" : "avg", h, w);
      return { f: pool, constants: [constant] };
    }
    case "batch_norm":
      return { f: (...inputs) => batchNorm(jax, inputs, c, EPSILON), constants: [] };
  }
}

/** Shape and axes by which input `index` goes to jax-js. */
function layoutOf(problem: Problem, index: number) {
  const shape = problem.shapes[index];
  if (index === 0) return { shape, axes: TO_NCHW };
  if (problem.op === "conv2d") return { shape, axes: TO_OIHW };
  if (problem.op === "depthwise_conv2d") {
    return { shape: [shape[0], shape[1], 1, shape[2]], axes: TO_OIHW };
  }
  return { shape, axes: [0] };
}

/** The axes that undo `axes`. */
function inverse(axes: readonly number[]): number[] {
  return axes.map((_, i) => axes.indexOf(i));
}

function prepare(jax: Jax, problem: Problem): Contender {
  const layouts = problem.shapes.map((_, i) => layoutOf(problem, i));
  const inputs = problem.values.map((data, i) =>
    upload(jax, data, layouts[i].shape, layouts[i].axes)
  );
  const dy = upload(jax, problem.dy, problem.dyShape, TO_NCHW);
  const { f, constants } = formulaOf(jax, problem);
  const step = jax.jit((...traced) => {
    const [y, pullBack] = jax.vjp(f, traced.slice(0, -1));
    const gradients = pullBack(traced[traced.length - 1]);
    pullBack.dispose();
    return [y, ...gradients];
  });
  const pass = () => step(...inputs.map((input) => input.ref), dy.ref);
  return {
    maxPasses: LAZY_PASSES,
    async run(passes) {
      const made: JaxArray[] = [];
      for (let i = 0; i < passes; i++) made.push(...pass());
      // Dispatches what is pending and waits by mapping an empty range.
      await jax.blockUntilReady(made);
      for (const array of made) array.dispose();
    },
    async results() {
      const values = await Promise.all(pass().map((array) => array.data()));
      const outLayouts = [
        { shape: problem.dyShape, axes: TO_NCHW },
        ...layouts,
      ];
      return values.map((data, i) => {
        const { shape, axes } = outLayouts[i];
        return permute(data, axes.map((axis) => shape[axis]), inverse(axes));
      });
    },
    close() {
      step.dispose();
      for (const array of [...inputs, dy, ...constants]) array.dispose();
    },
  };
}

/** The peer. */
export const jaxJs: PeerEntry = {
  name: "jax-js",
  async load(): Promise<Peer> {
    const jax = await importPackage<Jax>("@jax-js/jax");
    const devices = await jax.init("webgpu");
    if (!devices.includes("webgpu")) {
      throw new TypeError(
        `Expected a WebGPU device in jax-js but found ${devices.join(", ")}`,
      );
    }
    jax.defaultDevice("webgpu");
    return {
      name: "jax-js",
      version: await pinnedVersion("@jax-js/jax"),
      adapter: jax.getWebGPUDevice().adapterInfo?.description ??
        "unknown adapter",
      prepare: (problem) => Promise.resolve().then(() => prepare(jax, problem)),
      prepareStep: (problem) => Promise.resolve().then(() => prepareJaxStep(jax, problem)),
    };
  },
};
