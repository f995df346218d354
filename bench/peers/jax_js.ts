/**
 * jax-js on its WebGPU backend, in its own layout NCHW, under `jit`.
 *
 * Arrays are lazy and counted: a use consumes a reference, `.ref` makes one. `vjp` gives the output
 * and all gradients in one compiled function, the same three passes that the engine runs.
 *
 * @module
 */
import { permute } from "../layout.ts";
import { type Contender, EPSILON, type Problem } from "../cases/types.ts";
import { importPackage, type Peer, type PeerEntry, pinnedVersion } from "./types.ts";

interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray): JaxArray;
  mul(other: JaxArray): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

type Jitted = ((...inputs: JaxArray[]) => JaxArray[]) & { dispose(): void };
type PullBack = ((dy: JaxArray) => JaxArray[]) & { dispose(): void };

interface Jax {
  init(device: "webgpu"): Promise<readonly string[]>;
  defaultDevice(device: "webgpu"): void;
  getWebGPUDevice(): GPUDevice & { readonly adapterInfo?: GPUAdapterInfo };
  jit(step: (...inputs: JaxArray[]) => JaxArray[]): Jitted;
  vjp(
    f: (...inputs: JaxArray[]) => JaxArray,
    inputs: JaxArray[],
  ): [JaxArray, PullBack];
  blockUntilReady(arrays: JaxArray[]): Promise<unknown>;
  readonly numpy: {
    array(
      values: Float32Array,
      options: { shape: readonly number[] },
    ): JaxArray;
    pad(x: JaxArray, width: readonly (readonly [number, number])[]): JaxArray;
    max(x: JaxArray): JaxArray;
    sum(x: JaxArray): JaxArray;
  };
  readonly nn: {
    standardize(
      x: JaxArray,
      axes: readonly number[],
      options: { epsilon: number },
    ): JaxArray;
  };
  readonly lax: {
    conv(
      x: JaxArray,
      weight: JaxArray,
      strides: readonly number[],
      padding: "SAME",
    ): JaxArray;
    convGeneralDilated(
      x: JaxArray,
      weight: JaxArray,
      strides: readonly number[],
      padding: "SAME",
      options: { featureGroupCount: number },
    ): JaxArray;
    reduceWindow(
      x: JaxArray,
      reduce: (window: JaxArray) => JaxArray,
      window: readonly number[],
    ): JaxArray;
  };
}

/** jax-js's axes, each as a number of the engine's: activations from NHWC. */
const TO_NCHW = [0, 3, 1, 2];
/** The same for weights, from HWIO. */
const TO_OIHW = [3, 2, 0, 1];
/** Pixels that SAME adds around an image for a 3x3 window. */
const BORDER = [[0, 0], [0, 0], [1, 1], [1, 1]] as const;

/** A problem as a function of jax-js. */
interface Formula {
  readonly f: (...inputs: JaxArray[]) => JaxArray;
  /** Arrays that `f` refers to beside its inputs. */
  readonly constants: readonly JaxArray[];
}

function formulaOf(
  jax: Jax,
  { op, shapes: [[, h, w, c]], side }: Problem,
): Formula {
  const { numpy, lax, nn } = jax;
  switch (op) {
    case "conv2d":
      return {
        f: (x, weight) => lax.conv(x, weight, [1, 1], "SAME"),
        constants: [],
      };
    case "depthwise_conv2d":
      return {
        f: (x, weight) =>
          lax.convGeneralDilated(x, weight, [1, 1], "SAME", {
            featureGroupCount: c,
          }),
        constants: [],
      };
    case "max_pool": {
      const outside = numpy.array(frame(h, w, 0, -1e30), {
        shape: [h + 2, w + 2],
      });
      return {
        f: (x) =>
          lax.reduceWindow(numpy.pad(x, BORDER).add(outside.ref), numpy.max, [
            side,
            side,
          ]),
        constants: [outside],
      };
    }
    case "avg_pool": {
      const share = numpy.array(inverseCounts(h, w), { shape: [h, w] });
      return {
        f: (x) =>
          lax.reduceWindow(numpy.pad(x, BORDER), numpy.sum, [side, side]).mul(
            share.ref,
          ),
        constants: [share],
      };
    }
    case "batch_norm":
      return {
        f: (x, gamma, beta) =>
          nn.standardize(x, [0, 2, 3], { epsilon: EPSILON })
            .mul(gamma.reshape([1, c, 1, 1])).add(beta.reshape([1, c, 1, 1])),
        constants: [],
      };
  }
}

/** `[h+2,w+2]` with `inside` in the middle and `border` around it. */
function frame(
  h: number,
  w: number,
  inside: number,
  border: number,
): Float32Array {
  const values = new Float32Array((h + 2) * (w + 2)).fill(border);
  for (let y = 1; y <= h; y++) {
    values.fill(inside, y * (w + 2) + 1, y * (w + 2) + 1 + w);
  }
  return values;
}

/** One over the number of pixels of a 3x3 window inside the image, `[h,w]`. */
function inverseCounts(h: number, w: number): Float32Array {
  const extent = (i: number, size: number) => Math.min(i + 1, size - 1) - Math.max(i - 1, 0) + 1;
  return Float32Array.from(
    { length: h * w },
    (_, i) => 1 / (extent(Math.floor(i / w), h) * extent(i % w, w)),
  );
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
  const upload = (
    values: Float32Array,
    shape: readonly number[],
    axes: readonly number[],
  ) =>
    jax.numpy.array(Float32Array.from(permute(values, shape, axes)), {
      shape: axes.map((axis) => shape[axis]),
    });
  const inputs = problem.values.map((data, i) => upload(data, layouts[i].shape, layouts[i].axes));
  const dy = upload(problem.dy, problem.dyShape, TO_NCHW);
  const { f, constants } = formulaOf(jax, problem);
  const step = jax.jit((...traced) => {
    const [y, pullBack] = jax.vjp(f, traced.slice(0, -1));
    const gradients = pullBack(traced[traced.length - 1]);
    pullBack.dispose();
    return [y, ...gradients];
  });
  const pass = () => step(...inputs.map((input) => input.ref), dy.ref);
  return {
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
    };
  },
};
