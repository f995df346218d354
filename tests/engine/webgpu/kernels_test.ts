/**
 * Every kernel that the engine can record, found by rehearsing all ops, optimisers and batches on
 * every tile set.
 *
 * @module
 */
import assert from "node:assert/strict";
import { opCaseInputs } from "../../../engine/measure/check_op.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { constantInit } from "../../../engine/init.ts";
import {
  type Bound,
  type KernelSpec,
  MAX_STORAGE_BUFFERS,
  PARAMS_BYTES,
} from "../../../engine/webgpu/kernel.ts";
import { REAL_GPU } from "../../../engine/webgpu/target.ts";
import { batchNorm, OPS } from "../../../engine/ops/mod.ts";
import { Adam } from "../../../engine/optim/adam.ts";
import { Sgd } from "../../../engine/optim/sgd.ts";
import { ParameterStore } from "../../../engine/parameters.ts";
import { Random } from "../../../engine/random.ts";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import { expandTemplate, type TemplateValues } from "../../../engine/webgpu/template.ts";

const ROOT = new URL("../../../", import.meta.url);

interface Use {
  readonly spec: KernelSpec;
  readonly values: TemplateValues;
  readonly tensors: readonly string[];
  readonly params: readonly string[];
}

/** Notes what would run. */
class KernelNotes extends RehearsalBackend {
  readonly uses: Use[] = [];

  override run(
    spec: KernelSpec = assert.fail("a kernel"),
    values: TemplateValues = {},
    tensors: Bound<string> = {},
    params: Readonly<Record<string, number>> = {},
  ): void {
    this.uses.push({ spec, values, tensors: Object.keys(tensors), params: Object.keys(params) });
  }
}

/** Everything that some part of the engine records on one tile set. */
function rehearse(tileSet: "direct" | "subgroup" | "tiled"): Use[] {
  const gpu = new KernelNotes({ tileSet, loadPath: "storage" });
  for (const op of OPS) {
    if (op.gpu === null) continue;
    for (const { shapes, attributes } of op.cases) {
      const inputs = shapes.map((shape) => gpu.allocate(shape));
      const { outputs, saved } = gpu.forward(op, inputs, attributes);
      const dys = outputs.map((y, k) => k === 0 ? gpu.allocate(y.shape) : null);
      gpu.backward(op, dys, {
        inputs,
        outputs,
        saved,
        attributes,
        needs: inputs.map(() => true),
        into: (index) => gpu.allocate(inputs[index].shape),
      });
    }
  }
  const spec = { name: "w", shape: [5], init: constantInit(0) };
  const store = new ParameterStore(gpu, [spec], new Random(1));
  const selection = store.select(["w"]);
  new Sgd(store, { momentum: 0, l2: 0, clip: 1, clipMode: "tensor" }).step(selection, 0);
  new Sgd(store, { momentum: 0, l2: 0, clip: 0, nesterov: false }).step(selection, 0);
  store.clearGradients(selection);
  new Adam(store, { beta1: 0, beta2: 0, epsilon: 1, clip: 0 }).step(selection, 0);
  for (const rows of [1, REAL_GPU.smallBatchNorm + 1]) {
    const [mean, variance, gamma, beta] = Array.from({ length: 4 }, () => gpu.allocate([5]));
    const inputs = [gpu.allocate([rows, 5]), gamma, beta];
    for (const moving of [{}, { moving: { mean, variance, rate: 1 } }]) {
      const attributes = { epsilon: 1, relu: true, ...moving };
      const { outputs, saved } = gpu.forward(batchNorm, inputs, attributes);
      const needs = [true, true, true];
      const into = (index: number) => gpu.allocate(inputs[index].shape);
      for (const dy of [gpu.allocate([rows, 5]), null]) {
        const dys = [dy, null, gpu.allocate([5])];
        gpu.backward(batchNorm, dys, { inputs, outputs, saved, attributes, needs, into });
      }
    }
  }
  const moments = { mean: [0], std: [1] };
  const images = new ImageBytes(gpu, new Uint8Array(4), Uint8Array.of(0), [1, 2, 2, 1], moments);
  images.gather(gpu.allocate([1], "u32"), 0, 1, null);
  return gpu.uses;
}

const uses = (["direct", "subgroup", "tiled"] as const).flatMap(rehearse);

/** Names of the shader files without extension. */
const shaders = Array.from(Deno.readDirSync(new URL("shaders/", ROOT)), ({ name }) => name)
  .map((name) => name.replace(/\.wgsl$/, "")).toSorted();
