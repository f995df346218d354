import assert from "node:assert/strict";
import onnxProto from "onnx-proto";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import type { ParameterStore } from "../../../engine/parameters.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import { type Arc, formatArc, parseArc } from "../../../nas/space/mod.ts";
import { createNetwork, type NetworkSpec } from "../../../nas/child/create_network.ts";
import type { ChildNetwork } from "../../../nas/child/network.ts";
import { networkToOnnx, type OnnxSource } from "../../../nas/export/onnx.ts";
import { OnnxGraphWriter } from "../../../nas/export/onnx_graph.ts";
import { GRAPH_OUTPUT, traceForward } from "../../../nas/export/trace.ts";
import { ENASLAB_VERSION } from "../../../nas/run/versions.ts";
import { type Answer, onnxruntime, type Question } from "./onnxruntime.ts";

/** One network and the images that it is asked about. */
interface Case {
  readonly name: string;
  readonly spec: NetworkSpec;
  readonly arc: Arc;
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Whether weights are those of all architectures. */
  readonly shared?: boolean;
}

// All six ops; skips near and far, over both pooling points.
const MACRO = parseArc("[0] [1 1] [2 0 1] [3 1 0 1] [4 1 0 0 1] [5 0 1 1 0 1] [1 1 1 0 0 0 1]");
// All five ops in both cells, with one loose end and with several.
const MICRO = parseArc("0 0 1 1 2 2 0 3 1 4 3 0 | 1 3 0 1 0 2 2 0 1 0 0 4");
const MICRO_CHAIN = parseArc("0 0 1 1 2 1 2 4 3 3 3 2 | 0 4 1 2 2 4 2 0 3 1 0 3");

const widths = ([imageHeight, imageWidth, inputChannels]: Case["shape"]) => ({
  ...{ filters: 4, classes: 3, batchNormDecay: 0.9 },
  ...{ imageHeight, imageWidth, inputChannels },
});

function macro(graph: "faithful" | "official", shape: Case["shape"], more = {}): Case {
  const spec: NetworkSpec = {
    space: "macro",
    graph,
    options: { ...widths(shape), layers: 7, ...more },
  };
  const name = [`macro ${graph} ${shape.join("x")}`, ...Object.keys(more)].join(", ");
  return { name, spec, arc: MACRO, shape };
}

function micro(graph: "faithful" | "official", shape: Case["shape"], arc: Arc, more = {}): Case {
  const options = { ...widths(shape), layers: 3, nodes: 3, ...more };
  const spec: NetworkSpec = { space: "micro", graph, options };
  const chain = arc === MICRO_CHAIN ? ", chain" : "";
  const name = [`micro ${graph} ${shape.join("x")}${chain}`, ...Object.keys(more)].join(", ");
  return { name, spec, arc, shape };
}

const CASES: readonly Case[] = [
  macro("faithful", [8, 8, 3]),
  macro("faithful", [14, 14, 1]),
  macro("faithful", [28, 28, 1]),
  macro("faithful", [7, 10, 3], { skipIndex: "layer-output" }),
  macro("faithful", [9, 5, 1], { opMode: "released" }),
  { ...macro("faithful", [6, 6, 3]), shared: true, name: "macro, shared weights" },
  macro("official", [8, 8, 3]),
  macro("official", [14, 14, 1], { separableOps: "separable" }),
  macro("official", [11, 6, 3], { skipIndex: "layer-output" }),
  micro("faithful", [8, 8, 3], MICRO),
  micro("faithful", [14, 14, 1], MICRO_CHAIN),
  micro("faithful", [7, 10, 3], MICRO, { reductionPrev: "earlier" }),
  { ...micro("faithful", [6, 6, 1], MICRO), shared: true, name: "micro, shared weights" },
  micro("official", [8, 8, 3], MICRO, { auxiliaryHead: { trainable: true } }),
  micro("official", [14, 14, 1], MICRO_CHAIN),
  micro("official", [28, 28, 1], MICRO),
  micro("official", [7, 10, 3], MICRO),
  // Images that are halved to a single pixel, whose shifted reductions see nothing but padding.
  macro("faithful", [3, 2, 1]),
  micro("official", [2, 3, 3], MICRO_CHAIN),
];

const IMAGES = 2;
const cpu = new CpuBackend();