const textOf = (shader: string) => Deno.readTextFileSync(new URL(`shaders/${shader}.wgsl`, ROOT));

Deno.test("every op is complete: shape rule, reference, cases, and both passes or neither", () => {
  const names = OPS.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)].toSorted(), "unique names in order");
  for (const op of OPS) {
    assert.match(op.name, /^[a-z][a-z0-9_]*$/);
    assert.ok(op.cases.length > 0, `${op.name} has cases`);
    assert.equal(new Set(op.cases.map(({ name }) => name)).size, op.cases.length, op.name);
    for (const opCase of op.cases) {
      const inputs = opCaseInputs(opCase).map((data, k) => ({ shape: opCase.shapes[k], data }));
      const { outputs, saved } = op.reference.forward(inputs, opCase.attributes);
      assert.deepEqual(
        outputs.map(({ shape }) => [...shape]),
        op.shape(opCase.shapes, opCase.attributes).map((shape) => [...shape]),
        `${op.name}: shapes of ${opCase.name}`,
      );
      const dys = outputs.map((y, k) => k === 0 ? y : null);
      const context = { inputs, outputs, saved, attributes: opCase.attributes };
      assert.equal(op.reference.backward(dys, context).length, inputs.length, op.name);
    }
    if (op.gpu !== null) {
      assert.deepEqual(Object.keys(op.gpu).toSorted(), ["backward", "forward"], op.name);
    }
  }
});

Deno.test("every shader is used by some kernel of its name", () => {
  const elsewhere = ["common", "load_probe", "subgroup_probe"];
  const used = new Set(uses.map(({ spec }) => spec.name));
  assert.deepEqual([...used, ...elsewhere].toSorted(), shaders);
  for (const { spec } of uses) assert.equal(spec.source, textOf(spec.name), spec.name);
});

Deno.test("every kernel gets the buffers and parameters that it declares, within the limits", () => {
  for (const { spec, tensors, params } of uses) {
    const bindings = Object.keys(spec.bindings);
    assert.deepEqual(tensors.toSorted(), bindings.toSorted(), `${spec.name}: buffers`);
    assert.ok(bindings.length <= MAX_STORAGE_BUFFERS, `${spec.name}: ${bindings} buffers`);
    const declared = Object.keys(spec.params);
    for (const name of declared) assert.ok(params.includes(name), `${spec.name}: ${name}`);
    const streams = Object.values(spec.bindings).filter((type) => type === "stream").length;
    assert.ok(4 * (declared.length + streams) <= PARAMS_BYTES, `${spec.name}: parameters`);
  }
});

Deno.test("every kernel's text uses the bindings and parameters of its interface alone", () => {
  for (const { spec, values } of uses) {
    const body = expandTemplate(spec.source, values);
    assert.doesNotMatch(body, /@group/, `${spec.name} declares bindings by itself`);
    for (const name of Object.keys(spec.bindings)) {
      assert.match(body, new RegExp(`\\b${name}\\[`), `${spec.name} uses ${name}`);
    }
    const known = Object.keys(spec.params);
    for (const [, name] of spec.source.matchAll(/\bparams\.(\w+)/g)) {
      assert.ok(known.includes(name), `${spec.name} reads params.${name}`);
    }
  }
});

for (const shader of shaders) {
  Deno.test(`${shader}.wgsl begins with its header`, () => {
    const lines = textOf(shader).split("\n");
    const header = lines.slice(0, lines.findIndex((line) => !line.startsWith("//")));
    const fields = header.flatMap((line) => line.match(/^\/\/ ([A-Z]\w+):/)?.[1] ?? []);
    const values = uses.filter(({ spec }) => spec.name === shader)
      .flatMap((use) => Object.keys(use.values));
    const template = values.length > 0 ? ["Template"] : [];
    const required = ["Formula", "Shapes", "Grid", ...template, "Reference"];
    assert.deepEqual(fields, required);
    assert.match(header[0], /^\/\/ [A-Z2].*/, "what it does");
    for (const value of new Set(values)) {
      const described = header.some((line) => new RegExp(`\\b${value}\\b`).test(line));
      assert.ok(described, `template value ${value}`);
    }
    const references = header.join("\n").match(/engine\/[\w/]+\.ts/g) ?? [];
    for (const path of references) Deno.statSync(new URL(path, ROOT));
    assert.ok(header.every((line) => line.length <= 120), "line length");
  });
}