/**
 * A network of the case in which every number shows when it is mixed up, with averages near the
 * statistics of some images, so that logits stay small. The first channel of every batch norm never
 * varied, so that epsilon decides it.
 */
function sourceOf({ spec, arc, shape, shared }: Case, seed: number): OnnxSource {
  const random = new Random(seed);
  const network = createNetwork(cpu, spec, random, shared ? null : arc);
  const { weights, averages } = network;
  const noise = Float64Array.from(
    { length: 4 * shape[0] * shape[1] * shape[2] },
    () => random.normal(),
  );
  const mode = { batchNorm: "train", dropout: null } as const;
  network.forward(new Tape(cpu), arc, cpu.fromArray(noise, [4, ...shape]), mode);
  const change = (
    store: ParameterStore,
    ending: string,
    next: (value: number, channel: number) => number,
  ) => {
    for (const name of store.names.filter((name) => name.endsWith(ending))) {
      store.set(name, Float32Array.from(store.get(name).cpu, next));
    }
  };
  change(weights, "/gamma", (_, c) => c === 0 ? 5e-4 : 1 + 0.3 * random.normal());
  change(weights, "/beta", () => 0.3 * random.normal());
  change(averages, "/mean", (mean) => mean + 0.3 * random.normal());
  change(
    averages,
    "/variance",
    (variance, c) => c === 0 ? 1e-6 : variance * (0.5 + random.uniform()),
  );
  // The model holds f32.
  change(weights, "", (value) => value);
  return {
    ...{ network, spec, arc, shape, dataset: "synthetic", classNames: ["a", "b", "c"] },
    mean: [0.5, 0.4, 0.3].slice(0, shape[2]),
    std: [0.2, 0.25, 0.3].slice(0, shape[2]),
  };
}

/** Our logits of the images, which are bytes `[n,h,w,c]`. */
async function logitsOf(source: OnnxSource, bytes: Uint8Array): Promise<Float64Array> {
  const { network, arc, shape, mean, std } = source;
  const c = shape[2];
  const normal = Float64Array.from(bytes, (byte, i) => (byte / 255 - mean[i % c]) / std[i % c]);
  const x = cpu.fromArray(normal, [IMAGES, ...shape]);
  const mode = { batchNorm: "moving", dropout: null } as const;
  return await cpu.toArray(network.forward(new Tape(cpu), arc, x, mode).logits);
}

/** Bytes `[n,h,w,c]` as numbers 0..1 `[n,c,h,w]`. */
function channelsFirst(bytes: Uint8Array, [h, w, c]: Case["shape"]): number[] {
  const pixels = h * w;
  return Array.from(bytes, (_, i) => {
    const [n, rest] = [Math.floor(i / (pixels * c)), i % (pixels * c)];
    const [channel, pixel] = [Math.floor(rest / pixels), rest % pixels];
    return Math.fround(bytes[(n * pixels + pixel) * c + channel] / 255);
  });
}

Deno.test("logits of every network under onnxruntime are ours", async (t) => {
  const questions: Question[] = [];
  const expected: Float64Array[] = [];
  for (const [i, example] of CASES.entries()) {
    const source = sourceOf(example, i + 1);
    const { shape: [h, w, c] } = example;
    const random = new Random(100 + i);
    const bytes = Uint8Array.from({ length: IMAGES * h * w * c }, () => random.integer(256));
    expected.push(await logitsOf(source, bytes));
    questions.push({
      model: await networkToOnnx(source),
      images: channelsFirst(bytes, example.shape),
      shape: [IMAGES, c, h, w],
    });
  }
  const answers: Answer[] = await onnxruntime(questions);
  assert.equal(answers.length, CASES.length);
  for (const [i, { name }] of CASES.entries()) {
    await t.step(name, () => {
      const { inputs, outputs, shape, logits } = answers[i];
      assert.deepEqual([inputs, outputs, shape], [["images"], ["logits"], [IMAGES, 3]]);
      const size = Math.max(...expected[i].map(Math.abs));
      assert.ok(size > 0.01, `logits ${expected[i]}`);
      const distance = Math.max(...logits.map((value, j) => Math.abs(value - expected[i][j])));
      assert.ok(distance / size < 1e-4, `${logits} instead of ${expected[i]}`);
      // Images are told apart; else mixed-up pixels could pass.
      assert.ok(Math.abs(expected[i][0] - expected[i][3]) > 1e-3 * size, `logits ${expected[i]}`);
    });
  }
});

Deno.test("a model says what it is, and is the same every time", async () => {
  const source = sourceOf(CASES[0], 1);
  const bytes = await networkToOnnx(source);
  assert.deepEqual(await networkToOnnx(source), bytes);
  const model = onnxProto.onnx.ModelProto.decode(bytes);
  assert.deepEqual([model.producerName, model.producerVersion], ["enaslab", ENASLAB_VERSION]);
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  const { spec, input, ...plain } = metadata;
  assert.deepEqual(plain, {
    format_version: "1",
    enaslab_version: ENASLAB_VERSION,
    arc: formatArc(MACRO),
    space: "macro",
    graph: "faithful",
    dataset: "synthetic",
    class_names: '["a","b","c"]',
  });
  assert.deepEqual(JSON.parse(spec!), source.spec);
  const { shape, mean, std, dataset, classNames } = source;
  assert.deepEqual(JSON.parse(input!), { dataset, classNames, shape, mean, std });
  // Parameters keep the names of a safetensors file, and what no op reads is left out.
  const names = new Set(model.graph!.initializer!.map(({ name }) => name));
  assert.ok(names.has("weights/stem/conv") && names.has("averages/stem/variance"));
  const shared = await networkToOnnx(sourceOf(CASES[5], 1));
  const kept = onnxProto.onnx.ModelProto.decode(shared).graph!.initializer!.length;
  assert.ok(kept < source.network.weights.names.length * 2, `${kept} constants`);
  const read = new Set(model.graph!.node!.flatMap((node) => node.input!));
  for (const name of names) assert.ok(read.has(name!), `${name} is read by no node`);
});

Deno.test("an operation without a translation, or without its weights, is refused", () => {
  const writer = new OnnxGraphWriter(new Map());
  const op = { inputs: ["images", "weights/w"], inputShapes: [[1, 4, 4, 1], [3, 3, 1, 2]] };
  assert.throws(
    () => writer.write({ ...op, op: "softmax", attributes: {}, outputs: ["y"] }),
    /Expected one of the operations conv2d, .*, which can be written as ONNX, but found softmax/,
  );
  const attributes = { stride: 1, shift: 0 };
  assert.throws(
    () => writer.write({ ...op, op: "conv2d", attributes, outputs: ["y"] }),
    /Expected values of weights\/w but found none/,
  );
});

Deno.test("an architecture that a network cannot compute is refused", async () => {
  const source = sourceOf(CASES[6], 1);
  await assert.rejects(networkToOnnx({ ...source, arc: parseArc("[0] [1 1]") }), {
    name: "ArcError",
    message: /Expected the architecture for which this network was made but found another one/,
  });
});

Deno.test("tracing computes nothing and names every tensor once", () => {
  const { network, arc, shape } = sourceOf(CASES[9], 1);
  const refuse = () => assert.fail("the backend was used");
  const backend = new Proxy(cpu, { get: refuse });
  const traced = traceForward({ ...pick(network), backend }, arc, shape);
  assert.deepEqual([traced.imageShape, traced.classes], [[1, ...shape], 3]);
  const made = traced.ops.flatMap(({ outputs }) => outputs);
  assert.equal(new Set(made).size, made.length);
  assert.equal(made.at(-1), GRAPH_OUTPUT);
  const read = new Set(traced.ops.flatMap(({ inputs }) => inputs));
  // Nothing is computed in vain, and nothing is read before it was made.
  for (const name of made.slice(0, -1)) assert.ok(read.has(name), `${name} is never read`);
  traced.ops.forEach(({ inputs }, i) => {
    const known = new Set(traced.ops.slice(0, i).flatMap(({ outputs }) => outputs));
    for (const name of inputs) {
      assert.ok(known.has(name) || /^(images$|weights\/|averages\/)/.test(name), name);
    }
  });
});

/** The parts of a network that tracing may use. */
function pick(network: ChildNetwork): ChildNetwork {
  return {
    backend: network.backend,
    weights: network.weights,
    averages: network.averages,
    averageUpdates: network.averageUpdates,
    trained: network.trained,
    pathOf: (arc) => network.pathOf(arc),
    forward: (tape, arc, images, mode) => network.forward(tape, arc, images, mode),
    dispose: () => network.dispose(),
  };
}
